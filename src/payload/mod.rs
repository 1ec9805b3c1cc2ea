//! What was said: one JSON slice of the source to messages, read when it is shown.
//!
//! How a tool wraps spans (`import/`) and how a provider shapes messages (here) are two axes. A
//! reader recognizes a part of a message by its shape, whatever file it came in.
//!
//! To add a provider's shape: write `payload/<provider>.rs` with a function from [`Json`] to
//! `Option<Part>` and add it to `PARTS`. All of these are in a part of the viewer (`shapes.rs`);
//! `common.rs` reads without it what most files have.

mod agents;
mod anthropic;
mod around;
mod autogen;
mod bedrock;
pub mod common;
mod deep;
mod gemini;
mod inspect;
mod interactions;
mod langchain;
mod members;
mod numbered;
mod open;
mod openai;
mod openai_responses;
mod opencode;
mod openhands;
mod openinference;
mod otel;
mod pydantic_ai;
mod settings;
pub(crate) mod shapes;
mod shorten;
mod stream;
mod tools;
mod vercel;

pub use langchain::langchain;
pub use members::{Member, Members, PAGE, Walk, is_json};
pub use otel::flatten;
pub use settings::{has_settings, settings};
pub use shapes::{is_stream, messages_in, messages_now, tool_names};
pub use shorten::{around_chars, shortened, string_in, whole};
pub use stream::{Events, events, is_event, of_converse};
pub use tools::{ToolDefinition, toolbelt};

use crate::model::{Index, Json, Kind, unescape};
use open::{arguments, text, unwrap};

/// One role's contribution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// system, user, assistant, tool or what else the file says; "" where it does not say.
    pub role: String,
    /// Its pieces.
    pub parts: Vec<Part>,
}

/// A piece of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// What was said.
    Text(String),
    /// What was thought.
    Reasoning(String),
    /// A tool call that the model asks for.
    ToolCall {
        /// What joins it to its result; "" if not reported.
        id: String,
        /// The tool.
        name: String,
        /// JSON, or text that is none (a call cut off, a patch).
        arguments: String,
    },
    /// The result of a tool call.
    ToolResult {
        /// The id of the call.
        id: String,
        /// JSON or text.
        output: String,
        /// Whether the tool failed.
        is_error: bool,
    },
    /// An image, a sound, a file: said, not shown. Nothing is fetched.
    Media {
        /// image, audio, video, file.
        modality: String,
        /// Its MIME type or what else is known of it.
        about: String,
        /// Bytes of the data in the file, encoded as it is there; 0 where it only names a place.
        bytes: usize,
    },
    /// Something else: its type and its JSON.
    Other {
        /// What the file calls it.
        kind: String,
        /// All of it.
        json: String,
    },
}

