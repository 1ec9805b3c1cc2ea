//! What was said in a session, step by step.

use crate::import::dialog::{Dialog, latest};
use crate::import::fields::{count, dollars, unix_millis};
use crate::import::records::Record;
use crate::import::usage::{Counted, Usage};
use crate::import::{Became, draft, text};
use crate::model::{
    Agent, ByteRange, Draft, DraftId, FinishReason, Json, LlmCall, Marks, Moment, SpanKey, Status,
    Sym, Tokens, ToolCall, TraceBuilder,
};

use super::key;

/// A session: the user's, or that of a sub-agent.
#[derive(Default)]
pub(super) struct Session {
    pub(super) dialog: Dialog,
    pub(super) id: Option<SpanKey>,
    pub(super) parent: Option<SpanKey>,
    /// The sub-agent's span, and what it was asked.
    pub(super) home: Option<DraftId>,
    pub(super) prompt: ByteRange,
    pub(super) agent: Agent,
    /// Tool calls that started sessions, by the ids of these.
    pub(super) started: Vec<(SpanKey, DraftId)>,
    /// The step that is open.
    pub(super) step: Option<DraftId>,
    model: Sym,
    provider: Sym,
    /// Whether it has said something, and not only thought.
    has_said: bool,
    /// When all was there that has come so far.
    heard: Option<Moment>,
}

impl Session {
    pub(super) fn message(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let Some(info) = record.json.get("info") else {
            return Became::Bad;
        };
        let parts = record.json.get("parts");
        match text(info.get("role")).as_ref() {
            "user" => self.user(b, record, info, parts),
            "assistant" => self.assistant(b, record, info, parts),
            _ => return Became::Bad,
        }
        Became::Span
    }

    fn user(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        info: Json<'_>,
        parts: Option<Json<'_>>,
    ) {
        self.step = None;
        let time = unix_millis(b, record, info.path(&["time", "created"]));
        let items = || parts.into_iter().flat_map(Json::items);
        let is_own = |it: &Json| {
            let is_true = |key| it.get(key).and_then(Json::bool) == Some(true);
            let kind = text(it.get("type"));
            matches!(kind.as_ref(), "text" | "file" | "subtask") && !is_true("synthetic")
        };
        let mut own = items().filter(is_own);
        // What is put in beside it is not what the user said.
        let prompt = match (own.next(), own.next()) {
            (Some(only), None) => Some(only),
            (None, _) => None,
            _ => parts,
        };
        match prompt.map(|it| record.range_of(it)) {
            Some(prompt) if self.home.is_none() => {
                let turn = Draft {
                    id: record.range_if(info.get("id")),
                    start: time,
                    ..draft(record)
                };
                self.dialog.begin_turn(b, turn, prompt);
            }
            Some(prompt) if self.prompt.is_empty() => self.prompt = prompt,
            _ => {}
        }
        self.dialog.hear(time, record.range);
    }

    fn assistant(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        info: Json<'_>,
        parts: Option<Json<'_>>,
    ) {
        self.model = b.intern(&text(info.get("modelID")));
        self.provider = b.intern(&text(info.get("providerID")));
        self.step = None;
        let created = unix_millis(b, record, info.path(&["time", "created"]));
        let completed = unix_millis(b, record, info.path(&["time", "completed"]));
        let items = || parts.into_iter().flat_map(Json::items);
        let is_end = |it: &Json| text(it.get("type")) == "step-finish";
        let n_steps = items().filter(is_end).count();
        let first = self.step(b, record, created);
        if let Some(draft) = b.draft(first) {
            draft.id = record.range_if(info.get("id"));
            (draft.start, draft.end) = (created, None);
            draft.marks = draft.marks.without(Marks::START_DERIVED);
        }
        let mut last = first;
        for part in items() {
            let kind = text(part.get("type"));
            let is_said = matches!(kind.as_ref(), "step-start" | "text" | "reasoning" | "tool");
            if is_said && self.step.is_none() {
                last = self.step(b, record, None);
                if let Some(draft) = b.draft(last) {
                    draft.start = self.heard;
                    draft.marks = draft.marks.with(Marks::START_DERIVED);
                }
            }
            self.part(b, record, part, last);
        }
        if n_steps < 2 {
            used(b, record, info, "finish", first);
        }
        time_to_first_token(b, record, items(), first);
        let is_over = completed.is_some() || info.get("error").is_some_and(Json::is_some);
        if let Some(draft) = b.draft(last).filter(|it| !is_over || it.end.is_none()) {
            draft.end = completed;
            // What has failed has ended, though nobody knows when.
            if completed.is_some() || !is_over {
                draft.marks = draft.marks.without(Marks::END_DERIVED);
            }
        }
        if let Some(error) = info.get("error").filter(|it| it.is_some()) {
            let said = error.path(&["data", "message"]).unwrap_or(error);
            b.fail(last, record.range_of(said));
        }
        if info.get("summary").and_then(Json::bool) == Some(true) {
            // It takes the place of what was said before.
            self.dialog.begin_anew();
            self.dialog.hear(completed, record.range_if(parts));
        }
        self.step = None;
    }

    /// The step that is open, or the next one.
    pub(super) fn step(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        time: Option<Moment>,
    ) -> DraftId {
        if let Some(step) = self.step {
            return step;
        }
        let call = LlmCall {
            model: self.model,
            requested_model: self.model,
            provider: self.provider,
            ..LlmCall::default()
        };
        let answer = Draft {
            end: time,
            marks: Marks::END_DERIVED,
            ..draft(record)
        };
        let id = self.dialog.llm_call(b, answer, call);
        (self.step, self.has_said) = (Some(id), false);
        id
    }

