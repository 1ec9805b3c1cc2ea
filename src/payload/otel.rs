//! Messages as the OpenTelemetry GenAI conventions have them: `role` and `parts`, or span events
//! (before 1.37). Source: model/gen-ai/gen-ai-input-messages.json and docs/gen-ai/gen-ai-events.md
//! of the conventions.

use super::{Message, Part, arguments, contents, joined, message, text};
use crate::model::{Json, Kind};

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    let content = || text(json.get("content"));
    let modality = || text(json.get("modality"));
    Some(match text(json.get("type")).as_str() {
        "text" if json.get("content").is_some() => Part::Text(content()),
        "reasoning" if json.get("content").is_some() => Part::Reasoning(content()),
        "tool_call" | "server_tool_call" => Part::ToolCall {
            id: text(json.get("id")),
            name: text(json.get("name")),
            arguments: arguments(
                json.get("arguments")
                    .or_else(|| json.get("server_tool_call")),
            ),
        },
        "tool_call_response" | "server_tool_call_response" => {
            // The schema says `response`, an example in the conventions `result`: writers follow either.
            let response = json.get("response").or_else(|| json.get("result"));
            let response = response.or_else(|| json.get("server_tool_call_response"));
            Part::ToolResult {
                id: text(json.get("id")),
                output: response.map(joined).unwrap_or_default(),
                is_error: false,
            }
        }
        "blob" => Part::Media {
            modality: modality(),
            about: text(json.get("mime_type")),
            bytes: json
                .get("content")
                .map_or(0, |it| it.text().len().saturating_sub(2)),
        },
        "uri" => Part::Media {
            modality: modality(),
            about: text(json.get("uri")),
            bytes: 0,
        },
        "file" if json.get("file_id").is_some() => Part::Media {
            modality: modality(),
            about: text(json.get("file_id")),
            bytes: 0,
        },
        _ => return None,
    })
}

/// The message of a span event: `gen_ai.user.message` and its kin. Of any other event there is
/// none; what is no event at all is `None`.
#[expect(
    clippy::option_option,
    reason = "no event, an event without a message, a message"
)]
pub(super) fn event(json: Json<'_>) -> Option<Option<Message>> {
    let name = json.get("name").and_then(Json::str)?;
    let attributes = json.get("attributes")?;
    let Some(kind) = name.strip_prefix("gen_ai.") else {
        return Some(None);
    };
    let role = match (kind.strip_suffix(".message"), kind) {
        (Some(role), _) => role,
        (None, "choice") => "assistant",
        _ => return Some(None),
    };
    let mut said = Message {
        role: role.to_owned(),
        parts: Vec::new(),
    };
    let id = attribute(attributes, "id");
    for item in attributes.items() {
        let key = text(item.get("key"));
        let Some(value) = item.get("value").and_then(flatten) else {
            continue;
        };
        let inner = super::unwrap(Json::new(&value)).into_owned();
        let json = Json::new(&inner);
        match key.as_str() {
            "content" | "message" | "tool.result" => match (json.kind(), &id) {
                (_, Some(id))
                    if role == "tool" && key != "message" && json.get("role").is_none() =>
                {
                    // Of a tool's own span this is what went in; the choice is what came out.
                    said.parts.push(Part::ToolResult {
                        id: id.clone(),
                        output: inner.clone(),
                        is_error: false,
                    });
                }
                (Kind::Array, _) => contents(json, &mut said.parts),
                (Kind::Object, _)
                    if json.get("role").is_some() || json.get("content").is_some() =>
                {
                    said.parts.extend(message(json).parts);
                }
                _ => said.parts.push(Part::Text(inner.clone())),
            },
            "tool_calls" => contents(json, &mut said.parts),
            _ => {}
        }
    }
    Some(Some(said))
}

/// The text of a string attribute.
pub(super) fn attribute(attributes: Json<'_>, key: &str) -> Option<String> {
    let found = attributes.items().find(|it| {
        it.get("key")
            .and_then(Json::str)
            .is_some_and(|it| it == key)
    })?;
    found
        .path(&["value", "stringValue"])
        .and_then(Json::str)
        .map(std::borrow::Cow::into_owned)
}

/// The string of an OTLP `AnyValue` that is one.
pub(super) fn string(value: Json<'_>) -> Option<Json<'_>> {
    let mut members = value.members();
    match (members.next(), members.next()) {
        (Some((kind, inner)), None) if kind == "stringValue" => {
            Some(inner).filter(|it| it.kind() == Kind::String)
        }
        _ => None,
    }
}

/// Plain JSON of an OTLP `AnyValue`; `None` for what is none.
pub fn flatten(value: Json<'_>) -> Option<String> {
    let mut out = String::new();
    flatten_into(value, &mut out, 0).then_some(out)
}

fn flatten_into(value: Json<'_>, out: &mut String, depth: u8) -> bool {
    /// Deeper than anyone writes, and far from the end of the stack.
    const DEEPEST: u8 = 64;
    let mut members = value.members();
    let (Some((kind, inner)), None) = (members.next(), members.next()) else {
        return false;
    };
    match kind.as_ref() {
        "stringValue" | "boolValue" | "doubleValue" | "bytesValue" => out.push_str(inner.text()),
        "intValue" => out.push_str(inner.text().trim_matches('"')),
        "arrayValue" if depth < DEEPEST => {
            out.push('[');
            for (i, item) in inner
                .get("values")
                .into_iter()
                .flat_map(Json::items)
                .enumerate()
            {
                out.push_str(if i > 0 { "," } else { "" });
                if !flatten_into(item, out, depth + 1) {
                    out.push_str("null");
                }
            }
            out.push(']');
        }
        "kvlistValue" if depth < DEEPEST => {
            out.push('{');
            for (i, item) in inner
                .get("values")
                .into_iter()
                .flat_map(Json::items)
                .enumerate()
            {
                out.push_str(if i > 0 { "," } else { "" });
                out.push_str(item.get("key").map_or("\"\"", Json::text));
                out.push(':');
                if !item
                    .get("value")
                    .is_some_and(|it| flatten_into(it, out, depth + 1))
                {
                    out.push_str("null");
                }
            }
            out.push('}');
        }
        "arrayValue" | "kvlistValue" => out.push_str(inner.text()),
        _ => return false,
    }
    true
}
