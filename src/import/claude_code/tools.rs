//! Tool calls: a block that asks for one, and the block in a later record with its result.

use super::{ClaudeCode, Line, said};
use crate::import::mcp::mcp_server;
use crate::import::{draft, text};
use crate::model::{
    ByteRange, Draft, DraftId, Json, Marks, Moment, SpanKey, Status, Sym, ToolCall, TraceBuilder,
};

/// A tool call that starts a sub-agent.
#[derive(Clone, Copy)]
pub(super) struct Task {
    pub(super) call: DraftId,
    /// What kind of sub-agent.
    pub(super) name: Sym,
}

/// Whether a block of an answer asks for a tool call. `server_tool_use` runs at the provider.
pub(super) fn is_request(block: Json<'_>) -> bool {
    matches!(
        text(block.get("type")).as_ref(),
        "tool_use" | "server_tool_use" | "mcp_tool_use"
    )
}

/// Whether a block is the result of a tool call.
pub(super) fn is_result(block: Json<'_>) -> bool {
    text(block.get("type")).ends_with("tool_result")
}

/// What kind of tool a name stands for, and the MCP server that has it. The names are those of
/// Claude Code's own tools; of others it does not say.
fn kind(name: &str) -> (&'static str, &str) {
    if let Some(server) = mcp_server(name) {
        return ("mcp", server);
    }
    let kind = match name {
        "Bash" | "BashOutput" | "KillBash" | "KillShell" => "shell",
        "Read" | "Write" | "Edit" | "MultiEdit" | "NotebookRead" | "NotebookEdit" | "Glob"
        | "Grep" | "LS" => "file",
        "WebSearch" | "WebFetch" | "web_search" | "web_fetch" => "web",
        "Task" | "Agent" | "Workflow" => "agent",
        _ => "",
    };
    (kind, "")
}

impl ClaudeCode {
    /// A block that asks for a tool call. A record that is there twice asks only once.
    pub(super) fn tool_use(
        &mut self,
        b: &mut TraceBuilder,
        line: &Line<'_>,
        block: Json<'_>,
        llm_call: DraftId,
    ) {
        let key = block
            .get("id")
            .and_then(Json::str)
            .and_then(|it| TraceBuilder::call_key(0, &it));
        let earlier = key.and_then(|it| b.call(it));
        if earlier
            .and_then(|it| b.tool_call_mut(it))
            .is_some_and(|it| !it.name.is_empty())
        {
            return;
        }
        let name = text(block.get("name"));
        let (kind, server) = kind(&name);
        let asked = ToolCall {
            name: b.intern(&name),
            kind: b.intern(kind),
            server: b.intern(server),
            requested_by: b.llm_call_id(llm_call),
            call_id: line.range(block.get("id")),
            input: line.range(block.get("input")),
            ..ToolCall::default()
        };
        let asked_name = asked.name;
        let draft = Draft {
            id: asked.call_id,
            record: line.record.range_of(block),
            parent: b.draft(llm_call).and_then(|it| it.parent),
            name: asked.name,
            start: line.time,
            marks: Marks::START_DERIVED,
            ..Draft::default()
        };
        let id = if let Some(earlier) = earlier {
            ask_late(b, earlier, asked, draft);
            earlier
        } else {
            let id = b.tool_call(draft, asked, key);
            self.conversation(line.at).open(id, key.is_some());
            id
        };
        if kind == "agent" {
            self.expect_sub_agent(b, block, id);
        }
        if self.stream.is_some() {
            let key = SpanKey::of(text(block.get("id")));
            let name = self.task_names.get(&id.key()).copied();
            let name = name.unwrap_or(asked_name);
            self.task_of_agent.insert(key, Task { call: id, name });
        }
    }

    /// Remembers the prompt: the sub-agent's conversation begins with it.
    fn expect_sub_agent(&mut self, b: &mut TraceBuilder, block: Json<'_>, call: DraftId) {
        let Some(input) = block.get("input") else {
            return;
        };
        let task = Task {
            call,
            name: b.intern(&text(input.get("subagent_type"))),
        };
        self.task_names.insert(call.key(), task.name);
        if let Some(prompt) = input.get("prompt").and_then(said::prompt_key) {
            self.tasks.entry(prompt).or_default().push_back(task);
        }
    }

