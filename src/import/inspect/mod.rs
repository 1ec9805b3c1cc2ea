//! A log of Inspect AI: one JSON document, or the members of an `.eval` archive as files (a header,
//! one file a sample, summaries). Each sample is a trace.
//!
//! Source: `inspect_ai/log/_log.py`, `inspect_ai/event/` and `inspect_ai/log/_condense.py` (0.3.5 to
//! 0.3.285). Events are spans where they take time or decide something; what only changes the
//! state is told by others. Long texts are attachments, named where they belong; what a model was
//! sent may be ranges of a pool of messages. Not read: `messages` of a sample, which its events
//! have too, the raw call to a provider, and the samples in chunks of a converted log (version 3).

mod events;
mod llm_calls;

use super::fields::{Unknown, moment, text};
use super::records::{Place, Record, Shape};
use super::{Became, Format, Head, ImportError, Opened, Reader};
use crate::model::{
    Agent, ByteRange, Draft, DraftId, IssueKind, Json, KeyMap, Kind, Marks, Moment, Status, Sym,
    TraceBuilder,
};
use crate::payload;
use crate::text::Phrase;

pub(super) const FORMAT: Format = Format {
    id: "inspect",
    name: "Inspect AI log",
    sniff: |head| {
        head.has(&["eval", "plan"])
            || head.has(&["id", "epoch", "target"])
            || head.has(&["scorer", "samples"])
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: FILE,
        reader: Box::new(Inspect::default()),
    }),
};

/// A log, a header of one, or a sample that is a file.
const LOG: u8 = 1;
const SAMPLES: u8 = 2;
const SAMPLE: u8 = 3;
const EVENTS: u8 = 4;
const POOLS: u8 = 5;
const MESSAGES: u8 = 6;
const ATTACHMENTS: u8 = 7;
const RETRIES: u8 = 8;
const RETRY: u8 = 9;

const FILE: Shape = &[Place::new(
    LOG,
    "",
    &[
        Place::new(SAMPLES, "samples", &[Place::new(SAMPLE, "", SAMPLE_INSIDE)]),
        EVENTS_INSIDE,
        TRANSCRIPT_INSIDE,
        POOLS_INSIDE,
        ATTACHMENTS_INSIDE,
        RETRIES_INSIDE,
    ],
)];

const SAMPLE_INSIDE: Shape = &[
    EVENTS_INSIDE,
    TRANSCRIPT_INSIDE,
    POOLS_INSIDE,
    ATTACHMENTS_INSIDE,
    RETRIES_INSIDE,
];

/// Before 0.3.34 a sample had them in here.
const TRANSCRIPT_INSIDE: Place = Place::new(
    POOLS,
    "transcript",
    &[EVENTS_INSIDE, Place::new(ATTACHMENTS, "content", &[])],
);
const EVENTS_INSIDE: Place = Place::new(EVENTS, "events", &[]);
const POOLS_INSIDE: Place = Place::new(
    POOLS,
    "events_data",
    &[Place::new(MESSAGES, "messages", &[])],
);
const ATTACHMENTS_INSIDE: Place = Place::new(ATTACHMENTS, "attachments", &[]);
const RETRIES_INSIDE: Place = Place::new(
    RETRIES,
    "error_retries",
    &[Place::new(RETRY, "", &[EVENTS_INSIDE])],
);

#[derive(Default)]
struct Inspect {
    /// Which evaluation this is, and what it does.
    eval: Option<String>,
    task: String,
    /// What each trace is called, without the task.
    names: Vec<String>,
    sample: Sample,
    /// Where a sample says that its events are in other members.
    in_chunks: Option<ByteRange>,
    unknown: Unknown,
}

/// What is known of the sample that is being read.
#[derive(Default)]
struct Sample {
    id: String,
    epoch: String,
    input: ByteRange,
    /// Further parts of the file about it.
    records: Vec<ByteRange>,
    start: Option<Moment>,
    end: Option<Moment>,
    error: ByteRange,
    /// Its turn, once it has anything.
    turn: Option<DraftId>,
    /// The failed try that is being read.
    retry: Option<DraftId>,
    /// The time of the last event, and of the first.
    first: Option<Moment>,
    last: Option<Moment>,
    /// Spans by their ids.
    spans: KeyMap<DraftId>,
    /// Spans of tools whose event has not come, with the span they lie in and their names.
    tools: Vec<(DraftId, DraftId, Sym)>,
    /// Steps that are open, in old logs.
    steps: Vec<DraftId>,
    /// Messages that LLM calls were sent, and whether each is a system prompt.
    pool: Vec<(ByteRange, bool)>,
    /// Which of them, from and until, by LLM call.
    refs: Vec<(DraftId, u32, u32)>,
}

impl Reader for Inspect {
    fn goes_on(&mut self, head: &Head<'_>) -> bool {
        let mut evals = head
            .values
            .iter()
            .filter_map(|it| it.path(&["eval", "eval_id"]));
        let Some(eval) = evals.next() else {
            return true;
        };
        let eval = text(Some(eval));
        *self.eval.get_or_insert_with(|| eval.to_string()) == eval
    }

    fn opened(&mut self, b: &mut TraceBuilder, place: u8, _at: u32) {
        match place {
            LOG | SAMPLE => {
                self.finish(b);
                self.sample = Sample::default();
            }
            EVENTS => {
                self.begin(b);
            }
            RETRY => {
                let turn = self.begin(b);
                let retry = Draft {
                    parent: Some(turn.key()),
                    trace: self.trace(),
                    name: b.intern("failed try"),
                    status: Status::Error,
                    marks: Marks::END_DERIVED,
                    ..Draft::default()
                };
                let agent = Agent {
                    name: retry.name,
                    ..Agent::default()
                };
                self.sample.retry = Some(b.agent(retry, agent));
            }
            _ => {}
        }
    }

