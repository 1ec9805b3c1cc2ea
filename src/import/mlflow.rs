//! MLflow traces: `Trace.to_dict()` (one, a list, or one a line) and the artifact with the spans
//! alone.
//!
//! Source: `mlflow/entities/trace.py` and `span.py` of MLflow 3 (and what 2 wrote before:
//! `context`, `start_time`). Every attribute is JSON in a string; tokens are counted as
//! OpenTelemetry does, and the total says so. Not read: assessments, previews, the sum of usage,
//! links.

use super::envelope::Envelope;
use super::events::EventShape;
use super::fields::unix_nanos;
use super::head::Head;
use super::records::{Place, Record, Shape, TOP};
use super::spans::Spans;
use super::{Became, Format, ImportError, Opened, Reader, text};
use crate::model::{Json, Kind, SpanKey, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "mlflow",
    name: "MLflow trace",
    sniff: |head| {
        let has_spans = |it: &Json<'_>| {
            let spans = it.path(&["data", "spans"]).or_else(|| it.get("spans"));
            let first = spans.and_then(|it| it.items().next());
            first.is_some_and(is_span)
        };
        head.values.iter().any(has_spans)
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: DOCUMENT,
        reader: Box::new(Mlflow::default()),
    }),
};

fn is_span(json: Json<'_>) -> bool {
    let attributes = json.get("attributes").into_iter().flat_map(Json::members);
    attributes.take(64).any(|it| it.0.starts_with("mlflow."))
}

const TRACE: u8 = 1;
const DATA: u8 = 2;
const SPANS: u8 = 3;

const DOCUMENT: Shape = &[Place::new(
    TRACE,
    "",
    &[
        Place::new(DATA, "data", &[Place::new(SPANS, "spans", &[])]),
        Place::new(SPANS, "spans", &[]),
    ],
)];

const SPAN: Envelope = Envelope {
    trace: &[&["trace_id"], &["context", "trace_id"]],
    id: &[&["span_id"], &["context", "span_id"]],
    parent: &[&["parent_span_id"], &["parent_id"]],
    name: &[&["name"]],
    scope: &[],
    start: &[&["start_time_unix_nano"], &["start_time"]],
    end: &[&["end_time_unix_nano"], &["end_time"]],
    clock: unix_nanos,
    status: &[&["status", "code"], &["status_code"]],
    message: &[&["status", "message"], &["status_message"]],
    attributes: &[&["attributes"]],
    events: &[&["events"]],
    event: EventShape {
        name: "name",
        attributes: "attributes",
        time: "time_unix_nano",
        clock: unix_nanos,
    },
};

#[derive(Default)]
struct Mlflow {
    spans: Spans,
}

impl Reader for Mlflow {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match (record.place, record.key) {
            (SPANS, _) if record.json.kind() == Kind::Object => {
                let raw = SPAN.read(b, record);
                self.spans.add(b, record, raw);
                Became::Span
            }
            (SPANS | TOP, _) => Became::Bad,
            (TRACE, "info") => {
                self.info(b, record.json);
                Became::Detail
            }
            _ => Became::Detail,
        }
    }

    fn goes_on(&mut self, _head: &Head<'_>) -> bool {
        true
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.spans.end(b);
        Ok(())
    }
}

impl Mlflow {
    /// What is said of a trace as a whole.
    fn info(&mut self, b: &mut TraceBuilder, info: Json<'_>) {
        let id = text(info.get("trace_id").or_else(|| info.get("request_id")));
        let trace = self.spans.trace(id.trim_start_matches("tr-"));
        let name = text(info.path(&["tags", "mlflow.traceName"]));
        let session = text(info.path(&["trace_metadata", "mlflow.trace.session"]));
        let session = Some(session).filter(|it| !it.is_empty());
        let name = b.intern(&name);
        self.spans.know(trace, name, session.map(SpanKey::of));
    }
}
