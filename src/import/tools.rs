//! Requests for tool calls and their results, in the spelling of any agent's log: there are a few
//! words for each thing, and none of them means another thing in another log.

use super::dialog::Dialog;
use super::fields::text;
use super::records::Record;
use crate::model::{DraftId, Draft, Json, Moment, Status, ToolCall, TraceBuilder};

const CALL_ID: &[&str] = &["toolCallId", "tool_call_id", "id"];
const NAME: &[&str] = &["name", "toolName", "function_name"];
const INPUT: &[&str] = &["arguments", "input", "args", "parameters"];
const RESULT_OF: &[&str] = &["tool_use_id", "toolCallId", "tool_call_id", "source_call_id", "id"];
const OUTPUT: &[&str] = &["content", "output", "value", "response", "result"];
const FAILED: &[&str] = &["is_error", "isError"];

/// The requests for tool calls in a message: of its content, and beside it.
pub(super) fn requests(message: Json<'_>) -> impl Iterator<Item = Json<'_>> {
    let is_request =
        |it: &Json<'_>| matches!(text(it.get("type")).as_ref(), "tool_use" | "toolCall");
    let content = message.get("content").into_iter().flat_map(Json::items);
    let beside = message.first(&["tool_calls", "toolCalls", "toolRequests"]);
    let beside = beside.into_iter().flat_map(Json::items);
    content.filter(is_request).chain(beside)
}

impl Dialog {
    /// The model asks for the tool call that `part` of `record` is.
    pub(super) fn ask(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        part: Json<'_>,
        start: Option<Moment>,
    ) -> DraftId {
        let function = part.get("function").unwrap_or(part);
        let id = part.first(CALL_ID);
        let server = b.intern(&text(part.get("mcpServerName")));
        let kind = if server.is_empty() { "" } else { "mcp" };
        let tool = ToolCall {
            name: b.intern(&text(function.first(NAME))),
            kind: b.intern(kind),
            server,
            call_id: record.part(id),
            input: record.part(function.first(INPUT)),
            ..ToolCall::default()
        };
        let draft = Draft {
            id: tool.call_id,
            record: record.range_of(part),
            name: tool.name,
            start,
            ..Draft::default()
        };
        self.tool_call(b, draft, tool, &text(id))
    }

    /// The result of a tool call, which `part` of `record` is, was there at `end`.
    pub(super) fn result(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        part: Json<'_>,
        end: Option<Moment>,
    ) -> DraftId {
        let inner = part.get("result").filter(|it| it.first(OUTPUT).is_some());
        let failed = inner.unwrap_or(part).first(FAILED).and_then(Json::bool);
        let status = match failed.or_else(|| Some(!part.get("success")?.bool()?)) {
            Some(true) => Status::Error,
            Some(false) => Status::Ok,
            None => Status::Unset,
        };
        let id = part.first(RESULT_OF);
        let draft = Draft {
            id: record.part(id),
            record: record.range_of(part),
            name: b.intern(&text(part.first(NAME))),
            end,
            status,
            ..Draft::default()
        };
        let output = inner.unwrap_or(part).first(OUTPUT);
        let output = record.range_of(output.unwrap_or(part));
        self.tool_result(b, draft, &text(id), output)
    }
}
