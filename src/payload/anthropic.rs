//! Content blocks of the Anthropic Messages API, as Claude Code writes them too. Source: the
//! `ContentBlock` types of the API reference.

use super::{Part, arguments, joined, text};
use crate::model::Json;

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    Some(match text(json.get("type")).as_str() {
        "text" if json.get("text").is_some() => Part::Text(text(json.get("text"))),
        "thinking" => Part::Reasoning(text(json.get("thinking"))),
        // What the model is told from there on, instead of all before it.
        "compaction" => Part::Reasoning(text(json.get("content"))),
        "redacted_thinking" => Part::Reasoning("(redacted by the provider)".to_owned()),
        "tool_use" | "server_tool_use" | "mcp_tool_use" => Part::ToolCall {
            id: text(json.get("id")),
            name: text(json.get("name")),
            arguments: arguments(json.get("input")),
        },
        kind if json.get("tool_use_id").is_some() && kind.ends_with("_result") => {
            Part::ToolResult {
                id: text(json.get("tool_use_id")),
                output: json.get("content").map(joined).unwrap_or_default(),
                is_error: json.get("is_error").and_then(Json::bool).unwrap_or(false),
            }
        }
        modality @ ("image" | "document") => {
            let source = json.get("source")?;
            let data = source
                .get("data")
                .map_or(0, |it| it.text().len().saturating_sub(2));
            let place = source.get("url").or_else(|| source.get("file_id"));
            let about = source.get("media_type").or(place);
            Part::Media {
                modality: modality.to_owned(),
                about: text(about),
                bytes: data,
            }
        }
        _ => return None,
    })
}
