//! Traces and spans of Opik (Comet): both together (`{"traces": […], "spans": […]}`, or `{"trace":
//! {…}, "spans": […]}` as `opik export` writes them), pages of the API (`{"content": […]}`), or one
//! a line. What is there twice was sent again, with more.
//!
//! Source: `sdks/python/src/opik/rest_api/types/{trace,span}*.py` and `opik/llm_usage` of the SDK
//! (2.2). Token counts follow OpenAI for every provider: the SDK adds to Anthropic's input what its
//! cache read and wrote; under `original_usage.` stands what the provider said. The cost is Opik's
//! estimate. Not read: feedback scores, comments, attachments, sums over a trace.

use super::fields::{count, dollars, moment, text};
use super::records::{Place, Record, Shape};
use super::told::{Keys, Kind, Spans, Told};
use super::usage::{Counted, Usage};
use super::{Became, Format, Head, ImportError, Opened, Reader};
use crate::model::{self, Agent, Json, SpanKey, Tokens, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "opik",
    name: "Opik",
    sniff: |head| head.values.iter().any(|it| is_own(*it) || has_own(*it)),
    open: crate::import::Reads::Here(|head| Opened {
        shape: if head.values.iter().any(|it| is_own(*it)) {
            &[]
        } else {
            AROUND_BOTH
        },
        reader: Box::new(Opik::default()),
    }),
};

const AROUND: u8 = 1;
const LIST: u8 = 2;

const AROUND_BOTH: Shape = &[Place::new(
    AROUND,
    "",
    &[
        Place::new(LIST, "traces", &[]),
        Place::new(LIST, "spans", &[]),
        Place::new(LIST, "content", &[]),
    ],
)];

/// Whether this is a trace or a span. LangSmith's have a type of run.
fn is_own(json: Json<'_>) -> bool {
    const TYPES: &[&str] = &["general", "llm", "tool", "guardrail"];
    let has = |keys: &[&str]| keys.iter().all(|it| json.get(it).is_some());
    let is_typed = has(&["trace_id"]) && TYPES.contains(&text(json.get("type")).as_ref());
    let is_here = is_typed || json.first(&["project_name", "project_id"]).is_some();
    has(&["id", "start_time"])
        && is_here
        && json
            .first(&["last_updated_at", "source", "trace_id"])
            .is_some()
        && !has(&["run_type"])
        && !has(&["context"])
}

fn has_own(json: Json<'_>) -> bool {
    let lists = ["traces", "spans", "content"].into_iter();
    let first = lists.filter_map(|it| json.get(it)?.items().next());
    first.chain(json.get("trace")).any(is_own)
}

const KEYS: Keys = Keys {
    trace: &["trace_id"],
    id: &["id"],
    parent: &["parent_span_id"],
    name: &["name"],
    start: &["start_time"],
    end: &["end_time"],
    clock: moment,
};

/// A trace is a turn.
const OF_TRACE: Keys = Keys {
    trace: &["id"],
    parent: &[],
    ..KEYS
};

#[derive(Default)]
struct Opik {
    spans: Spans,
}

impl Reader for Opik {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        if record.place == AROUND && record.key != "trace" {
            return Became::Detail;
        }
        if record.json.kind() != model::Kind::Object {
            return Became::Bad;
        }
        let is_span = record.json.first(&["trace_id"]).is_some();
        let keys = if is_span { &KEYS } else { &OF_TRACE };
        let mut told = self.spans.told(b, record, keys);
        let [error, input, output] = record.json.pick(["error_info", "input", "output"]);
        let why = error.and_then(|it| it.first(&["message"]));
        told.failed(record, why.or(error));
        told.input = input.filter(|it| it.is_some());
        told.output = output;
        if is_span {
            span(b, record, &mut told);
        } else {
            told.kind = Some(Kind::Turn);
            told.of.name = told.draft.name;
            let thread = text(record.json.get("thread_id"));
            told.of.conversation = (!thread.is_empty()).then(|| SpanKey::of(thread));
        }
        self.spans.add(b, record, told);
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

fn span<'a>(b: &mut TraceBuilder, record: &Record<'a>, told: &mut Told<'a>) {
    // The first time it is sent an LLM call has no type of its own.
    let is_call = || record.json.path(&["metadata", "model"]).is_some();
    told.kind = Some(match text(record.json.get("type")).as_ref() {
        "llm" => Kind::Llm,
        "tool" => Kind::Tool,
        "general" if is_call() => Kind::MaybeLlm,
        "guardrail" => Kind::Other,
        _ if told.draft.parent.is_none() => Kind::MaybeAgent,
        _ => Kind::MaybeTool,
    });
    told.agent = Agent {
        name: told.draft.name,
        ..Agent::default()
    };
    if matches!(told.kind, Some(Kind::Llm | Kind::MaybeLlm)) {
        llm_call(b, record, told);
    }
}

fn llm_call<'a>(b: &mut TraceBuilder, record: &Record<'a>, told: &mut Told<'a>) {
    /// What in the metadata was sent; beside it stands what came back.
    const SETTINGS: &[&str] = &[
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "stop",
        "seed",
        "stream",
        "tool_choice",
        "response_format",
        "reasoning_effort",
        "thinking",
    ];
    let keys = [
        "model",
        "provider",
        "usage",
        "metadata",
        "total_estimated_cost",
        "ttft",
    ];
    let [model, provider, usage, metadata, cost, first_token] = record.json.pick(keys);
    let call = &mut told.call;
    let model = model.or_else(|| metadata.and_then(|it| it.get("model")));
    call.model = b.intern(&text(model));
    call.provider = b.intern(&text(provider));
    call.cost_usd = dollars(cost);
    let millis = first_token.and_then(Json::f64);
    call.time_to_first_token = millis.map(|it| (it * 1e6) as i64).into();
    if let Some(usage) = usage.filter(|it| it.is_some()) {
        call.tokens = tokens(b, record, usage);
    }
    let Some(metadata) = metadata else { return };
    call.tools = record.range_if(metadata.first(&["tools"]));
    call.response_id = record.range_if(metadata.first(&["id"]));
    if metadata.first(SETTINGS).is_some() {
        call.request = record.range_of(metadata);
    }
}

/// The keys are OpenAI's; what the provider wrote stands beside them, with dots in its keys.
fn tokens(b: &mut TraceBuilder, record: &Record<'_>, usage: Json<'_>) -> Tokens {
    let mut find = |keys: &[&str]| count(b, record, usage.first(keys));
    let counts = Usage {
        input: find(&["prompt_tokens"]),
        cached: find(&[
            "original_usage.prompt_tokens_details.cached_tokens",
            "original_usage.input_tokens_details.cached_tokens",
            "original_usage.cache_read_input_tokens",
            "original_usage.cached_content_token_count",
        ]),
        cache_write: find(&["original_usage.cache_creation_input_tokens"]),
        output: find(&["completion_tokens"]),
        reasoning: find(&[
            "original_usage.completion_tokens_details.reasoning_tokens",
            "original_usage.output_tokens_details.reasoning_tokens",
            "original_usage.thoughts_token_count",
        ]),
        total: find(&["total_tokens"]),
    };
    counts.arbitrated(Counted::Inside, Counted::Inside)
}