    /// A block with the result of a tool call.
    pub(super) fn tool_result(&mut self, b: &mut TraceBuilder, line: &Line<'_>, block: Json<'_>) {
        let id = self.tool_call_of(b, line, block);
        let result = line.fields.tool_use_result;
        let was_interrupted = result
            .and_then(|it| it.get("interrupted"))
            .and_then(Json::bool)
            == Some(true);
        let failed = was_interrupted || block.get("is_error").and_then(Json::bool) == Some(true);
        answer(b, id, line.time, result.and_then(duration), failed);
        let output = line.range(block.get("content"));
        if let Some(call) = b.tool_call_mut(id) {
            call.output = output;
        }
        if failed {
            b.error(id, output);
        }
        if let Some(agent) = result.and_then(|it| it.get("agentId")).and_then(Json::str) {
            let name = self.task_names.get(&id.key()).copied().unwrap_or_default();
            self.task_of_agent
                .insert(SpanKey::of(agent), Task { call: id, name });
        }
    }

    /// The tool call that a result is of; a new one where the request is not in the file.
    fn tool_call_of(&mut self, b: &mut TraceBuilder, line: &Line<'_>, block: Json<'_>) -> DraftId {
        let call_id = line.range(block.get("tool_use_id"));
        let key = text(block.get("tool_use_id"));
        let key = TraceBuilder::call_key(0, &key);
        let known = match key {
            Some(key) => b.call(key),
            None => self.conversation(line.at).unnamed.pop_front(),
        };
        if let Some(known) = known {
            b.record(known, line.record.range);
            self.conversation(line.at).open.remove(&known);
            return known;
        }
        let parent = Some(self.home(b, line).key());
        let draft = Draft {
            id: call_id,
            parent,
            start: line.time,
            ..draft(&line.record)
        };
        b.tool_call(
            draft,
            ToolCall {
                call_id,
                ..ToolCall::default()
            },
            key,
        )
    }
}

/// How long a tool ran, where it says so itself.
fn duration(result: Json<'_>) -> Option<i64> {
    const MILLI: f64 = 1e6;
    let millis = ["durationMs", "totalDurationMs"]
        .iter()
        .find_map(|it| result.get(it)?.f64());
    let millis = millis.or_else(|| Some(result.get("durationSeconds")?.f64()? * 1000.0));
    millis
        .filter(|it| (0.0..1e12).contains(it))
        .map(|it| (it * MILLI) as i64)
}

/// A result came at `time`. A tool that ran for less than it took had to wait before, mostly for
/// the user's permission.
fn answer(
    b: &mut TraceBuilder,
    id: DraftId,
    time: Option<Moment>,
    duration: Option<i64>,
    failed: bool,
) {
    let Some(draft) = b.draft(id) else { return };
    draft.status = if failed { Status::Error } else { Status::Ok };
    draft.marks = Marks::START_DERIVED.with(Marks::END_DERIVED);
    draft.end = time;
    let ran_from = time
        .zip(duration)
        .and_then(|(time, duration)| Moment::new(time.nanos().saturating_sub(duration)));
    if let (Some(asked), Some(ran_from)) = (draft.start, ran_from)
        && ran_from.nanos() > asked.nanos()
    {
        draft.start = Some(ran_from);
    }
}

/// What was asked for after its result stood in the file.
fn ask_late(b: &mut TraceBuilder, id: DraftId, asked: ToolCall, draft: Draft) {
    if let Some(call) = b.tool_call_mut(id) {
        *call = ToolCall {
            output: call.output,
            ..asked
        };
    }
    let earlier = b.draft(id).map(|it| {
        (it.id, it.name, it.parent) = (draft.id, draft.name, draft.parent);
        std::mem::replace(&mut it.record, draft.record)
    });
    if let Some(earlier) = earlier {
        b.record(id, earlier);
    }
}

/// A tool call without a result, though the conversation went on: whether it ran is not known.
pub(super) fn never_answered(b: &mut TraceBuilder, id: DraftId) {
    let Some(draft) = b.draft(id).filter(|it| it.status == Status::Unset) else {
        return;
    };
    draft.end = draft.start;
    draft.marks = draft.marks.with(Marks::REQUESTED).with(Marks::END_DERIVED);
}

/// Ends an open tool call where the user interrupted it. Whether it was open.
pub(super) fn interrupt(
    b: &mut TraceBuilder,
    id: DraftId,
    line: &Line<'_>,
    said: ByteRange,
) -> bool {
    let Some(draft) = b.draft(id).filter(|it| it.status == Status::Unset) else {
        return false;
    };
    draft.status = Status::Error;
    draft.end = line.time;
    draft.marks = draft.marks.with(Marks::END_DERIVED);
    b.record(id, line.record.range);
    b.error(id, said);
    true
}
