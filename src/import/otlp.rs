//! OTLP/JSON: one `ExportTraceServiceRequest`, one a line, one after another, or an array of them;
//! also Tempo's `batches` and Jaeger's `result`. Log records beside the spans, of the same file or
//! another, tell what LLM calls were sent and said; where no span is known that they name, they stand
//! for it.
//!
//! Source: opentelemetry-proto docs/specification.md ("JSON Protobuf Encoding"); `attributes.rs`
//! has the keys of all dialects, `facts.rs` what they mean.
//! Not read: links, metrics, attributes of scopes and of resources: a service may be several agents,
//! and what a resource calls a session is a process or a window, with any number of conversations.

use super::events::{EventShape, Events};
use super::ids::normal_id;
use super::logs::{Log, Logs};
use super::records::{Place, Record, Shape, TOP};
use super::spans::{Raw, Spans};
use super::{Became, Format, ImportError, Opened, Reader, draft, text, unix_nanos};
use crate::model::{ByteRange, DraftId, IssueKind, Json, Kind, SpanKey, Status, Sym, TraceBuilder};
use crate::text::Phrase;

pub(super) const FORMAT: Format = Format {
    id: "otlp",
    name: "OTLP JSON",
    sniff: |head| {
        ["resourceSpans", "batches", "resourceLogs"]
            .iter()
            .any(|it| head.has(&[it]))
            || has_result(head)
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: DOCUMENT,
        reader: Box::new(Otlp::default()),
    }),
};

fn has_result(head: &super::Head) -> bool {
    head.values
        .iter()
        .any(|it| it.path(&["result", "resourceSpans"]).is_some())
}

const REQUEST: u8 = 1;
const RESOURCES: u8 = 2;
const RESOURCE: u8 = 3;
const SCOPES: u8 = 4;
const SCOPE: u8 = 5;
const SPANS: u8 = 6;
const LOGS: u8 = 7;

const DOCUMENT: Shape = &[Place::new(REQUEST, "", REQUEST_INSIDE)];
const REQUEST_INSIDE: Shape = &[
    spans_in("resourceSpans"),
    spans_in("batches"),
    spans_in("resourceLogs"),
    Place::new(REQUEST, "result", &[spans_in("resourceSpans")]),
];
const SCOPE_INSIDE: Shape = &[Place::new(
    SCOPE,
    "",
    &[
        Place::new(SPANS, "spans", &[]),
        Place::new(LOGS, "logRecords", &[]),
    ],
)];

const RESOURCES_INSIDE: Shape = &[Place::new(
    RESOURCE,
    "",
    &[
        Place::new(SCOPES, "scopeSpans", SCOPE_INSIDE),
        Place::new(SCOPES, "instrumentationLibrarySpans", SCOPE_INSIDE),
        Place::new(SCOPES, "scopeLogs", SCOPE_INSIDE),
    ],
)];

const fn spans_in(key: &'static str) -> Place {
    Place::new(RESOURCES, key, RESOURCES_INSIDE)
}

const EVENTS: EventShape = EventShape {
    name: "name",
    attributes: "attributes",
    time: "timeUnixNano",
    clock: unix_nanos,
};

#[derive(Default)]
struct Otlp {
    /// What recorded the spans of the container that is open.
    scope: Sym,
    /// Spans of that container that came before its name.
    since: Vec<DraftId>,
    spans: Spans,
    logs: Logs,
    has_logs: bool,
}

