//! A trajectory of SWE-agent (`.traj`): the steps of a run, and the messages that were exchanged.
//!
//! Source: `sweagent/types.py` and `sweagent/agent/agents.py` (0.x and 1.x). There are no times but
//! `execution_time`, a length without a place, which is not read; tokens and costs are sums of the
//! whole run, and not read either. `trajectory` has the steps and `history` the messages, twice
//! told: a message is found by what was said. A demonstration is in either way no part of the run.
//! Where there were several attempts, each is a turn, and the best stands there again. A command
//! without a tool call is named by its first word.

use super::dialog::Dialog;
use super::fields::{draft, system_and_rest, text};
use super::records::{Place, Record, Shape};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{
    ByteRange, Draft, DraftId, Json, Kind, LlmCall, SpanKey, Status, ToolCall, TraceBuilder,
};

pub(super) const FORMAT: Format = Format {
    id: "swe-agent",
    name: "SWE-agent trajectory",
    sniff: |head| head.values.iter().any(is_run),
    open: crate::import::Reads::Here(|_| Opened {
        shape: FILE,
        reader: Box::new(SweAgent::default()),
    }),
};

const RUN: u8 = 1;
const ATTEMPT: u8 = 2;
const ATTEMPTS: u8 = 3;
const STEPS: u8 = 4;
const MESSAGES: u8 = 5;

const FILE: Shape = &[Place::new(
    RUN,
    "",
    &[
        Place::new(
            ATTEMPTS,
            "attempts",
            &[Place::new(ATTEMPT, "", ATTEMPT_INSIDE)],
        ),
        Place::new(STEPS, "trajectory", &[]),
        Place::new(MESSAGES, "history", &[]),
    ],
)];

const ATTEMPT_INSIDE: Shape = &[
    Place::new(STEPS, "trajectory", &[]),
    Place::new(MESSAGES, "history", &[]),
];

fn is_run(json: &Json<'_>) -> bool {
    let first = |key: &str| json.get(key).and_then(|it| it.items().next());
    let attempt = first("attempts").is_some_and(|it| it.get("trajectory").is_some());
    let step = first("trajectory")
        .is_some_and(|it| it.get("action").is_some() && it.get("observation").is_some());
    let message =
        first("history").is_some_and(|it| it.get("role").is_some() && it.get("agent").is_some());
    attempt || step || message
}

#[derive(Default)]
struct SweAgent {
    dialog: Dialog,
    n_runs: u32,
    /// Whether there are attempts, and one is being read.
    has_attempts: bool,
    in_attempt: bool,
    run: Run,
}

/// What is known of the run, or the attempt.
#[derive(Default)]
struct Run {
    turn: Option<DraftId>,
    has_steps: bool,
    has_prompt: bool,
    steps: Vec<Step>,
    /// The step that is next to be found again.
    next: usize,
    system: ByteRange,
    /// Messages since the last answer.
    heard: Vec<ByteRange>,
    /// How it ended.
    exit: Option<(Status, ByteRange)>,
}

#[derive(Clone, Copy)]
struct Step {
    said: SpanKey,
    llm_call: DraftId,
    tool_call: Option<DraftId>,
}

impl Reader for SweAgent {
    fn opened(&mut self, _b: &mut TraceBuilder, place: u8, _at: u32) {
        match place {
            RUN => {
                self.dialog = Dialog::of_trace(self.n_runs);
                self.n_runs += 1;
                self.has_attempts = false;
                self.run = Run::default();
            }
            ATTEMPTS => self.has_attempts = true,
            ATTEMPT => {
                self.in_attempt = true;
                self.run = Run::default();
            }
            _ => {
                self.run.has_steps |= place == STEPS && !self.is_again();
                self.run.next = 0;
            }
        }
    }

