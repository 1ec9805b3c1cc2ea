//! Chrome trace events: an array of events, or `{"traceEvents": […]}`, as browsers, profilers and
//! many tools write them. A timeline of any work: no LLM calls are told apart.
//!
//! Source: "Trace Event Format" (Google, 2016) and `perfetto`'s JSON importer. Times are
//! microseconds of any clock. What lies in what follows from the times, on each thread; among
//! events without a thread, from the order in which they begin and end. A thread that has a name is
//! a span around what ran on it; a moment without a length is a span without one, and so are counters,
//! objects, and samples of a profiler, named by the frame they were taken in. Not read: the frames
//! around that, flows, dumps of memory.

use super::fields::{Unknown, micros, text};
use super::records::{Place, Record, Shape, TOP};
use super::{Became, Format, ImportError, Opened, Reader, draft};
use crate::model::{
    ByteRange, Draft, DraftId, IssueKind, Json, KeyMap, Kind, Marks, Moment, SpanKey, Sym,
    TraceBuilder, sort_by_key,
};

pub(super) const FORMAT: Format = Format {
    id: "chrome-trace",
    name: "Chrome trace events",
    sniff: |head| {
        head.values
            .iter()
            .any(|it| is_event(*it) || has_events(*it))
    },
    open: crate::import::Reads::Here(|head| Opened {
        shape: if head.values.iter().any(|it| is_event(*it)) {
            &[]
        } else {
            DOCUMENT
        },
        reader: Box::new(ChromeTrace::default()),
    }),
};

const AROUND: u8 = 1;
const EVENTS: u8 = 2;
const SAMPLES: u8 = 3;
const FRAMES: u8 = 4;
const DOCUMENT: Shape = &[Place::new(
    AROUND,
    "",
    &[
        Place::new(EVENTS, "traceEvents", &[]),
        Place::new(SAMPLES, "samples", &[]),
        Place::new(FRAMES, "stackFrames", &[]),
    ],
)];

fn is_event(json: Json<'_>) -> bool {
    let phase = json.get("ph").and_then(Json::str);
    phase.is_some_and(|it| it.len() == 1) && json.first(&["ts", "pid"]).is_some()
}

fn has_events(json: Json<'_>) -> bool {
    let events = json.get("traceEvents");
    events.is_some_and(|it| it.kind() == Kind::Array)
}

/// The beginning or the end of a span that has an event for each.
struct Edge {
    /// The thread, or the id that events without a thread have in common.
    lane: SpanKey,
    time: i64,
    name: Sym,
    record: ByteRange,
    /// The span that begins; `None` where one ends.
    begins: Option<DraftId>,
    on_thread: bool,
    is_moment: bool,
}

/// A thread that has a name.
struct Thread {
    name: Sym,
    process: SpanKey,
    record: ByteRange,
    span: Option<DraftId>,
}

#[derive(Default)]
struct ChromeTrace {
    edges: Vec<Edge>,
    /// The spans on threads, and which.
    on_threads: Vec<(DraftId, SpanKey)>,
    threads: KeyMap<Thread>,
    processes: KeyMap<Sym>,
    /// Samples that have no name, and the frames they were taken in.
    samples: Vec<(DraftId, SpanKey)>,
    frames: KeyMap<Sym>,
    unknown: Unknown,
    is_old: bool,
    /// Where the array of events began, if nothing is around it.
    array: Option<u32>,
}

