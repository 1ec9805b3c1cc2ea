//! Rows of a Braintrust log: as the SDK sends them, as the API gives them (`{"events": […]}`) or
//! the page exports them. One row a span; a row with `_is_merge` adds to one that came before.
//!
//! Source: `py/src/braintrust/logger.py` of the SDK (0.47), the API reference ("Fetch project
//! logs"). Token counts follow OpenAI for every provider: the SDK adds to Anthropic's input what
//! its cache gave (`finalize_anthropic_tokens`). A merge puts the new members over the old ones; we
//! take what a row has, and keep the rest. Not read: scores, tags, feedback, tables (CSV).

use super::fields::{count, dollars, text, unix_secs};
use super::records::{Place, Record, Shape};
use super::told::{Keys, Kind, Spans, Told, span_key};
use super::usage::{Counted, Usage};
use super::{Became, Format, Head, ImportError, Opened, Reader};
use crate::model::{self, Agent, Json, KeyMap, SpanKey, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "braintrust",
    name: "Braintrust",
    sniff: |head| head.values.iter().any(|it| is_row(*it) || has_rows(*it)),
    open: crate::import::Reads::Here(|head| Opened {
        shape: if head.values.iter().any(|it| is_row(*it)) {
            &[]
        } else {
            ANSWER
        },
        reader: Box::new(Braintrust::default()),
    }),
};

const AROUND: u8 = 1;
const ROWS: u8 = 2;

const ANSWER: Shape = &[Place::new(
    AROUND,
    "",
    &[
        Place::new(ROWS, "events", &[]),
        Place::new(ROWS, "rows", &[]),
        Place::new(ROWS, "data", &[]),
    ],
)];

fn is_row(json: Json<'_>) -> bool {
    json.get("root_span_id").is_some() && json.first(&["span_id", "span_attributes"]).is_some()
}

fn has_rows(json: Json<'_>) -> bool {
    let rows = json.first(&["events", "rows", "data"]);
    rows.is_some_and(|it| it.items().take(4).any(is_row))
}

const KEYS: Keys = Keys {
    trace: &["root_span_id"],
    id: &["span_id"],
    parent: &[],
    name: &[],
    start: &[],
    end: &[],
    clock: unix_secs,
};

#[derive(Default)]
struct Braintrust {
    spans: Spans,
    /// By the id of the row: the trace, and the span in it. A row that adds may have no other.
    rows: KeyMap<(u32, SpanKey)>,
}

impl Reader for Braintrust {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        if record.place == AROUND {
            return Became::Detail;
        }
        if record.json.kind() != model::Kind::Object {
            return Became::Bad;
        }
        self.row(b, record)
    }

    fn goes_on(&mut self, _head: &Head<'_>) -> bool {
        true
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.spans.end(b);
        Ok(())
    }
}

impl Braintrust {
    fn row(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        let is_more = json.get("_is_merge").and_then(Json::bool) == Some(true);
        let row = SpanKey::of(text(json.get("id")));
        let known = self.rows.get(&row).copied();
        if json.get("root_span_id").is_none() && known.is_none() {
            // A score or a comment on a row that is not here.
            return Became::Other;
        }
        let mut told = self.spans.told(b, record, &KEYS);
        told.is_more = is_more;
        if let Some((trace, key)) = known.filter(|_| is_more) {
            (told.draft.trace, told.draft.key) = (trace, Some(key));
        }
        let parents = json.get("span_parents").into_iter().flat_map(Json::items);
        told.draft.parent = span_key(told.draft.trace, parents.into_iter().next());
        if let Some(key) = told.draft.key {
            self.rows.insert(row, (told.draft.trace, key));
        }
        read(b, record, &mut told);
        self.spans.add(b, record, told);
        Became::Span
    }
}

fn read<'a>(b: &mut TraceBuilder, record: &Record<'a>, told: &mut Told<'a>) {
    let keys = [
        "span_attributes",
        "metrics",
        "input",
        "output",
        "error",
        "metadata",
    ];
    let [about, metrics, input, output, error, metadata] = record.json.pick(keys);
    let metric = |key: &str| metrics.and_then(|it| it.get(key));
    told.draft.start = unix_secs(b, record, metric("start"));
    told.draft.end = unix_secs(b, record, metric("end"));
    let name = text(about.and_then(|it| it.get("name")));
    told.draft.name = b.intern(&name);
    if told.draft.parent.is_none() {
        told.of.name = told.draft.name;
    }
    told.failed(record, error);
    (told.input, told.output) = (input, output);
    let some = |it: &Json<'_>| it.is_some();
    told.input = told.input.filter(some);
    let kind = text(about.and_then(|it| it.get("type")));
    told.kind = match kind.as_ref() {
        "llm" => Some(Kind::Llm),
        "tool" => Some(Kind::Tool),
        "score" | "eval" => Some(Kind::Other),
        "" if told.is_more => None,
        _ if told.draft.parent.is_none() => Some(Kind::MaybeAgent),
        _ => Some(Kind::MaybeTool),
    };
    told.agent = Agent {
        name: told.draft.name,
        ..Agent::default()
    };
    if matches!(told.kind, Some(Kind::Llm) | None) {
        llm_call(b, record, told, metrics, metadata);
    }
}

/// Whether there is more than what is shown elsewhere.
fn has_settings(metadata: Json<'_>) -> bool {
    let is_setting = |it: &str| !matches!(it, "model" | "provider" | "tools");
    metadata.members().any(|it| is_setting(&it.0))
}

fn llm_call<'a>(
    b: &mut TraceBuilder,
    record: &Record<'a>,
    told: &mut Told<'a>,
    metrics: Option<Json<'a>>,
    metadata: Option<Json<'a>>,
) {
    let call = &mut told.call;
    let of_metadata = |key: &str| metadata.and_then(|it| it.get(key));
    call.requested_model = b.intern(&text(of_metadata("model")));
    call.provider = b.intern(&text(of_metadata("provider")));
    call.tools = record.range_if(of_metadata("tools"));
    if metadata.is_some_and(has_settings) {
        call.request = record.range_if(metadata);
    }
    let metric = |key: &str| metrics.and_then(|it| it.get(key));
    let first = metric("time_to_first_token").and_then(Json::f64);
    call.time_to_first_token = first.map(|it| (it * 1e9) as i64).into();
    call.cost_usd = dollars(metric("estimated_cost"));
    let mut metric = |key: &str| count(b, record, metrics.and_then(|it| it.get(key)));
    let usage = Usage {
        input: metric("prompt_tokens"),
        cached: metric("prompt_cached_tokens"),
        cache_write: metric("prompt_cache_creation_tokens"),
        output: metric("completion_tokens"),
        reasoning: metric("completion_reasoning_tokens"),
        total: metric("tokens"),
    };
    call.tokens = usage.arbitrated(Counted::Inside, Counted::Inside);
}
