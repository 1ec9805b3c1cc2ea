//! Traces and spans of Opik: `{"traces": […], "spans": […]}`, or an array or JSON Lines of spans,
//! as its API and SDK have them.
//!
//! Source: `sdks/python/src/opik/rest_api/types/span_public.py` and `trace_public.py`, and
//! `opik/llm_usage/` for usage (2.2): its keys are OpenAI's, with what the provider wrote beside them
//! under `original_usage.`; whether parts are inside their sums, the total tells. A trace is a turn.
//! A record may come twice: when its span starts and when it ends. Not read: feedback scores, tags.

use super::fields::{dollars, moment, text};
use super::records::{Place, Record, Shape};
use super::told::{Keys, Kind, Spans, Told};
use super::usage::{Counted, Usage};
use super::{Became, Format, ImportError, Opened, Reader, count};
use crate::model::{Json, SpanKey, TraceBuilder};
use crate::payload;

pub(super) const FORMAT: Format = Format {
    id: "opik",
    name: "Opik",
    sniff: |head| head.values.iter().any(|it| is_span(*it) || has_traces(*it)),
    open: |head| Opened {
        shape: if head.values.iter().any(|it| is_span(*it)) {
            &[]
        } else {
            BODY
        },
        reader: Box::new(Opik::default()),
    },
};

const AROUND: u8 = 1;
const TRACES: u8 = 2;
const SPANS: u8 = 3;

const BODY: Shape = &[Place::new(
    AROUND,
    "",
    &[
        Place::new(TRACES, "traces", &[]),
        Place::new(SPANS, "spans", &[]),
    ],
)];

/// Whether a value is a span of Opik's; of other writers' these have other keys.
fn is_span(json: Json<'_>) -> bool {
    let kinds = ["general", "llm", "tool", "guardrail"];
    let has = |key: &str| json.get(key).is_some();
    json.get("type")
        .is_some_and(|it| kinds.iter().any(|kind| it.is(kind)))
        && has("trace_id")
        && has("start_time")
}

fn is_trace(json: Json<'_>) -> bool {
    let has = |key: &str| json.get(key).is_some();
    has("id") && has("start_time") && (has("project_name") || has("project_id"))
}

fn has_traces(json: Json<'_>) -> bool {
    let first = |key: &str| json.get(key).and_then(|it| it.items().next());
    first("spans").is_some_and(is_span) || first("traces").is_some_and(is_trace)
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

#[derive(Default)]
struct Opik {
    spans: Spans,
}

impl Reader for Opik {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match record.place {
            AROUND => return Became::Detail,
            _ if record.json.get("id").is_none() => return Became::Bad,
            TRACES => self.trace(b, record),
            _ => self.span(b, record),
        }
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

impl Opik {
    fn trace(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        const OF_TRACE: Keys = Keys {
            trace: &["id"],
            parent: &[],
            ..KEYS
        };
        let mut told = self.spans.told(b, record, &OF_TRACE);
        told.kind = Some(Kind::Turn);
        told.of.name = told.draft.name;
        let thread = text(record.json.get("thread_id"));
        told.of.conversation = (!thread.is_empty()).then(|| SpanKey::of(thread));
        told.failed(record, record.json.get("error_info"));
        told.input = record.json.get("input");
        self.spans.add(b, record, told);
    }

    fn span(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let mut told = self.spans.told(b, record, &KEYS);
        told.failed(record, record.json.get("error_info"));
        told.input = record.json.get("input");
        told.output = record.json.get("output");
        match text(record.json.get("type")).as_ref() {
            "llm" => llm(b, record, &mut told),
            "tool" => told.kind = Some(Kind::Tool),
            "" => {}
            _ => told.kind = Some(Kind::MaybeTool),
        }
        self.spans.add(b, record, told);
    }
}

fn llm<'a>(b: &mut TraceBuilder, record: &Record<'a>, told: &mut Told<'a>) {
    told.kind = Some(Kind::Llm);
    let json = record.json;
    let metadata = json.get("metadata").unwrap_or(Json::new(""));
    let call = &mut told.call;
    call.model = b.intern(&text(json.get("model")));
    call.provider = b.intern(&text(json.get("provider")));
    call.tools = record.range_if(metadata.get("tools"));
    call.response_id = record.range_if(metadata.get("id"));
    call.cost_usd = dollars(json.get("total_estimated_cost"));
    if payload::has_settings(metadata) {
        call.request = record.range_of(metadata);
    }
    let Some(usage) = json.get("usage").filter(|it| it.is_some()) else {
        return;
    };
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
    call.tokens = counts.arbitrated(Counted::Inside, Counted::Inside);
}
