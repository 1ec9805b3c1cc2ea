//! Requests for tool calls and their results, as parts of what a model answers and is told.

use super::held::Held;
use crate::import::fields::text;
use crate::model::{Draft, Json, Kind, Marks, Status, ToolCall, TraceBuilder};
use crate::payload::{self, Part};

/// A request for a tool call, or a result.
#[derive(Clone, Debug)]
pub(in crate::import) struct Item<'a> {
    /// All of it.
    pub(in crate::import) json: Json<'a>,
    pub(in crate::import) is_call: bool,
    /// What joins both; "" if not reported.
    pub(in crate::import) id: String,
    /// The tool; of a result "".
    pub(in crate::import) name: String,
    /// Whether the tool failed.
    pub(in crate::import) failed: bool,
}

/// What a part of a message is if it is neither.
const SAID: &[&str] = &["text", "thinking", "reasoning", "message", "output_text"];

/// What is within a part that has one of these.
const INNER: &[&str] = &[
    "function",
    "functionCall",
    "function_call",
    "toolUse",
    "functionResponse",
    "function_response",
    "toolResult",
];
const IDS: &[&str] = &["call_id", "tool_call_id", "tool_use_id", "toolUseId", "id"];
const INPUTS: &[&str] = &[
    "arguments",
    "args",
    "input",
    "action",
    "code",
    "queries",
    "revised_prompt",
];
const OUTPUTS: &[&str] = &[
    "content", "output", "outputs", "results", "result", "response",
];

impl<'a> Item<'a> {
    /// What `json` is, if it is either.
    pub(in crate::import) fn of(json: Json<'a>) -> Option<Item<'a>> {
        let kind = text(json.get("type"));
        let is_said =
            SAID.contains(&kind.as_ref()) || (kind.is_empty() && json.get("text").is_some());
        if json.kind() != Kind::Object || is_said {
            return None;
        }
        let said = payload::messages_in(json).into_iter();
        let mut parts = said.flat_map(|it| it.parts);
        let (is_call, id, name, failed) = match parts.next()? {
            Part::ToolCall { id, name, .. } => (true, id, name, false),
            Part::ToolResult { id, is_error, .. } => (false, id, String::new(), is_error),
            _ => return None,
        };
        let status = text(json.get("status"));
        let failed = failed || status == "failed" || json.first(&["error"]).is_some();
        Some(Item {
            json,
            is_call,
            id,
            name,
            failed,
        })
    }

    fn member(&self, keys: &[&str]) -> Option<Json<'a>> {
        let inner = self.json.first(INNER).and_then(|it| it.first(keys));
        inner.or_else(|| self.json.first(keys))
    }

    /// Its id, in the file.
    pub(in crate::import) fn call_id(&self) -> Option<Json<'a>> {
        self.member(IDS).filter(|it| it.is(self.id.as_str()))
    }

    pub(in crate::import) fn input(&self) -> Option<Json<'a>> {
        self.member(INPUTS)
    }

    /// The result. That of a tool that the provider runs may stand in the request for it.
    pub(in crate::import) fn output(&self) -> Option<Json<'a>> {
        self.member(OUTPUTS)
    }

    /// Whether the provider ran the tool: then no result will come, and the status is the tool's.
    pub(in crate::import) fn ran(&self) -> bool {
        let kind = text(self.json.get("type"));
        kind.ends_with("_call")
            && self.json.get("call_id").is_none()
            && self.json.get("status").is_some_and(|it| it.is("completed"))
    }

    /// The tool call that it asks for, a part of `held`.
    pub(in crate::import) fn tool_call(
        &self,
        b: &mut TraceBuilder,
        held: &Held<'_>,
    ) -> (Draft, ToolCall) {
        let server = text(self.json.first(&["server_name", "server_label"]));
        let tool = ToolCall {
            name: b.intern(&self.name),
            server: b.intern(&server),
            kind: b.intern(if server.is_empty() { "" } else { "mcp" }),
            call_id: held.id(self.call_id()),
            input: held.range_if(self.input()),
            output: held.range_if(self.output()),
            ..ToolCall::default()
        };
        let status = match (self.failed, self.ran()) {
            (true, _) => Status::Error,
            (false, true) => Status::Ok,
            (false, false) => Status::Unset,
        };
        let is_over = status != Status::Unset || !tool.output.is_empty();
        let draft = Draft {
            id: tool.call_id,
            name: tool.name,
            record: held.range_of(self.json),
            status,
            marks: if is_over {
                Marks::END_DERIVED
            } else {
                Marks::default()
            },
            ..Draft::default()
        };
        (draft, tool)
    }
}

/// Whether a part of a message, or a message, is a result.
pub(in crate::import) fn is_result(json: Json<'_>) -> bool {
    const KEYS: &[&str] = &[
        "tool_call_id",
        "tool_use_id",
        "functionResponse",
        "function_response",
        "toolResult",
    ];
    let kind = text(json.get("type"));
    let by_id = ["_output", "_result"].iter().any(|it| kind.ends_with(it));
    json.first(KEYS).is_some() || (by_id && json.get("call_id").is_some())
}

/// The results in a message: itself, or parts of it.
pub(in crate::import) fn results(message: Json<'_>) -> Vec<Json<'_>> {
    if is_result(message) {
        return vec![message];
    }
    let parts = message.first(&["content", "parts"]);
    let parts = parts.into_iter().flat_map(Json::items);
    parts.filter(|it| is_result(*it)).collect()
}

/// Who says a message: `system`, `user`, `assistant`, `tool` or what else the file says.
pub(in crate::import) fn role(message: Json<'_>) -> &'static str {
    let mut role = text(message.first(&["role", "from"]));
    if let Some((_, kind)) = payload::langchain(message).filter(|_| role.is_empty()) {
        role = kind.into();
    }
    match role.as_ref() {
        "system" | "developer" => "system",
        "user" | "human" => "user",
        "assistant" | "model" | "ai" | "gpt" | "chatgpt" | "bard" | "function_call" => "assistant",
        "tool" | "function" | "observation" | "function_response" => "tool",
        "" if is_result(message) => "tool",
        "" if message.get("type").is_some() => match text(message.get("type")).as_ref() {
            "user_input" => "user",
            "reasoning" | "thought" | "model_output" => "assistant",
            kind if kind.ends_with("_call") => "assistant",
            _ => "",
        },
        // Google's API takes a message without a role for the user's.
        "" if message.get("parts").is_some() => "user",
        _ => "",
    }
}