    fn closed(&mut self, b: &mut TraceBuilder, place: u8, range: ByteRange) {
        match place {
            LOG | SAMPLE => self.finish(b),
            RETRY => {
                let retry = self.sample.retry.take().and_then(|it| b.draft(it));
                retry.into_iter().for_each(|it| it.record = range);
            }
            _ => {}
        }
    }

    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match record.place {
            EVENTS if record.json.kind() == Kind::Object => return self.event(b, record),
            LOG | SAMPLE => self.about(b, record),
            MESSAGES => {
                let role = text(record.json.get("role"));
                self.sample.pool.push((record.range, role == "system"));
            }
            ATTACHMENTS => b.attachment(record.key, record.range),
            RETRY if record.key == "message" => {
                let retry = self.sample.retry;
                retry.into_iter().for_each(|it| b.error(it, record.range));
            }
            RETRY | RETRIES | POOLS | SAMPLES => {}
            _ => return Became::Bad,
        }
        Became::Detail
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.finish(b);
        if let Some(at) = self.in_chunks {
            if self.names.is_empty() {
                return Err(ImportError::NotATrace(Phrase::error_in_chunks));
            }
            b.issue(IssueKind::UnknownRecord, at);
        }
        for (trace, name) in self.names.iter().enumerate() {
            b.name(
                trace as u32,
                [self.task.as_str(), name].join(" ").trim().to_owned(),
            );
        }
        Ok(())
    }
}

impl Inspect {
    /// A member of a log or a sample.
    fn about(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let (json, sample) = (record.json, &mut self.sample);
        match record.key {
            "eval" => {
                self.task = text(json.get("task")).into_owned();
                self.eval = json.get("eval_id").and_then(Json::str).map(Into::into);
            }
            // A number, or a text.
            "id" => sample.id = payload::value(json.text()),
            "epoch" => sample.epoch = json.text().to_owned(),
            "input" => sample.input = record.range,
            "messages" => {
                self.begin(b);
            }
            "message_refs" => self.in_chunks = self.in_chunks.or(Some(record.range)),
            "started_at" => sample.start = moment(b, record, Some(json)),
            "completed_at" => sample.end = moment(b, record, Some(json)),
            "error" if json.is_some() => sample.error = record.range,
            "target" | "scores" | "limit" | "metadata" | "output" | "model_usage" => {
                sample.records.push(record.range);
            }
            _ => {}
        }
    }

    /// The number of the trace that is being read.
    fn trace(&self) -> u32 {
        self.names.len().saturating_sub(1) as u32
    }

    /// The turn of the sample, which is a trace from now on.
    fn begin(&mut self, b: &mut TraceBuilder) -> DraftId {
        if let Some(turn) = self.sample.turn {
            return turn;
        }
        let sample = &self.sample;
        self.names
            .push([&sample.id, ", epoch ", &sample.epoch].concat());
        let turn = Draft {
            trace: self.trace(),
            record: sample.input,
            marks: Marks::END_DERIVED,
            ..Draft::default()
        };
        let turn = b.turn(turn, None, sample.input);
        self.sample.turn = Some(turn);
        turn
    }

    /// The sample has ended: what it was sent is known now, and how it went.
    fn finish(&mut self, b: &mut TraceBuilder) {
        let sample = std::mem::take(&mut self.sample);
        let Some(turn) = sample.turn else { return };
        for (call, from, until) in &sample.refs {
            sample.sent(b, *call, *from as usize, *until as usize);
        }
        if let Some(it) = b.draft(turn) {
            // The first span may begin before the sample says that it did.
            it.start = [sample.start, sample.first]
                .into_iter()
                .flatten()
                .min_by_key(|it| it.nanos());
            it.end = sample
                .end
                .filter(|it| sample.last.is_none_or(|last| last.nanos() <= it.nanos()));
            if it.start != sample.start {
                it.marks = it.marks.with(Marks::START_DERIVED);
            }
            if it.end.is_some() {
                it.marks = it.marks.without(Marks::END_DERIVED);
            }
            if !sample.error.is_empty() {
                it.status = Status::Error;
            }
        }
        if !sample.error.is_empty() {
            b.error(turn, sample.error);
        }
        sample.records.into_iter().for_each(|it| b.record(turn, it));
    }
}

impl Sample {
    /// A call of which there is one time: that is the end, as early logs have it.
    fn ended(&self, draft: &mut Draft) {
        draft.end = draft.start;
        let last = self
            .last
            .filter(|it| Some(it.nanos()) <= draft.end.map(Moment::nanos));
        draft.start = last.or(draft.end);
        draft.marks = draft.marks.with(Marks::START_DERIVED);
    }

    /// Messages of the pool that an LLM call was sent: a run of them, as they stand.
    fn sent(&self, b: &mut TraceBuilder, call: DraftId, from: usize, until: usize) {
        let is_first = b
            .llm_call_mut(call)
            .is_some_and(|it| it.input.is_empty() && it.system.is_empty());
        let mut messages = self
            .pool
            .get(from..until.min(self.pool.len()))
            .unwrap_or_default();
        if let [(system, true), rest @ ..] = messages
            && is_first
        {
            b.llm_call_mut(call)
                .into_iter()
                .for_each(|it| it.system = *system);
            messages = rest;
        }
        if let (Some(first), Some(last)) = (messages.first(), messages.last()) {
            b.input(call, ByteRange::new(first.0.start, last.0.end()));
        }
    }
}