/// What recognizes a part of a message, most particular first.
const PARTS: &[fn(Json<'_>) -> Option<Part>] = &[
    otel::part,
    pydantic_ai::part,
    vercel::part,
    agents::part,
    gemini::part,
    openinference::part,
    inspect::part,
    autogen::part,
    openai_responses::part,
    opencode::part,
    anthropic::part,
    openai::part,
    bedrock::part,
    interactions::part,
];

/// What recognizes a message that is not one by its `role`.
const MESSAGES: &[fn(Json<'_>) -> Option<Message>] =
    &[langchain::message, autogen::message, openhands::message];

/// The messages in a slice of the source, whatever shape they have there. Text that is no message
/// becomes one without a role, so nothing is hidden.
pub fn messages(text: &str) -> Vec<Message> {
    messages_in(Json::new(text))
}

/// Whether the first messages of those in a slice are missing: their writer numbers them.
pub fn is_cut(text: &str) -> bool {
    numbered::is_cut(text)
}

/// The messages in a value, whatever shape they have.
fn read(json: Json<'_>) -> Vec<Message> {
    deep::deeper(|| read_all(json)).unwrap_or_else(|| vec![unread(json)])
}

/// A value that is not read: as it stands.
fn unread(json: Json<'_>) -> Message {
    Message {
        role: String::new(),
        parts: vec![other(json)],
    }
}

fn read_all(json: Json<'_>) -> Vec<Message> {
    if let Some(assembled) = numbered::assemble(json.text()) {
        return read(Json::new(&assembled));
    }
    let mut found = Vec::new();
    if is_members(json) {
        // Only some of what stands in a record: it becomes one of its own.
        return read(Json::new(&["{", json.text(), "}"].concat()));
    }
    let opened = unwrap(json);
    if opened.trim().is_empty() {
        return found;
    }
    let index = Index::of(&opened);
    let json = index.json(&opened);
    if let Some(message) = stream::message(&opened, json) {
        return vec![message];
    }
    if json.kind() == Kind::Null {
        return found;
    }
    let first = json.value_end();
    // Text may stand in brackets and still be no JSON.
    let is_list = |it: Json<'_>| it.kind() != Kind::Other && first == json.text().len();
    let is_json = json.members().next().is_some()
        || json.items().next().is_some_and(is_list)
        || (first == 2 && json.text().starts_with(['{', '[']));
    if !is_json {
        let parts = vec![Part::Text(opened.into_owned())];
        return vec![Message {
            role: String::new(),
            parts,
        }];
    }
    if json.kind() == Kind::Object {
        let rest = json.text().get(first..).unwrap_or_default().trim_start();
        let Some(rest) = rest.strip_prefix(',') else {
            read_into(&mut found, json);
            return found;
        };
        // A run of items without the brackets around it: some of a list of events.
        let own = json.text().get(..first).unwrap_or_default();
        read_into(&mut found, Json::new(own));
        found.extend(read(Json::new(&["[", rest, "]"].concat())));
    }
    for item in json.items() {
        read_into(&mut found, around::inner(item));
    }
    found
}

/// Whether this is a run of members without the braces around it.
fn is_members(json: Json<'_>) -> bool {
    let rest = || json.text().get(json.value_end()..).unwrap_or_default();
    json.kind() == Kind::String && rest().trim_start().starts_with(':')
}

fn read_into(found: &mut Vec<Message>, json: Json<'_>) {
    let Some(list) = around::list(json) else {
        return match around::question(json) {
            Some(said) => found.push(Message {
                role: "user".to_owned(),
                parts: vec![Part::Text(text(Some(said)))],
            }),
            None => read_one(found, json),
        };
    };
    if let Some(system) = json.get("system").filter(|it| it.is_some()) {
        let mut message = Message {
            role: "system".to_owned(),
            ..Message::default()
        };
        contents(system, &mut message.parts);
        found.push(message);
    }
    for item in list.items() {
        match item.kind() {
            // A list for each prompt; a role and what it says is one message.
            Kind::Array if langchain::message(item).is_none() => {
                let inner = item.items().map(around::inner);
                inner.for_each(|it| read_one(found, it));
            }
            _ => read_one(found, around::inner(item)),
        }
    }
}

fn read_one(found: &mut Vec<Message>, json: Json<'_>) {
    let has_role = json.get("role").is_some();
    let is_event = !has_role || json.get("event.name").is_some();
    if is_event && let Some(message) = otel::event(json) {
        found.extend(message);
        return;
    }
    if let Some(said) = json.get("value").filter(|_| json.get("from").is_some()) {
        // ShareGPT.
        let mut message = Message {
            role: text(json.get("from")),
            parts: Vec::new(),
        };
        contents(said, &mut message.parts);
        return found.push(message);
    }
    if let Some(message) = MESSAGES.iter().find_map(|it| it(json)) {
        found.push(message);
        return;
    }
    let mut keys = ["parts", "content", "message.role"].iter();
    let is_message = has_role || keys.any(|it| json.get(it).is_some());
    let is_named = || {
        let kind = json.get("type").and_then(Json::str);
        let is_known = |it: &str| it == "message" || !gemini::role(it).is_empty();
        is_message && kind.is_none_or(|it| is_known(&it))
    };
    if json.kind() == Kind::Object && (is_named() || agents::is_message(json)) {
        found.push(message(json));
        return;
    }
    let (role, part) = (role(json), part(json));
    match found.last_mut() {
        Some(last) if last.role == role => last.parts.push(part),
        _ => found.push(Message {
            role: role.to_owned(),
            parts: vec![part],
        }),
    }
}

/// Who says something that has no role, where its shape tells.
fn role(json: Json<'_>) -> &'static str {
    let roles = [
        openai_responses::role(json),
        interactions::role(json),
        opencode::role(json),
        agents::role(json),
    ];
    roles
        .into_iter()
        .find(|it| !it.is_empty())
        .unwrap_or_default()
}

/// The parts of a value, whoever says it.
fn parts_of(json: Json<'_>) -> Vec<Part> {
    let mut found = Vec::new();
    read_into(&mut found, json);
    found.into_iter().flat_map(|it| it.parts).collect()
}

/// The text of a system prompt: a string, a list of parts, or messages.
pub fn plain_text(text: &str) -> String {
    text_of(messages(text))
}

/// The text of the messages of a system prompt.
pub fn text_of(messages: Vec<Message>) -> String {
    let mut out = String::new();
    for message in messages {
        for part in message.parts {
            let (Part::Text(text) | Part::Reasoning(text) | Part::Other { json: text, .. }) = part
            else {
                continue;
            };
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&text);
        }
    }
    out
}

/// A value as a person reads it: a string without its quotes, JSON as it stands. JSON inside a
/// string is opened, as arguments often come so.
pub fn value(text: &str) -> String {
    unwrap(Json::new(text)).into_owned()
}

/// The first text of the messages in a slice, for one line. `limit` is in bytes of the slice: of
/// something longer only the beginning is read.
pub fn preview(text: &str, limit: usize) -> String {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or_default();
    let parts: Vec<Part> = messages(head).into_iter().flat_map(|it| it.parts).collect();
    let said = parts.iter().find_map(|it| match it {
        Part::Text(text) if !text.trim().is_empty() => Some(text.clone()),
        _ => None,
    });
    let thought = || {
        parts.iter().find_map(|it| match it {
            Part::Reasoning(text) => Some(text.clone()),
            _ => None,
        })
    };
    // An error may be an object.
    let why = || match parts.first()? {
        Part::Other { json, .. } => Some(Json::new(json).get("message")?.str()?.into_owned()),
        _ => None,
    };
    let begin = || unescape(head.trim_start_matches(['"', '[', '{'])).into_owned();
    let begin = (end < text.len()).then(begin);
    said.or_else(thought)
        .or_else(why)
        .or(begin)
        .unwrap_or_default()
}

/// One message object.
fn message(json: Json<'_>) -> Message {
    let mut message = Message {
        role: match json.get("role").or_else(|| json.get("message.role")) {
            Some(role) => text(Some(role)),
            None => {
                let roles = [
                    pydantic_ai::role(json),
                    gemini::role(&text(json.get("type"))),
                    agents::role(json),
                ];
                let known = roles.into_iter().find(|it| !it.is_empty());
                known.map_or_else(|| opencode::role_of(json), str::to_owned)
            }
        },
        parts: Vec::new(),
    };
    // SWE-agent has a list of the one.
    let ids = json.get("tool_call_ids").and_then(|it| it.items().next());
    let tool_call_id = text(json.first(agents::CALL_ID).or(ids));
    for (key, value) in json.members() {
        // In a table of Phoenix.
        match key.strip_prefix("message.").unwrap_or(&key) {
            "parts" | "content" if !tool_call_id.is_empty() => {
                message.parts.push(Part::ToolResult {
                    id: tool_call_id.clone(),
                    output: joined(value),
                    is_error: false,
                });
            }
            "parts" | "content" | "contents" => contents(value, &mut message.parts),
            "reasoning_content" | "reasoning" if value.kind() == Kind::String => {
                let thought = Part::Reasoning(text(Some(value)));
                // Some write it under both names.
                if !message.parts.contains(&thought) {
                    message.parts.push(thought);
                }
            }
            "refusal" if value.kind() == Kind::String => {
                message.parts.push(Part::Text(text(Some(value))));
            }
            "tool_calls" | "toolCalls" | "thoughts" => {
                around::add_calls(value, &mut message.parts);
            }
            // LangChain, as Langfuse writes it.
            "additional_kwargs" => {
                let calls = value.get("tool_calls").into_iter();
                calls.for_each(|it| around::add_calls(it, &mut message.parts));
            }
            key => agents::member(key, value, &mut message.parts),
        }
    }
    message
}

/// The parts of a message's content: a string, one part, or a list.
fn contents(value: Json<'_>, parts: &mut Vec<Part>) {
    match value.kind() {
        Kind::Array => parts.extend(value.items().map(part)),
        Kind::String => {
            let said = text(Some(value));
            // JSON in a string: a list of blocks, as some instrumentations write it.
            let inner = Json::new(&said);
            if inner.kind() == Kind::Array
                && inner.items().all(|it| it.kind() == Kind::Object)
                && inner.items().next().is_some()
            {
                parts.extend(inner.items().map(part));
            } else {
                parts.push(Part::Text(said));
            }
        }
        Kind::Null | Kind::Other => {}
        _ => parts.push(part(value)),
    }
}

/// One part, by the first reader that recognizes it.
fn part(json: Json<'_>) -> Part {
    if json.kind() == Kind::String {
        return Part::Text(text(Some(json)));
    }
    let read = || PARTS.iter().find_map(|it| it(json));
    let found = deep::deeper(read).flatten();
    found.unwrap_or_else(|| other(json))
}

/// A part that nobody recognizes.
fn other(json: Json<'_>) -> Part {
    Part::Other {
        kind: text(json.get("type")),
        json: json.text().to_owned(),
    }
}

/// The text of a tool's result: of a list of text parts their text, else the value as it stands.
fn joined(value: Json<'_>) -> String {
    if value.kind() == Kind::Array {
        let parts: Vec<Part> = value.items().map(part).collect();
        let texts: Option<Vec<&str>> = parts
            .iter()
            .map(|it| match it {
                Part::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        if let Some(texts) = texts.filter(|it| !it.is_empty()) {
            return texts.join("\n");
        }
    }
    unwrap(value).into_owned()
}
