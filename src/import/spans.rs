//! Spans with OpenTelemetry's attributes, whatever wraps them: an envelope says where things
//! stand, this makes drafts of them.
//!
//! The dialect is told of each span for itself: files mix them. Wrappers that repeat the sum of
//! usage (`invoke_agent`, `ai.generateText`, …) are agents or other spans, no LLM calls.

use super::attributes::Operation;
use super::events::Events;
use super::facts::Facts;
use super::ids::padded;
use super::inside::Inside;
use super::records::Record;
use crate::model::{
    Draft, DraftId, Json, KeyMap, Marks, Moment, SpanKey, Status, Sym, TraceBuilder, sort_by_key,
};
use std::borrow::Cow;

/// The id of no span: some writers have it where a root has no parent.
const NO_SPAN: &str = "0000000000000000";

/// A span as its envelope has it.
pub(super) struct Raw<'a> {
    /// Ids in their one spelling; "" for none.
    pub(super) trace: Cow<'a, str>,
    pub(super) id: Cow<'a, str>,
    pub(super) parent: Cow<'a, str>,
    /// All that stands outside of the attributes.
    pub(super) draft: Draft,
    /// A list of keys and values, or an object.
    pub(super) attributes: Option<Json<'a>>,
    pub(super) events: Events<'a>,
    /// Why it failed, where its status says so.
    pub(super) error: crate::model::ByteRange,
}

impl Raw<'_> {
    /// The same with the zeros that its writer left out of ids.
    pub(super) fn padded(self) -> Self {
        Raw {
            trace: padded(self.trace),
            id: padded(self.id),
            parent: padded(self.parent),
            ..self
        }
    }
}

/// The spans of a file.
#[derive(Default)]
pub(super) struct Spans {
    /// The traces by their ids: what number each has.
    numbers: KeyMap<u32>,
    /// The last of them: spans of one trace come together.
    latest: (String, u32),
    traces: Vec<TraceFacts>,
    inside: Inside,
}

/// What is known of a trace.
#[derive(Clone, Copy, Default)]
struct TraceFacts {
    /// The conversation it belongs to.
    conversation: Option<SpanKey>,
    /// The same by an id that says less.
    session: Option<SpanKey>,
    /// The first start in it.
    start: Option<i64>,
    name: Sym,
}

impl Spans {
    /// Adds a span.
    pub(super) fn add<'a>(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'a>,
        raw: Raw<'a>,
    ) -> DraftId {
        let Raw {
            trace,
            id,
            parent,
            mut draft,
            attributes,
            events,
            error,
        } = raw;
        let mut facts = Facts::default();
        facts.error = error;
        draft.trace = self.trace(&trace);
        if let Some(attributes) = attributes {
            facts.read(b, record, attributes);
        }
        let (mut id, mut parent) = (id, parent);
        if facts.is_pending {
            // What began and has not ended: as a child of itself, and with its parent told apart.
            (id, parent) = (parent, std::mem::take(&mut facts.pending_parent));
            draft.end = None;
            draft.marks = draft.marks.without(Marks::END_DERIVED);
        }
        if !id.is_empty() {
            draft.key = Some(SpanKey::of((draft.trace, id.as_ref())));
        }
        if !parent.is_empty() && parent != NO_SPAN {
            draft.parent = Some(SpanKey::of((draft.trace, parent.as_ref())));
        }
        self.note(&draft, &facts);
        let mut error = facts.error;
        if error.is_empty() && draft.status == Status::Error {
            error = events.error(record);
        }
        let kind = facts.kind(b, &draft);
        let agent = (kind == Operation::MaybeAgent).then(|| facts.agent());
        let id = facts.add(b, record, draft, kind, events);
        if let Some(agent) = agent {
            self.inside.agents.push((id, agent));
        }
        if kind == Operation::Step {
            self.inside.steps.push(id);
        }
        if draft.status == Status::Error && !error.is_empty() {
            b.error(id, error);
        }
        id
    }

    /// The number of a trace.
    pub(super) fn trace(&mut self, id: &str) -> u32 {
        if self.latest.0 == id && !self.numbers.is_empty() {
            return self.latest.1;
        }
        let next = self.numbers.len() as u32;
        let trace = *self.numbers.entry(SpanKey::of(id)).or_insert(next);
        id.clone_into(&mut self.latest.0);
        self.latest.1 = trace;
        if trace == next {
            self.traces.push(TraceFacts::default());
        }
        trace
    }

    /// Notes what a span says of its trace: most of it the root does.
    fn note(&mut self, draft: &Draft, facts: &Facts<'_>) {
        let Some(it) = self.traces.get_mut(draft.trace as usize) else {
            return;
        };
        let start = draft.start.map(Moment::nanos);
        it.start = it.start.into_iter().chain(start).min();
        let is_root = draft.parent.is_none();
        if facts.conversation.is_some() && (is_root || it.conversation.is_none()) {
            it.conversation = facts.conversation;
        }
        if facts.session.is_some() && (is_root || it.session.is_none()) {
            it.session = facts.session;
        }
        if !facts.trace_name.is_empty() && (is_root || it.name.is_empty()) {
            it.name = facts.trace_name;
        }
    }

    /// Says what a trace is called and what conversation it belongs to.
    pub(super) fn know(&mut self, trace: u32, name: Sym, session: Option<SpanKey>) {
        if let Some(it) = self.traces.get_mut(trace as usize) {
            it.name = name;
            it.session = session.or(it.session);
        }
    }

    /// There are no more.
    pub(super) fn end(&mut self, b: &mut TraceBuilder) {
        self.inside.settle(b);
        // Traces of one conversation are its turns, in the order of their starts: what ends or is
        // sent first comes first in the file.
        let mut groups: KeyMap<u32> = KeyMap::default();
        let mut next = 0;
        let mut homes = Vec::with_capacity(self.traces.len());
        for trace in &self.traces {
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
        let starts = self.traces.iter().map(|it| it.start);
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
                .traces
                .get(*trace)
                .map_or("", |it| b.strings.name(it.name));
            if let (false, Some(home)) = (name.is_empty(), homes.get(*trace)) {
                let name = name.to_owned();
                b.name(home.0, name);
            }
        }
    }
}
