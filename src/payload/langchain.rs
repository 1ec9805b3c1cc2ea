//! Messages of LangChain, in the three ways it writes them: as they are, from `messages_to_dict`
//! (in `data`) and from `dumps` (in `kwargs`). Source: `langchain_core/messages/` and
//! `langchain_core/load/serializable.py`.

use super::{Message, Part, contents, joined, part, text};
use crate::model::{Json, Kind};

/// What a value says if it is a message, and its type: `human`, `ai`, `tool`, …
pub fn langchain(json: Json<'_>) -> Option<(Json<'_>, String)> {
    let inner = json.get("kwargs").or_else(|| json.get("data"));
    let inner = inner.filter(|it| it.kind() == Kind::Object);
    let said = inner.unwrap_or(json);
    said.get("content")?;
    let mut kind = text(said.get("type").or_else(|| json.get("type")));
    if inner.is_some() && (kind.is_empty() || kind == "constructor") {
        kind = text(json.get("id").and_then(|it| it.items().last()));
    }
    let kind = kind.trim_end_matches("Chunk").trim_end_matches("Message");
    let kind = kind.to_ascii_lowercase();
    let is_known = match kind.as_str() {
        "human" | "ai" => true,
        "system" | "tool" | "function" | "chat" => {
            inner.is_some() || said.get("additional_kwargs").is_some()
        }
        _ => false,
    };
    is_known.then_some((said, kind))
}

pub(super) fn message(json: Json<'_>) -> Option<Message> {
    let Some((said, kind)) = langchain(json) else {
        return pair(json);
    };
    let content = said.get("content");
    let mut parts = Vec::new();
    if let Some(id) = said.get("tool_call_id") {
        parts.push(Part::ToolResult {
            id: text(Some(id)),
            output: content.map(joined).unwrap_or_default(),
            is_error: text(said.get("status")) == "error",
        });
    } else {
        let thought = said.path(&["additional_kwargs", "reasoning_content"]);
        parts.extend(thought.map(|it| Part::Reasoning(text(Some(it)))));
        content.into_iter().for_each(|it| contents(it, &mut parts));
        parts.retain(|it| *it != Part::Text(String::new()));
    }
    let calls = ["tool_calls", "invalid_tool_calls"].into_iter();
    let calls = calls.filter_map(|it| said.get(it)).flat_map(Json::items);
    // Some providers have them among the content too.
    for call in calls.map(part) {
        if !parts.iter().any(|it| same_call(it, &call)) {
            parts.push(call);
        }
    }
    let role = match kind.as_str() {
        "human" => "user".to_owned(),
        "ai" => "assistant".to_owned(),
        "function" => "tool".to_owned(),
        "chat" => text(said.get("role")),
        _ => kind,
    };
    Some(Message { role, parts })
}

fn same_call(a: &Part, b: &Part) -> bool {
    match (a, b) {
        (Part::ToolCall { id: a, .. }, Part::ToolCall { id: b, .. }) => a == b,
        _ => false,
    }
}

/// A message in short: its role and what it says.
fn pair(json: Json<'_>) -> Option<Message> {
    let mut items = json.items();
    let (role, said, None) = (items.next()?.str()?, items.next()?, items.next()) else {
        return None;
    };
    let role = match role.as_ref() {
        "human" => "user",
        "ai" => "assistant",
        it @ ("user" | "assistant" | "system") => it,
        _ => return None,
    };
    let mut parts = Vec::new();
    contents(said, &mut parts);
    let role = role.to_owned();
    Some(Message { role, parts })
}

#[cfg(test)]
mod tests {
    use super::super::messages;
    use super::*;

    #[test]
    fn all_ways_to_write_a_message_are_read() {
        let said = messages(
            r#"[["human","Hi"],
            {"type":"human","data":{"content":[{"type":"text","text":"Hi"}]}},
            {"lc":1,"type":"constructor","id":["langchain","schema","messages","HumanMessage"],"kwargs":{"content":"Hi"}},
            {"content":"Hi","additional_kwargs":{},"type":"human","id":null}]"#,
        );
        let hi = Message {
            role: "user".to_owned(),
            parts: vec![Part::Text("Hi".to_owned())],
        };
        assert_eq!(said, [hi.clone(), hi.clone(), hi.clone(), hi]);
    }

    #[test]
    fn a_call_that_stands_twice_is_one() {
        let said = messages(
            r#"[{"type":"ai","data":{"content":[{"type":"tool_use","id":"1","name":"ls","input":{}}],"tool_calls":[{"name":"ls","args":{},"id":"1","type":"tool_call"}]}},
            {"type":"tool","data":{"content":"none","tool_call_id":"1","status":"error"}}]"#,
        );
        assert_eq!(said[0].parts.len(), 1);
        let result = Part::ToolResult {
            id: "1".to_owned(),
            output: "none".to_owned(),
            is_error: true,
        };
        assert_eq!(said[1].parts, [result]);
    }
}
