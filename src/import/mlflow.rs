//! MLflow traces: `Trace.to_dict()` (one, a list, or one a line) and the artifact with the spans
//! alone.
//!
//! Source: `mlflow/entities/trace.py` and `span.py` of MLflow 3 (and what 2 wrote before:
//! `context`, `start_time`). Every attribute is JSON in a string; tokens are counted as
//! OpenTelemetry does, and the total says so. Not read: assessments, previews, the sum of usage,
//! links.

use super::events::{EventShape, Events};
use super::fields::unix_nanos;
use super::head::Head;
use super::ids::normal_id;
use super::otlp::read_status;
use super::records::{Place, Record, Shape, TOP};
use super::spans::{Raw, Spans};
use super::{Became, Format, ImportError, Opened, Reader, draft, text};
use crate::model::{ByteRange, Json, Kind, SpanKey, TraceBuilder};

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
    open: |_| Opened {
        shape: DOCUMENT,
        reader: Box::new(Mlflow::default()),
    },
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

const EVENTS: EventShape = EventShape {
    name: "name",
    attributes: "attributes",
    time: "time_unix_nano",
    clock: unix_nanos,
};

#[derive(Default)]
struct Mlflow {
    spans: Spans,
}

impl Reader for Mlflow {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match (record.place, record.key) {
            (SPANS, _) if record.json.kind() == Kind::Object => {
                self.span(b, record);
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

    fn span(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        let either = |a: &str, b: &str| json.get(a).or_else(|| json.get(b));
        let own = |key: &str| json.get(key).or_else(|| json.path(&["context", key]));
        let id = own("span_id");
        let mut draft = draft(record);
        draft.id = id.map_or_else(ByteRange::default, |it| record.range_of(it));
        draft.name = b.intern(&text(json.get("name")));
        draft.start = unix_nanos(b, record, either("start_time_unix_nano", "start_time"));
        draft.end = unix_nanos(b, record, either("end_time_unix_nano", "end_time"));
        let status = |new: &str, old: &str| json.path(&["status", new]).or_else(|| json.get(old));
        let error;
        (draft.status, error) = read_status(
            record,
            status("code", "status_code"),
            status("message", "status_message"),
        );
        let raw = Raw {
            trace: normal_id(text(own("trace_id"))),
            id: normal_id(text(id)),
            parent: normal_id(text(either("parent_span_id", "parent_id"))),
            draft,
            attributes: json.get("attributes"),
            events: Events {
                list: json.get("events"),
                shape: &EVENTS,
            },
            error,
        };
        self.spans.add(b, record, raw);
    }
}
