//! The journal of one agent.

use crate::import::dialog::Dialog;
use crate::import::fields::{draft, millis, text};
use crate::import::records::Record;
use crate::import::usage::{Counted, Usage};
use crate::model::{
    Agent, ByteRange, Draft, DraftId, FinishReason, Json, LlmCall, Marks, Moment, Status, Sym,
    Tokens, TraceBuilder,
};

#[derive(Default)]
pub(super) struct Side {
    dialog: Dialog,
    /// The span of the agent, where it is a sub-agent.
    agent: Option<DraftId>,
    began: Option<Moment>,
    last: Option<Moment>,
    profile: Sym,
    system: ByteRange,
    tools: ByteRange,
    /// The model that is asked, as the user chose it.
    model: Sym,
    /// The number of the step, within its turn.
    step: Option<std::num::NonZeroU32>,
    /// The LLM call that waits for its answer, or is being answered.
    open: Option<DraftId>,
    /// Tool calls that start sub-agents.
    pub(super) agent_calls: Vec<AgentCall>,
}

/// A tool call that starts sub-agents.
#[derive(Clone, Copy)]
pub(super) struct AgentCall {
    pub(super) id: DraftId,
    /// Whether it starts more than one.
    pub(super) is_swarm: bool,
}

/// Whether an operation is the prompt of a sub-agent.
pub(super) fn is_for_sub_agent(json: Json<'_>) -> bool {
    text(json.get("type")) == "turn.prompt" && text(json.path(&["origin", "name"])) == "subagent"
}

impl Side {
    pub(super) fn new(began: Option<Moment>) -> Self {
        Side {
            began,
            ..Side::default()
        }
    }

    pub(super) fn is_sub(&self) -> bool {
        self.agent.is_some()
    }

    /// The span of the agent, where it is a sub-agent.
    pub(super) fn agent(&self) -> Option<DraftId> {
        self.agent
    }

    /// Whether it was at work at this millisecond since 1970.
    pub(super) fn lasts(&self, millis: i64) -> bool {
        let nanos = millis.saturating_mul(1_000_000);
        let times = self.began.zip(self.last);
        times.is_some_and(|(began, last)| began.nanos() <= nanos && nanos <= last.nanos())
    }

    /// Whether it began then or later.
    pub(super) fn begins_after(&self, millis: i64) -> bool {
        let nanos = millis.saturating_mul(1_000_000);
        self.began.is_some_and(|it| nanos <= it.nanos())
    }

    pub(super) fn end(&mut self, b: &mut TraceBuilder) {
        self.dialog.settle(b);
    }

    /// Takes an operation. `false` if it tells nothing of the conversation.
    pub(super) fn operation(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        kind: &str,
        time: Option<Moment>,
    ) -> bool {
        let json = record.json;
        self.last = time.or(self.last);
        match kind {
            "config.update" | "profile.bind" => {
                self.configure(b, record);
                return false;
            }
            "llm.tools_snapshot" => self.tools = record.range_if(json.get("tools")),
            "turn.prompt" => self.prompt(b, record, time),
            "turn.ended" | "turn.cancel" => self.turn_ended(b, record, kind, time),
            "turn.step.retrying" | "turn.step.interrupted" => return self.failed(b, record),
            "context.append_message" => {
                self.dialog.hear(time, record.range_if(json.get("message")));
            }
            "context.apply_compaction" => {
                self.dialog.compaction(b, record, time, json.get("summary"));
            }
            "context.clear" | "context.undo" => self.dialog.begin_anew(),
            "llm.request" => self.request(b, record, time),
            "usage.record" => return self.usage(b, record, json.get("usage")),
            "context.append_loop_event" => {
                let Some(event) = json.get("event") else {
                    return false;
                };
                return self.event(b, record, event, time);
            }
            _ => return false,
        }
        true
    }

