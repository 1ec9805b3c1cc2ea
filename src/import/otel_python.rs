//! What `ConsoleSpanExporter` of OpenTelemetry's Python SDK prints: one span after another, as
//! JSON on many lines.
//!
//! Source: `ReadableSpan.to_json` of opentelemetry-sdk 1.45. It has no scopes. Not read: links,
//! resources.

use super::envelope::Envelope;
use super::events::EventShape;
use super::records::{Record, TOP};
use super::spans::Spans;
use super::{Became, Format, ImportError, Opened, Reader, moment, text};
use crate::model::{Json, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "otel-python",
    name: "OpenTelemetry Python console",
    sniff: |head| head.values.iter().any(|it| is_span(*it)),
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(OtelPython::default()),
    }),
};

fn is_span(json: Json<'_>) -> bool {
    text(json.get("kind")).starts_with("SpanKind.") && json.path(&["context", "span_id"]).is_some()
}

const SPAN: Envelope = Envelope {
    trace: &[&["context", "trace_id"]],
    id: &[&["context", "span_id"]],
    parent: &[&["parent_id"]],
    name: &[&["name"]],
    scope: &[],
    start: &[&["start_time"]],
    end: &[&["end_time"]],
    clock: moment,
    status: &[&["status", "status_code"]],
    message: &[&["status", "description"]],
    attributes: &[&["attributes"]],
    events: &[&["events"]],
    event: EventShape {
        name: "name",
        attributes: "attributes",
        time: "timestamp",
        clock: moment,
    },
};

#[derive(Default)]
struct OtelPython {
    spans: Spans,
}

impl Reader for OtelPython {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        if record.place != TOP || !is_span(record.json) {
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
