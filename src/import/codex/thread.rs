//! A thread: its turns, its LLM calls and what they used.

use super::{Became, Line, parent};
use crate::import::dialog::{Dialog, latest};
use crate::import::usage::{Counted, Usage};
use crate::import::{draft, text};
use crate::model::{
    Agent, ByteRange, Draft, DraftId, IssueKind, Json, LlmCall, Marks, Moment, SpanKey, Sym,
    TraceBuilder,
};

/// How far a turn is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Turn {
    /// None is open.
    #[default]
    None,
    /// One that a message of the user opened.
    Asked,
    /// One that the rollout opened, which it will close.
    Started,
}

/// What is known of the thread whose rollout is read.
#[derive(Default)]
pub(super) struct Thread {
    pub(super) dialog: Dialog,
    pub(super) id: Option<SpanKey>,
    /// Its name among the agents of its tree.
    pub(super) path: Option<SpanKey>,
    pub(super) parent: Option<SpanKey>,
    pub(super) is_sub: bool,
    /// Tool calls that started threads, by id or path of these.
    pub(super) started: Vec<(SpanKey, DraftId)>,
    /// The tool call that runs a program, while it runs: what happens then happens in it.
    pub(super) program: Option<DraftId>,
    own_id: String,
    agent: Agent,
    /// Whether what comes was copied from the parent.
    is_copy: bool,
    turn: Turn,
    /// What the user, or the parent, said first in the turn.
    prompt: ByteRange,
    /// The LLM calls of the turn.
    n_llm_calls: u32,
    /// The LLM call that is still answering.
    answering: Option<DraftId>,
    /// Whether it has said something, and not only thought.
    has_said: bool,
    /// The last LLM call, while its usage is not known.
    unpaid: Option<DraftId>,
    /// Whether each LLM call has a record of its usage.
    has_usage_records: bool,
    /// The sum of all usage, when it was last told.
    spent: Option<SpanKey>,
    model: Sym,
    provider: Sym,
    system: ByteRange,
    request: ByteRange,
}

impl Thread {
    /// What the thread is. Another one's, which was copied, or the same again after a pause says
    /// nothing new.
    pub(super) fn meta(&mut self, b: &mut TraceBuilder, line: &Line<'_>) -> Became {
        if !self.own_id.is_empty() {
            return Became::Other;
        }
        let key = |it: Option<Json<'_>>| it.and_then(Json::str).map(SpanKey::of);
        let id = line.get("id").or(line.get("session_id"));
        self.own_id = text(id).into_owned();
        self.id = key(id);
        self.provider = b.intern(&line.text("model_provider"));
        let system = line.part.path(&["base_instructions", "text"]);
        self.system = line.range(system.or(line.get("instructions")));
        self.parent = key(parent(line.part));
        self.is_copy = line.get("forked_from_id").is_some() || self.parent.is_some();
        let Some(source) = line.part.path(&["source", "subagent"]) else {
            return Became::Other;
        };
        self.is_sub = true;
        let spawn = source.get("thread_spawn");
        let fact = |key| line.get(key).or_else(|| spawn?.get(key));
        self.path = key(fact("agent_path"));
        // A reviewer has no name but what it is.
        let names = [fact("agent_nickname"), fact("agent_role"), Some(source)];
        let name = names.into_iter().flatten().find_map(Json::str);
        self.agent = Agent {
            name: b.intern(&name.unwrap_or_default()),
            id: line.range(id),
        };
        let home = b.span(Draft {
            id: self.agent.id,
            start: line.time,
            marks: Marks::END_DERIVED,
            ..draft(line.record)
        });
        self.dialog = Dialog::within(home, 0, line.time);
        Became::Span
    }

    /// Any other record. `None`: of a kind that is not known.
    pub(super) fn line(
        &mut self,
        b: &mut TraceBuilder,
        line: &Line<'_>,
        kind: &str,
    ) -> Option<Became> {
        if self.is_copy && !self.begins_own(line, kind) {
            return Some(self.copied(line, kind));
        }
        Some(match kind {
            "response_item" => return self.item(b, line),
            "event_msg" => return self.event(b, line),
            "turn_context" => {
                self.model = b.intern(&line.text("model"));
                self.request = line.range(Some(line.part));
                Became::Span
            }
            "token_usage_record" => {
                self.has_usage_records = true;
                self.usage(b, line, line.get("usage"));
                Became::Span
            }
            "compacted" => {
                self.dialog.point(b, line.record.range, line.time, kind);
                self.summary(line);
                Became::Span
            }
            "world_state" | "inter_agent_communication_metadata" => Became::Other,
            _ => return None,
        })
    }

