//! Jaeger's own JSON, as its UI downloads it and its query API answers: traces in `data`, one
//! trace, or an array of spans. OpenTelemetry's attributes are tags in it.
//!
//! Source: `internal/uimodel/model.go` of jaegertracing/jaeger. Not read: processes, warnings,
//! references but for the first parent. (API v3 answers with OTLP.)

use super::envelope::Envelope;
use super::events::{EventShape, attribute};
use super::fields::unix_micros;
use super::head::Head;
use super::ids::normal_id;
use super::otlp::read_status;
use super::records::{Place, Record, Shape, TOP};
use super::spans::Spans;
use super::zipkin::ends;
use super::{Became, Format, ImportError, Opened, Reader, text};
use crate::model::{Json, Kind, Status, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "jaeger",
    name: "Jaeger",
    sniff: |head| {
        let is_trace = |it: Json<'_>| it.get("traceID").is_some() && it.get("spans").is_some();
        let has_traces = |it: &Json<'_>| {
            let mut traces = it.get("data").into_iter().flat_map(Json::items);
            traces.next().is_some_and(is_trace)
        };
        are_spans(head) || head.values.iter().any(|it| is_trace(*it) || has_traces(it))
    },
    open: crate::import::Reads::Here(|head| Opened {
        shape: if are_spans(head) { &[] } else { DOCUMENT },
        reader: Box::new(Jaeger::default()),
    }),
};

fn are_spans(head: &Head<'_>) -> bool {
    head.has(&["traceID", "spanID", "operationName"])
}

const ANSWER: u8 = 1;
const TRACES: u8 = 2;
const TRACE: u8 = 3;
const SPANS: u8 = 4;

const IN_TRACE: Shape = &[Place::new(SPANS, "spans", &[])];
const DOCUMENT: Shape = &[Place::new(
    ANSWER,
    "",
    &[
        Place::new(TRACES, "data", &[Place::new(TRACE, "", IN_TRACE)]),
        Place::new(SPANS, "spans", &[]),
    ],
)];

const SPAN: Envelope = Envelope {
    trace: &[&["traceID"]],
    id: &[&["spanID"]],
    parent: &[&["parentSpanID"]],
    name: &[&["operationName"]],
    scope: &[],
    start: &[&["startTime"]],
    end: &[],
    clock: unix_micros,
    status: &[],
    message: &[],
    attributes: &[&["tags"]],
    events: &[&["logs"]],
    event: EventShape {
        name: "",
        attributes: "fields",
        time: "timestamp",
        clock: unix_micros,
    },
};

#[derive(Default)]
struct Jaeger {
    spans: Spans,
}

impl Reader for Jaeger {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match record.place {
            SPANS | TOP if record.json.kind() != Kind::Object => Became::Bad,
            SPANS | TOP => {
                self.span(b, record);
                Became::Span
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

impl Jaeger {
    fn span(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let mut raw = SPAN.read(b, record);
        let json = record.json;
        let is_parent = |it: &Json<'_>| it.get("refType").is_some_and(|it| it.is("CHILD_OF"));
        let references = || json.get("references").into_iter().flat_map(Json::items);
        let reference = references().find(is_parent).or_else(|| references().next());
        if raw.parent.is_empty() {
            raw.parent = normal_id(text(reference.and_then(|it| it.get("spanID"))));
        }
        let tags = raw.attributes;
        let tag = |key: &str| attribute(tags?, key);
        let scope = tag("otel.scope.name").or_else(|| tag("otel.library.name"));
        raw.draft.scope = b.intern(&text(scope));
        raw.draft.end = ends(raw.draft.start, json.get("duration"));
        let message = tag("otel.status_description");
        (raw.draft.status, raw.error) = read_status(record, tag("otel.status_code"), message);
        if tag("error").is_some_and(|it| it.is("true") || it.bool() == Some(true)) {
            raw.draft.status = Status::Error;
        }
        self.spans.add(b, record, raw.padded());
    }
}
