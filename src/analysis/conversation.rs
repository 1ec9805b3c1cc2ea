//! What was said around one call: what is new in it, and what earlier rounds had already said.

use std::borrow::Cow;

use super::{Round, RoundId, Rounds, dropped};
use crate::model::{ByteRange, Json, LlmCall, SpanId, ToolCall, Trace, sort_by_key};
use crate::payload::{self, Message, Part, shortened};

/// The messages of one LLM call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// What earlier rounds of the same agent had already.
    pub earlier: Vec<Message>,
    /// How many of these the file does not have with this call, as it should: they are taken from
    /// calls before it.
    pub rebuilt: usize,
    /// Rounds before these that said more of it: too much to read at once.
    pub not_read: usize,
    /// What was sent for the first time.
    pub new: Vec<Message>,
    /// What came back.
    pub output: Vec<Message>,
}

/// Longer strings are cut where messages are shown: nobody reads them there.
const MOST: usize = 64 << 10;
/// And of the messages of earlier rounds no more are read.
const MOST_EARLIER: usize = 1 << 20;

/// The conversation of an LLM call, with long strings cut.
pub fn conversation(trace: &Trace, rounds: &Rounds, call: &LlmCall) -> Conversation {
    let output = |call| answer(trace, call);
    if call.input_is_delta {
        let (earlier, not_read) = earlier(trace, rounds, call);
        let said = earlier.into_iter().flat_map(|it| {
            let mut said = sent(trace, it);
            said.extend(output(it));
            said
        });
        return Conversation {
            earlier: said.collect(),
            not_read,
            rebuilt: 0,
            new: sent(trace, call),
            output: output(call),
        };
    }
    let mut own = sent(trace, call);
    let (mut rebuilt, mut common) = (0, 0);
    if dropped::is_cut(trace, call) {
        let mut before: Vec<&LlmCall> = before(trace, rounds, call.span).collect();
        before.reverse();
        (rebuilt, common) = dropped::rebuild(trace, &before, call, &mut own);
    }
    if rebuilt == 0 {
        let previous = before(trace, rounds, call.span).next();
        let previous = previous.or_else(|| in_earlier_turns(trace, rounds, call.span));
        common = previous.map_or(0, |it| {
            let sent = sent(trace, it);
            sent.iter().zip(&own).take_while(|(a, b)| a == b).count()
        });
    }
    // What the model said then comes back as its own messages.
    let echoed = own.iter().skip(common);
    let echoed = echoed.take_while(|it| matches!(it.role.as_str(), "assistant" | "model"));
    let known = if common > 0 {
        common + echoed.count()
    } else {
        0
    };
    let mut earlier = own;
    let new = earlier.split_off(known.min(earlier.len()));
    Conversation {
        earlier,
        rebuilt,
        not_read: 0,
        new,
        output: output(call),
    }
}

/// What was sent, as far as the file has it with this call.
pub fn input(trace: &Trace, call: &LlmCall) -> Vec<Message> {
    read_input(trace, call, |it| Cow::Borrowed(it))
}

/// What was sent, with long strings cut.
pub(super) fn sent(trace: &Trace, call: &LlmCall) -> Vec<Message> {
    read_input(trace, call, cut)
}

/// How a text is read: all of it, or with long strings cut.
type Cut = for<'a> fn(&'a str) -> Cow<'a, str>;

fn cut(text: &str) -> Cow<'_, str> {
    shortened(text, MOST)
}

fn read_input(trace: &Trace, call: &LlmCall, cut: Cut) -> Vec<Message> {
    let pieces = trace.inputs_of(call).into_iter();
    pieces
        .flat_map(|it| payload::messages(&cut(&trace.source.content(it))))
        .collect()
}

/// What came back. Of an answer that came in pieces, one message.
pub fn output(trace: &Trace, call: &LlmCall) -> Vec<Message> {
    read_output(trace, call, |it| Cow::Borrowed(it))
}

/// What came back, with long strings cut.
pub fn answer(trace: &Trace, call: &LlmCall) -> Vec<Message> {
    read_output(trace, call, cut)
}

fn read_output(trace: &Trace, call: &LlmCall, cut: Cut) -> Vec<Message> {
    let pieces = trace.outputs_of(call).into_iter();
    let mut pieces: Vec<Cow<'_, str>> = pieces.map(|it| trace.source.content(it)).collect();
    // Of a stream each piece goes on where the one before it ended.
    if pieces.len() > 1 && payload::is_stream(&pieces) {
        pieces = vec![Cow::Owned(pieces.join("\n"))];
    }
    let mut pieces = pieces.iter().map(|it| payload::messages(&cut(it)));
    let mut messages = pieces.next().unwrap_or_default();
    for piece in pieces {
        let parts = piece.into_iter().flat_map(|it| it.parts);
        match messages.last_mut() {
            // A line may be there twice.
            Some(last) => parts.for_each(|it| {
                if !last.parts.contains(&it) {
                    last.parts.push(it);
                }
            }),
            None => messages.push(Message {
                role: "assistant".to_owned(),
                parts: parts.collect(),
            }),
        }
    }
    // What a file does not say: whose answer it is.
    let silent = messages.iter_mut().filter(|it| it.role.is_empty());
    silent.for_each(|it| "assistant".clone_into(&mut it.role));
    messages
}

