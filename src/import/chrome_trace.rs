//! The Trace Event Format of Chrome, which many tools write: as a timeline. It knows nothing of
//! models and tools.
//!
//! Source: "Trace Event Format" (Google). Times are microseconds of a clock that mostly began when
//! the machine did. Read are complete events (`X`), pairs of begin and end (`B`/`E`; `b`/`e` and
//! `S`/`F` by their ids) and the names of threads. What lies in what, the times of a thread tell. Not
//! read: moments, counters, flows, samples of a profiler, objects, memory dumps.

use super::fields::{Unknown, micros, text};
use super::records::{Place, Record, Shape, TOP};
use super::{Became, Format, ImportError, Opened, Reader, draft};
use crate::model::{
    ByteRange, Draft, DraftId, Json, KeyMap, Kind, Marks, Moment, SpanKey, TraceBuilder,
    sort_by_key,
};

pub(super) const FORMAT: Format = Format {
    id: "chrome-trace",
    name: "Chrome trace events",
    sniff: |head| head.has(&["traceEvents"]) || head.has(EVENT),
    open: |head| Opened {
        shape: if head.has(EVENT) { &[] } else { DOCUMENT },
        reader: Box::new(ChromeTrace::default()),
    },
};

/// What every event has.
const EVENT: &[&str] = &["ph", "pid", "name"];

const AROUND: u8 = 1;
const EVENTS: u8 = 2;

const DOCUMENT: Shape = &[Place::new(
    AROUND,
    "",
    &[Place::new(EVENTS, "traceEvents", &[])],
)];

#[derive(Default)]
struct ChromeTrace {
    threads: Vec<Thread>,
    by_id: KeyMap<usize>,
    /// What began and has not ended, by its id.
    open: KeyMap<Vec<DraftId>>,
    /// Where the array of events began.
    array: Option<u32>,
    unknown: Unknown,
}

/// A thread of a process.
#[derive(Default)]
struct Thread {
    name: String,
    /// What names it, else its first event.
    record: ByteRange,
    /// What runs in it.
    spans: Vec<DraftId>,
    /// What began and has not ended.
    open: Vec<DraftId>,
}

impl Reader for ChromeTrace {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        if record.place == AROUND {
            return Became::Detail;
        }
        let phase = record.json.get("ph");
        if record.json.kind() != Kind::Object || phase.is_none() {
            return Became::Bad;
        }
        self.event(b, record, &text(phase))
    }

    fn opened(&mut self, _b: &mut TraceBuilder, place: u8, at: u32) {
        if place == TOP {
            self.array = Some(at);
        }
    }

    /// "The `]` at the end of the array is optional".
    fn may_end(&self, cut: ByteRange) -> bool {
        self.array == Some(cut.start)
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        let n_threads = self
            .threads
            .iter()
            .filter(|it| !it.spans.is_empty())
            .count();
        for thread in std::mem::take(&mut self.threads) {
            if thread.spans.is_empty() {
                continue;
            }
            let draft = thread.draft(b);
            let home = (n_threads > 1).then(|| b.span(draft));
            nest(b, thread.spans, home);
        }
        Ok(())
    }
}

