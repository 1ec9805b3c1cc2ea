//! Steps of Google's Interactions API. Source: the `Step` types of the API reference.

use super::{Part, arguments, joined, text};
use crate::model::Json;

/// Who takes a step.
pub(super) fn role(json: Json<'_>) -> &'static str {
    match text(json.get("type")).as_str() {
        "model_output" | "thought" => "assistant",
        "user_input" => "user",
        _ => "",
    }
}

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    let all = |key| json.get(key).map(joined).unwrap_or_default();
    Some(match text(json.get("type")).as_str() {
        "model_output" | "user_input" => Part::Text(all("content")),
        "thought" => Part::Reasoning(all("summary")),
        kind if kind.ends_with("_result") && json.get("call_id").is_some() => Part::ToolResult {
            id: text(json.get("call_id")),
            output: all("result"),
            is_error: json.get("is_error").and_then(Json::bool) == Some(true),
        },
        // A call of the Chat Completions API has a `function`.
        kind if kind.ends_with("_call") && json.get("function").is_none() => {
            let id = json.get("id")?;
            let name = json.get("name").filter(|it| it.is_some());
            Part::ToolCall {
                id: text(Some(id)),
                name: name.map_or_else(
                    || kind.trim_end_matches("_call").to_owned(),
                    |it| text(Some(it)),
                ),
                arguments: arguments(json.get("arguments")),
            }
        }
        _ => return None,
    })
}
