//! Spans and log records of OpenTelemetry's JavaScript SDK as `JSON.stringify` writes them: the
//! telemetry file of Gemini CLI, the file exporter of VS Code Copilot Chat, dumps in tests. One
//! after another, a line each, a list, or lists by name.
//!
//! Source: `Span` and `LogRecord` of @opentelemetry/sdk-trace-base and sdk-logs (1.x writes
//! `instrumentationLibrary` and `parentSpanId`, 2.x `instrumentationScope` and
//! `parentSpanContext`); private fields begin with `_`. Not read: resources, links, metrics.

mod gemini;

use super::envelope::{Envelope, Paths, find};
use super::events::EventShape;
use super::fields::unix_pair;
use super::head::Head;
use super::ids::normal_id;
use super::logs::{Log, Logs};
use super::records::{Place, Record, Shape};
use super::spans::Spans;
use super::{Became, Format, ImportError, Opened, Reader, text};
use crate::model::{IssueKind, Json, Kind, SpanKey, TraceBuilder};
use gemini::Gemini;

pub(super) const FORMAT: Format = Format {
    id: "otel-js",
    name: "OpenTelemetry JavaScript",
    sniff: |head| {
        let in_lists = |it: &Json<'_>| it.members().take(4).any(|it| first_is_span(it.1));
        are_records(head) || head.values.iter().any(in_lists)
    },
    open: crate::import::Reads::Here(|head| Opened {
        shape: if are_records(head) { &[] } else { LISTS },
        reader: Box::new(OtelJs::default()),
    }),
};

const DOCUMENT: u8 = 1;
const LIST: u8 = 2;
/// Whatever the lists are called.
const LISTS: Shape = &[Place::new(DOCUMENT, "", &[Place::new(LIST, "*", &[])])];

fn are_records(head: &Head<'_>) -> bool {
    let is_record = |it: &Json<'_>| is_span(*it) || is_log(*it);
    head.values.iter().any(is_record) || head.has(&["resource", "scopeMetrics"])
}

fn first_is_span(list: Json<'_>) -> bool {
    list.items().next().is_some_and(is_span)
}

fn is_span(json: Json<'_>) -> bool {
    find(json, SPAN_ID).is_some()
        && json
            .get("startTime")
            .is_some_and(|it| it.kind() == Kind::Array)
}

fn is_log(json: Json<'_>) -> bool {
    json.get("hrTime")
        .is_some_and(|it| it.kind() == Kind::Array)
}

/// The names of what recorded a span.
const SCOPE: Paths = &[
    &["instrumentationScope", "name"],
    &["instrumentationLibrary", "name"],
];
const TRACE_ID: Paths = &[&["_spanContext", "traceId"], &["spanContext", "traceId"]];
const SPAN_ID: Paths = &[&["_spanContext", "spanId"], &["spanContext", "spanId"]];
const ENDED: Paths = &[&["_ended"], &["ended"]];
const DROPPED: Paths = &[&["_droppedAttributesCount"], &["droppedAttributesCount"]];
const BODY: Paths = &[&["body"], &["_body"]];

const SPAN: Envelope = Envelope {
    trace: TRACE_ID,
    id: SPAN_ID,
    parent: &[&["parentSpanContext", "spanId"], &["parentSpanId"]],
    name: &[&["name"]],
    scope: SCOPE,
    start: &[&["startTime"]],
    end: &[&["endTime"]],
    clock: unix_pair,
    status: &[&["status", "code"]],
    message: &[&["status", "message"]],
    attributes: &[&["attributes"]],
    events: &[&["events"]],
    event: EventShape {
        name: "name",
        attributes: "attributes",
        time: "time",
        clock: unix_pair,
    },
};

#[derive(Default)]
struct OtelJs {
    spans: Spans,
    logs: Logs,
    gemini: Gemini,
    has_unknown: bool,
}

impl Reader for OtelJs {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        if json.kind() != Kind::Object {
            return Became::Bad;
        }
        if is_span(json) {
            self.span(b, record);
            return Became::Span;
        }
        if is_log(json) {
            self.log(b, record);
        } else if json.get("scopeMetrics").is_none()
            && !std::mem::replace(&mut self.has_unknown, true)
        {
            b.issue(IssueKind::UnknownRecord, record.range);
        }
        Became::Other
    }

    fn goes_on(&mut self, _head: &Head<'_>) -> bool {
        true
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.gemini.tell(b);
        self.logs.tell(b, &mut self.spans);
        self.spans.end(b);
        Ok(())
    }
}

impl OtelJs {
    fn span(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        let mut raw = SPAN.read(b, record);
        if find(json, ENDED).and_then(Json::bool) == Some(false) {
            raw.draft.end = None;
        }
        if find(json, DROPPED)
            .and_then(Json::u64)
            .is_some_and(|it| it > 0)
        {
            b.issue(IssueKind::DroppedAttributes, record.range);
        }
        let session = gemini::session(&text(find(json, SCOPE)), raw.attributes);
        let is_gemini = session.is_some();
        raw.trace = session.unwrap_or(raw.trace);
        let id = self.spans.add(b, record, raw);
        if is_gemini {
            self.gemini.spans.push(id);
        }
    }

    fn log(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        let attributes = json.get("attributes");
        let session = gemini::session(&text(find(json, SCOPE)), attributes);
        let is_gemini = session.is_some();
        let trace = session.unwrap_or_else(|| normal_id(text(find(json, TRACE_ID))));
        if trace.is_empty() {
            return;
        }
        let trace = self.spans.trace(&trace);
        let span_id = find(json, SPAN_ID);
        let span = span_id.map(|it| normal_id(text(Some(it))));
        let log = Log {
            span: span.map(|it| SpanKey::of((trace, it.as_ref()))),
            id: record.range_if(span_id),
            trace,
            scope: b.intern(&text(find(json, SCOPE))),
            time: unix_pair(b, record, json.get("hrTime")),
            name: json.get("eventName"),
            attributes,
            body: find(json, BODY),
        };
        if !is_gemini || !self.gemini.take(b, record, &log) {
            self.logs.take(b, record, log);
        }
    }
}