    /// A part of an answer. What it says, thinks and asks for is output.
    pub(super) fn part(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        part: Json<'_>,
        id: DraftId,
    ) {
        let range = record.range_of(part);
        match text(part.get("type")).as_ref() {
            kind @ ("text" | "reasoning") => {
                let mut output = range;
                let call = b.llm_call_mut(id);
                // What says something comes first: it is what a row shows.
                let is_first = kind == "text" && !self.has_said;
                if let Some(call) = call.filter(|it| is_first && !it.output.is_empty()) {
                    std::mem::swap(&mut call.output, &mut output);
                }
                self.has_said |= is_first;
                b.output(id, output);
                let start = unix_millis(b, record, part.path(&["time", "start"]));
                let end = unix_millis(b, record, part.path(&["time", "end"]));
                lasted(b, id, start, end);
                self.heard = latest(self.heard, end);
            }
            "tool" => {
                b.output(id, range);
                self.tool(b, record, part, id);
            }
            "step-finish" => {
                used(b, record, part, "reason", id);
                self.step = None;
            }
            "retry" => {
                let time = unix_millis(b, record, part.path(&["time", "created"]));
                self.failed(b, record, "retry", time, part.get("error"));
            }
            _ => {}
        }
    }

    fn tool(&mut self, b: &mut TraceBuilder, record: &Record<'_>, part: Json<'_>, id: DraftId) {
        let state = part.get("state").unwrap_or(part);
        let start = unix_millis(b, record, state.path(&["time", "start"]));
        let end = unix_millis(b, record, state.path(&["time", "end"]));
        lasted(b, id, start, start);
        self.heard = latest(self.heard, end);
        let failed = state.get("error").filter(|it| it.is_some());
        let output = record.range_if(failed.or(state.get("output")));
        let tool = ToolCall {
            name: b.intern(&text(part.get("tool"))),
            call_id: record.range_if(part.get("callID")),
            input: record.range_if(state.get("input")),
            output,
            ..ToolCall::default()
        };
        let ran = Draft {
            id: tool.call_id,
            record: record.range_of(part),
            name: tool.name,
            start,
            end,
            status: match text(state.get("status")).as_ref() {
                "completed" => Status::Ok,
                "error" => Status::Error,
                "running" => Status::Running,
                _ => Status::Unset,
            },
            ..Draft::default()
        };
        let call_id = text(part.get("callID"));
        let call = self.dialog.tool_call(b, ran, tool, &call_id);
        if start.is_some()
            && let Some(draft) = b.draft(call)
        {
            draft.marks = draft.marks.without(Marks::START_DERIVED);
        }
        if failed.is_some() {
            b.error(call, output);
        }
        if let Some(child) = key(state.path(&["metadata", "sessionId"])) {
            self.started.push((child, call));
        }
        if !output.is_empty() {
            self.dialog.hear(end, record.range_of(state));
        }
    }

    /// Something went wrong at a moment.
    pub(super) fn failed(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        name: &str,
        time: Option<Moment>,
        error: Option<Json<'_>>,
    ) {
        let id = self.dialog.point(b, record.range, time, name);
        let said = error.and_then(|it| it.path(&["data", "message"])).or(error);
        b.fail(id, record.range_if(said));
    }
}

/// What a step used, and why it ended.
fn used(b: &mut TraceBuilder, record: &Record<'_>, json: Json<'_>, reason: &str, id: DraftId) {
    let used = json.get("tokens").map(|it| tokens(b, record, it));
    let reason = text(json.get(reason));
    let raw = b.intern(&reason);
    let Some(call) = b.llm_call_mut(id) else {
        return;
    };
    call.tokens = used.unwrap_or(call.tokens);
    if let Some(cost) = json.get("cost") {
        call.cost_usd = dollars(Some(cost));
    }
    if !raw.is_empty() {
        (call.finish_reason, call.finish_reason_raw) = (FinishReason::from_raw(&reason), raw);
    }
}

/// An LLM call lasted at least from when its first part began to when its last was there.
fn lasted(b: &mut TraceBuilder, id: DraftId, start: Option<Moment>, end: Option<Moment>) {
    let Some(draft) = b.draft(id) else { return };
    if let (Some(known), Some(start)) = (draft.start, start)
        && start.nanos() < known.nanos()
    {
        draft.start = Some(start);
        draft.marks = draft.marks.with(Marks::START_DERIVED);
    }
    draft.end = latest(draft.end, end);
}

/// From when the answer was asked for to when its first part began.
fn time_to_first_token<'a>(
    b: &mut TraceBuilder,
    record: &Record<'_>,
    mut parts: impl Iterator<Item = Json<'a>>,
    id: DraftId,
) {
    let first = parts.find_map(|it| it.path(&["time", "start"]));
    let first = unix_millis(b, record, first);
    let start = b.draft(id).and_then(|it| it.start);
    let lapse = start.zip(first).map(|(a, b)| b.nanos() - a.nanos());
    if let Some(call) = b.llm_call_mut(id) {
        call.time_to_first_token = lapse.filter(|it| *it >= 0).into();
    }
}

fn tokens(b: &mut TraceBuilder, record: &Record<'_>, json: Json<'_>) -> Tokens {
    let mut find = |path: &[&str]| count(b, record, json.path(path));
    let usage = Usage {
        input: find(&["input"]),
        cached: find(&["cache", "read"]),
        cache_write: find(&["cache", "write"]),
        output: find(&["output"]),
        reasoning: find(&["reasoning"]),
        total: find(&["total"]),
    };
    usage.arbitrated(Counted::Beside, Counted::Beside)
}