    fn configure(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let [profile, model, system] =
            record
                .json
                .pick(["profileName", "modelAlias", "systemPrompt"]);
        for (own, named) in [(&mut self.profile, profile), (&mut self.model, model)] {
            if let Some(named) = named {
                *own = b.intern(&text(Some(named)));
            }
        }
        if system.is_some() {
            self.system = record.range_if(system);
        }
    }

    /// A turn begins. What the model is told follows in `context.append_message`.
    fn prompt(&mut self, b: &mut TraceBuilder, record: &Record<'_>, time: Option<Moment>) {
        let draft = Draft {
            start: time,
            ..draft(record)
        };
        if self.is_sub() {
            return self.dialog.hear(time, ByteRange::default());
        }
        if !is_for_sub_agent(record.json) || self.dialog.home().is_some() {
            let input = record.range_if(record.json.get("input"));
            self.dialog.begin_turn(b, draft, input);
            return;
        }
        let agent = Agent {
            name: self.profile,
            id: record.range_if(record.json.get("agentId")),
        };
        let name = self.profile;
        self.dialog = Dialog::of_agent(b, Draft { name, ..draft }, agent);
        self.agent = self.dialog.home();
    }

    fn turn_ended(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        kind: &str,
        time: Option<Moment>,
    ) {
        self.dialog.settle(b);
        let failed = match text(record.json.get("reason")).as_ref() {
            "completed" => Status::Ok,
            "failed" | "cancelled" => Status::Error,
            _ if kind == "turn.cancel" => Status::Error,
            _ => Status::Unset,
        };
        if let Some(open) = self.open.take() {
            close(b, open, time, Status::Error);
            b.record(open, record.range);
            b.error(open, record.range);
        }
        let Some(home) = self.dialog.home() else {
            return;
        };
        b.record(home, record.range);
        if let Some(turn) = b.draft(home) {
            turn.end = time;
            turn.status = failed;
            turn.marks = turn.marks.without(Marks::END_DERIVED);
        }
    }

    /// Each try is a request of its own; the one before it had no answer.
    fn request(&mut self, b: &mut TraceBuilder, record: &Record<'_>, time: Option<Moment>) {
        let [provider, model, alias, kind, attempt] =
            record
                .json
                .pick(["provider", "model", "modelAlias", "kind", "attempt"]);
        if let Some(open) = self.open.take() {
            close(b, open, time, Status::Error);
        }
        let is_step = matches!(text(kind).as_ref(), "loop" | "");
        let attempt = text(attempt);
        let alias = alias.map_or(self.model, |it| b.intern(&text(Some(it))));
        let call = LlmCall {
            model: b.intern(&text(model)),
            requested_model: alias,
            provider: b.intern(&text(provider)),
            attempt: attempt
                .split('/')
                .next()
                .and_then(|it| it.parse().ok())
                .unwrap_or(0),
            round: self.step.filter(|_| is_step),
            system: self.system,
            tools: self.tools,
            request: record.range,
            ..LlmCall::default()
        };
        let marks = if is_step {
            Marks::default()
        } else {
            Marks::END_DERIVED
        };
        let draft = Draft {
            start: time,
            marks,
            ..draft(record)
        };
        let id = self.dialog.llm_call(b, draft, call);
        self.open = Some(id).filter(|_| is_step);
    }

