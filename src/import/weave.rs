//! Calls of W&B Weave: an array or JSON Lines of them, as the API and the UI export them and the
//! SDK sends them.
//!
//! Source: `weave/trace_server/trace_server_interface.py` (`CallSchema`) of weave (0.54). The usage
//! in the summary of a call is the sum of all that lies in it, so only that of an LLM call counts: as
//! the provider wrote it in the output, else by its keys. A call is an LLM call if its attributes or
//! the form of its output say so, a tool call if a model asked for a tool of its name. Not read: what
//! `weave:///` references stand for, feedback.

use super::fields::{moment, text};
use super::provider::is_response;
use super::records::Record;
use super::told::{Keys, Kind, Spans, Told};
use super::{Became, Format, ImportError, Opened, Reader, usage};
use crate::model::{Agent, Json, SpanKey, Status, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "weave",
    name: "Weave",
    sniff: |head| head.has(&["op_name", "trace_id", "started_at"]),
    open: |_| Opened {
        shape: &[],
        reader: Box::new(Weave::default()),
    },
};

const KEYS: Keys = Keys {
    trace: &["trace_id"],
    id: &["id"],
    parent: &["parent_id"],
    name: &["display_name", "op_name"],
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
        if record.json.get("id").is_none() {
            return Became::Bad;
        }
        self.call(b, record);
        Became::Span
    }

    /// Exports come in pages.
    fn goes_on(&mut self, _head: &super::Head<'_>) -> bool {
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
        let name = b.strings.name(told.draft.name);
        let op = text(json.get("op_name"));
        let op = op_name(&op);
        let shown = op_name(name).to_owned();
        told.draft.name = b.intern(&shown);
        let thread = text(json.get("thread_id"));
        told.of.conversation = (!thread.is_empty()).then(|| SpanKey::of(thread));
        if told.draft.parent.is_none() {
            told.of.name = told.draft.name;
        }
        told.draft.status = match text(json.path(&["summary", "weave", "status"])).as_ref() {
            "success" | "descendant_error" => Status::Ok,
            "error" => Status::Error,
            "running" => Status::Running,
            _ => Status::Unset,
        };
        told.failed(record, json.get("exception"));
        told.input = json.get("inputs");
        told.output = json.get("output");
        let kind = text(json.path(&["attributes", "weave", "kind"]));
        let is_llm = kind == "llm" || told.output.is_some_and(is_response);
        told.kind = Some(match kind.as_ref() {
            "agent" => Kind::Agent,
            "tool" => Kind::Tool,
            _ if is_llm => Kind::Llm,
            _ => Kind::MaybeTool,
        });
        if told.kind == Some(Kind::Agent) {
            let name = told.draft.name;
            told.agent = Agent {
                name,
                ..Agent::default()
            };
        }
        told.tool.name = b.intern(op);
        if is_llm {
            llm(b, record, &mut told);
        }
        self.spans.add(b, record, told);
    }
}

/// The name in `weave:///entity/project/op/NAME:digest`.
fn op_name(op: &str) -> &str {
    let Some(path) = op.strip_prefix("weave:///") else {
        return op;
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split_once(':').map_or(name, |it| it.0)
}

fn llm<'a>(b: &mut TraceBuilder, record: &Record<'a>, told: &mut Told<'a>) {
    let json = record.json;
    let call = &mut told.call;
    call.provider = b.intern(&text(json.path(&["attributes", "integration", "name"])));
    // By the model; of one call there is one.
    let only = |path: &[&str]| {
        let mut models = json.path(path)?.members();
        models.next().filter(|_| models.next().is_none())
    };
    let own = told.output.and_then(|it| it.get("usage"));
    if let Some((model, sums)) = only(&["summary", "usage"]) {
        if own.is_none() {
            call.tokens = usage::tokens(b, record, sums);
        }
        if told.output.is_none_or(|it| it.get("model").is_none()) {
            call.model = b.intern(&model);
        }
    }
    if let Some((_, costs)) = only(&["summary", "weave", "costs"]) {
        let cost = |key: &str| costs.get(key).and_then(Json::f64);
        let sum = cost("prompt_tokens_total_cost").zip(cost("completion_tokens_total_cost"));
        call.cost_usd = sum.map(|it| it.0 + it.1).into();
    }
}