    /// Whether a record is the first of the thread's own: its turn is not older than the thread.
    fn begins_own(&mut self, line: &Line<'_>, kind: &str) -> bool {
        let begins = kind == "turn_context" || line.text("type") == "task_started";
        let turn = line.text("turn_id");
        self.is_copy = !begins || (!turn.is_empty() && *turn < *self.own_id);
        !self.is_copy
    }

    /// What was copied is what the first LLM call is sent.
    fn copied(&mut self, line: &Line<'_>, kind: &str) -> Became {
        match kind {
            "response_item" => self.dialog.hear(None, line.range(Some(line.part))),
            "compacted" => self.summary(line),
            _ => {
                self.spend(line);
                return Became::Other;
            }
        }
        Became::Span
    }

    /// A summary takes the place of what was said.
    fn summary(&mut self, line: &Line<'_>) {
        self.dialog.begin_anew();
        let summary = line.get("replacement_history").or(line.get("message"));
        self.dialog.hear(line.time, line.range(summary));
        self.answering = None;
    }

    /// The user, or the parent of a sub-agent, wants something. It may stand there twice.
    pub(super) fn prompt(&mut self, b: &mut TraceBuilder, line: &Line<'_>, content: ByteRange) {
        if self.is_sub {
            if self.prompt.is_empty() {
                self.prompt = content;
            }
            return;
        }
        let is_next = self.turn == Turn::Asked && self.n_llm_calls > 0;
        if self.turn == Turn::None || is_next {
            self.begin_turn(b, line, content);
            self.turn = Turn::Asked;
        } else if self.prompt.is_empty() {
            self.prompt = content;
            if let Some(home) = self.dialog.home() {
                b.set_turn(home, None, content);
            }
        }
    }

    fn begin_turn(&mut self, b: &mut TraceBuilder, line: &Line<'_>, prompt: ByteRange) {
        let turn = Draft {
            id: line.range(line.get("turn_id")),
            start: line.time,
            ..draft(line.record)
        };
        self.dialog.begin_turn(b, turn, prompt);
        self.prompt = prompt;
        self.n_llm_calls = 0;
        self.answering = None;
    }

    /// A turn begins, unless the user's message has opened it. A sub-agent has none.
    pub(super) fn task_started(&mut self, b: &mut TraceBuilder, line: &Line<'_>) {
        let is_asked = self.turn == Turn::Asked && self.n_llm_calls == 0;
        match self.dialog.home() {
            Some(home) if self.is_sub || is_asked => b.record(home, line.record.range),
            _ => self.begin_turn(b, line, ByteRange::default()),
        }
        self.turn = Turn::Started;
    }

    /// A turn is over; `error` says why it failed.
    pub(super) fn task_ended(
        &mut self,
        b: &mut TraceBuilder,
        line: &Line<'_>,
        error: Option<Json<'_>>,
    ) {
        self.dialog.settle(b);
        self.turn = Turn::None;
        self.answering = None;
        let Some(home) = self.dialog.home() else {
            return;
        };
        if b.get(home).is_some_and(|it| it.record != line.record.range) {
            b.record(home, line.record.range);
        }
        if let Some(draft) = b.draft(home) {
            draft.end = line.time;
            draft.marks = draft.marks.without(Marks::END_DERIVED);
        }
        if error.is_some() {
            let said = error.and_then(|it| it.get("message")).or(error);
            b.fail(home, line.range(said));
        }
    }

    /// A turn is over that may be known from this alone.
    pub(super) fn turn_completed(&mut self, b: &mut TraceBuilder, line: &Line<'_>) {
        if self.turn == Turn::None && !self.is_sub {
            self.begin_turn(b, line, ByteRange::default());
            let home = self.dialog.home().and_then(|it| b.draft(it));
            home.into_iter()
                .for_each(|it| it.marks = it.marks.with(Marks::START_DERIVED));
            // Nothing tells when an LLM call of it began.
            self.dialog.hear(line.time, ByteRange::default());
        }
        self.turn_used(b, line, line.get("usage"));
        self.task_ended(b, line, None);
    }

    /// What a turn used its LLM calls used: where nothing else is known of them, they are shown as one.
    pub(super) fn turn_used(
        &mut self,
        b: &mut TraceBuilder,
        line: &Line<'_>,
        usage: Option<Json<'_>>,
    ) {
        let end = self.dialog.home().and_then(|it| b.get(it)?.end);
        let time = end.or(line.time);
        if self.n_llm_calls == 0 || self.n_llm_calls == 1 && self.unpaid.is_some() {
            self.usage(b, &Line { time, ..*line }, usage);
        }
    }