/// The LLM calls that told what this one was told before, in order, and how many rounds before them
/// did so as well: too many to read.
fn earlier<'a>(trace: &'a Trace, rounds: &'a Rounds, call: &LlmCall) -> (Vec<&'a LlmCall>, usize) {
    let mut left = MOST_EARLIER;
    let mut read = Vec::new();
    let mut not_read = 0;
    for it in before(trace, rounds, call.span) {
        let parts = trace.inputs_of(it).into_iter().chain(trace.outputs_of(it));
        left = left.saturating_sub(1_000 + parts.map(|it| it.len as usize).sum::<usize>());
        if left == 0 {
            not_read = rounds
                .of(it.span)
                .map_or(0, |it| rounds.number_in_scope(it));
            break;
        }
        read.push(it);
        // What has all that it was sent begins anew.
        if !it.input_is_delta {
            break;
        }
    }
    read.reverse();
    (read, not_read)
}

/// The LLM calls of the same scope that came before, the last of them first.
fn before<'a>(
    trace: &'a Trace,
    rounds: &'a Rounds,
    span: SpanId,
) -> impl Iterator<Item = &'a LlmCall> {
    let start = trace.span(span).map(|it| (it.start, span));
    let own = rounds.of(span).filter(|_| start.is_some());
    let scope = own.and_then(|it| rounds.round(it)).map(|it| it.scope);
    let ids = (0..own.map_or(0, |it| it.0 + 1)).rev();
    let in_scope = ids.map_while(move |it| {
        let round = rounds.round(RoundId(it))?;
        (Some(round.scope) == scope).then_some(round)
    });
    in_scope.flat_map(move |round| {
        let members = rounds.members(round).iter();
        let calls = members.filter_map(|it| Some((trace.span(*it)?.start, trace.llm_call(*it)?)));
        let mut calls: Vec<_> = calls.filter(|it| Some((it.0, it.1.span)) < start).collect();
        sort_by_key(&mut calls, |it| (it.0, it.1.span.index() as i64));
        calls.into_iter().rev().map(|it| it.1)
    })
}

/// The last LLM call of the turns before: the conversation may go on from there.
fn in_earlier_turns<'a>(trace: &'a Trace, rounds: &Rounds, span: SpanId) -> Option<&'a LlmCall> {
    let own = rounds.scope_of(span).filter(|it| !it.is_sub)?;
    let scope = |it: u32| rounds.scopes.get(it as usize);
    let is_earlier = |it: &Round| scope(it.scope).is_some_and(|it| it.turn < own.turn);
    let earlier = rounds.rounds.partition_point(is_earlier);
    let earlier = rounds.rounds.get(..earlier).unwrap_or_default();
    // The last round of a scope has the last call of it.
    let next = earlier.iter().skip(1).map(|it| Some(it.scope));
    let last = earlier.iter().zip(next.chain([None]));
    let last = last.filter(|it| Some(it.0.scope) != it.1);
    let last = last.filter(|it| scope(it.0.scope).is_some_and(|it| !it.is_sub));
    let members = last.flat_map(|it| rounds.members(it.0));
    let calls = members.filter_map(|it| trace.llm_call(*it));
    calls.max_by_key(|it| (trace.span(it.span).map(|it| it.start), it.span))
}

/// The arguments of a tool call: its own, else those in the request for it. `None`: not reported.
pub fn arguments(trace: &Trace, tool: &ToolCall) -> Option<String> {
    if !tool.input.is_empty() {
        return Some(payload::value(&trace.source.content(tool.input)));
    }
    let asked = trace.llm_calls.get(tool.requested_by?.index())?;
    let id = text(trace, tool.call_id);
    output(trace, asked)
        .into_iter()
        .flat_map(|it| it.parts)
        .find_map(|it| match it {
            Part::ToolCall {
                id: other,
                name,
                arguments,
            } if same(&id, &other) && name == trace.text(tool.name) => Some(arguments),
            _ => None,
        })
}

/// What a tool returned, as text: a list of text parts is its text; anything else stands as it is.
pub fn returned(slice: &str) -> String {
    let said = payload::messages(slice);
    let mut texts = said.iter().flat_map(|it| &it.parts).map(|it| match it {
        Part::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let is_list = matches!(Json::new(slice).kind(), crate::model::Kind::Array);
    let joined: Option<Vec<&str>> = if is_list {
        texts.by_ref().collect()
    } else {
        None
    };
    match joined.filter(|it| !it.is_empty()) {
        Some(joined) => joined.join("\n"),
        None => payload::value(slice),
    }
}

/// The result of a tool call: its own, else what the LLM call that asked for it says (the provider
/// ran the tool) or the next one of its agent was told.
pub fn result(trace: &Trace, rounds: &Rounds, tool: &ToolCall) -> Option<String> {
    if !tool.output.is_empty() {
        return Some(returned(&trace.source.content(tool.output)));
    }
    let id = text(trace, tool.call_id);
    let asked = trace.llm_calls.get(tool.requested_by?.index())?;
    let scope = rounds.scope_index(asked.span);
    let start = trace.span(asked.span)?.start;
    let mut later: Vec<(i64, &LlmCall)> = trace
        .llm_calls
        .iter()
        .filter(|it| rounds.scope_index(it.span) == scope)
        .filter_map(|it| Some((trace.span(it.span)?.start, it)))
        .filter(|it| it.0 > start)
        .collect();
    sort_by_key(&mut later, |it| (it.0, 0));
    let told = later.iter().take(3).flat_map(|it| input(trace, it.1));
    let said = output(trace, asked).into_iter().chain(told);
    said.flat_map(|it| it.parts).find_map(|it| match it {
        Part::ToolResult {
            id: other, output, ..
        } if same(&id, &other) => Some(output),
        _ => None,
    })
}

fn same(id: &str, other: &str) -> bool {
    !id.is_empty() && id.trim() == other.trim()
}

/// The text of a string in the file, whether or not its quotes are in the range.
pub fn text(trace: &Trace, range: ByteRange) -> String {
    let slice: Cow<'_, str> = trace.source.content(range);
    Json::new(&slice)
        .str()
        .map_or_else(|| slice.to_string(), Cow::into_owned)
}
