//! Parts of the Gemini API, in the spelling of its JSON (`functionCall`) and of its Python types
//! (`function_call`), and what Gemini CLI makes of them. Source: the `Part` type of the API
//! reference; `packages/core/src/services/chatRecordingTypes.ts` and
//! `packages/core/src/output/types.ts` of Gemini CLI.

use super::{Part, arguments, joined, text};
use crate::model::{Json, Kind};

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    let either = |a: &str, b: &str| json.get(a).or_else(|| json.get(b));
    let object = |a: &str, b: &str| either(a, b).filter(|it| it.kind() == Kind::Object);
    if let Some(call) = object("functionCall", "function_call") {
        return Some(tool_call(call));
    }
    if let Some(result) = object("functionResponse", "function_response") {
        let response = result.get("response");
        let error = response.and_then(|it| it.get("error"));
        return Some(Part::ToolResult {
            id: text(result.get("id")),
            output: response.map(response_of).unwrap_or_default(),
            is_error: error.is_some_and(Json::is_some),
        });
    }
    if let Some(data) = object("inlineData", "inline_data").or(object("fileData", "file_data")) {
        return Some(media(data));
    }
    if let Some(code) = object("executableCode", "executable_code") {
        return Some(Part::ToolCall {
            id: text(code.get("id")),
            name: "code_execution".to_owned(),
            arguments: arguments(code.get("code")),
        });
    }
    if let Some(result) = object("codeExecutionResult", "code_execution_result") {
        return Some(Part::ToolResult {
            id: text(result.get("id")),
            output: text(result.get("output")),
            is_error: text(result.get("outcome")).ends_with("FAILED"),
        });
    }
    if json.get("thought").and_then(Json::bool) == Some(true) {
        return Some(Part::Reasoning(text(json.get("text"))));
    }
    of_the_cli(json)
}

/// What only Gemini CLI writes: thoughts with a subject, tool calls with their results, and the
/// events of its `stream-json`.
fn of_the_cli(json: Json<'_>) -> Option<Part> {
    if let Some(description) = json.get("description")
        && (json.get("subject").is_some() || json.members().count() == 1)
    {
        let subject = text(json.get("subject"));
        let thought = [subject, text(Some(description))].join("\n");
        return Some(Part::Reasoning(thought.trim().to_owned()));
    }
    if json.get("name").is_some() && json.get("args").is_some() && json.get("part_kind").is_none() {
        return Some(tool_call(json));
    }
    let id = json.get("tool_id")?;
    Some(match json.get("tool_name") {
        Some(name) => Part::ToolCall {
            id: text(Some(id)),
            name: text(Some(name)),
            arguments: arguments(json.get("parameters")),
        },
        None => Part::ToolResult {
            id: text(Some(id)),
            output: json.get("output").map(joined).unwrap_or_default(),
            is_error: text(json.get("status")) == "error",
        },
    })
}

fn tool_call(call: Json<'_>) -> Part {
    Part::ToolCall {
        id: text(call.get("id")),
        name: text(call.get("name")),
        arguments: arguments(call.get("args").or(call.get("arguments"))),
    }
}

/// A response is an object; where nothing but its `output` or `error` is in it, that is meant.
fn response_of(response: Json<'_>) -> String {
    let mut members = response.members();
    match (members.next(), members.next()) {
        (Some((key, only)), None) if matches!(key.as_ref(), "output" | "error" | "result") => {
            joined(only)
        }
        _ => joined(response),
    }
}

fn media(data: Json<'_>) -> Part {
    let mime = text(data.get("mimeType").or(data.get("mime_type")));
    let place = data.get("fileUri").or(data.get("file_uri"));
    let bytes = data
        .get("data")
        .map_or(0, |it| it.text().len().saturating_sub(2));
    let modality = mime
        .split('/')
        .next()
        .filter(|it| matches!(*it, "image" | "audio" | "video"));
    Part::Media {
        modality: modality.unwrap_or("file").to_owned(),
        about: if mime.is_empty() { text(place) } else { mime },
        bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::super::messages;
    use super::*;

    #[test]
    fn both_spellings_are_read() {
        let said = messages(
            r#"[{"role":"model","parts":[{"text":"Look","thought":true},{"text":"Hi"},{"functionCall":{"name":"ls","args":{"a":1}}},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]},
            {"role":"user","parts":[{"function_response":{"id":"1","name":"ls","response":{"error":"none"}}}]}]"#,
        );
        let call = Part::ToolCall {
            id: String::new(),
            name: "ls".to_owned(),
            arguments: r#"{"a":1}"#.to_owned(),
        };
        let image = Part::Media {
            modality: "image".to_owned(),
            about: "image/png".to_owned(),
            bytes: 4,
        };
        let thought = Part::Reasoning("Look".to_owned());
        assert_eq!(
            said[0].parts,
            [thought, Part::Text("Hi".to_owned()), call, image]
        );
        let result = Part::ToolResult {
            id: "1".to_owned(),
            output: "none".to_owned(),
            is_error: true,
        };
        assert_eq!(said[1].parts, [result]);
    }
}
