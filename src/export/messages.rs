//! What was said, as the messages of Trace Tab JSON, which are those of the OpenTelemetry GenAI
//! conventions.
//!
//! What has that shape already is written as it stands. What another provider's reader had to
//! recognize is written as what it was recognized as: of inline media only the kind and the size.

use std::borrow::Cow;

use super::json::Writer;
use crate::analysis;
use crate::model::{ByteRange, Json, Kind, LlmCall, Trace, is_strict};
use crate::payload::{self, Message, Part};

/// The id of the format whose payloads are written as they stand.
pub(super) const NATIVE: &str = "trace-tab";

/// A slice of a trace, for writing.
#[derive(Clone, Copy)]
pub(super) struct Slice<'a> {
    text: &'a str,
    /// Whether it can be written as it stands.
    is_native: bool,
}

/// A slice of the source, and whether it is Trace Tab's own JSON.
pub(super) fn with<R>(trace: &Trace, range: ByteRange, then: impl FnOnce(Slice<'_>) -> R) -> R {
    let text: Cow<'_, str> = trace.source.content(range);
    let is_native = trace.format == NATIVE && is_strict(&text);
    then(Slice {
        text: &text,
        is_native,
    })
}

/// Arguments or a result: JSON if it is JSON, or JSON in a string; else the text.
pub(super) fn value(w: &mut Writer, slice: Slice<'_>) {
    let kind = Json::new(slice.text).kind();
    let is_plain = matches!(kind, Kind::Number | Kind::Bool | Kind::Null);
    if slice.is_native || (is_plain && is_strict(slice.text)) {
        return w.raw(slice.text.trim());
    }
    opened(w, &payload::value(slice.text));
}

/// A value that [`payload`] has opened.
pub(super) fn opened(w: &mut Writer, text: &str) {
    let is_container = matches!(Json::new(text).kind(), Kind::Object | Kind::Array);
    if is_container && is_strict(text) {
        w.raw(text.trim());
    } else {
        w.text(text);
    }
}

/// What an LLM call was sent.
pub(super) fn input(w: &mut Writer, trace: &Trace, call: &LlmCall) {
    if trace.inputs_of(call).len() == 1 {
        return with(trace, call.input, |it| messages(w, it));
    }
    w.open('[');
    for message in analysis::input(trace, call) {
        write_message(w, &message);
    }
    w.close(']');
}

/// A list of messages.
pub(super) fn messages(w: &mut Writer, slice: Slice<'_>) {
    if slice.is_native {
        return w.raw(slice.text.trim());
    }
    let plain = payload::value(slice.text);
    if is_message_list(&plain) {
        return w.raw(plain.trim());
    }
    w.open('[');
    for message in payload::messages(slice.text) {
        write_message(w, &message);
    }
    w.close(']');
}

/// What the model answered, as one message.
pub(super) fn answer(w: &mut Writer, trace: &Trace, call: &LlmCall) {
    let is_written = with(trace, call.output, |slice| {
        let plain = payload::value(slice.text);
        let mut items = Json::new(&plain).items();
        match (items.next(), items.next()) {
            _ if slice.is_native => w.raw(slice.text.trim()),
            (Some(only), None) if is_message_list(&plain) && trace.outputs_of(call).len() == 1 => {
                w.raw(only.text());
            }
            _ => return false,
        }
        true
    });
    if is_written {
        return;
    }
    let parts = analysis::output(trace, call)
        .into_iter()
        .flat_map(|it| it.parts);
    let role = "assistant".to_owned();
    write_message(
        w,
        &Message {
            role,
            parts: parts.collect(),
        },
    );
}

/// A system prompt: text, or parts of a message.
pub(super) fn system(w: &mut Writer, slice: Slice<'_>) {
    if slice.is_native {
        return w.raw(slice.text.trim());
    }
    let parts: Vec<Part> = payload::messages(slice.text)
        .into_iter()
        .flat_map(|it| it.parts)
        .collect();
    match parts.as_slice() {
        [] => w.text(""),
        [Part::Text(text)] => w.text(text),
        parts => write_parts(w, parts),
    }
}

/// The toolbelt.
pub(super) fn toolbelt(w: &mut Writer, slice: Slice<'_>) {
    if slice.is_native {
        return w.raw(slice.text.trim());
    }
    w.open('[');
    for tool in payload::toolbelt(slice.text) {
        w.open('{');
        // Whoever offers tools without saying what kind they are offers functions.
        let kind = if tool.kind.is_empty() {
            "function"
        } else {
            &tool.kind
        };
        w.text_member("type", kind);
        w.key("name");
        w.text(&tool.name);
        w.text_member("description", &tool.description);
        let parameters = Some(tool.parameters.trim()).filter(|it| is_strict(it));
        w.raw_member("parameters", parameters);
        w.text_member("server", &tool.server);
        w.close('}');
    }
    w.close(']');
}

/// Settings of a request, as an object.
pub(super) fn request(w: &mut Writer, slice: Slice<'_>) {
    if slice.is_native {
        return w.raw(slice.text.trim());
    }
    let settings = payload::settings(slice.text);
    if Json::new(&settings).kind() == Kind::Object && is_strict(&settings) {
        return w.raw(settings.trim());
    }
    w.open('{');
    w.close('}');
}

/// Why something failed, as `{message}`; an object that has one is taken as it is.
pub(super) fn error(w: &mut Writer, slice: Slice<'_>) {
    let message = Json::new(slice.text).get("message");
    if message.is_some_and(|it| it.kind() == Kind::String) && is_strict(slice.text) {
        return w.raw(slice.text.trim());
    }
    let plain = payload::plain_text(slice.text);
    w.open('{');
    w.key("message");
    if plain.is_empty() {
        w.text(&payload::value(slice.text));
    } else {
        w.text(&plain);
    }
    w.close('}');
}

/// Whether a text is a list of messages in the shape of the conventions.
fn is_message_list(text: &str) -> bool {
    let list = Json::new(text);
    let has = |it: Json<'_>, key, kind| it.get(key).is_some_and(|it: Json<'_>| it.kind() == kind);
    list.items().next().is_some()
        && list
            .items()
            .all(|it| has(it, "role", Kind::String) && has(it, "parts", Kind::Array))
        && is_strict(text)
}

