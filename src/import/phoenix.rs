//! Spans as Arize Phoenix exports them: `data` of its API, a list or lines of spans, or a table of
//! them whose columns are keys with dots. The attributes are OpenInference's, flat or nested.
//!
//! Source: `src/phoenix/server/api/routers/v1/spans.py` and `client/types/spans.py` of Phoenix.
//! Not read: annotations, links, sums over the tree (`cumulative_…`).

use super::envelope::Envelope;
use super::events::EventShape;
use super::fields::unix_millis;
use super::records::{Place, Record, Shape};
use super::spans::Spans;
use super::{Became, Format, ImportError, Opened, Reader, moment};
use crate::model::{Json, Kind, Moment, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "phoenix",
    name: "Phoenix spans",
    sniff: |head| {
        let has_spans = |it: &Json<'_>| {
            let data = it.get("data").and_then(|it| it.items().next());
            is_span(*it) || data.is_some_and(is_span)
        };
        head.values.iter().any(has_spans)
    },
    open: crate::import::Reads::Here(|head| Opened {
        shape: if head.values.iter().any(|it| is_span(*it)) {
            &[]
        } else {
            ANSWER
        },
        reader: Box::new(Phoenix::default()),
    }),
};

fn is_span(json: Json<'_>) -> bool {
    let id = json.path(&["context", "span_id"]);
    json.get("span_kind").is_some() && id.or_else(|| json.get("context.span_id")).is_some()
}

const DOCUMENT: u8 = 1;
const SPANS: u8 = 2;
const ANSWER: Shape = &[Place::new(DOCUMENT, "", &[Place::new(SPANS, "data", &[])])];

const SPAN: Envelope = Envelope {
    trace: &[&["context", "trace_id"], &["context.trace_id"]],
    id: &[&["context", "span_id"], &["context.span_id"]],
    parent: &[&["parent_id"]],
    name: &[&["name"]],
    scope: &[],
    start: &[&["start_time"]],
    end: &[&["end_time"]],
    clock: time,
    status: &[&["status_code"]],
    message: &[&["status_message"]],
    // The kind stands beside the attributes, in a table all does.
    attributes: &[&[]],
    events: &[&["events"]],
    event: EventShape {
        name: "name",
        attributes: "attributes",
        time: "timestamp",
        clock: moment,
    },
};

#[derive(Default)]
struct Phoenix {
    spans: Spans,
}

impl Reader for Phoenix {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        if record.place == DOCUMENT {
            return Became::Detail;
        }
        if record.json.kind() != Kind::Object {
            return Became::Bad;
        }
        let raw = SPAN.read(b, record);
        self.spans.add(b, record, raw);
        Became::Span
    }

    fn goes_on(&mut self, _head: &super::Head<'_>) -> bool {
        true
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.spans.end(b);
        Ok(())
    }
}

/// A time as text, or (from pandas) in milliseconds.
fn time(b: &mut TraceBuilder, record: &Record<'_>, time: Option<Json<'_>>) -> Option<Moment> {
    match time?.kind() {
        Kind::Number => unix_millis(b, record, time),
        _ => moment(b, record, time),
    }
}
