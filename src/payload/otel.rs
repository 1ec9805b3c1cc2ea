//! Messages as the OpenTelemetry GenAI conventions have them: `role` and `parts`, or span events
//! (before 1.37). Source: model/gen-ai/gen-ai-input-messages.json and docs/gen-ai/gen-ai-events.md
//! of the conventions.

use super::{Message, Part, arguments, contents, joined, message, text};
use crate::model::{Index, Json, Kind, is_strict};

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    let content = || text(json.get("content"));
    let modality = || text(json.get("modality"));
    let kind = json.get("type").and_then(Json::str)?;
    Some(match kind.as_ref() {
        "text" if json.get("content").is_some() => Part::Text(content()),
        "reasoning" if json.get("content").is_some_and(Json::is_some) => Part::Reasoning(content()),
        // With `args` it is LangChain's.
        "tool_call" | "server_tool_call"
            if json.get("args").is_none() && json.get("toolName").is_none() =>
        {
            Part::ToolCall {
                id: text(json.get("id")),
                name: text(json.get("name")),
                arguments: arguments(
                    json.get("arguments")
                        .or_else(|| json.get("server_tool_call")),
                ),
            }
        }
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

/// Settings of a request among the attributes of a span, as a JSON object.
pub(super) fn settings(attributes: Json<'_>) -> Option<String> {
    let items = attributes.items();
    let items = items.filter_map(|it| it.get("key").zip(it.get("value")));
    let mut out = String::new();
    for (key, value) in items.chain(attributes.pairs()) {
        let key = text(Some(key));
        let name = key.strip_prefix("gen_ai.request.");
        let Some(name) = name.filter(|it| *it != "model" && !it.contains(['"', '\\'])) else {
            continue;
        };
        let value = flatten(value).unwrap_or_else(|| value.text().to_owned());
        if is_strict(&value) {
            let before = if out.is_empty() { "{\"" } else { ",\"" };
            [before, name, "\":", &value]
                .iter()
                .for_each(|it| out.push_str(it));
        }
    }
    (!out.is_empty()).then(|| out + "}")
}

/// The message of an event, `gen_ai.user.message` and its kin: a span event, or a log record. Of
/// any other event there is none; what is no event at all is `None`.
#[expect(
    clippy::option_option,
    reason = "no event, an event without a message, a message"
)]
pub(super) fn event(json: Json<'_>) -> Option<Option<Message>> {
    let keys = ["name", "attributes", "fields", "event.name"];
    let [name, attributes, fields, own] = json.pick(keys);
    let attributes = attributes.or(fields);
    own.or(attributes)?;
    let known = || {
        attribute(
            attributes?,
            if fields.is_some() {
                "event"
            } else {
                "event.name"
            },
        )
    };
    let name = own
        .or(attributes.and(name))
        .or_else(|| json.get("eventName"));
    let name = match name {
        Some(name) => text(Some(name)),
        None => plain(known()?),
    };
    let Some(kind) = name.strip_prefix("gen_ai.") else {
        return Some(None);
    };
    let role = match (kind.strip_suffix(".message"), kind) {
        (Some(role), _) => role,
        (None, "choice") => "assistant",
        _ => return Some(None),
    };
    let body = json.get("body").or_else(|| json.get("_body"));
    let body = body.or(own.map(|_| json));
    Some(match (body, attributes) {
        (Some(body), _) => Some(of_log(role, body)),
        (None, Some(attributes)) => Some(of_span(role, attributes)),
        _ => None,
    })
}

/// The message in the body of a log record.
fn of_log(role: &str, body: Json<'_>) -> Message {
    let body = plain(body);
    let json = Json::new(&body);
    let said = json.get("message").unwrap_or(json);
    let mut message = message(said);
    if message.role.is_empty() {
        role.clone_into(&mut message.role);
    }
    if role == "tool" && json.get("tool_call_id").is_none() {
        message.parts = vec![Part::ToolResult {
            id: text(json.get("id")),
            output: json.get("content").map(joined).unwrap_or_default(),
            is_error: false,
        }];
    }
    message
}

/// The message in the attributes of a span event.
fn of_span(role: &str, attributes: Json<'_>) -> Message {
    let mut said = Message {
        role: role.to_owned(),
        parts: Vec::new(),
    };
    let id = attribute(attributes, "id").map(plain);
    let items = attributes.items();
    let items = items.filter_map(|it| it.get("key").zip(it.get("value")));
    for (key, value) in items.chain(attributes.pairs()) {
        let value = flatten(value).unwrap_or_else(|| value.text().to_owned());
        let inner = super::unwrap(Json::new(&value)).into_owned();
        let json = Json::new(&inner);
        match text(Some(key)).as_str() {
            "content" | "message" | "tool.result" => match (json.kind(), &id) {
                (_, Some(id))
                    if role == "tool" && !key.is("message") && json.get("role").is_none() =>
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
    said
}

/// An attribute, as it stands: of a list of keys and values, or of an object.
fn attribute<'a>(attributes: Json<'a>, key: &str) -> Option<Json<'a>> {
    let is_it = |it: &Json<'_>| it.get("key").is_some_and(|it| it.is(key));
    let item = attributes
        .items()
        .find(is_it)
        .and_then(|it| it.get("value"));
    item.or_else(|| attributes.get(key))
}

/// A value without OTLP's wrapper, and of a string what is in it.
fn plain(value: Json<'_>) -> String {
    let flat = flatten(value).unwrap_or_else(|| value.text().to_owned());
    Json::new(&flat)
        .str()
        .map_or_else(|| flat.clone(), std::borrow::Cow::into_owned)
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
    /// Longer ones are indexed: without that, each level would be read once more.
    const LONG: usize = 16 << 10;
    let mut out = String::new();
    let is_long = value.text().len() > LONG;
    let index = is_long.then(|| Index::of(value.text()));
    let value = index.as_ref().map_or(value, |it| it.json(value.text()));
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