impl Reader for Otlp {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match (record.place, record.key) {
            (SPANS | LOGS, _) if record.json.kind() != Kind::Object => Became::Bad,
            (SPANS, _) => {
                self.span(b, record);
                Became::Span
            }
            (LOGS, _) => {
                self.log(b, record);
                Became::Other
            }
            (SCOPE, "scope" | "instrumentationLibrary") => {
                self.scope = b.intern(&text(record.json.get("name")));
                for id in self.since.drain(..) {
                    b.draft(id).into_iter().for_each(|it| it.scope = self.scope);
                }
                Became::Detail
            }
            (REQUEST, "resourceMetrics") => Became::Other,
            // No document at all: a number, a word.
            (TOP, _) => Became::Bad,
            _ => Became::Detail,
        }
    }

    fn opened(&mut self, _b: &mut TraceBuilder, place: u8, _at: u32) {
        match place {
            SCOPE => {
                self.scope = Sym::default();
                self.since.clear();
            }
            LOGS => self.has_logs = true,
            _ => {}
        }
    }

    /// Spans of one trace, and the log records beside them, come in any number of files.
    fn goes_on(&mut self, _head: &super::Head<'_>) -> bool {
        true
    }

    fn is_live(&self) -> bool {
        true
    }

    /// What log records tell is told at the end.
    fn so_far(&self, b: &mut TraceBuilder) {
        self.spans.so_far(b);
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.logs.tell(b, &mut self.spans);
        self.spans.end(b);
        if self.has_logs {
            return Err(ImportError::NotATrace(Phrase::error_logs_alone));
        }
        Ok(())
    }
}

impl Otlp {
    fn span(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let [
            trace_id,
            span_id,
            parent_id,
            name,
            start,
            end,
            status,
            attributes,
            events,
            dropped,
        ] = record.json.pick([
            "traceId",
            "spanId",
            "parentSpanId",
            "name",
            "startTimeUnixNano",
            "endTimeUnixNano",
            "status",
            "attributes",
            "events",
            "droppedAttributesCount",
        ]);
        let mut draft = draft(record);
        draft.id = span_id.map_or_else(ByteRange::default, |it| record.range_of(it));
        draft.name = b.intern(&text(name));
        draft.start = unix_nanos(b, record, start);
        draft.end = unix_nanos(b, record, end);
        draft.scope = self.scope;
        let [code, message] = status.map_or([None; 2], |it| it.pick(["code", "message"]));
        let error;
        (draft.status, error) = read_status(record, code, message);
        if dropped.and_then(Json::u64).is_some_and(|it| it > 0) {
            b.issue(IssueKind::DroppedAttributes, record.range);
        }
        let raw = Raw {
            trace: normal_id(text(trace_id)),
            id: normal_id(text(span_id)),
            parent: normal_id(text(parent_id)),
            draft,
            attributes,
            events: Events {
                list: events,
                shape: &EVENTS,
            },
            error,
        };
        let id = self.spans.add(b, record, raw);
        self.since.push(id);
    }

    fn log(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        let [trace_id, span_id] = json.pick(["traceId", "spanId"]);
        let (trace, span) = (normal_id(text(trace_id)), normal_id(text(span_id)));
        if trace.is_empty() || span.is_empty() {
            return;
        }
        let trace = self.spans.trace(&trace);
        let mut time = |key: &str| unix_nanos(b, record, json.get(key));
        let log = Log {
            span: Some(SpanKey::of((trace, span.as_ref()))),
            id: span_id.map_or_else(ByteRange::default, |it| record.range_of(it)),
            trace,
            scope: self.scope,
            time: time("timeUnixNano").or_else(|| time("observedTimeUnixNano")),
            name: json.get("eventName"),
            attributes: json.get("attributes"),
            body: json.get("body"),
        };
        self.logs.take(b, record, log);
    }
}

/// How a span ended, and why it failed, as OTLP has it and others that follow it.
pub(super) fn read_status(
    record: &Record<'_>,
    code: Option<Json<'_>>,
    message: Option<Json<'_>>,
) -> (Status, ByteRange) {
    let code = code.unwrap_or(Json::new(""));
    let said = code.str();
    let status = match said.as_deref().unwrap_or(code.text()) {
        "1" | "STATUS_CODE_OK" | "OK" => Status::Ok,
        "2" | "STATUS_CODE_ERROR" | "ERROR" => Status::Error,
        _ => Status::Unset,
    };
    let message = message.filter(|it| it.is_some() && it.text().len() > 2);
    let message = message.map_or_else(ByteRange::default, |it| record.range_of(it));
    (status, message)
}
