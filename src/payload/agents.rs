//! Messages as coding agents keep them in their own logs, and as ATIF has them: requests for tool
//! calls and results without a type of their own, and messages that name who speaks in another
//! place than `role`. Sources: the formats in `import/` that have no provider's shape.

use super::{Part, arguments, contents, joined, text};
use crate::model::{Json, Kind};

/// What joins a result to its request.
pub(super) const CALL_ID: &[&str] = &["toolCallId", "tool_call_id", "source_call_id"];
const NAME: &[&str] = &["name", "function_name", "toolName"];
const OUTPUT: &[&str] = &["content", "output", "value", "result", "error"];

/// Who says what has no role: a message, a request, a result.
pub(super) fn role(json: Json<'_>) -> &'static str {
    let kind = text(json.get("type"));
    match (text(json.get("source")).as_str(), kind.as_str()) {
        ("user", _) if json.get("message").is_some() => return "user",
        ("agent", _) if json.get("message").is_some() => return "assistant",
        ("system", _) if json.get("message").is_some() => return "system",
        ("USER_EXPLICIT", _) | (_, "USER_INPUT") => return "user",
        ("SYSTEM", _) => return "system",
        (_, "PLANNER_RESPONSE") => return "assistant",
        ("MODEL", _) => return "tool",
        _ => {}
    }
    match kind.as_str() {
        "user" if json.get("content").is_some() => "user",
        "assistant" if json.get("content").is_some() => "assistant",
        "system" if json.get("content").is_some() => "system",
        "backend_tool_call" | "completion" | "think" => "assistant",
        _ if json.get("toolRequests").is_some() || json.get("reasoningId").is_some() => "assistant",
        _ if json.get("transformedContent").is_some() => "user",
        _ if json.first(CALL_ID).is_none() => "",
        _ if json.first(NAME).is_some() => "assistant",
        _ => "tool",
    }
}

/// Whether something without a role, whatever its type, is a message.
pub(super) fn is_message(json: Json<'_>) -> bool {
    let has_id = json.first(CALL_ID).is_some();
    !has_id && json.first(&["content", "message", "finalText"]).is_some() && !role(json).is_empty()
        || text(json.get("type")) == "PLANNER_RESPONSE"
}

/// A member of a message that only these have.
pub(super) fn member(key: &str, value: Json<'_>, parts: &mut Vec<Part>) {
    match key {
        "thinking" | "reasoningText" if value.kind() == Kind::String => {
            parts.push(Part::Reasoning(text(Some(value))));
        }
        "message" => contents(value.get("content").unwrap_or(value), parts),
        "text" | "finalText" | "command" => contents(value, parts),
        "toolCalls" | "toolRequests" => contents(value, parts),
        _ => {}
    }
}

pub(super) fn part(json: Json<'_>) -> Option<Part> {
    match text(json.get("type")).as_str() {
        "think" => return Some(Part::Reasoning(text(json.get("think")))),
        "backend_tool_call" => return json.get("kind").map(of_provider),
        "image" => return image(json),
        _ => {}
    }
    let call_id = json.first(CALL_ID);
    let name = json.first(NAME).filter(|it| it.kind() == Kind::String);
    let parameters = || json.get("parameters").filter(|_| call_id.is_some());
    let input = json.get("arguments").or_else(|| json.get("args"));
    if let Some((name, input)) = name.zip(input.or_else(parameters)) {
        return Some(Part::ToolCall {
            id: text(call_id.or_else(|| json.first(&["call_id", "id"]))),
            name: text(Some(name)),
            arguments: arguments(Some(input)),
        });
    }
    let id = text(Some(call_id?));
    let inner = json.get("result").filter(|it| it.first(OUTPUT).is_some());
    let flags = ["is_error", "isError"].iter();
    let mut failed = flags.filter_map(|it| inner.unwrap_or(json).get(it)?.bool());
    let success = json.get("success").and_then(Json::bool);
    let output = inner.unwrap_or(json).first(OUTPUT);
    Some(Part::ToolResult {
        id,
        output: output.map(joined).unwrap_or_default(),
        is_error: failed
            .next_back()
            .or(success.map(|it| !it))
            .unwrap_or(false),
    })
}

/// A call of a tool that the provider runs, as Grok has it.
fn of_provider(call: Json<'_>) -> Part {
    Part::ToolCall {
        id: text(call.get("id")),
        name: text(call.get("tool_type")),
        arguments: arguments(call.get("action")),
    }
}

/// An image whose data stands beside its type, or in its place.
fn image(json: Json<'_>) -> Option<Part> {
    let place = text(json.get("url"));
    let data = json.get("data").or(json.get("url"))?;
    let about = match json.get("mimeType") {
        Some(mime) => text(Some(mime)),
        None => place
            .split([';', ','])
            .next()
            .unwrap_or_default()
            .to_owned(),
    };
    let is_data = json.get("data").is_some() || place.starts_with("data:");
    Some(Part::Media {
        modality: "image".to_owned(),
        about,
        bytes: if is_data {
            data.text().len().saturating_sub(2)
        } else {
            0
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Message, messages};
    use super::*;

    #[track_caller]
    fn check(json: &str, role: &str, parts: &[Part]) {
        let expected = Message {
            role: role.to_owned(),
            parts: parts.to_vec(),
        };
        assert_eq!(messages(json), [expected]);
    }

    fn said(said: &str) -> Part {
        Part::Text(said.to_owned())
    }

    fn call(id: &str) -> Part {
        Part::ToolCall {
            id: id.to_owned(),
            name: "ls".to_owned(),
            arguments: r#"{"a":1}"#.to_owned(),
        }
    }

    fn result(id: &str) -> Part {
        Part::ToolResult {
            id: id.to_owned(),
            output: "a.txt".to_owned(),
            is_error: false,
        }
    }

    #[test]
    fn answers_with_their_requests() {
        let parts = [said("Hi"), call("1")];
        for json in [
            r#"{"role":"assistant","content":[{"type":"text","text":"Hi"},{"type":"toolCall","id":"1","name":"ls","arguments":{"a":1}}]}"#,
            r#"{"type":"assistant","content":"Hi","tool_calls":[{"id":"1","name":"ls","arguments":"{\"a\":1}"}],"model_id":"m"}"#,
            r#"{"content":"Hi","toolRequests":[{"toolCallId":"1","name":"ls","arguments":{"a":1},"type":"function"}]}"#,
            r#"{"step_id":2,"source":"agent","message":"Hi","tool_calls":[{"tool_call_id":"1","function_name":"ls","arguments":{"a":1}}],"observation":{"results":[{"content":"a.txt"}]}}"#,
        ] {
            check(json, "assistant", &parts);
        }
        check(
            r#"{"step_index":2,"source":"MODEL","type":"PLANNER_RESPONSE","thinking":"Hm","tool_calls":[{"name":"ls","args":{"a":1}}]}"#,
            "assistant",
            &[Part::Reasoning("Hm".to_owned()), call("")],
        );
        for json in [
            r#"{"type":"tool_call","id":"e1","toolCallId":"1","toolName":"ls","parameters":{"a":1}}"#,
            r#"{"type":"tool.call","uuid":"u","toolCallId":"1","name":"ls","args":{"a":1},"description":"d"}"#,
        ] {
            check(json, "assistant", &[call("1")]);
        }
    }

    #[test]
    fn results() {
        for json in [
            r#"{"type":"tool_result","tool_call_id":"1","content":"a.txt"}"#,
            r#"{"type":"tool_result","toolCallId":"1","value":"a.txt","id":"e2"}"#,
            r#"{"toolCallId":"1","success":true,"result":{"content":"a.txt"}}"#,
            r#"{"type":"tool.result","toolCallId":"1","result":{"output":"a.txt"}}"#,
            r#"[{"source_call_id":"1","content":"a.txt"}]"#,
        ] {
            check(json, "tool", &[result("1")]);
        }
        check(
            r#"{"role":"toolResult","toolCallId":"1","toolName":"ls","content":"a.txt","isError":false}"#,
            "toolResult",
            &[result("1")],
        );
    }

    #[test]
    fn what_users_say() {
        for json in [
            r#"{"role":"user","message":{"content":[{"type":"text","text":"Hi"}]}}"#,
            r#"{"type":"user","content":[{"type":"text","text":"Hi"}],"prompt_index":0}"#,
            r#"{"type":"message","role":"user","text":"Hi"}"#,
            r#"{"source":"USER_EXPLICIT","type":"USER_INPUT","content":"Hi"}"#,
            r#"{"step_id":1,"source":"user","message":"Hi"}"#,
            r#"{"content":"Hi","transformedContent":"Hi","attachments":[]}"#,
        ] {
            check(json, "user", &[said("Hi")]);
        }
        let image = Part::Media {
            modality: "image".to_owned(),
            about: "image/png".to_owned(),
            bytes: 4,
        };
        check(
            r#"{"role":"user","content":[{"type":"image","data":"AAAA","mimeType":"image/png"}]}"#,
            "user",
            &[image],
        );
    }
}
