//! Rows of Braintrust's logs and experiments: an array or JSON Lines of them, or what the API
//! answers (`{"events": […]}`, `{"data": […]}`). A row with `_is_merge` adds to an earlier one.
//!
//! Source: `py/src/braintrust/logger.py` and `db_fields.py` of braintrust-sdk (0.47), "Logs" in the
//! API reference. Times are seconds since 1970. `prompt_tokens` includes what was cached,
//! `completion_tokens` what was reasoned, whoever the provider (the SDK adds Anthropic's up). Not
//! read: scores, what was expected, tags, the code that a span came from.

use super::fields::{dollars, text, unix_secs};
use super::records::{Place, Record, Shape};
use super::told::{Keys, Kind, Spans, Told, span_key};
use super::usage::{Counted, Usage};
use super::{Became, Format, ImportError, Opened, Reader, count};
use crate::model::{Json, KeyMap, SpanKey, TraceBuilder};
use crate::payload;

pub(super) const FORMAT: Format = Format {
    id: "braintrust",
    name: "Braintrust",
    sniff: |head| head.values.iter().any(|it| is_row(*it) || has_rows(*it)),
    open: |head| Opened {
        shape: if head.values.iter().any(|it| is_row(*it)) {
            &[]
        } else {
            BODY
        },
        reader: Box::new(Braintrust::default()),
    },
};

const AROUND: u8 = 1;
const ROWS: u8 = 2;

const BODY: Shape = &[Place::new(
    AROUND,
    "",
    &[
        Place::new(ROWS, "events", &[]),
        Place::new(ROWS, "data", &[]),
    ],
)];

fn is_row(json: Json<'_>) -> bool {
    let has = |key: &str| json.get(key).is_some();
    has("span_id") && has("root_span_id") && (has("span_attributes") || has("_is_merge"))
}

fn has_rows(json: Json<'_>) -> bool {
    let rows = json.first(&["events", "data"]);
    rows.is_some_and(|it| it.items().take(2).any(is_row))
}

const KEYS: Keys = Keys {
    trace: &["root_span_id"],
    id: &["span_id", "id"],
    parent: &[],
    name: &[],
    start: &[],
    end: &[],
    clock: unix_secs,
};

#[derive(Default)]
struct Braintrust {
    spans: Spans,
    /// The spans of the rows, for what adds to a row by its own id alone.
    rows: KeyMap<(u32, SpanKey)>,
}

impl Reader for Braintrust {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        if record.place == AROUND {
            return Became::Detail;
        }
        if record.json.first(&["span_id", "id"]).is_none() {
            return Became::Bad;
        }
        self.row(b, record);
        Became::Span
    }

    /// A row may be added to in another file.
    fn goes_on(&mut self, _head: &super::Head<'_>) -> bool {
        true
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.spans.end(b);
        Ok(())
    }
}

impl Braintrust {
    fn row(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        let row = SpanKey::of(text(json.get("id")));
        let known = self.rows.get(&row).copied();
        let lacks_span = json.get("span_id").is_none();
        let mut told = self.spans.told(b, record, &KEYS);
        match (known.filter(|_| lacks_span), told.draft.key) {
            (Some((trace, key)), _) => {
                told.draft.trace = trace;
                told.draft.key = Some(key);
            }
            (None, Some(key)) => {
                self.rows.insert(row, (told.draft.trace, key));
            }
            _ => {}
        }
        told.is_more = json.get("_is_merge").and_then(Json::bool) == Some(true);
        let mut parents = json.get("span_parents").into_iter().flat_map(Json::items);
        told.draft.parent = span_key(told.draft.trace, parents.next());
        let attributes = json.get("span_attributes").unwrap_or(Json::new(""));
        told.draft.name = b.intern(&text(attributes.get("name")));
        let metrics = json.get("metrics").unwrap_or(Json::new(""));
        told.draft.start = unix_secs(b, record, metrics.get("start"));
        told.draft.end = unix_secs(b, record, metrics.get("end"));
        told.failed(record, json.get("error"));
        told.input = json.get("input");
        told.output = json.get("output");
        if told.draft.parent.is_none() {
            told.of.name = told.draft.name;
        }
        told.kind = match text(attributes.get("type")).as_ref() {
            "llm" => Some(Kind::Llm),
            "tool" => Some(Kind::Tool),
            "score" | "eval" => Some(Kind::Other),
            "" if told.is_more => None,
            _ => Some(Kind::MaybeTool),
        };
        llm(b, record, &mut told, metrics);
        self.spans.add(b, record, told);
    }
}

/// What is known of an LLM call; a row that adds to one does not say that it is one.
fn llm<'a>(b: &mut TraceBuilder, record: &Record<'a>, told: &mut Told<'a>, metrics: Json<'a>) {
    let metadata = record.json.get("metadata").unwrap_or(Json::new(""));
    let call = &mut told.call;
    call.requested_model = b.intern(&text(metadata.get("model")));
    call.provider = b.intern(&text(metadata.get("provider")));
    call.tools = record.range_if(metadata.get("tools"));
    if payload::has_settings(metadata) {
        call.request = record.range_of(metadata);
    }
    let first = metrics.get("time_to_first_token").and_then(Json::f64);
    call.time_to_first_token = first.map(|it| (it * 1e9) as i64).into();
    call.cost_usd = dollars(metrics.get("estimated_cost"));
    let mut find = |key: &str| count(b, record, metrics.get(key));
    let counts = Usage {
        input: find("prompt_tokens"),
        cached: find("prompt_cached_tokens"),
        cache_write: find("prompt_cache_creation_tokens"),
        output: find("completion_tokens"),
        reasoning: find("completion_reasoning_tokens"),
        total: find("tokens"),
    };
    call.tokens = counts.arbitrated(Counted::Inside, Counted::Inside);
}
