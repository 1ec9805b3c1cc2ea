//! Events: where turns begin and end, and how tools ran.

use super::thread::Thread;
use super::{Became, Line, tools};
use crate::import::fields::unix_millis;
use crate::import::{draft, text};
use crate::model::{Draft, DraftId, Json, Marks, Moment, SpanKey, Status, ToolCall, TraceBuilder};

/// Events that say nothing that items do not say, or nothing about the conversation.
const OTHER: &[&str] = &[
    "account/rateLimits/updated",
    "agent_message",
    "agent_reasoning",
    "agent_reasoning_raw_content",
    "agent_reasoning_section_break",
    "context_compacted",
    "entered_review_mode",
    "exited_review_mode",
    "item_started",
    "plan_update",
    "session_configured",
    "session_name_updated",
    "thread_goal_updated",
    "thread_name_updated",
    "thread_rolled_back",
    "thread_settings_applied",
    "token_count",
    "turn_diff",
    "undo_completed",
    "undo_started",
    "user_message",
    "warning",
];

/// Items, the same.
const OTHER_ITEMS: &[&str] = &[
    "AgentMessage",
    "ContextCompaction",
    "EnteredReviewMode",
    "ExitedReviewMode",
    "HookPrompt",
    "Plan",
    "Reasoning",
    "Sleep",
    "SubAgentActivity",
    "UserMessage",
];

impl Thread {
    pub(super) fn event(&mut self, b: &mut TraceBuilder, line: &Line<'_>) -> Option<Became> {
        let kind = line.text("type");
        match kind.as_ref() {
            "task_started" | "turn_started" => self.task_started(b, line),
            "task_complete" | "turn_complete" => self.task_ended(b, line, line.get("error")),
            "turn.completed" => self.turn_completed(b, line),
            "turn_aborted" => {
                let reason = line.get("reason").unwrap_or(line.part);
                self.task_ended(b, line, Some(reason));
            }
            "user_message" if matches!(line.text("kind").as_ref(), "" | "plain") => {
                let message = line.range(line.get("message"));
                self.prompt(b, line, message);
            }
            "token_count" if !self.has_usage_records() && self.spend(line) => {
                self.usage(b, line, line.part.path(&["info", "last_token_usage"]));
            }
            // 0.50 tells after a turn what it used.
            "token_count" if line.part.path(&["info", "prompt"]).is_some() => {
                self.turn_used(b, line, line.get("info"));
            }
            "error" | "stream_error" => {
                let id = self.dialog.point(b, line.record.range, line.time, &kind);
                let said = tools::first(
                    line.part,
                    &[&["message"], &["error", "message"], &["error"]],
                );
                b.fail(id, line.range(said));
            }
            "guardian_assessment" => {
                self.dialog.point(b, line.record.range, line.time, &kind);
            }
            "item_completed" => return self.item_completed(b, line),
            "sub_agent_activity" => {
                self.start(b, line.get("event_id"), line.get("agent_thread_id"));
                self.start(b, line.get("event_id"), line.get("agent_path"));
                return Some(Became::Other);
            }
            "thread_name_updated" if !self.is_sub => {
                b.name(0, line.text("thread_name").into_owned());
                return Some(Became::Other);
            }
            it if OTHER.contains(&it) => return Some(Became::Other),
            it => {
                let name = tools::ran(it)?;
                self.ran(b, line, line.part, name);
            }
        }
        Some(Became::Span)
    }

    fn item_completed(&mut self, b: &mut TraceBuilder, line: &Line<'_>) -> Option<Became> {
        let item = line.get("item")?;
        let kind = text(item.get("type"));
        if kind == "SubAgentActivity" {
            self.start(b, item.get("id"), item.get("agent_thread_id"));
            self.start(b, item.get("id"), item.get("agent_path"));
        }
        if OTHER_ITEMS.contains(&kind.as_ref()) {
            return Some(Became::Other);
        }
        let name = tools::ran(&kind)?;
        self.ran(b, line, item, name);
        Some(Became::Span)
    }

