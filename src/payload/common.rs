//! Messages in the shapes that most files have: those of the current conventions of OpenTelemetry, and
//! of the chat APIs of OpenAI and Anthropic. Strict: what it reads, all readers together read the
//! same; of what may be anything else it says nothing. `tests/it/shapes.rs` holds the two against
//! each other.

use std::borrow::Cow;

use super::around::drop_known;
use super::open::{arguments, text, unwrap};
use super::{Message, Part, unread};
use crate::model::{Index, Json, Kind};

/// What else a message may have: nothing that is shown.
const BESIDE: &[&str] = &[
    "role",
    "type",
    "name",
    "id",
    "finish_reason",
    "model",
    "stop_reason",
    "stop_sequence",
    "usage",
    "annotations",
];

/// The parts of a message by their type, and all members that one may have.
const PARTS: &[(&str, &[&str])] = &[
    ("text", &["content", "text", "cache_control", "citations"]),
    ("reasoning", &["content"]),
    ("thinking", &["thinking", "signature"]),
    ("tool_call", &["id", "name", "arguments"]),
    ("tool_call_response", &["id", "name", "response", "result"]),
    ("tool_use", &["id", "name", "input", "cache_control"]),
    (
        "tool_result",
        &["tool_use_id", "content", "is_error", "cache_control"],
    ),
    ("function", &["id", "function", "index"]),
    ("", &["id", "function", "index"]),
];

/// What text may begin with that is JSON or a stream of it.
const MARKED: &[&str] = &["{", "[", "data:", "event:", "id:", "retry:", ":"];

/// Members without which an object is no text, whoever reads it.
const OF_TEXT: &[&str] = &[
    "type",
    "part_kind",
    "text",
    "message_content",
    "message_content.text",
];

/// The messages in a value, if these shapes are all that it has.
pub fn messages(json: Json<'_>) -> Option<Vec<Message>> {
    let opened = whole(json)?;
    let begin = opened.trim_start_matches('\u{feff}').trim_start();
    if begin.is_empty() {
        return Some(Vec::new());
    }
    let index = Index::of(&opened);
    let json = index.json(&opened);
    if !MARKED.iter().any(|it| begin.starts_with(it)) {
        return Some(if json.kind() == Kind::Null {
            Vec::new()
        } else {
            vec![said("", Part::Text(opened.into_owned()))]
        });
    }
    let mut found = Vec::new();
    match json.kind() {
        _ if !json.is_indexed() => return None,
        Kind::Array => json.items().try_for_each(|it| read(it, &mut found))?,
        Kind::Object if is_error(json) => found.push(unread(json)),
        Kind::Object => read(json, &mut found)?,
        _ => return None,
    }
    Some(found)
}

/// The names of the tools in a value, if these shapes are all that it has.
pub fn tool_names(json: Json<'_>) -> Option<Vec<String>> {
    /// Where others have their tools.
    const ELSEWHERE: &[&str] = &[
        "functionDeclarations",
        "function_declarations",
        "tool",
        "toolSpec",
    ];
    let opened = whole(json)?;
    let json = Json::new(&opened);
    if json.kind() != Kind::Array {
        return None;
    }
    let name = |tool: Json<'_>| {
        let is_other = tool.members().any(|it| ELSEWHERE.contains(&it.0.as_ref()));
        let tool = Some(tool).filter(|_| !is_other)?;
        let name = tool.get("function").unwrap_or(tool).get("name")?;
        (name.kind() == Kind::String).then(|| text(Some(name)))
    };
    json.items().map(name).collect()
}