fn write_message(w: &mut Writer, message: &Message) {
    w.open('{');
    w.key("role");
    w.text(&message.role);
    w.key("parts");
    write_parts(w, &message.parts);
    w.close('}');
}

fn write_parts(w: &mut Writer, parts: &[Part]) {
    w.open('[');
    for part in parts {
        match part {
            Part::Other { json, .. }
                if Json::new(json).kind() == Kind::Object && is_strict(json) =>
            {
                w.raw(json.trim());
            }
            _ => {
                w.open('{');
                write_part(w, part);
                w.close('}');
            }
        }
    }
    w.close(']');
}

fn write_part(w: &mut Writer, part: &Part) {
    let said = |w: &mut Writer, kind, text: &str| {
        w.text_member("type", kind);
        w.key("content");
        w.text(text);
    };
    match part {
        Part::Text(text) | Part::Other { json: text, .. } => said(w, "text", text),
        Part::Reasoning(text) => said(w, "reasoning", text),
        Part::ToolCall {
            id,
            name,
            arguments,
        } => {
            w.text_member("type", "tool_call");
            w.text_member("id", id);
            w.key("name");
            w.text(name);
            if !arguments.is_empty() {
                w.key("arguments");
                opened(w, arguments);
            }
        }
        Part::ToolResult {
            id,
            output,
            is_error,
        } => {
            w.text_member("type", "tool_call_response");
            w.text_member("id", id);
            w.key("response");
            // A list within a string stays in it: outside it would read as parts of a message.
            if Json::new(output).kind() == Kind::Object {
                opened(w, output);
            } else {
                w.text(output);
            }
            w.raw_member("is_error", is_error.then_some(true));
        }
        Part::Media {
            modality,
            about,
            bytes: 0,
        } => {
            w.text_member("type", "uri");
            w.key("modality");
            w.text(modality);
            w.key("uri");
            w.text(about);
        }
        Part::Media {
            modality,
            about,
            bytes,
        } => {
            w.text_member("type", "blob");
            w.key("modality");
            w.text(modality);
            w.text_member("mime_type", about);
            // The file that came in has it.
            w.key("content");
            w.text("");
            w.raw_member("n_bytes_left_out", Some(bytes));
        }
    }
}