    /// A tool ran. What nobody asked for by name was run by a program that somebody asked for, or
    /// stands for itself.
    fn ran(&mut self, b: &mut TraceBuilder, line: &Line<'_>, run: Json<'_>, name: &str) {
        let id = ["call_id", "callId", "id"].iter();
        let id = id.filter_map(|it| run.get(it)).find(|it| it.is_some());
        let key = TraceBuilder::call_key(0, &text(id));
        let known = key.and_then(|it| b.call(it));
        let call = known.unwrap_or_else(|| {
            let own = Draft {
                id: line.range(id),
                parent: self.program.map(DraftId::key),
                ..draft(line.record)
            };
            let own = self.dialog.place(b, own);
            let call_id = own.id;
            let tool = ToolCall {
                call_id,
                ..ToolCall::default()
            };
            b.tool_call(own, tool, key)
        });
        if known.is_some() {
            b.record(call, line.record.range);
        }
        describe(b, line, run, name, call);
        time(b, line, run, call);
        let threads = run.get("receiver_thread_ids");
        let threads = threads.into_iter().flat_map(Json::items);
        for thread in threads.chain(run.get("new_thread_id")) {
            self.start(b, id, Some(thread));
        }
    }

    /// A tool call has started a thread.
    fn start(&mut self, b: &mut TraceBuilder, call: Option<Json<'_>>, thread: Option<Json<'_>>) {
        let call = TraceBuilder::call_key(0, &text(call)).and_then(|it| b.call(it));
        if let (Some(call), Some(thread)) = (call, thread.and_then(Json::str)) {
            self.started.push((SpanKey::of(thread), call));
        }
    }
}

/// What ran, with what, and what came of it: as far as the items do not say.
pub(super) fn describe(
    b: &mut TraceBuilder,
    line: &Line<'_>,
    run: Json<'_>,
    name: &str,
    id: DraftId,
) {
    let server = run.get("server").or(run.path(&["invocation", "server"]));
    let own = ["tool", "kind"].iter().find_map(|it| run.get(it));
    let own = run.path(&["invocation", "tool"]).or(own);
    let kind = b.intern(tools::kind(name));
    let server = b.intern(&text(server));
    let name = match own {
        Some(own) if matches!(name, "" | "mcp") => b.intern(&text(Some(own))),
        _ => b.intern(name),
    };
    let status = tools::status(run);
    let has_ended = text(run.get("status")) != "in_progress";
    let output = tools::first(run, tools::OUTPUT).filter(|_| has_ended);
    let output = line.range(output);
    let input = line.range(tools::first(run, tools::INPUT));
    let Some(tool) = b.tool_call_mut(id) else {
        return;
    };
    if tool.name.is_empty() {
        tool.name = name;
    }
    let name = tool.name;
    if !kind.is_empty() {
        tool.kind = kind;
    }
    if !server.is_empty() {
        tool.server = server;
    }
    if tool.input.is_empty() {
        tool.input = input;
    }
    if tool.output.is_empty() {
        tool.output = output;
    }
    if let Some(draft) = b.draft(id) {
        draft.name = name;
        if status != Status::Unset {
            draft.status = status;
        }
    }
    if status == Status::Error {
        b.error(id, output);
    }
}

/// When it ran: as it says; else up to now, for as long as it says.
fn time(b: &mut TraceBuilder, line: &Line<'_>, run: Json<'_>, id: DraftId) {
    let started = unix_millis(b, line.record, line.get("started_at_ms"));
    let completed = unix_millis(b, line.record, line.get("completed_at_ms"));
    let Some(draft) = b.draft(id) else { return };
    let kind = line.text("type");
    if kind.ends_with("_begin") || kind.ends_with("_request") {
        draft.start = line.time;
        draft.marks = draft.marks.without(Marks::START_DERIVED);
        return;
    }
    if let (Some(started), Some(completed)) = (started, completed) {
        (draft.start, draft.end) = (Some(started), Some(completed));
        draft.marks = draft
            .marks
            .without(Marks::START_DERIVED)
            .without(Marks::END_DERIVED);
        return;
    }
    draft.end = line.time;
    let lasted = duration(run);
    let ran_from = |(end, lasted): (Moment, i64)| Moment::new(end.nanos().saturating_sub(lasted));
    let from = line.time.zip(lasted).and_then(ran_from);
    // What was asked for in good time had to wait, mostly for the user.
    let is_later = |it: &Moment| draft.start.is_none_or(|start| it.nanos() > start.nanos());
    if let Some(from) = from.filter(is_later) {
        draft.start = Some(from);
        draft.marks = draft.marks.with(Marks::START_DERIVED);
    }
}

/// Nanoseconds of `{secs, nanos}`.
fn duration(run: Json<'_>) -> Option<i64> {
    let duration = run.get("duration")?;
    let nanos = duration.get("nanos")?.i64()?;
    duration
        .get("secs")?
        .i64()?
        .checked_mul(1_000_000_000)?
        .checked_add(nanos)
}
