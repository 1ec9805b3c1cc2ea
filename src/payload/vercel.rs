//! Parts of the AI SDK's messages. Source: `packages/provider/src/language-model` of the AI SDK,
//! versions 4 (`args`, `result`) to 6.

use super::{Part, arguments, joined, text};
use crate::model::Json;

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    let kind = text(json.get("type"));
    if matches!(kind.as_str(), "image" | "file") {
        return media(&kind, json);
    }
    let id = text(Some(json.get("toolCallId")?));
    let output = json.get("output").or_else(|| json.get("result"));
    Some(match output {
        Some(output) => {
            let of = text(output.get("type"));
            Part::ToolResult {
                id,
                output: joined(output.get("value").unwrap_or(output)),
                is_error: of.starts_with("error")
                    || json.get("isError").and_then(Json::bool) == Some(true),
            }
        }
        None => Part::ToolCall {
            id,
            name: text(json.get("toolName")),
            arguments: arguments(json.get("input").or_else(|| json.get("args"))),
        },
    })
}

fn media(kind: &str, json: Json<'_>) -> Option<Part> {
    let data = json.get("data").or_else(|| json.get("image"))?;
    let mime = text(json.get("mediaType").or_else(|| json.get("mimeType")));
    let modality = mime.split('/').next();
    let modality = modality.filter(|it| matches!(*it, "image" | "audio" | "video"));
    Some(Part::Media {
        modality: modality.unwrap_or(kind).to_owned(),
        about: mime,
        bytes: data.text().len().saturating_sub(2),
    })
}
