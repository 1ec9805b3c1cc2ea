//! What a session is called: by the user, by Claude Code, or by its first prompt.

use crate::model::{Json, KeyMap, SpanKey, TraceBuilder};

/// The best name so far.
#[derive(Default)]
pub(super) struct Name {
    rank: u8,
    best: String,
    /// Summaries before the first message, by the record they end at. They may be of earlier
    /// sessions, unless that record is in this file.
    summaries: KeyMap<String>,
}

impl Name {
    /// The first prompt of a sub-agent.
    pub(super) const TASK: u8 = 1;
    pub(super) const PROMPT: u8 = 2;
    const SUMMARY: u8 = 3;
    pub(super) const MADE: u8 = 4;
    pub(super) const GIVEN: u8 = 5;

    /// A name. Of two as good the later counts, of prompts the first.
    pub(super) fn set(&mut self, rank: u8, name: &str) {
        let is_better = rank > self.rank || (rank == self.rank && rank > Self::PROMPT);
        if is_better && !name.trim().is_empty() {
            (self.rank, self.best) = (rank, name.trim().to_owned());
        }
    }

    /// A summary of the records up to `leaf`.
    pub(super) fn summary(&mut self, leaf: Option<Json<'_>>, summary: &str, has_begun: bool) {
        match leaf.and_then(Json::str) {
            Some(leaf) if !has_begun => {
                self.summaries.insert(SpanKey::of(leaf), summary.to_owned());
            }
            _ => self.set(Self::SUMMARY, summary),
        }
    }

    /// A record is in this file.
    pub(super) fn met(&mut self, uuid: Option<SpanKey>) {
        if !self.summaries.is_empty()
            && let Some(summary) = uuid.and_then(|it| self.summaries.remove(&it))
        {
            self.set(Self::SUMMARY, &summary);
        }
    }

    pub(super) fn tell(&self, b: &mut TraceBuilder) {
        if !self.best.is_empty() {
            b.name(0, self.best.clone());
        }
    }
}
