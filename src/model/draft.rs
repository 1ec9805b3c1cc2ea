//! A span as an importer sees it, before it is one.

use std::num::NonZeroI64;

use super::{ByteRange, Marks, SpanKey, Status, Sym, Work};

/// A moment in nanoseconds since 1970 UTC. `Option<Moment>` takes eight bytes, as a million spans want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(NonZeroI64);

impl Moment {
    /// The moment `unix_nanos`. (The very first one that fits an `i64`, in 1677, does not.)
    pub fn new(unix_nanos: i64) -> Option<Self> {
        NonZeroI64::new(unix_nanos ^ i64::MIN).map(Moment)
    }

    /// Nanoseconds since 1970 UTC.
    pub fn nanos(self) -> i64 {
        self.0.get() ^ i64::MIN
    }
}

/// A span that is being built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DraftId(pub(super) u32);

impl DraftId {
    /// A key for a span whose id the file does not give.
    pub fn key(self) -> SpanKey {
        SpanKey::of_draft(self)
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A span as an importer sees it.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    /// Its identity, where the file gives one.
    pub key: Option<SpanKey>,
    /// The span it lies in.
    pub parent: Option<SpanKey>,
    /// Its id in the file.
    pub id: ByteRange,
    /// [`Trace::id_checks`](super::Trace::id_checks) of that id, where it was taken while the record
    /// was at hand. [`TraceBuilder`](super::TraceBuilder) sees to it.
    pub id_check: Option<u8>,
    /// What the file says about it.
    pub record: ByteRange,
    /// First moment.
    pub start: Option<Moment>,
    /// Last moment. With [`Marks::END_DERIVED`] and none: that of what lies in it.
    pub end: Option<Moment>,
    /// What kind of work it is. The builder's own methods set it.
    pub work: Work,
    /// Its name in the file.
    pub name: Sym,
    /// What recorded it: two instrumentations may record the same call.
    pub scope: Sym,
    /// Which trace of the file it belongs to, from 0.
    pub trace: u32,
    /// Which turn of that trace, where the file tells turns apart without a span for each.
    pub turn: u32,
    /// How it ended.
    pub status: Status,
    /// How much of this is the file's own word.
    pub marks: Marks,
}

impl Default for Draft {
    fn default() -> Self {
        Draft {
            key: None,
            parent: None,
            id: ByteRange::default(),
            id_check: None,
            record: ByteRange::default(),
            start: None,
            end: None,
            work: Work::Other,
            name: Sym::default(),
            scope: Sym::default(),
            trace: 0,
            turn: 0,
            status: Status::Unset,
            marks: Marks::default(),
        }
    }
}

/// What an LLM call said, where it is read later which tool calls it asked for.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// The LLM call.
    pub llm_call: DraftId,
    /// The number of its trace.
    pub trace: u32,
    /// What it said, in the file.
    pub at: ByteRange,
    /// How many requests come before its own.
    pub(super) place: usize,
}

/// A tool call that an LLM call asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The LLM call.
    pub llm_call: DraftId,
    /// [`TraceBuilder::call_key`](super::TraceBuilder::call_key) of its id, where it has one.
    pub call: Option<SpanKey>,
    /// The tool.
    pub name: Sym,
    /// The id, in the file.
    pub call_id: ByteRange,
    /// The arguments, in the file.
    pub input: ByteRange,
}
