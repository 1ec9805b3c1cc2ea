//! Events of OpenHands that a model is told: what a user says, and what came of an action. Source:
//! `openhands/events/serialization/event.py`.

use super::{Message, Part, joined, text};
use crate::model::{Json, Kind};

pub(super) fn message(json: Json<'_>) -> Option<Message> {
    if let Some(kind) = json
        .get("observation")
        .filter(|it| it.kind() == Kind::String)
    {
        let part = Part::ToolResult {
            id: text(json.path(&["tool_call_metadata", "tool_call_id"])),
            output: joined(json.get("content")?),
            is_error: kind.is("error"),
        };
        let role = "tool".to_owned();
        return Some(Message {
            role,
            parts: vec![part],
        });
    }
    if !json.get("action")?.is("message") {
        return None;
    }
    let args = json.get("args").unwrap_or(json);
    let mut parts = vec![Part::Text(text(Some(args.get("content")?)))];
    for url in args.get("image_urls").into_iter().flat_map(Json::items) {
        let about = text(Some(url));
        let is_data = about.starts_with("data:");
        parts.push(Part::Media {
            modality: "image".to_owned(),
            bytes: if is_data { about.len() } else { 0 },
            about: about
                .split([';', ','])
                .next()
                .filter(|_| is_data)
                .unwrap_or(&about)
                .to_owned(),
        });
    }
    let is_agent = text(json.get("source")) == "agent";
    let role = if is_agent { "assistant" } else { "user" }.to_owned();
    Some(Message { role, parts })
}
