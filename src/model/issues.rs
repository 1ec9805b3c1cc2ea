//! What could not be taken as it stood, and what became of the records.

use super::ByteRange;

/// Something in the file that could not be taken as it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issue {
    /// What.
    pub kind: IssueKind,
    /// Where.
    pub at: ByteRange,
}

/// What can be wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IssueKind {
    /// The file ends in the middle of a record.
    Truncated,
    /// A record that is no JSON, or not the JSON its place asks for.
    BadRecord,
    /// Bytes between records that are no JSON.
    Malformed,
    /// Bytes that are no UTF-8.
    InvalidUtf8,
    /// A span names a parent that is not in the file.
    MissingParent,
    /// Spans that are each other's ancestors.
    Cycle,
    /// An id that was there before; the later record counts.
    DuplicateId,
    /// A span that ends before it starts.
    NegativeDuration,
    /// A span that lies outside its parent by more than clocks drift.
    OutsideParent,
    /// A time that cannot be meant as written (before 2000 or after 2100).
    UnlikelyTime,
    /// A time that could not be read.
    BadTime,
    /// Times that do not say of which zone they are; said once.
    NoZone,
    /// A token count that is negative, no whole number, or larger than any can be.
    BadCount,
    /// Parts of a sum that are larger than the sum.
    CountsDisagree,
    /// A kind of record that this format is not known to have.
    UnknownRecord,
    /// The file of a sub-agent without the session that started it.
    SubAgentAlone,
    /// A span that only its log records name.
    LogsAlone,
    /// One call that two instrumentations recorded; shown once.
    RecordedTwice,
    /// Attributes that the writer left out.
    DroppedAttributes,
    /// The writer ended the run without closing this span.
    Unfinished,
}

/// All issues of a trace. Of each kind the first hundred are kept and the rest counted.
#[derive(Clone, Debug, Default)]
pub struct Issues {
    /// The first of each kind, in the order they were met.
    pub list: Vec<Issue>,
    /// By kind, in the order of the kinds: a few.
    pub(super) counts: Vec<(IssueKind, u32)>,
}

impl Issues {
    const KEPT: u32 = 100;

    /// Adds an issue.
    pub fn push(&mut self, kind: IssueKind, at: ByteRange) {
        let at_kind = self
            .counts
            .iter()
            .position(|it| it.0 >= kind)
            .unwrap_or(self.counts.len());
        if self.counts.get(at_kind).is_none_or(|it| it.0 != kind) {
            self.counts.insert(at_kind, (kind, 0));
        }
        let Some((_, count)) = self.counts.get_mut(at_kind) else {
            return;
        };
        *count += 1;
        if *count <= Self::KEPT {
            self.list.push(Issue { kind, at });
        }
    }

    /// Adds all of `others`.
    pub(super) fn extend(&mut self, others: &Issues) {
        for it in &others.list {
            self.push(it.kind, it.at);
        }
        for (kind, n) in &others.counts {
            let listed = others.list.iter().filter(|it| it.kind == *kind).count() as u32;
            let of_kind = self.counts.iter_mut().find(|it| it.0 == *kind);
            of_kind
                .into_iter()
                .for_each(|it| it.1 += n.saturating_sub(listed));
        }
        super::sort_by_key(&mut self.list, |it| (it.at.start.into(), 0));
    }

    /// Forgets those of a kind.
    pub(super) fn remove(&mut self, kind: IssueKind) {
        self.list.retain(|it| it.kind != kind);
        self.counts.retain(|it| it.0 != kind);
    }

    /// How many there are of each kind.
    pub fn counts(&self) -> impl Iterator<Item = (IssueKind, u32)> {
        self.counts.iter().copied()
    }

    /// How many there are.
    pub fn total(&self) -> u32 {
        self.counts.iter().map(|it| it.1).sum()
    }
}

/// What became of the records of a file: `read + other + bad` is how many it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Became (part of) a span.
    pub read: u32,
    /// Are about something else: a header, a snapshot, a log line.
    pub other: u32,
    /// Could not be read.
    pub bad: u32,
}

impl Tally {
    /// All records.
    pub fn total(self) -> u32 {
        self.read + self.other + self.bad
    }
}