impl Reader for ChromeTrace {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match record.place {
            AROUND => return Became::Detail,
            FRAMES => {
                let name = b.intern(&text(record.json.get("name")));
                self.frames.insert(SpanKey::of(record.key), name);
                return Became::Other;
            }
            _ => {}
        }
        let keys = ["name", "cat", "ph", "pid", "tid", "ts"];
        let [name, category, phase, pid, tid, time] = record.json.pick(keys);
        let phase = match record.place {
            SAMPLES => "P".into(),
            _ => text(phase),
        };
        let name = b.intern(&text(name));
        let process = SpanKey::of(digits(pid));
        let thread = SpanKey::of((digits(pid), digits(tid)));
        let mut edge = Edge {
            lane: thread,
            time: 0,
            name,
            record: record.range,
            begins: None,
            on_thread: true,
            is_moment: false,
        };
        match phase.as_ref() {
            "X" | "B" | "E" => {}
            "i" | "I" | "R" => {
                // One of a whole process, or of all.
                edge.on_thread = record.json.get("s").is_none_or(|it| it.is("t"));
                edge.is_moment = true;
            }
            "C" | "P" | "O" | "N" | "D" => {
                edge.on_thread = tid.is_some();
                edge.is_moment = true;
            }
            "n" => {
                (edge.on_thread, edge.is_moment) = (false, true);
                edge.lane = lane(record.json, &text(category), process);
            }
            "b" | "e" | "S" | "F" => {
                edge.on_thread = false;
                edge.lane = lane(record.json, &text(category), process);
            }
            "M" => {
                self.metadata(b, record, process, thread);
                return Became::Other;
            }
            "s" | "t" | "f" | "T" | "p" | "v" | "V" | "c" | "a" | "(" | ")" => {
                return Became::Other;
            }
            "" => return Became::Bad,
            other => return self.unknown.note(b, record, other),
        }
        let Some(time) = nanos(time) else {
            return Became::Bad;
        };
        edge.time = time;
        self.event(b, record, &phase, edge);
        Became::Span
    }

    fn opened(&mut self, _b: &mut TraceBuilder, place: u8, at: u32) {
        if place == TOP {
            self.array = Some(at);
        }
    }

    /// "The `]` at the end of the array is optional", for those who write until they crash.
    fn may_end(&self, cut: ByteRange) -> bool {
        self.array == Some(cut.start)
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        for (id, frame) in std::mem::take(&mut self.samples) {
            let name = self.frames.get(&frame).copied().unwrap_or_default();
            b.draft(id).into_iter().for_each(|it| it.name = name);
        }
        self.join(b);
        self.nest(b);
        Ok(())
    }
}

impl ChromeTrace {
    fn event(&mut self, b: &mut TraceBuilder, record: &Record<'_>, phase: &str, mut edge: Edge) {
        /// 2000-01-01.
        const LIKELY: i64 = 946_684_800_000_000_000;
        if edge.time < LIKELY && !std::mem::replace(&mut self.is_old, true) {
            b.issue(
                IssueKind::UnlikelyTime,
                record.range_if(record.json.get("ts")),
            );
        }
        if matches!(phase, "E" | "e" | "F") {
            return self.edges.push(edge);
        }
        let mut draft = Draft {
            name: edge.name,
            start: Moment::new(edge.time),
            ..draft(record)
        };
        if edge.is_moment {
            (draft.end, draft.marks) = (draft.start, Marks::END_DERIVED);
        } else if phase == "X" {
            match nanos(record.json.get("dur")) {
                Some(length) => draft.end = Moment::new(edge.time.saturating_add(length)),
                None => draft.marks = Marks::END_DERIVED,
            }
        }
        let id = b.span(draft);
        if let Some(frame) = record.json.get("sf").filter(|_| draft.name.is_empty()) {
            self.samples.push((id, SpanKey::of(digits(Some(frame)))));
        }
        if edge.on_thread {
            self.on_threads.push((id, edge.lane));
        }
        if phase == "n" || !edge.is_moment && phase != "X" {
            edge.begins = Some(id);
            self.edges.push(edge);
        }
    }

    /// What a process or a thread is called.
    fn metadata(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        process: SpanKey,
        thread: SpanKey,
    ) {
        let name = b.intern(&text(record.json.path(&["args", "name"])));
        let kind = record.json.get("name");
        if name.is_empty() {
        } else if kind.is_some_and(|it| it.is("process_name")) {
            self.processes.insert(process, name);
        } else if kind.is_some_and(|it| it.is("thread_name")) {
            let thread_of = Thread {
                name,
                process,
                record: record.range,
                span: None,
            };
            self.threads.insert(thread, thread_of);
        }
    }

