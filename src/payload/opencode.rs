//! Parts of opencode's messages. A part of a tool call has its result too, as its `state`. Source:
//! `packages/opencode/src/session/message-v2.ts`.

use super::{Part, arguments, joined, text};
use crate::model::{Json, Kind};

/// Who says a message, whose role stands beside its parts.
pub(super) fn role_of(message: Json<'_>) -> String {
    text(message.path(&["info", "role"]))
}

/// Who says a state: the tool.
pub(super) fn role(json: Json<'_>) -> &'static str {
    if is_state(json) { "tool" } else { "" }
}

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    Some(match text(json.get("type")).as_str() {
        "reasoning" if json.get("text").is_some() => Part::Reasoning(text(json.get("text"))),
        "tool" if json.get("callID").is_some() => Part::ToolCall {
            id: text(json.get("callID")),
            name: text(json.get("tool")),
            arguments: arguments(json.path(&["state", "input"])),
        },
        "file" if json.get("mime").is_some() => media(json),
        "" if is_state(json) => Part::ToolResult {
            id: String::new(),
            output: json
                .get("output")
                .or(json.get("error"))
                .map(joined)
                .unwrap_or_default(),
            is_error: text(json.get("status")) == "error",
        },
        _ => return None,
    })
}

fn is_state(json: Json<'_>) -> bool {
    json.get("status").is_some()
        && json.get("input").is_some()
        && json.get("output").or(json.get("error")).is_some()
}

fn media(json: Json<'_>) -> Part {
    let mime = text(json.get("mime"));
    let modality = mime.split('/').next();
    let modality = modality.filter(|it| matches!(*it, "image" | "audio" | "video"));
    let data = json
        .get("url")
        .filter(|it| it.kind() == Kind::String && it.text().starts_with("\"data:"));
    Part::Media {
        modality: modality.unwrap_or("file").to_owned(),
        about: match data {
            Some(_) => mime,
            None => text(json.get("filename").or(json.get("url"))),
        },
        bytes: data.map_or(0, |it| it.text().len().saturating_sub(2)),
    }
}