    /// Why the last try failed.
    fn failed(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> bool {
        let error = record.range_if(record.json.first(&["errorMessage", "message", "reason"]));
        let Some(open) = self.open.filter(|_| !error.is_empty()) else {
            return false;
        };
        b.record(open, record.range);
        b.error(open, error);
        true
    }

    /// Where nothing is known of the last LLM call's.
    fn usage(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        usage: Option<Json<'_>>,
    ) -> bool {
        let Some((id, usage)) = self.dialog.last_llm_call().zip(usage) else {
            return false;
        };
        let is_known = b
            .llm_call_mut(id)
            .is_none_or(|it| it.tokens != Tokens::default());
        if is_known {
            return false;
        }
        let tokens = Usage::read(b, record, usage).tokens(Counted::Beside, Counted::Inside);
        b.record(id, record.range);
        b.llm_call_mut(id)
            .into_iter()
            .for_each(|it| it.tokens = tokens);
        true
    }

    /// What happens in a step.
    fn event(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        event: Json<'_>,
        time: Option<Moment>,
    ) -> bool {
        match text(event.get("type")).as_ref() {
            "step.begin" => {
                self.open = None;
                let step = event.get("step").and_then(Json::u64);
                let step = step.and_then(|it| u32::try_from(it).ok());
                self.step = step.and_then(std::num::NonZeroU32::new);
                self.dialog.hear(time, ByteRange::default());
            }
            "content.part" => {
                let part = record.range_of(event.get("part").unwrap_or(event));
                self.answers(b, record, part, time);
            }
            "tool.call" => {
                self.answers(b, record, record.range_of(event), time);
                let id = self.dialog.ask(b, record, event, time);
                let name = text(event.get("name"));
                if matches!(name.as_ref(), "Agent" | "AgentSwarm") {
                    let is_swarm = name == "AgentSwarm";
                    self.agent_calls.push(AgentCall { id, is_swarm });
                }
            }
            "tool.result" => {
                self.dialog.result(b, record, event, time);
                self.dialog.hear(time, record.range_of(event));
            }
            "step.end" => self.step_ended(b, record, event, time),
            _ => return false,
        }
        true
    }

    /// More of the answer. It is there at once, but for tool calls, which are told of when they run.
    fn answers(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        part: ByteRange,
        time: Option<Moment>,
    ) {
        let id = match self.open {
            Some(id) => id,
            None => {
                let call = LlmCall {
                    requested_model: self.model,
                    model: self.model,
                    round: self.step,
                    ..LlmCall::default()
                };
                let draft = Draft {
                    end: time,
                    ..draft(record)
                };
                let id = self.dialog.llm_call(b, draft, call);
                self.open = Some(id);
                id
            }
        };
        b.output(id, part);
        let Some(call) = b.draft(id) else { return };
        if call.end.is_none() {
            call.end = time;
            call.marks = call.marks.with(Marks::END_DERIVED);
        }
        if call.record != record.range {
            b.record(id, record.range);
        }
    }

    fn step_ended(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        event: Json<'_>,
        time: Option<Moment>,
    ) {
        let Some(id) = self.open.take() else { return };
        let [usage, reason, first, stream, message] = event.pick([
            "usage",
            "finishReason",
            "llmFirstTokenLatencyMs",
            "llmStreamDurationMs",
            "messageId",
        ]);
        let tokens =
            usage.map(|it| Usage::read(b, record, it).tokens(Counted::Beside, Counted::Inside));
        let raw = text(event.get("rawFinishReason").or(reason));
        let raw_word = b.intern(&raw);
        let (first, stream) = (millis(first), millis(stream));
        b.record(id, record.range);
        if let Some(call) = b.llm_call_mut(id) {
            call.tokens = tokens.unwrap_or_default();
            call.finish_reason = FinishReason::from_raw(&text(reason));
            call.finish_reason_raw = raw_word;
            call.time_to_first_token = first.into();
            call.response_id = record.range_if(message);
        }
        // The step lasts as long as its tool calls.
        let lasted = first.zip(stream).map(|it| it.0.saturating_add(it.1));
        let Some(call) = b.draft(id) else { return };
        if let Some((start, lasted)) = call.start.zip(lasted) {
            call.end = Moment::new(start.nanos().saturating_add(lasted));
            call.marks = call.marks.without(Marks::END_DERIVED);
        }
        close(b, id, time, Status::Ok);
    }
}

/// Ends an LLM call, at `time` if not before.
fn close(b: &mut TraceBuilder, id: DraftId, time: Option<Moment>, status: Status) {
    if let Some(call) = b.draft(id) {
        call.status = status;
        if call.end.is_none() {
            call.end = time;
            call.marks = call.marks.with(Marks::END_DERIVED);
        }
    }
}