    fn closed(&mut self, b: &mut TraceBuilder, place: u8, _range: ByteRange) {
        if matches!(place, RUN | ATTEMPT) && !self.is_again() {
            self.finish(b);
        }
        if place == ATTEMPT {
            self.in_attempt = false;
        }
    }

    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let again = self.is_again();
        match record.place {
            RUN | ATTEMPT => {
                self.about(b, record, again);
                Became::Detail
            }
            _ if record.json.kind() != Kind::Object => Became::Bad,
            _ if again => Became::Other,
            STEPS => {
                self.step(b, record);
                Became::Span
            }
            _ => self.message(b, record),
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.finish(b);
        Ok(())
    }
}

impl SweAgent {
    /// Whether what is read stood there before: the best of the attempts.
    fn is_again(&self) -> bool {
        self.has_attempts && !self.in_attempt
    }

    /// A member of a run: how it ended, which model it had.
    fn about(&mut self, b: &mut TraceBuilder, record: &Record<'_>, again: bool) {
        match record.key {
            "info" if !again => {
                let exit = record.json.get("exit_status").filter(|it| it.is_some());
                self.run.exit = exit.map(|it| {
                    let well = text(Some(it)).starts_with("submitted");
                    let status = if well { Status::Ok } else { Status::Error };
                    (status, record.range_of(it))
                });
            }
            // JSON, in a string or not.
            "replay_config" if !again => {
                let inner = text(Some(record.json));
                let config = if inner.is_empty() {
                    record.json
                } else {
                    Json::new(&inner)
                };
                let model = b.intern(&text(config.path(&["agent", "model", "name"])));
                for step in &self.run.steps {
                    if let Some(call) = b.llm_call_mut(step.llm_call) {
                        call.model = model;
                        call.requested_model = model;
                    }
                }
            }
            _ => {}
        }
    }

    /// The turn of the run, which begins with what comes first.
    fn turn(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> DraftId {
        let dialog = &mut self.dialog;
        *self.run.turn.get_or_insert_with(|| {
            let turn = draft(record);
            dialog.begin_turn(b, turn, ByteRange::default())
        })
    }

    /// A step: what the model said, the command in it, and what came of that.
    fn step(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        self.turn(b, record);
        let json = record.json;
        let response = json.get("response");
        let said = text(response);
        if let Some(step) = self.find(&said) {
            b.record(step.llm_call, record.range);
            return;
        }
        let whole = json
            .get("query")
            .filter(|it| it.items().any(|it| it.get("role").is_some()));
        let (system, input) = match (whole, json.get("messages")) {
            (Some(sent), _) => system_and_rest(record, sent),
            (None, Some(list)) => sent_before(record, list, &said),
            (None, None) => Default::default(),
        };
        if said.is_empty() && input.is_empty() {
            // Nothing was asked of the model: the run was ended, and says why.
            let exit = Draft {
                name: b.intern("exit"),
                ..draft(record)
            };
            let exit = self.dialog.place(b, exit);
            b.span(exit);
            return;
        }
        let call = LlmCall {
            system,
            input,
            output: record.range_if(response),
            ..LlmCall::default()
        };
        let llm_call = self.dialog.llm_call(b, draft(record), call);
        let tool_call = self.command(b, record, json.get("observation"));
        self.run.steps.push(Step {
            said: SpanKey::of(said.as_ref()),
            llm_call,
            tool_call,
        });
    }

    /// The command that a step runs, if it does.
    fn command(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        output: Option<Json<'_>>,
    ) -> Option<DraftId> {
        let action = record.json.get("action");
        let command = text(action);
        let name = command.split_whitespace().next()?;
        let name = b.intern(name);
        let call = Draft {
            name,
            ..draft(record)
        };
        let tool = ToolCall {
            name,
            input: record.range_if(action),
            output: record.range_if(output),
            ..ToolCall::default()
        };
        Some(self.dialog.tool_call(b, call, tool, ""))
    }

    /// The step that said this, of those that were not found yet. A message may have no step: one
    /// that was asked again.
    fn find(&mut self, said: &str) -> Option<Step> {
        const NEAR: usize = 16;
        let key = SpanKey::of(said);
        let left = self.run.steps.get(self.run.next..)?;
        let at = left.iter().take(NEAR).position(|it| it.said == key)?;
        self.run.next += at + 1;
        left.get(at).copied()
    }
}

impl SweAgent {
    fn message(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        let turn = self.turn(b, record);
        let is_demo = json.get("is_demo").and_then(Json::bool) == Some(true);
        match text(json.get("role")).as_ref() {
            "system" if !is_demo => self.run.system = record.range,
            "assistant" if !is_demo => return self.answer(b, record),
            "user" if !is_demo && !self.run.has_prompt => {
                self.run.has_prompt = true;
                b.set_turn(turn, None, record.range);
                b.draft(turn)
                    .into_iter()
                    .for_each(|it| it.record = record.range);
                self.run.heard.push(record.range);
            }
            "user" | "tool" => {
                self.run.heard.push(record.range);
                if !self.run.has_steps && !is_demo {
                    self.observation(b, record);
                }
            }
            _ => return Became::Other,
        }
        Became::Span
    }

