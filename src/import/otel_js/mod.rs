//! Spans and log records of OpenTelemetry's JavaScript SDK as `JSON.stringify` writes them: the
//! telemetry file of Gemini CLI, the file exporter of VS Code Copilot Chat, dumps in tests. One
//! after another, a line each, a list, or lists by name.
//!
//! Source: `Span` and `LogRecord` of @opentelemetry/sdk-trace-base and sdk-logs (1.x writes
//! `instrumentationLibrary` and `parentSpanId`, 2.x `instrumentationScope` and
//! `parentSpanContext`); private fields begin with `_`. Not read: resources, links, metrics.

mod gemini;

use super::events::{EventShape, Events};
use super::fields::unix_pair;
use super::head::Head;
use super::ids::normal_id;
use super::logs::{Log, Logs};
use super::otlp::read_status;
use super::records::{Place, Record, Shape};
use super::spans::{Raw, Spans};
use super::{Became, Format, ImportError, Opened, Reader, draft, text};
use crate::model::{ByteRange, IssueKind, Json, Kind, Moment, SpanKey, TraceBuilder};
use gemini::Gemini;

pub(super) const FORMAT: Format = Format {
    id: "otel-js",
    name: "OpenTelemetry JavaScript",
    sniff: |head| {
        let in_lists = |it: &Json<'_>| it.members().take(4).any(|it| first_is_span(it.1));
        are_records(head) || head.values.iter().any(in_lists)
    },
    open: |head| Opened {
        shape: if are_records(head) { &[] } else { LISTS },
        reader: Box::new(OtelJs::default()),
    },
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
    context(json).is_some_and(|it| it.get("spanId").is_some())
        && json
            .get("startTime")
            .is_some_and(|it| it.kind() == Kind::Array)
}

fn is_log(json: Json<'_>) -> bool {
    json.get("hrTime")
        .is_some_and(|it| it.kind() == Kind::Array)
}

fn context(json: Json<'_>) -> Option<Json<'_>> {
    json.get("_spanContext").or_else(|| json.get("spanContext"))
}

/// The names of what recorded a span.
const SCOPES: [&str; 2] = ["instrumentationScope", "instrumentationLibrary"];

const EVENTS: EventShape = EventShape {
    name: "name",
    attributes: "attributes",
    time: "time",
    clock: unix_pair,
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
        self.logs.tell(b);
        self.spans.end(b);
        Ok(())
    }
}

impl OtelJs {
    fn span(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        let [trace, id] = context(json).map_or([None; 2], |it| it.pick(["traceId", "spanId"]));
        let parent = json.path(&["parentSpanContext", "spanId"]);
        let parent = parent.or_else(|| json.get("parentSpanId"));
        let mut draft = draft(record);
        draft.id = id.map_or_else(ByteRange::default, |it| record.range_of(it));
        draft.name = b.intern(&text(json.get("name")));
        let scope = SCOPES.iter().find_map(|it| json.path(&[it, "name"]));
        draft.scope = b.intern(&text(scope));
        draft.start = unix_pair(b, record, json.get("startTime"));
        let ended = ["_ended", "ended"].iter().find_map(|it| json.get(it));
        if ended.and_then(Json::bool) != Some(false) {
            draft.end = unix_pair(b, record, json.get("endTime"));
        }
        let status = json.get("status");
        let [code, message] = status.map_or([None; 2], |it| it.pick(["code", "message"]));
        let error;
        (draft.status, error) = read_status(record, code, message);
        let dropped = ["_droppedAttributesCount", "droppedAttributesCount"];
        let dropped = dropped.iter().find_map(|it| json.get(it)?.u64());
        if dropped.is_some_and(|it| it > 0) {
            b.issue(IssueKind::DroppedAttributes, record.range);
        }
        let attributes = json.get("attributes");
        let session = gemini::session(&text(scope), attributes);
        let trace = session.clone().unwrap_or_else(|| normal_id(text(trace)));
        let raw = Raw {
            trace,
            id: normal_id(text(id)),
            parent: normal_id(text(parent)),
            draft,
            attributes,
            events: Events {
                list: json.get("events"),
                shape: &EVENTS,
            },
            error,
        };
        let id = self.spans.add(b, record, raw);
        if session.is_some() {
            self.gemini.spans.push(id);
        }
    }

    fn log(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        let [trace, span] = context(json).map_or([None; 2], |it| it.pick(["traceId", "spanId"]));
        let scope = SCOPES.iter().find_map(|it| json.path(&[it, "name"]));
        let attributes = json.get("attributes");
        let session = gemini::session(&text(scope), attributes);
        let is_gemini = session.is_some();
        let trace = session.unwrap_or_else(|| normal_id(text(trace)));
        if trace.is_empty() {
            return;
        }
        let trace = self.spans.trace(&trace);
        let span = span.map(|it| SpanKey::of((trace, normal_id(text(Some(it))).as_ref())));
        let nanos = unix_pair(b, record, json.get("hrTime")).map(Moment::nanos);
        let log = Log {
            span,
            trace,
            nanos,
            name: json.get("eventName"),
            attributes,
            body: json.get("body").or_else(|| json.get("_body")),
        };
        if !is_gemini || !self.gemini.take(b, record, &log) {
            self.logs.take(b, record, log);
        }
    }
}
