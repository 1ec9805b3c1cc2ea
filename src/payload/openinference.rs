//! Messages of OpenInference: what is in a message has a wrapper around each piece, or (in a table
//! of Phoenix) keys with dots. OpenLLMetry's tool calls have no type. Source: `spec/semantic_conventions.md` of OpenInference.

use super::{Part, arguments, openai, text};
use crate::model::Json;

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    if let Some(call) = json.get("tool_call") {
        return openai::part(call);
    }
    if let Some(inner) = json.get("message_content") {
        return Some(super::part(inner));
    }
    if let Some(name) = json.get("tool_call.function.name") {
        return Some(Part::ToolCall {
            id: text(json.get("tool_call.id")),
            name: text(Some(name)),
            arguments: arguments(json.get("tool_call.function.arguments")),
        });
    }
    if let Some(said) = json.get("message_content.text") {
        return Some(Part::Text(text(Some(said))));
    }
    let url = json.path(&["image", "image", "url"]);
    Some(match (text(json.get("type")).as_str(), url) {
        ("image", Some(url)) => openai::image(&text(Some(url))),
        ("reasoning", _) if json.get("text").is_some() => Part::Reasoning(text(json.get("text"))),
        ("", _) if json.get("name").is_some() && json.get("arguments").is_some() => {
            Part::ToolCall {
                id: text(json.get("id")),
                name: text(json.get("name")),
                arguments: arguments(json.get("arguments")),
            }
        }
        _ => return None,
    })
}