/// What stands in a value that is one, and no run of attributes or members.
fn whole(json: Json<'_>) -> Option<Cow<'_, str>> {
    let is_run = |it: &str| it.trim_start().starts_with("\"key\"");
    let is_attributes = json.text().strip_prefix('{').is_some_and(is_run);
    let goes_on = json.kind() == Kind::String && json.value_end() < json.text().len();
    (!is_attributes && !goes_on).then(|| unwrap(json))
}

fn said(role: &str, part: Part) -> Message {
    Message {
        role: role.to_owned(),
        parts: vec![part],
    }
}

/// Whether an object has no members but these.
fn has_only(json: Json<'_>, keys: &[&str]) -> bool {
    json.kind() == Kind::Object && json.members().all(|it| keys.contains(&it.0.as_ref()))
}

/// Whether this says what went wrong, and nothing else.
fn is_error(json: Json<'_>) -> bool {
    /// What is in the types that someone takes for something else.
    const OTHERS: &[&str] = &[
        "text",
        "think",
        "thought",
        "tool",
        "put",
        "INPUT",
        "image",
        "blob",
        "uri",
        "refusal",
        "compaction",
        "completion",
        "PLANNER",
        "message_",
        "content_block",
    ];
    let kind = text(json.get("type"));
    let is_named = ["rror", "xception", "imeout"]
        .iter()
        .any(|it| kind.ends_with(it));
    let is_other = !is_named && OTHERS.iter().any(|it| kind.contains(it));
    // An event of a stream.
    let is_other = is_other || kind.starts_with("response.");
    !is_other && json.get("message").is_some() && has_only(json, &["type", "message", "stack"])
}

/// An item of a list: a message, or a part without one.
fn read(json: Json<'_>, found: &mut Vec<Message>) -> Option<()> {
    if json.kind() != Kind::Object {
        return None;
    }
    if json.get("role").is_some() {
        found.push(message(json)?);
        return Some(());
    }
    // Without a type it may be a message of anyone.
    json.get("type")?;
    let part = part(json)?;
    match found.last_mut().filter(|it| it.role.is_empty()) {
        Some(last) => last.parts.push(part),
        None => found.push(said("", part)),
    }
    Some(())
}

fn message(json: Json<'_>) -> Option<Message> {
    let [role, kind, call_id] = json.pick(["role", "type", "tool_call_id"]);
    let role = role.filter(|it| it.kind() == Kind::String);
    let is_message = kind.is_none_or(|it| it.is("message"));
    let call_id = text(call_id.filter(|it| it.is_some()));
    let mut message = Message {
        role: text(Some(role.filter(|_| is_message)?)),
        parts: Vec::new(),
    };
    let parts = &mut message.parts;
    for (key, value) in json.members() {
        match key.as_ref() {
            "parts" | "content" if !call_id.is_empty() => parts.push(Part::ToolResult {
                id: call_id.clone(),
                output: joined(value)?,
                is_error: false,
            }),
            "parts" | "content" => contents(value, parts)?,
            "reasoning_content" | "reasoning" if value.kind() == Kind::String => {
                let thought = Part::Reasoning(text(Some(value)));
                if !parts.contains(&thought) {
                    parts.push(thought);
                }
            }
            "refusal" if value.kind() == Kind::String => parts.push(Part::Text(text(Some(value)))),
            "tool_calls" => {
                let from = parts.len();
                contents(value, parts)?;
                drop_known(parts, from);
            }
            "tool_call_id" | "refusal" | "reasoning" | "reasoning_content" => {}
            key if BESIDE.contains(&key) => {}
            _ => return None,
        }
    }
    Some(message)
}

fn contents(value: Json<'_>, parts: &mut Vec<Part>) -> Option<()> {
    match value.kind() {
        Kind::Array => value.items().try_for_each(|it| {
            parts.push(part(it)?);
            Some(())
        }),
        // JSON in a string may be a list of blocks.
        Kind::String => {
            let said = text(Some(value));
            let first = Json::new(&said).items().next();
            let is_list = first.is_some_and(|it| it.kind() == Kind::Object);
            (!is_list).then(|| parts.push(Part::Text(said)))
        }
        Kind::Null => Some(()),
        _ => None,
    }
}

fn part(json: Json<'_>) -> Option<Part> {
    if json.kind() == Kind::String {
        return Some(Part::Text(text(Some(json))));
    }
    let kind = text(json.get("type"));
    let (kind, keys) = PARTS.iter().find(|it| it.0 == kind)?;
    let mut all = json.members();
    let is_known = |it: &str| it == "type" || keys.contains(&it);
    all.all(|it| is_known(&it.0)).then_some(())?;
    let id = || text(json.get("id"));
    let name = || text(json.get("name"));
    Some(match *kind {
        "text" => Part::Text(text(Some(json.get("content").or(json.get("text"))?))),
        "reasoning" => Part::Reasoning(text(Some(json.get("content").filter(|it| it.is_some())?))),
        "thinking" => Part::Reasoning(text(json.get("thinking"))),
        "tool_call" => Part::ToolCall {
            id: id(),
            name: name(),
            arguments: arguments(json.get("arguments")),
        },
        "tool_use" => Part::ToolCall {
            id: id(),
            name: name(),
            arguments: arguments(json.get("input")),
        },
        "tool_call_response" => Part::ToolResult {
            id: id(),
            output: output(json.get("response").or(json.get("result")))?,
            is_error: false,
        },
        "tool_result" => Part::ToolResult {
            id: text(Some(json.get("tool_use_id")?)),
            output: output(json.get("content"))?,
            is_error: json.get("is_error").and_then(Json::bool) == Some(true),
        },
        _ => {
            let function = json.get("function")?;
            has_only(function, &["name", "arguments"]).then_some(())?;
            Part::ToolCall {
                id: id(),
                name: text(function.get("name")),
                arguments: arguments(function.get("arguments")),
            }
        }
    })
}

fn output(value: Option<Json<'_>>) -> Option<String> {
    value.map_or(Some(String::new()), joined)
}

/// The text of a tool's result: of a list of texts all of them, else the value as it stands.
fn joined(value: Json<'_>) -> Option<String> {
    let is_list = value.kind() == Kind::Array && value.items().next().is_some();
    if !is_list || value.items().any(is_no_text) {
        return Some(unwrap(value).into_owned());
    }
    let texts: Option<Vec<String>> = value.items().map(said_in).collect();
    texts.map(|it| it.join("\n"))
}

/// What an item says that is surely a text.
fn said_in(json: Json<'_>) -> Option<String> {
    let is_text = |it: Json<'_>| it.is("text");
    let is_text = json.kind() == Kind::String || json.get("type").is_some_and(is_text);
    match part(Some(json).filter(|_| is_text)?)? {
        Part::Text(text) => Some(text),
        _ => None,
    }
}

/// Whether nobody takes this for a text.
fn is_no_text(json: Json<'_>) -> bool {
    match json.kind() {
        Kind::String => false,
        Kind::Object => json.first(OF_TEXT).is_none(),
        _ => true,
    }
}
