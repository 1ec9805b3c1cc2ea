//! Calls of W&B Weave: one a line, in an array, or in `{"calls": […]}`.
//!
//! Source: `weave/trace_server/trace_server_interface.py` (`CallSchema`) of weave (0.54). Its
//! `summary.usage` adds up what lies in a call: only a call that has no other in it is an LLM call.
//! Usage is the provider's, with OpenAI's or Anthropic's keys; the total tells which rule. The cost
//! is Weave's, of input and output. Not read: the two halves of a call that the SDK sends as it
//! runs, feedback, what a reference (`weave:///…`) stands for.

use super::fields::{dollars, moment, text};
use super::provider::{Held, is_response};
use super::records::{Place, Record, Shape};
use super::told::{Keys, Kind, Spans, Told};
use super::usage;
use super::{Became, Format, Head, ImportError, Opened, Reader};
use crate::model::{self, Agent, Json, SpanKey, Status, TraceBuilder};
use std::borrow::Cow;

pub(super) const FORMAT: Format = Format {
    id: "weave",
    name: "Weave",
    sniff: |head| head.values.iter().any(|it| is_call(*it) || has_calls(*it)),
    open: crate::import::Reads::Here(|head| Opened {
        shape: if head.values.iter().any(|it| is_call(*it)) {
            &[]
        } else {
            ANSWER
        },
        reader: Box::new(Weave::default()),
    }),
};

const AROUND: u8 = 1;
const CALLS: u8 = 2;

const ANSWER: Shape = &[Place::new(AROUND, "", &[Place::new(CALLS, "calls", &[])])];

fn is_call(json: Json<'_>) -> bool {
    ["op_name", "trace_id", "started_at"]
        .iter()
        .all(|it| json.get(it).is_some())
}

fn has_calls(json: Json<'_>) -> bool {
    let calls = json.get("calls");
    calls.is_some_and(|it| it.items().take(4).any(is_call))
}

const KEYS: Keys = Keys {
    trace: &["trace_id"],
    id: &["id"],
    parent: &["parent_id"],
    name: &["display_name"],
    start: &["started_at"],
    end: &["ended_at"],
    clock: moment,
};

#[derive(Default)]
struct Weave {
    spans: Spans,
}

impl Reader for Weave {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        if record.place == AROUND {
            return Became::Detail;
        }
        if record.json.kind() != model::Kind::Object {
            return Became::Bad;
        }
        self.call(b, record);
        Became::Span
    }

    fn goes_on(&mut self, _head: &Head<'_>) -> bool {
        true
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.spans.end(b);
        Ok(())
    }
}

impl Weave {
    fn call(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        let mut told = self.spans.told(b, record, &KEYS);
        if told.draft.name.is_empty() {
            told.draft.name = b.intern(op(&text(json.get("op_name"))));
        }
        if told.draft.parent.is_none() {
            told.of.name = told.draft.name;
        }
        let thread = text(json.get("thread_id"));
        told.of.conversation = (!thread.is_empty()).then(|| SpanKey::of(thread));
        told.draft.status = match text(json.path(&["summary", "weave", "status"])).as_ref() {
            "success" | "descendant_error" => Status::Ok,
            "error" => Status::Error,
            "running" => Status::Running,
            _ => Status::Unset,
        };
        failed(record, &mut told);
        told.input = json.get("inputs").filter(|it| it.is_some());
        told.output = json.get("output");
        told.agent = Agent {
            name: told.draft.name,
            ..Agent::default()
        };
        let usage = only(json.path(&["summary", "usage"]));
        let is_root = told.draft.parent.is_none();
        let kind = match text(json.path(&["attributes", "weave", "kind"])).as_ref() {
            "tool" => Kind::Tool,
            "agent" => Kind::Agent,
            "llm" => Kind::Llm,
            _ if told.output.is_some_and(is_response) => Kind::Llm,
            _ if usage.is_some() => Kind::MaybeLlm,
            _ if is_root => Kind::MaybeAgent,
            _ => Kind::MaybeTool,
        };
        told.kind = Some(kind);
        told.tool.name = b.intern(op(&text(json.get("op_name"))));
        if matches!(kind, Kind::Llm | Kind::MaybeLlm) {
            llm_call(b, record, &mut told, usage);
        }
        let agent = told.agent;
        let id = self.spans.add(b, record, told);
        if kind == Kind::MaybeLlm && is_root {
            // If it is none, it calls a model.
            self.spans.inside.agents.push((id, agent));
        }
    }
}

/// Why a call failed stands as JSON in a string.
fn failed<'a>(record: &Record<'a>, told: &mut Told<'a>) {
    let why = record.json.first(&["exception"]);
    told.failed(record, why);
    if let Some(why) = why {
        let held = Held::new(record, why);
        let message = held.range_if(held.json().get("message"));
        if !message.is_empty() {
            told.error = message;
        }
    }
}

/// The name in `weave:///entity/project/op/name:digest`.
fn op(uri: &str) -> &str {
    let name = uri.rsplit('/').next().unwrap_or_default();
    name.split(':').next().unwrap_or_default()
}

/// What stands under the name of a model, if there is one model.
fn only(by_model: Option<Json<'_>>) -> Option<(Cow<'_, str>, Json<'_>)> {
    let mut models = by_model?.members();
    models.next().filter(|_| models.next().is_none())
}

fn llm_call<'a>(
    b: &mut TraceBuilder,
    record: &Record<'a>,
    told: &mut Told<'a>,
    sums: Option<(Cow<'a, str>, Json<'a>)>,
) {
    let json = record.json;
    let in_output = |key: &str| told.output.and_then(|it| it.first(&[key]));
    let call = &mut told.call;
    call.provider = b.intern(&text(json.path(&["attributes", "integration", "name"])));
    call.requested_model = b.intern(&text(told.input.and_then(|it| it.get("model"))));
    if let Some((model, usage)) = sums {
        if in_output("usage").is_none() {
            call.tokens = usage::tokens(b, record, usage);
        }
        if in_output("model").is_none() {
            call.model = b.intern(&model);
        }
    }
    if let Some((_, costs)) = only(json.path(&["summary", "weave", "costs"])) {
        let cost = |key: &str| dollars(costs.get(key)).get();
        let sum = cost("prompt_tokens_total_cost").zip(cost("completion_tokens_total_cost"));
        call.cost_usd = sum.map(|it| it.0 + it.1).into();
    }
}
