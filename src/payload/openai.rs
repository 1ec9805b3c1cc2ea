//! Parts of the OpenAI Chat Completions API. Source: the `ChatCompletionMessageToolCall` and
//! `ChatCompletionContentPart` types of the API reference.

use super::{Part, arguments, text};
use crate::model::Json;

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    // One that is offered has its parameters in place of arguments.
    let is_call = |it: &Json<'_>| it.get("parameters").is_none();
    if let Some(function) = json.get("function").filter(is_call) {
        return Some(Part::ToolCall {
            id: text(json.get("id")),
            name: text(function.get("name")),
            // Beside the function in the first logs of Codex.
            arguments: arguments(function.get("arguments").or(json.get("arguments"))),
        });
    }
    Some(match text(json.get("type")).as_str() {
        "image_url" => image(&text(json.path(&["image_url", "url"]))),
        "input_audio" => Part::Media {
            modality: "audio".to_owned(),
            about: text(json.path(&["input_audio", "format"])),
            bytes: json
                .path(&["input_audio", "data"])
                .map_or(0, |it| it.text().len().saturating_sub(2)),
        },
        "refusal" => Part::Text(text(json.get("refusal"))),
        _ => return None,
    })
}

/// An image at an address, or with its bytes in it.
pub(super) fn image(url: &str) -> Part {
    let is_data = url.starts_with("data:");
    let about = if is_data {
        url.split([';', ',']).next().unwrap_or_default()
    } else {
        url
    };
    Part::Media {
        modality: "image".to_owned(),
        about: about.to_owned(),
        bytes: if is_data { url.len() } else { 0 },
    }
}
