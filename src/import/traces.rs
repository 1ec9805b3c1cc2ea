//! The traces of a file whose spans name theirs, and the conversations whose turns they are.

use crate::model::{Draft, KeyMap, Moment, SpanKey, Sym, TraceBuilder, sort_by_key};

/// The traces of a file.
#[derive(Default)]
pub(super) struct Traces {
    /// The traces by their ids: what number each has.
    numbers: KeyMap<u32>,
    /// The last of them: spans of one trace come together.
    latest: (String, u32),
    list: Vec<TraceFacts>,
}

/// What is known of a trace.
#[derive(Clone, Copy, Default)]
pub(super) struct TraceFacts {
    /// The conversation it belongs to.
    pub(super) conversation: Option<SpanKey>,
    /// The same by an id that says less.
    pub(super) session: Option<SpanKey>,
    pub(super) name: Sym,
    /// The first start in it.
    pub(super) start: Option<i64>,
}

impl Traces {
    /// The number of a trace.
    pub(super) fn number(&mut self, id: &str) -> u32 {
        if self.latest.0 == id && !self.numbers.is_empty() {
            return self.latest.1;
        }
        let next = self.numbers.len() as u32;
        let trace = *self.numbers.entry(SpanKey::of(id)).or_insert(next);
        id.clone_into(&mut self.latest.0);
        self.latest.1 = trace;
        if trace == next {
            self.list.push(TraceFacts::default());
        }
        trace
    }

    /// What is known of a trace.
    pub(super) fn facts(&mut self, trace: u32) -> Option<&mut TraceFacts> {
        self.list.get_mut(trace as usize)
    }

    /// Notes what a span says of its trace: most of it the root does.
    pub(super) fn note(&mut self, draft: &Draft, said: TraceFacts) {
        let Some(it) = self.facts(draft.trace) else {
            return;
        };
        let start = draft.start.map(Moment::nanos);
        it.start = it.start.into_iter().chain(start).min();
        let is_root = draft.parent.is_none();
        if said.conversation.is_some() && (is_root || it.conversation.is_none()) {
            it.conversation = said.conversation;
        }
        if said.session.is_some() && (is_root || it.session.is_none()) {
            it.session = said.session;
        }
        if !said.name.is_empty() && (is_root || it.name.is_empty()) {
            it.name = said.name;
        }
    }

    /// There are no more. Traces of one conversation are its turns, in the order of their starts:
    /// what ends or is sent first comes first in the file.
    pub(super) fn end(&mut self, b: &mut TraceBuilder) {
        let mut groups: KeyMap<u32> = KeyMap::default();
        let mut next = 0;
        let mut homes = Vec::with_capacity(self.list.len());
        for trace in &self.list {
            let mut new_group = || {
                next += 1;
                next - 1
            };
            let group = match trace.conversation.or(trace.session) {
                Some(key) => *groups.entry(key).or_insert_with(new_group),
                None => new_group(),
            };
            homes.push((group, 0));
        }
        let starts = self.list.iter().map(|it| it.start);
        let mut by_start: Vec<(Option<i64>, usize)> = starts.zip(0..).collect();
        sort_by_key(&mut by_start, |it| (it.0.unwrap_or(i64::MIN), it.1 as i64));
        let mut turns = vec![0; next as usize];
        for (_, trace) in &by_start {
            if let Some(home) = homes.get_mut(*trace)
                && let Some(turn) = turns.get_mut(home.0 as usize)
            {
                *turn += 1;
                home.1 = *turn;
            }
        }
        b.regroup(|trace| homes.get(trace as usize).copied().unwrap_or_default());
        // The name of the first turn is told last, and counts.
        for (_, trace) in by_start.iter().rev() {
            let name = self
                .list
                .get(*trace)
                .map_or("", |it| b.strings.name(it.name));
            if let (false, Some(home)) = (name.is_empty(), homes.get(*trace)) {
                let name = name.to_owned();
                b.name(home.0, name);
            }
        }
    }
}
