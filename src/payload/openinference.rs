//! Messages of OpenInference: what is in a message has a wrapper around each piece. OpenLLMetry's
//! tool calls have no type. Source: `spec/semantic_conventions.md` of OpenInference.

use super::{Part, arguments, openai, text};
use crate::model::{Json, Kind};

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    if let Some(call) = json.get("tool_call") {
        return openai::part(call);
    }
    if let Some(inner) = json.get("message_content") {
        return Some(super::part(inner));
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

/// A message, out of what is around it: that of OpenInference, that of a provider's choice.
pub(super) fn inner(json: Json<'_>) -> Json<'_> {
    let has_role = |it: &Json<'_>| it.get("role").is_some();
    if has_role(&json) {
        return json;
    }
    let message = json.get("message").filter(|it| it.kind() == Kind::Object);
    let candidate = json.get("content").filter(has_role);
    message.or(candidate).unwrap_or(json)
}
