//! Parts of Pydantic AI's messages, told apart by `part_kind`. Source: `pydantic_ai/messages.py`.

use super::{Part, arguments, joined, text};
use crate::model::{Json, Kind};

/// Who says a message that has no role.
pub(super) fn role(json: Json<'_>) -> &'static str {
    match (text(json.get("kind")).as_str(), json.get("parts")) {
        ("request", Some(_)) => "user",
        ("response", Some(_)) => "assistant",
        _ => "",
    }
}

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    let content = json.get("content");
    Some(match text(json.get("part_kind")).as_str() {
        "text" | "system-prompt" => Part::Text(text(content)),
        "user-prompt" if content.is_some_and(|it| it.kind() == Kind::String) => {
            Part::Text(text(content))
        }
        "user-prompt" => Part::Text(content.map(joined).unwrap_or_default()),
        "thinking" => Part::Reasoning(text(content)),
        "tool-call" | "builtin-tool-call" => Part::ToolCall {
            id: text(json.get("tool_call_id")),
            name: text(json.get("tool_name")),
            arguments: arguments(json.get("args")),
        },
        kind @ ("tool-return" | "builtin-tool-return" | "retry-prompt") => Part::ToolResult {
            id: text(json.get("tool_call_id")),
            output: content.map(joined).unwrap_or_default(),
            is_error: kind == "retry-prompt",
        },
        _ => return None,
    })
}
