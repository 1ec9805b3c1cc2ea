//! Items of the OpenAI Responses API, as Codex keeps them too. Source: the `Item` types of the API
//! reference, and `codex-rs/protocol/src/models.rs`.

use super::{Part, arguments, joined, text};
use crate::model::{Json, Kind};

/// Who says an item that has no role.
pub(super) fn role(json: Json<'_>) -> &'static str {
    let kind = text(json.get("type"));
    let is_item = json.get("call_id").is_some() || json.get("status").is_some();
    match kind.as_str() {
        "reasoning" if json.get("summary").is_some() => "assistant",
        "function_result" if json.get("result").is_some() => "tool",
        _ if kind.ends_with("_call_output") || kind == "tool_search_output" => "tool",
        _ if is_item && kind.ends_with("_call") => "assistant",
        _ => "",
    }
}

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    let kind = text(json.get("type"));
    Some(match kind.as_str() {
        "input_text" | "output_text" => Part::Text(text(json.get("text"))),
        "summary_text" | "reasoning_text" => Part::Reasoning(text(json.get("text"))),
        "reasoning" if json.get("summary").is_some() => Part::Reasoning(reasoning(json)),
        // One agent of Codex to another.
        "agent_message" => Part::Text(json.get("content").or(json.get("text")).map(joined)?),
        "input_image" | "input_file" => media(&kind, json),
        "tool_search_output" => result(json, json.get("tools")),
        // As the first logs of Codex have it.
        "function_result" => result(json, Some(json.get("result")?)),
        _ if kind.ends_with("_call_output") => result(json, json.get("output")),
        // A call of the Chat Completions API has a `function`.
        _ if kind.ends_with("_call") && json.get("function").is_none() => call(&kind, json)?,
        _ => return None,
    })
}

fn call(kind: &str, json: Json<'_>) -> Option<Part> {
    /// Where the arguments are: a tool of the provider's own has some of these.
    const ARGUMENTS: &[&str] = &[
        "arguments",
        "input",
        "action",
        "code",
        "queries",
        "revised_prompt",
    ];
    let id = json.get("call_id").or_else(|| json.get("id"));
    // OpenTelemetry's tool call has neither.
    if kind == "tool_call" || (json.get("call_id").or(json.get("status"))).is_none() {
        return None;
    }
    let found = ARGUMENTS.iter().filter_map(|it| json.get(it));
    let name = json.get("name").filter(|it| it.is_some());
    Some(Part::ToolCall {
        id: text(id),
        name: name.map_or_else(
            || kind.trim_end_matches("_call").to_owned(),
            |it| text(Some(it)),
        ),
        arguments: arguments(found.into_iter().find(|it| it.is_some())),
    })
}

fn result(json: Json<'_>, output: Option<Json<'_>>) -> Part {
    // A text part alone, as some versions of Codex write it.
    let only = output.filter(|it| text(it.get("type")) == "input_text");
    let output = only.and_then(|it| it.get("text")).or(output);
    Part::ToolResult {
        id: text(json.get("call_id")),
        output: output.map(joined).unwrap_or_default(),
        is_error: false,
    }
}

/// The summary, and the thoughts themselves where they are not encrypted.
fn reasoning(json: Json<'_>) -> String {
    let parts = ["summary", "content"]
        .into_iter()
        .filter_map(|it| json.get(it));
    let texts: Vec<String> = parts
        .flat_map(Json::items)
        .map(|it| text(it.get("text")))
        .collect();
    if texts.is_empty() && json.get("encrypted_content").is_some_and(Json::is_some) {
        return "(encrypted by the provider)".to_owned();
    }
    texts.join("\n")
}

fn media(kind: &str, json: Json<'_>) -> Part {
    let is_image = kind == "input_image";
    let data = ["image_url", "file_data", "file_url", "file_id", "filename"];
    let found = data.iter().filter_map(|it| json.get(it));
    let place = found.into_iter().find(|it| it.kind() == Kind::String);
    Part::Media {
        modality: if is_image { "image" } else { "file" }.to_owned(),
        about: place.map(about).unwrap_or_default(),
        bytes: place
            .filter(|it| is_data(*it))
            .map_or(0, |it| it.text().len().saturating_sub(2)),
    }
}

fn is_data(place: Json<'_>) -> bool {
    place.text().starts_with("\"data:")
}

/// A place; of data in it the beginning.
fn about(place: Json<'_>) -> String {
    let place_text = text(Some(place));
    match place_text.split_once([';', ',']) {
        Some((kind, _)) if is_data(place) => kind.to_owned(),
        _ => place_text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::messages;
    use super::*;

    #[test]
    fn items_are_messages_of_the_model_and_of_its_tools() {
        let said = messages(
            r#"[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"},{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]},
            {"type":"reasoning","summary":[],"encrypted_content":"g"},
            {"type":"function_call","call_id":"c1","name":"ls","arguments":"{\"a\":1}"},
            {"type":"web_search_call","id":"w1","status":"completed","action":{"query":"q"}},
            {"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"a.txt"}]}]"#,
        );
        let roles: Vec<&str> = said.iter().map(|it| it.role.as_str()).collect();
        assert_eq!(roles, ["user", "assistant", "tool"]);
        let image = Part::Media {
            modality: "image".to_owned(),
            about: "data:image/png".to_owned(),
            bytes: 26,
        };
        assert_eq!(said[0].parts, [Part::Text("Hi".to_owned()), image]);
        let call = |id: &str, name: &str, arguments: &str| Part::ToolCall {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        };
        let thought = Part::Reasoning("(encrypted by the provider)".to_owned());
        let search = call("w1", "web_search", r#"{"query":"q"}"#);
        assert_eq!(
            said[1].parts,
            [thought, call("c1", "ls", r#"{"a":1}"#), search]
        );
        let result = Part::ToolResult {
            id: "c1".to_owned(),
            output: "a.txt".to_owned(),
            is_error: false,
        };
        assert_eq!(said[2].parts, [result]);
    }
}
