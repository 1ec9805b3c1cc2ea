//! Requests for tool calls and their results, in the spelling of any agent's log: there are a few
//! words for each thing, and none of them means another thing in another log.

use std::borrow::Cow;

use super::dialog::{Dialog, runs};
use super::fields::text;
use super::mcp::mcp_server;
use super::records::Record;
use crate::model::{Draft, DraftId, Json, Marks, Moment, Status, ToolCall, TraceBuilder};

const CALL_ID: &[&str] = &["toolCallId", "tool_call_id", "id"];
const NAME: &[&str] = &["name", "toolName", "function_name"];
const INPUT: &[&str] = &["arguments", "input", "args", "parameters"];
const RESULT_OF: &[&str] = &[
    "tool_use_id",
    "toolCallId",
    "tool_call_id",
    "source_call_id",
    "id",
];
const OUTPUT: &[&str] = &["content", "output", "value", "response", "result", "error"];
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

/// The tool call that `part` of `record` is, and its id.
fn tool_call<'a>(
    b: &mut TraceBuilder,
    record: &Record<'_>,
    part: Json<'a>,
) -> (Draft, ToolCall, Cow<'a, str>) {
    let function = part.get("function").unwrap_or(part);
    let id = part.first(CALL_ID);
    let name = text(function.first(NAME));
    let server = text(part.get("mcpServerName"));
    let server = Some(server.as_ref()).filter(|it| !it.is_empty());
    let server = server.or_else(|| mcp_server(&name));
    let tool = ToolCall {
        name: b.intern(&name),
        kind: b.intern(server.map_or("", |_| "mcp")),
        server: b.intern(server.unwrap_or_default()),
        call_id: record.range_if(id),
        input: record.range_if(function.first(INPUT)),
        ..ToolCall::default()
    };
    let draft = Draft {
        id: tool.call_id,
        record: record.range_of(part),
        name: tool.name,
        ..Draft::default()
    };
    (draft, tool, text(id))
}

impl Dialog {
    /// The model asks for the tool call that `part` of `record` is. It runs from `start` on, where
    /// that is known. It may run already.
    pub(super) fn ask(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        part: Json<'_>,
        start: Option<Moment>,
    ) -> DraftId {
        let (draft, tool, id) = tool_call(b, record, part);
        if let Some(known) = self.known(b, &id)
            && let Some(by) = self.last_llm_call().and_then(|it| b.llm_call_id(it))
            && let Some(call) = b.tool_call_mut(known)
            && call.requested_by.is_none()
        {
            call.requested_by = Some(by);
            b.record(known, draft.record);
            return known;
        }
        self.tool_call(b, Draft { start, ..draft }, tool, &id)
    }

    /// The tool call that `part` of `record` is runs from now on.
    pub(super) fn run(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        part: Json<'_>,
        start: Option<Moment>,
    ) -> DraftId {
        let (draft, tool, id) = tool_call(b, record, part);
        let draft = Draft { start, ..draft };
        let known = self.known(b, &id);
        // An id may come again: then it is another call.
        let known = known.filter(|it| b.draft(*it).is_some_and(|it| it.end.is_none()));
        if let Some(known) = known {
            runs(b, known, draft);
            return known;
        }
        self.unasked(b, draft, tool, &id)
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
            id: record.range_if(id),
            record: record.range_of(part),
            name: b.intern(&text(part.first(NAME))),
            end,
            status,
            ..Draft::default()
        };
        let output = inner.unwrap_or(part).first(OUTPUT);
        let output = record.range_of(output.unwrap_or(part));
        let call = self.tool_result(b, draft, &text(id), output);
        // What says when it began says when it ended.
        if let Some(call) = b.draft(call).filter(|it| it.end == end && end.is_some())
            && !call.marks.has(Marks::START_DERIVED)
        {
            call.marks = call.marks.without(Marks::END_DERIVED);
        }
        call
    }
}
