//! Content blocks of the Amazon Bedrock Converse API, as Strands writes them. They have no type:
//! the key says what they are. Source: `ContentBlock` of the API reference.

use super::{Part, arguments, joined, text};
use crate::model::{Json, Kind};

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    if json.get("type").is_some() {
        return None;
    }
    if let Some(said) = json.get("text").filter(|it| it.kind() == Kind::String) {
        return Some(Part::Text(text(Some(said))));
    }
    if let Some(call) = json.get("toolUse") {
        return Some(Part::ToolCall {
            id: text(call.get("toolUseId")),
            name: text(call.get("name")),
            arguments: arguments(call.get("input")),
        });
    }
    if let Some(result) = json.get("toolResult") {
        return Some(Part::ToolResult {
            id: text(result.get("toolUseId")),
            output: result.get("content").map(joined).unwrap_or_default(),
            is_error: text(result.get("status")) == "error",
        });
    }
    let reasoning = json.path(&["reasoningContent", "reasoningText", "text"])?;
    Some(Part::Reasoning(text(Some(reasoning))))
}