    /// An item of before the envelope may name the model.
    pub(super) fn name_model(&mut self, b: &mut TraceBuilder, line: &Line<'_>) {
        if let Some(model) = line.get("model").and_then(Json::str) {
            self.model = b.intern(&model);
        }
    }

    /// The model says something.
    pub(super) fn answer(&mut self, b: &mut TraceBuilder, line: &Line<'_>, says: bool) {
        let mut output = line.range(Some(line.part));
        let id = match self.answering {
            Some(id) => {
                b.record(id, line.record.range);
                // What says something comes first: it is what a row shows.
                if says
                    && !self.has_said
                    && let Some(call) = b.llm_call_mut(id)
                {
                    std::mem::swap(&mut call.output, &mut output);
                }
                b.output(id, output);
                id
            }
            None => self.llm_call(b, line, output),
        };
        self.has_said |= says;
        self.answering = Some(id);
        until(b, id, line.time);
    }

    fn llm_call(&mut self, b: &mut TraceBuilder, line: &Line<'_>, output: ByteRange) -> DraftId {
        let call = LlmCall {
            model: self.model,
            requested_model: self.model,
            provider: self.provider,
            system: self.system,
            request: self.request,
            output,
            ..LlmCall::default()
        };
        let answer = Draft {
            end: line.time,
            marks: Marks::END_DERIVED,
            ..draft(line.record)
        };
        let id = self.dialog.llm_call(b, answer, call);
        self.n_llm_calls = self.n_llm_calls.saturating_add(1);
        self.has_said = false;
        self.unpaid = Some(id);
        id
    }

    /// The model is told something.
    pub(super) fn hear(&mut self, line: &Line<'_>) {
        self.answering = None;
        self.dialog.hear(line.time, line.range(Some(line.part)));
    }

    /// What the last LLM call used; one that said nothing is known by this alone.
    pub(super) fn usage(&mut self, b: &mut TraceBuilder, line: &Line<'_>, usage: Option<Json<'_>>) {
        let Some(usage) = usage else { return };
        let counts = Usage::read(b, line.record, usage);
        let known = self.unpaid.take();
        let id = match known {
            Some(id) => {
                b.record(id, line.record.range);
                id
            }
            None => self.llm_call(b, line, ByteRange::default()),
        };
        self.unpaid = None;
        if self.has_usage_records {
            until(b, id, line.time);
        }
        let response = line.range(line.get("response_id"));
        if let Some(call) = b.llm_call_mut(id) {
            call.tokens = counts.tokens(Counted::Inside, Counted::Inside);
            call.response_id = response;
        }
        if let Some(draft) = b.draft(id) {
            draft.id = response;
        }
        self.answering = None;
    }

    /// Usage so far. Whether it is more than it was: it is told again when nothing was used.
    pub(super) fn spend(&mut self, line: &Line<'_>) -> bool {
        let total = line.part.path(&["info", "total_token_usage"]);
        let total = total.map(|it| SpanKey::of(it.text()));
        let is_more = total.is_some() && total != self.spent;
        self.spent = total.or(self.spent);
        is_more
    }

    pub(super) fn has_usage_records(&self) -> bool {
        self.has_usage_records
    }

    /// There is no more. A turn that has not ended still runs, and so do its tool calls.
    pub(super) fn end(&mut self, b: &mut TraceBuilder) {
        if self.turn != Turn::Started {
            self.dialog.settle(b);
        }
        self.runs(b);
    }

    /// A turn that the rollout opened and has not closed goes on.
    pub(super) fn runs(&self, b: &mut TraceBuilder) {
        if self.turn == Turn::Started
            && let Some(draft) = self.dialog.home().and_then(|it| b.draft(it))
        {
            draft.marks = draft.marks.without(Marks::END_DERIVED);
        }
    }

    pub(super) fn become_agent(&self, b: &mut TraceBuilder, home: DraftId, parent: DraftId) {
        b.become_agent(home, self.agent);
        if let Some(draft) = b.draft(home) {
            draft.parent = Some(parent.key());
            draft.name = self.agent.name;
        }
    }

    pub(super) fn become_turn(&self, b: &mut TraceBuilder, home: DraftId) {
        b.become_turn(home, None, self.prompt);
        if let Some(record) = b.draft(home).map(|it| it.record) {
            b.issue(IssueKind::SubAgentAlone, record);
        }
    }
}

/// It lasted at least until then.
fn until(b: &mut TraceBuilder, id: DraftId, time: Option<Moment>) {
    if let Some(draft) = b.draft(id) {
        draft.end = latest(draft.end, time);
    }
}
