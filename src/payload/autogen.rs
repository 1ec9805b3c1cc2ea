//! Messages of AutoGen, which have a `source` where others have a role. Source:
//! `autogen_agentchat/messages.py` and `autogen_core/models/_types.py`.

use super::{Message, Part, arguments, contents, joined, text};
use crate::model::Json;

pub(super) fn message(json: Json<'_>) -> Option<Message> {
    let kind = text(json.get("type"));
    let content = json.get("content")?;
    if !(kind.ends_with("Message") || kind.ends_with("Event")) {
        return None;
    }
    let source = json.get("source").map(|it| text(Some(it)));
    let role = match (kind.as_str(), source.as_deref()) {
        ("SystemMessage", _) => "system",
        ("FunctionExecutionResultMessage" | "ToolCallExecutionEvent", _) => "tool",
        ("UserMessage", _) | (_, Some("user")) => "user",
        (_, Some(_)) => "assistant",
        (_, None) => return None,
    };
    let mut parts = Vec::new();
    if let Some(thought) = json.get("thought").filter(|it| it.is_some()) {
        parts.push(Part::Reasoning(text(Some(thought))));
    }
    if kind == "ThoughtEvent" {
        parts.push(Part::Reasoning(text(Some(content))));
    } else {
        contents(content, &mut parts);
    }
    let role = role.to_owned();
    Some(Message { role, parts })
}

/// A call of a function, or its result: neither says what it is.
pub(super) fn part(json: Json<'_>) -> Option<Part> {
    if json.get("type").is_some() {
        return None;
    }
    if let Some(id) = json.get("call_id") {
        return Some(Part::ToolResult {
            id: text(Some(id)),
            output: json.get("content").map(joined)?,
            is_error: json.get("is_error").and_then(Json::bool) == Some(true),
        });
    }
    Some(Part::ToolCall {
        id: text(json.get("id")),
        name: text(Some(json.get("name")?)),
        arguments: arguments(Some(json.get("arguments")?)),
    })
}
