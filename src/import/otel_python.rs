//! What `ConsoleSpanExporter` of OpenTelemetry's Python SDK prints: one span after another, as
//! JSON on many lines.
//!
//! Source: `ReadableSpan.to_json` of opentelemetry-sdk 1.45. It has no scopes. Not read: links,
//! resources.

use super::events::{EventShape, Events};
use super::ids::normal_id;
use super::otlp::read_status;
use super::records::{Record, TOP};
use super::spans::{Raw, Spans};
use super::{Became, Format, ImportError, Opened, Reader, draft, moment, text};
use crate::model::{ByteRange, Json, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "otel-python",
    name: "OpenTelemetry Python console",
    sniff: |head| head.values.iter().any(|it| is_span(*it)),
    open: |_| Opened {
        shape: &[],
        reader: Box::new(OtelPython::default()),
    },
};

fn is_span(json: Json<'_>) -> bool {
    text(json.get("kind")).starts_with("SpanKind.") && json.path(&["context", "span_id"]).is_some()
}

const EVENTS: EventShape = EventShape {
    name: "name",
    attributes: "attributes",
    time: "timestamp",
    clock: moment,
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
        let json = record.json;
        let keys = [
            "name",
            "context",
            "parent_id",
            "start_time",
            "end_time",
            "status",
            "attributes",
            "events",
        ];
        let [
            name,
            context,
            parent,
            start,
            end,
            status,
            attributes,
            events,
        ] = json.pick(keys);
        let keys = ["trace_id", "span_id"];
        let [trace, id] = context.map_or([None; 2], |it| it.pick(keys));
        let mut draft = draft(record);
        draft.id = id.map_or_else(ByteRange::default, |it| record.range_of(it));
        draft.name = b.intern(&text(name));
        draft.start = moment(b, record, start);
        draft.end = moment(b, record, end);
        let keys = ["status_code", "description"];
        let [code, message] = status.map_or([None; 2], |it| it.pick(keys));
        let error;
        (draft.status, error) = read_status(record, code, message);
        let raw = Raw {
            trace: normal_id(text(trace)),
            id: normal_id(text(id)),
            parent: normal_id(text(parent)),
            draft,
            attributes,
            events: Events {
                list: events,
                shape: &EVENTS,
            },
            error,
        };
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