impl ChromeTrace {
    fn event(&mut self, b: &mut TraceBuilder, record: &Record<'_>, phase: &str) -> Became {
        let json = record.json;
        match phase {
            "X" | "B" => {
                let id = begin(b, record);
                if phase == "X" {
                    let end = lasts(b, id, json.get("dur"));
                    b.draft(id).into_iter().for_each(|it| it.end = end);
                }
                if let Some(thread) = self.thread(record) {
                    thread.spans.push(id);
                    thread.open.extend((phase == "B").then_some(id));
                }
            }
            "b" | "S" => {
                let id = begin(b, record);
                self.open.entry(async_key(json)).or_default().push(id);
            }
            "E" | "e" | "F" => {
                let began = match phase {
                    "E" => self.thread(record).and_then(|it| it.open.pop()),
                    _ => self.open.get_mut(&async_key(json)).and_then(Vec::pop),
                };
                // What began before the trace did.
                let Some(id) = began else {
                    return Became::Other;
                };
                let end = json.get("ts").and_then(micros);
                b.draft(id).into_iter().for_each(|it| it.end = end);
                b.record(id, record.range);
            }
            "M" => {
                let name = json.path(&["args", "name"]);
                if text(json.get("name")) == "thread_name"
                    && let Some(thread) = self.thread(record)
                {
                    thread.name = text(name).into_owned();
                    thread.record = record.range;
                }
                return Became::Other;
            }
            "I" | "i" | "R" | "C" | "P" | "s" | "t" | "f" | "n" | "T" | "p" | "O" | "N" | "D"
            | "V" | "v" | "c" | "(" | ")" => return Became::Other,
            _ => return self.unknown.note(b, record, phase),
        }
        Became::Span
    }

    fn thread(&mut self, record: &Record<'_>) -> Option<&mut Thread> {
        let [process, thread] = record.json.pick(["pid", "tid"]);
        let [process, thread] = [process, thread].map(|it| it.map_or("", Json::text));
        let next = self.threads.len();
        let at = *self
            .by_id
            .entry(SpanKey::of((process, thread)))
            .or_insert(next);
        if at == next {
            self.threads.push(Thread {
                name: ["thread ", thread].concat(),
                record: record.range,
                ..Thread::default()
            });
        }
        self.threads.get_mut(at)
    }
}

impl Thread {
    fn draft(&self, b: &mut TraceBuilder) -> Draft {
        Draft {
            record: self.record,
            name: b.intern(&self.name),
            marks: Marks::END_DERIVED,
            ..Draft::default()
        }
    }
}

fn begin(b: &mut TraceBuilder, record: &Record<'_>) -> DraftId {
    let name = b.intern(&text(record.json.get("name")));
    b.span(Draft {
        name,
        start: record.json.get("ts").and_then(micros),
        ..draft(record)
    })
}

/// The end of what lasts so many microseconds.
fn lasts(b: &TraceBuilder, id: DraftId, duration: Option<Json<'_>>) -> Option<Moment> {
    let start = b.get(id)?.start?.nanos();
    let duration = duration.and_then(micros).map_or(0, Moment::nanos);
    Moment::new(start.saturating_add(duration))
}

/// What joins the two ends of an asynchronous event.
fn async_key(json: Json<'_>) -> SpanKey {
    let local = json.path(&["id2", "local"]);
    let id = json.get("id").or_else(|| json.path(&["id2", "global"]));
    let process = local.and_then(|_| json.get("pid"));
    let parts = [json.get("cat"), json.get("name"), local.or(id), process];
    SpanKey::of(parts.map(|it| it.map_or("", Json::text)))
}

/// Puts what runs in a thread into what runs around it, and all of it into `home`.
fn nest(b: &mut TraceBuilder, mut spans: Vec<DraftId>, home: Option<DraftId>) {
    let times = |b: &TraceBuilder, it: DraftId| {
        let draft = b.get(it);
        let start = draft.and_then(|it| it.start).map_or(0, Moment::nanos);
        let end = draft.and_then(|it| it.end).map_or(i64::MAX, Moment::nanos);
        (start, end)
    };
    sort_by_key(&mut spans, |it| {
        let (start, end) = times(b, *it);
        (start, end.saturating_neg())
    });
    let mut around: Vec<DraftId> = Vec::new();
    for id in spans {
        let end = times(b, id).1;
        while around.last().is_some_and(|it| times(b, *it).1 < end) {
            around.pop();
        }
        let parent = around.last().copied().or(home);
        if let Some(draft) = b.draft(id) {
            draft.parent = parent.map(DraftId::key);
        }
        around.push(id);
    }
}
