//! What was said: messages, with what earlier rounds already had folded.

use leptos::prelude::*;

use super::blocks::{code, prose, titled};
use super::{Shared, Shown};
use crate::analysis::{conversation, text as slice_text};
use crate::model::{LlmCall, SpanId, ToolCall};
use crate::payload::{Message, Part};
use crate::text;

/// The messages of an LLM call.
pub(crate) fn messages(shown: &Shared<Shown>, call: &LlmCall) -> AnyView {
    let said = conversation(&shown.trace, &shown.rounds, call);
    let n_earlier = said.earlier.len();
    let earlier = (n_earlier > 0).then(|| {
        let open = RwSignal::new(false);
        let (kept, shown) = (StoredValue::new(said.earlier), shown.clone());
        view! {
            <section class="block folded">
                <h4>
                    <span class="what">{text::plural(n_earlier as u64, "earlier message")}</span>
                    <span class="note"></span>
                    <button type="button" class="plain" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|it| *it = !*it)>
                        {move || if open.get() { "hide" } else { "show" }}
                    </button>
                </h4>
            </section>
            {move || open.get().then(|| kept.with_value(|it| list(&shown, it, "")))}
        }
    });
    let unknown = said.new.is_empty() && said.output.is_empty() && n_earlier == 0;
    let output_note = call.tokens.output.get().map_or_else(String::new, |it| text::plural(it, "token"));
    view! {
        {earlier}
        {list(shown, &said.new, "new in this round")}
        {list(shown, &said.output, &output_note)}
        {unknown.then(|| view! { <p class="unknown">{format!("Messages {}: the writer left them out.", text::NOT_REPORTED)}</p> })}
    }
    .into_any()
}

/// Messages, one block each.
pub(crate) fn list(shown: &Shared<Shown>, messages: &[Message], note: &str) -> AnyView {
    messages.iter().map(|it| message(shown, it, note)).collect::<Vec<_>>().into_any()
}

fn message(shown: &Shared<Shown>, message: &Message, note: &str) -> AnyView {
    let tool = message.parts.iter().find_map(|it| match it {
        Part::ToolResult { id, .. } => tool_of(shown, id).map(|it| shown.trace.text(it.name).to_owned()),
        _ => None,
    });
    let role = if message.role.is_empty() { "message" } else { &message.role };
    let title = match tool {
        Some(tool) => format!("{role} · {tool}"),
        None => role.to_owned(),
    };
    let chars: usize = message.parts.iter().map(chars_of).sum();
    let note = match note {
        "" => text::plural(chars as u64, "character"),
        note if note.starts_with("new") => format!("{note} · {}", text::plural(chars as u64, "character")),
        note => note.to_owned(),
    };
    let parts = message.parts.iter().map(|it| part(shown, it)).collect::<Vec<_>>();
    titled(title, note, None, view! { <div class="parts">{parts}</div> }.into_any())
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
    let id = id.trim();
    let calls = &shown.trace.tool_calls;
    calls.iter().find(|it| !id.is_empty() && slice_text(&shown.trace, it.call_id).trim() == id)
}

fn part(shown: &Shared<Shown>, part: &Part) -> AnyView {
    match part {
        Part::Text(text) => prose(text.clone()),
        Part::Reasoning(text) => view! { <div class="reasoning"><small>"reasoning"</small>{prose(text.clone())}</div> }.into_any(),
        Part::ToolCall { id, name, arguments } => {
            let took = tool_of(shown, id).and_then(|it| took(shown, it.span));
            view! {
                <div class="call">
                    <div class="line"><span class="dot tool" aria-hidden="true"></span><b>{name.clone()}</b>
                        {took.map(|it| view! { <small>{format!("→ {it}")}</small> })}</div>
                    {code(arguments)}
                </div>
            }
            .into_any()
        }
        Part::ToolResult { output, is_error, .. } => {
            let failed = is_error.then(|| view! { <small class="bad">"failed"</small> });
            view! { <div class="result">{failed}{code(output)}</div> }.into_any()
        }
        Part::Media { modality, about, bytes } => {
            let size = (*bytes > 0).then(|| format!(", {} in the file", text::bytes(*bytes as u64)));
            view! { <p class="media">{format!("[{modality}: {about}{}]", size.unwrap_or_default())}</p> }.into_any()
        }
        Part::Other { kind, json } => {
            let kind = (!kind.is_empty()).then(|| view! { <small>{kind.clone()}</small> });
            view! { <div>{kind}{code(json)}</div> }.into_any()
        }
    }
}

fn took(shown: &Shown, id: SpanId) -> Option<String> {
    let span = shown.trace.span(id)?;
    let known = !span.marks.has(crate::model::Marks::TIME_ABSENT) && !span.marks.has(crate::model::Marks::REQUESTED);
    known.then(|| text::length(shown.trace.clock, span.duration))
}