    /// What the model said: of a step that is known its messages, else a step.
    fn answer(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        let said = text(json.get("content"));
        let heard = std::mem::take(&mut self.run.heard);
        let calls = || json.get("tool_calls").into_iter().flat_map(Json::items);
        let step = match self.find(&said) {
            Some(step) => {
                b.record(step.llm_call, record.range);
                step
            }
            None if self.run.has_steps => return Became::Other,
            None => {
                let call = LlmCall {
                    output: record.range,
                    ..LlmCall::default()
                };
                let llm_call = self.dialog.llm_call(b, draft(record), call);
                let tool_call = self.command(b, record, None);
                let said = SpanKey::of(said.as_ref());
                let step = Step {
                    said,
                    llm_call,
                    tool_call,
                };
                self.run.steps.push(step);
                self.run.next = self.run.steps.len();
                step
            }
        };
        if let Some(call) = b.llm_call_mut(step.llm_call) {
            // It has what a step has, and the tool call.
            call.output = record.range;
            if call.system.is_empty() {
                call.system = self.run.system;
            }
            if call.input.is_empty() {
                call.input_is_delta = true;
                heard.into_iter().for_each(|it| b.input(step.llm_call, it));
            }
        }
        if let (Some(id), Some(asked)) = (step.tool_call, calls().next()) {
            let function = asked.get("function").unwrap_or(asked);
            let name = b.intern(&text(function.get("name")));
            let call_id = record.range_if(asked.get("id"));
            if let Some(tool) = b.tool_call_mut(id) {
                tool.name = name;
                tool.call_id = call_id;
                tool.input = record.range_if(function.get("arguments"));
            }
            if let Some(it) = b.draft(id) {
                it.name = name;
                it.id = call_id;
            }
        }
        Became::Span
    }

    /// What came of the last command.
    fn observation(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        if let Some(tool) = self.run.steps.last().and_then(|it| it.tool_call) {
            let output = record.range_if(record.json.get("content"));
            if b.tool_call_mut(tool).is_some_and(|it| it.output.is_empty()) {
                self.dialog.tool_result(b, draft(record), "", output);
            }
        }
    }

    /// The run, or the attempt, has ended.
    fn finish(&mut self, b: &mut TraceBuilder) {
        self.dialog.settle(b);
        let (Some(turn), Some((status, at))) = (self.run.turn, self.run.exit.take()) else {
            return;
        };
        b.draft(turn).into_iter().for_each(|it| it.status = status);
        if status == Status::Error {
            b.error(turn, at);
        }
    }
}

/// Of messages that have the answer and what came of it too: what was sent.
fn sent_before(record: &Record<'_>, list: Json<'_>, said: &str) -> (ByteRange, ByteRange) {
    let (system, rest) = system_and_rest(record, list);
    let is_answer = |it: &Json<'_>| text(it.get("role")) == "assistant";
    let answer = list.items().filter(is_answer).last();
    let own = answer.filter(|it| text(it.get("content")) == said);
    let end = own.map_or(rest.end(), |it| record.range_of(it).start);
    (system, ByteRange::new(rest.start.min(end), end))
}
