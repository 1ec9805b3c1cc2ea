//! The memory of a smolagents agent, as `agent.memory.get_full_steps()` gives it: an array of the
//! task, the steps and what was planned.
//!
//! Source: `smolagents/memory.py` (1.26; before 1.15 a step had its times beside its number). The
//! times of a step are those of its LLM call and of the tools after it, so where there are tools
//! neither has times of its own. `observations` are what all tools of a step gave: where there were
//! several, none of them has a result. Not read: the memory of managed agents, which is not in here.

use super::dialog::Dialog;
use super::fields::{Unknown, draft, system_and_rest, text, unix_secs};
use super::records::{Record, TOP};
use super::usage::{Counted, Usage};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{ByteRange, Draft, FinishReason, Json, Kind, LlmCall, Status, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "smolagents",
    name: "smolagents memory",
    sniff: |head| {
        [
            ["step_number", "timing"],
            ["step_number", "observations"],
            ["plan", "timing"],
            ["task", "task_images"],
        ]
        .iter()
        .any(|it| head.has(it))
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(Smolagents::default()),
    }),
};

#[derive(Default)]
struct Smolagents {
    dialog: Dialog,
    /// Whether there is planning: an LLM call between the steps that are numbered.
    plans: bool,
    unknown: Unknown,
}

impl Reader for Smolagents {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        if record.place != TOP || json.kind() != Kind::Object {
            return Became::Bad;
        }
        let has = |key: &str| json.get(key).is_some();
        if has("step_number") || has("model_input_messages") || has("plan") {
            self.step(b, record);
            return Became::Span;
        }
        if has("task") {
            let input = record.range_if(json.get("task"));
            self.dialog.begin_turn(b, draft(record), input);
            return Became::Span;
        }
        if has("system_prompt") {
            let system = record.range_if(json.get("system_prompt"));
            self.dialog.system(system);
            return Became::Other;
        }
        let first = json.members().next();
        let key = first.map(|it| it.0).unwrap_or_default();
        match key.as_ref() {
            // What the last step said already.
            "output" | "final_answer" => Became::Other,
            key => self.unknown.note(b, record, key),
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.dialog.settle(b);
        Ok(())
    }
}

impl Smolagents {
    /// A step: an LLM call, and the tool calls it asked for.
    fn step(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        let timing = json.get("timing").unwrap_or(json);
        let number = json.get("step_number");
        let error = json.get("error").filter(|it| it.is_some());
        let name = match number {
            Some(number) => ["Step ", number.text()].concat(),
            None => "Planning".to_owned(),
        };
        self.plans |= number.is_none();
        let mut step = Draft {
            start: unix_secs(b, record, timing.get("start_time")),
            end: unix_secs(b, record, timing.get("end_time")),
            name: b.intern(&name),
            status: if error.is_some() {
                Status::Error
            } else {
                Status::Unset
            },
            ..draft(record)
        };
        step = self.dialog.place(b, step);
        let id = b.span(step);
        if let Some(error) = error {
            b.error(id, record.range_of(error));
        }
        let kind = text(error.and_then(|it| it.get("type")));
        let mut inside = Draft {
            parent: Some(id.key()),
            ..draft(record)
        };
        let tools: Vec<Json<'_>> = json
            .get("tool_calls")
            .into_iter()
            .flat_map(Json::items)
            .collect();
        let is_some = |it: &&str| json.get(it).is_some_and(Json::is_some);
        let said = ["model_output_message", "model_output", "token_usage"];
        if said.iter().any(is_some) || kind == "AgentGenerationError" {
            let alone = tools.is_empty();
            let call = Draft {
                start: step.start.filter(|_| alone),
                end: step.end.filter(|_| alone),
                ..inside
            };
            let number = number.filter(|_| !self.plans);
            self.llm_call(b, record, call, number, &kind);
        }
        inside.status = match (error, tools.len()) {
            (None, _) => Status::Ok,
            (Some(_), 1) if kind.starts_with("AgentTool") || kind == "AgentExecutionError" => {
                Status::Error
            }
            _ => Status::Unset,
        };
        let observed = record.range_if(json.get("observations").filter(|_| tools.len() == 1));
        for tool in tools {
            self.tool_call(b, record, inside, tool, observed, error);
        }
    }

    fn llm_call(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        mut draft: Draft,
        number: Option<Json<'_>>,
        error: &str,
    ) {
        let json = record.json;
        let message = json.get("model_output_message").filter(|it| it.is_some());
        // The provider's own response: OpenAI's, or that of a library that imitates it.
        let raw = message.and_then(|it| it.get("raw"));
        let choice = raw
            .and_then(|it| it.get("choices"))
            .and_then(|it| it.items().next());
        let reason = text(choice.and_then(|it| it.get("finish_reason")));
        let said = message.or_else(|| json.get("model_output").filter(|it| it.is_some()));
        let sent = json.get("model_input_messages");
        let (system, input) = sent.map_or_else(Default::default, |it| system_and_rest(record, it));
        if error == "AgentGenerationError" {
            draft.status = Status::Error;
        }
        let usage = json
            .get("token_usage")
            .or_else(|| message?.get("token_usage"));
        let mut counts = usage.map_or_else(Usage::default, |it| Usage::read(b, record, it));
        if let Some(details) = raw.and_then(|it| it.get("usage")) {
            let details = Usage::read(b, record, details);
            counts.cached = details.cached;
            counts.cache_write = details.cache_write;
            counts.reasoning = details.reasoning;
        }
        let call = LlmCall {
            model: b.intern(&text(raw.and_then(|it| it.get("model")))),
            tokens: counts.tokens(Counted::Inside, Counted::Inside),
            finish_reason: FinishReason::from_raw(&reason),
            finish_reason_raw: b.intern(&reason),
            round: number
                .and_then(Json::u64)
                .and_then(|it| u32::try_from(it).ok()?.try_into().ok()),
            response_id: record.range_if(raw.and_then(|it| it.get("id"))),
            system,
            input,
            output: record.range_if(said.or_else(|| json.get("action_output"))),
            ..LlmCall::default()
        };
        draft.id = call.response_id;
        let id = self.dialog.llm_call(b, draft, call);
        if draft.status == Status::Error {
            b.error(id, record.range_if(json.get("error")));
        }
    }

    fn tool_call(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        draft: Draft,
        json: Json<'_>,
        output: ByteRange,
        error: Option<Json<'_>>,
    ) {
        // Before 1.20 a call had its name and its arguments beside its id.
        let function = json.get("function").unwrap_or(json);
        let fields = [
            json.get("id"),
            function.get("name"),
            function.get("arguments"),
        ];
        let id = self.dialog.asks(b, record, json, fields);
        if let Some(tool) = b.tool_call_mut(id) {
            tool.output = output;
        }
        if let Some(it) = b.draft(id) {
            it.parent = draft.parent;
            it.status = draft.status;
        }
        if let Some(error) = error.filter(|_| draft.status == Status::Error) {
            b.error(id, record.range_of(error));
        }
    }
}
