//! Traces of Langfuse: as its UI gives them (`{"trace": {…}, "observations": […]}`), as its API does
//! (a trace with its observations in it), and observations alone, as an array or JSON Lines, in
//! camelCase or (of the blob export) in snake_case.
//!
//! Source: `packages/shared/src/domain/observations.ts` and
//! `packages/shared/src/server/repositories/observations_converters.ts` of langfuse; the traces of
//! frameworks in `worker/src/__tests__/chatml/`. Input, output and metadata are mostly JSON within
//! strings. `metadata.attributes` are those of an OpenTelemetry span: they know the tool, its call,
//! the provider, why the model stopped. In usage Langfuse means the parts to stand beside `input` and
//! `output`, but not every integration follows: the total tells. Not read: `latency` (its unit
//! differs, start and end do not), `timeToFirstToken` (the same), scores, costs of parts.
//!
//! Here: the file and its traces; `observation.rs`: what an observation is.

mod observation;

use super::answer::asked;
use super::fields::{any_utc, text};
use super::records::{Place, Record, Shape, TOP};
use super::told::{Keys, Spans};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{
    ByteRange, Draft, Json, KeyMap, Kind as JsonKind, Marks, Moment, SpanKey, TraceBuilder,
};

pub(super) const FORMAT: Format = Format {
    id: "langfuse",
    name: "Langfuse",
    sniff: |head| {
        head.values
            .iter()
            .any(|it| is_observation(*it) || is_trace(*it))
    },
    open: crate::import::Reads::Here(|head| Opened {
        shape: if head.values.iter().any(|it| is_observation(*it)) {
            &[]
        } else {
            DOCUMENT_SHAPE
        },
        reader: Box::new(Langfuse::default()),
    }),
};

const DOCUMENT: u8 = 1;
const TRACE: u8 = 2;
const OBSERVATIONS: u8 = 3;
const OF_TRACE: u8 = 4;

const DOCUMENT_SHAPE: Shape = &[Place::new(
    DOCUMENT,
    "",
    &[
        Place::new(TRACE, "trace", &[Place::new(OF_TRACE, "observations", &[])]),
        Place::new(OBSERVATIONS, "observations", &[]),
        Place::new(OBSERVATIONS, "data", &[]),
    ],
)];

const TYPES: &[&str] = &[
    "SPAN",
    "GENERATION",
    "EVENT",
    "AGENT",
    "TOOL",
    "CHAIN",
    "RETRIEVER",
    "EVALUATOR",
    "EMBEDDING",
    "GUARDRAIL",
];

fn is_observation(json: Json<'_>) -> bool {
    let kind = json.get("type");
    json.first(KEYS.trace).is_some()
        && kind.is_some_and(|it| TYPES.iter().any(|kind| it.is(kind)))
        && json.first(KEYS.start).is_some()
}

/// Whether a value is a trace, or has one and its observations.
fn is_trace(json: Json<'_>) -> bool {
    let trace = json.get("trace").unwrap_or(json);
    let has = |key: &str| trace.get(key).is_some();
    let lists = [json, trace].map(|it| it.first(&["observations", "data"]));
    let mut items = lists.into_iter().flatten().flat_map(Json::items);
    items.next().is_some_and(is_observation)
        // A trace is long: the list may not have come yet.
        || ["id", "timestamp", "projectId", "sessionId"].into_iter().all(has)
}

const KEYS: Keys = Keys {
    trace: &["traceId", "trace_id"],
    id: &["id"],
    parent: &["parentObservationId", "parent_observation_id"],
    name: &["name"],
    start: &["startTime", "start_time"],
    end: &["endTime", "end_time"],
    clock: any_utc,
};

#[derive(Default)]
struct Langfuse {
    spans: Spans,
    /// Where in this document an observation was met first: the UI gives each twice.
    places: KeyMap<u8>,
    trace: TraceSoFar,
}

/// What is known of the trace that is being read.
#[derive(Default)]
struct TraceSoFar {
    id: String,
    name: String,
    session: String,
    id_at: ByteRange,
    input: ByteRange,
    start: Option<Moment>,
}

impl Reader for Langfuse {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match record.place {
            DOCUMENT | TRACE => {
                self.trace.member(b, record);
                Became::Detail
            }
            _ if record.json.first(&["id"]).is_none() => match record.json.kind() {
                // Of the list of traces there are ids alone.
                JsonKind::String if record.place != TOP => Became::Detail,
                _ => Became::Bad,
            },
            place => self.observation(b, record, place),
        }
    }

    fn opened(&mut self, _b: &mut TraceBuilder, place: u8, _at: u32) {
        match place {
            DOCUMENT => {
                self.places.clear();
                self.trace = TraceSoFar::default();
            }
            TRACE => self.trace = TraceSoFar::default(),
            _ => {}
        }
    }

    fn closed(&mut self, b: &mut TraceBuilder, place: u8, range: ByteRange) {
        if matches!(place, DOCUMENT | TRACE) {
            self.end_trace(b, range);
        }
    }

    /// Exports come in pages.
    fn goes_on(&mut self, _head: &super::Head<'_>) -> bool {
        true
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.spans.end(b);
        Ok(())
    }
}

impl TraceSoFar {
    fn member(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let said = || text(Some(record.json)).into_owned();
        match record.key {
            "id" => (self.id, self.id_at) = (said(), record.range),
            "name" => self.name = said(),
            "sessionId" | "session_id" => self.session = said(),
            "timestamp" => self.start = any_utc(b, record, Some(record.json)),
            "input" if record.json.is_some() => self.input = asked(record, record.json),
            _ => {}
        }
    }
}

impl Langfuse {
    /// Returns whether the observation is a record of its own: each is there twice, the second time
    /// with what went in and came out.
    fn observation(&mut self, b: &mut TraceBuilder, record: &Record<'_>, place: u8) -> Became {
        let mut told = self.spans.told(b, record, &KEYS);
        let mut became = Became::Span;
        if let Some(key) = told.draft.key {
            let first = *self.places.entry(key).or_insert(place);
            if first != place {
                told.is_more = true;
                became = Became::Detail;
            }
        }
        let is_step = observation::read(b, record, &mut told);
        let id = self.spans.add(b, record, told);
        if is_step && became == Became::Span {
            self.spans.inside.steps.push((id, None));
        }
        became
    }

    /// A trace is a turn: of its own it has a start.
    fn end_trace(&mut self, b: &mut TraceBuilder, range: ByteRange) {
        let trace = std::mem::take(&mut self.trace);
        if trace.id.is_empty() {
            return;
        }
        let number = self.spans.traces.number(&trace.id);
        let draft = Draft {
            key: Some(SpanKey::of((number, trace.id.as_str(), "trace"))),
            id: trace.id_at,
            record: range,
            start: trace.start,
            name: b.intern(&trace.name),
            trace: number,
            marks: Marks::END_DERIVED,
            ..Draft::default()
        };
        let conversation = (!trace.session.is_empty()).then(|| SpanKey::of(&trace.session));
        if let Some(facts) = self.spans.traces.facts(number) {
            facts.conversation = conversation;
            facts.name = draft.name;
        }
        self.spans.turn(b, draft, trace.input);
    }
}