    /// Joins what begins and what ends, in the order of time: a file need not have that order.
    fn join(&mut self, b: &mut TraceBuilder) {
        /// So many may be open that began later and have not ended.
        const DEEPEST: usize = 16;
        let mut edges = std::mem::take(&mut self.edges);
        sort_by_key(&mut edges, |it| (it.time, 0));
        let mut open: KeyMap<Vec<(Sym, DraftId)>> = KeyMap::default();
        for edge in edges {
            let lane = open.entry(edge.lane).or_default();
            if let Some(id) = edge.begins {
                if let Some((_, around)) = lane.last().filter(|_| !edge.on_thread) {
                    let parent = Some(around.key());
                    b.draft(id).into_iter().for_each(|it| it.parent = parent);
                }
                if !edge.is_moment {
                    lane.push((edge.name, id));
                }
                continue;
            }
            let is_it = |it: &(Sym, DraftId)| it.0 == edge.name || edge.name.is_empty();
            let back = lane.iter().rev().take(DEEPEST).position(is_it);
            let Some(at) = back.and_then(|it| lane.len().checked_sub(it + 1)) else {
                b.issue(IssueKind::BadRecord, edge.record);
                continue;
            };
            let (_, id) = lane.remove(at);
            b.record(id, edge.record);
            let end = Moment::new(edge.time);
            b.draft(id).into_iter().for_each(|it| it.end = end);
        }
    }

    /// Says which spans lie in which on each thread.
    fn nest(&mut self, b: &mut TraceBuilder) {
        let mut spans = std::mem::take(&mut self.on_threads);
        let times = |b: &TraceBuilder, id: DraftId| {
            let draft = b.get(id);
            let start = draft.and_then(|it| it.start).map_or(0, Moment::nanos);
            let is_open = draft.is_some_and(|it| !it.marks.has(Marks::END_DERIVED));
            let end = draft.and_then(|it| it.end).map(Moment::nanos);
            (start, end.unwrap_or(if is_open { i64::MAX } else { start }))
        };
        sort_by_key(&mut spans, |it| {
            let (start, end) = times(b, it.0);
            (start, !end)
        });
        let mut open: KeyMap<Vec<(i64, DraftId)>> = KeyMap::default();
        for (id, lane) in spans {
            let (start, end) = times(b, id);
            let around = open.entry(lane).or_default();
            while around.pop_if(|it| it.0 < end || it.0 <= start).is_some() {}
            let parent = match around.last() {
                Some(it) => Some(it.1),
                None => self.thread(b, lane),
            };
            around.push((end, id));
            let parent = parent.map(DraftId::key);
            b.draft(id).into_iter().for_each(|it| it.parent = parent);
        }
    }

    /// The span of a thread that has a name.
    fn thread(&mut self, b: &mut TraceBuilder, lane: SpanKey) -> Option<DraftId> {
        let thread = self.threads.get_mut(&lane)?;
        if thread.span.is_none() {
            let process = self.processes.get(&thread.process).copied();
            let process = process.map_or("", |it| b.strings.name(it));
            let between = if process.is_empty() { "" } else { " / " };
            let name = [process, between, b.strings.name(thread.name)].concat();
            let name = b.intern(&name);
            thread.span = Some(b.span(Draft {
                name,
                record: thread.record,
                marks: Marks::END_DERIVED,
                ..Draft::default()
            }));
        }
        thread.span
    }
}

/// What events without a thread have in common that belong together.
fn lane(event: Json<'_>, category: &str, process: SpanKey) -> SpanKey {
    let id = event
        .first(&["id"])
        .or_else(|| event.path(&["id2", "global"]));
    match (id, event.path(&["id2", "local"])) {
        (None, local) => SpanKey::of((category, digits(local), process)),
        (id, _) => SpanKey::of((category, digits(id))),
    }
}

/// An id, as a number or in quotes.
fn digits(id: Option<Json<'_>>) -> &str {
    id.map_or("", Json::text).trim_matches('"')
}

/// Nanoseconds of a number of microseconds.
fn nanos(time: Option<Json<'_>>) -> Option<i64> {
    time.and_then(micros).map(Moment::nanos)
}
