//! What Inspect AI has in messages that others write otherwise. Source:
//! `inspect_ai/_util/content.py` and `inspect_ai/tool/_tool_call.py`.

use super::{Part, arguments, text};
use crate::model::{Json, Kind};

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    // The name of a function, and not what is in one.
    if let Some(name) = json.get("function").filter(|it| it.kind() == Kind::String) {
        return Some(Part::ToolCall {
            id: text(json.get("id")),
            name: text(Some(name)),
            arguments: arguments(json.get("arguments")),
        });
    }
    let kind = text(json.get("type"));
    let said = json.get(&kind).filter(|it| it.kind() == Kind::String)?;
    match kind.as_str() {
        "reasoning" => {
            let summary = json.get("summary").filter(|it| it.is_some());
            let is_hidden = json.get("redacted").and_then(Json::bool) == Some(true);
            Some(Part::Reasoning(match (is_hidden || said.is(""), summary) {
                (true, Some(summary)) => text(Some(summary)),
                (true, None) if is_hidden => "(redacted by the provider)".to_owned(),
                _ => text(Some(said)),
            }))
        }
        "image" | "audio" | "video" | "document" => {
            let place = text(Some(said));
            let is_data = place.starts_with("data:");
            let about = place.split([';', ',']).next().filter(|_| is_data);
            Some(Part::Media {
                modality: kind,
                about: about.unwrap_or(&place).to_owned(),
                bytes: if is_data { place.len() } else { 0 },
            })
        }
        _ => None,
    }
}
