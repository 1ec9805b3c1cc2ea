//! What was said: messages, with what earlier rounds already had folded.

use super::Shown;
use super::blocks::{Blocks, parts};
use super::node::{Node, button, el};
use crate::analysis::conversation;
use crate::model::{LlmCall, Marks, SpanId, ToolCall};
use crate::payload::{Message, Part};
use crate::text::{self, Phrase};

/// The messages of an LLM call.
pub(crate) fn messages(shown: &Shown, call: &LlmCall, blocks: &Blocks) -> Vec<Node> {
    /// Blocks of each list of messages are numbered from here on, so that folding moves no others.
    const EARLIER: u32 = 1 << 28;
    const NEW: u32 = 2 << 28;
    const OUTPUT: u32 = 3 << 28;
    let said = conversation(&shown.trace, &shown.rounds, call);
    let mut nodes = Vec::new();
    if !said.earlier.is_empty() || said.not_read > 0 {
        let (open, toggle) = blocks.toggle();
        let has_hit = blocks
            .hit_block()
            .is_some_and(|it| (EARLIER..NEW).contains(&it));
        let open = open || has_hit || blocks.is_seeking();
        let before = match (said.not_read, said.rebuilt) {
            (0, 0) => String::new(),
            (0, n) => Phrase::earlier_left_out.with(&[&n.to_string()]),
            (n, _) => Phrase::earlier_of_rounds.of(n as u64),
        };
        let more = button(
            "plain",
            if open { Phrase::hide } else { Phrase::show },
            toggle,
        )
        .attr("aria-expanded", open.to_string());
        let head = el("h4", "")
            .child(el("span", "what").child(Phrase::earlier_messages.of(said.earlier.len() as u64)))
            .child(el("span", "note").child(before))
            .child(more);
        nodes.push(el("section", "block folded").child(head).into());
        if open {
            nodes.extend(list(shown, &said.earlier, "", &blocks.from(EARLIER)));
        }
    }
    let output_note = call
        .tokens
        .output
        .get()
        .map_or_else(String::new, |it| Phrase::tokens.of(it));
    if said.new.is_empty() && said.output.is_empty() && said.earlier.is_empty() {
        nodes.push(unknown(Phrase::messages_unknown));
    }
    nodes.extend(list(
        shown,
        &said.new,
        Phrase::new_in_round.text(),
        &blocks.from(NEW),
    ));
    nodes.extend(list(
        shown,
        &said.output,
        &output_note,
        &blocks.from(OUTPUT),
    ));
    nodes
}

/// That there is nothing to show.
pub(crate) fn unknown(what: Phrase) -> Node {
    el("p", "unknown").child(what).into()
}

/// Messages, one block each.
pub(crate) fn list(shown: &Shown, messages: &[Message], note: &str, blocks: &Blocks) -> Vec<Node> {
    /// Numbers for the parts of one message.
    const EACH: u32 = 64;
    let first = blocks.first();
    let n = messages.len();
    let hit = blocks.hit_block().and_then(|it| it.checked_sub(first));
    let hit = hit.map(|it| (it / EACH) as usize).filter(|it| *it < n);
    blocks.paged(n, hit, &mut |at| {
        let own = blocks.from(first + at as u32 * EACH + 1);
        let it = messages.get(at).map(|it| message(shown, it, note, &own));
        it.into_iter().collect()
    })
}

fn message(shown: &Shown, message: &Message, note: &str, blocks: &Blocks) -> Node {
    let tool = message.parts.iter().find_map(|it| match it {
        Part::ToolResult { id, .. } => tool_of(shown, id).map(|it| shown.trace.text(it.name)),
        _ => None,
    });
    let role = if message.role.is_empty() {
        Phrase::message.text()
    } else {
        &message.role
    };
    let title = tool.map_or_else(
        || role.to_owned(),
        |tool| text::fill("{0} · {1}", &[role, tool]),
    );
    let chars = || {
        let n = message.parts.iter().map(chars_of).sum::<usize>();
        Phrase::characters.of(n as u64)
    };
    let note = match note {
        "" => chars(),
        note if note == Phrase::new_in_round.text() => text::fill("{0} · {1}", &[note, &chars()]),
        note => note.to_owned(),
    };
    let inside = blocks.paged(message.parts.len(), None, &mut |at| {
        let it = message.parts.get(at).map(|it| part(shown, it, blocks));
        it.into_iter().collect()
    });
    blocks.titled(&title, note, None, parts(inside))
}

fn chars_of(part: &Part) -> usize {
    match part {
        Part::Text(text) | Part::Reasoning(text) => text.chars().count(),
        Part::ToolCall { arguments, .. } => arguments.chars().count(),
        Part::ToolResult { output, .. } => output.chars().count(),
        Part::Media { bytes, .. } => *bytes,
        Part::Other { json, .. } => json.chars().count(),
    }
}

/// The tool call with this id.
fn tool_of<'a>(shown: &'a Shown, id: &str) -> Option<&'a ToolCall> {
    shown.trace.tool_calls.get(shown.tool_call_of(id)?)
}

fn part(shown: &Shown, part: &Part, blocks: &Blocks) -> Node {
    let small = |class, text: String| el("small", class).child(text).into();
    let group = |class, first: Option<Node>, rest: Vec<Node>| {
        el("div", class).children(first).children(rest).into()
    };
    match part {
        Part::Text(text) => group("", None, blocks.prose(text)),
        Part::Reasoning(text) => group(
            "reasoning",
            Some(small("", Phrase::reasoning.owned())),
            blocks.prose(text),
        ),
        Part::ToolCall {
            id,
            name,
            arguments,
        } => {
            let took = tool_of(shown, id).and_then(|it| took(shown, it.span));
            let line = el("div", "line")
                .child(el("span", "dot tool").attr("aria-hidden", "true"))
                .child(el("b", "").child(name.clone()))
                .children(took.map(|it| small("", format!("→ {it}"))));
            group("call", Some(line.into()), blocks.code(arguments))
        }
        Part::ToolResult {
            output, is_error, ..
        } => group(
            "result",
            is_error.then(|| small("bad", Phrase::failed.owned())),
            blocks.code(output),
        ),
        Part::Media {
            modality,
            about,
            bytes,
        } => {
            let size = text::bytes(*bytes as u64);
            let phrase = if *bytes > 0 {
                Phrase::media_in_file
            } else {
                Phrase::media
            };
            let about = phrase.with(&[modality, about, &size]);
            el("p", "media").child(about).into()
        }
        Part::Other { kind, json } => group(
            "",
            Some(small("", kind.clone())).filter(|_| !kind.is_empty()),
            blocks.code(json),
        ),
    }
}

fn took(shown: &Shown, id: SpanId) -> Option<String> {
    let span = shown.trace.span(id)?;
    let known = !span.marks.has(Marks::TIME_ABSENT) && !span.marks.has(Marks::REQUESTED);
    known.then(|| text::length(shown.trace.clock, span.duration))
}
