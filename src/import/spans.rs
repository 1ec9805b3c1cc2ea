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
use super::traces::{TraceFacts, Traces};
use crate::model::{Draft, DraftId, Json, Marks, SpanKey, Status, Sym, TraceBuilder};
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
    traces: Traces,
    inside: Inside,
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
        draft.trace = self.traces.number(&trace);
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
        let said = TraceFacts {
            conversation: facts.conversation,
            session: facts.session,
            name: facts.trace_name,
            ..TraceFacts::default()
        };
        self.traces.note(&draft, said);
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
            self.inside.steps.push((id, None));
        }
        if draft.status == Status::Error && !error.is_empty() {
            b.error(id, error);
        }
        id
    }

    /// Notes what a span that was added otherwise says of its trace.
    pub(super) fn note(&mut self, draft: &Draft, about: TraceFacts) {
        self.traces.note(draft, about);
    }

    /// The number of a trace.
    pub(super) fn trace(&mut self, id: &str) -> u32 {
        self.traces.number(id)
    }

    /// Says what a trace is called and what conversation it belongs to.
    pub(super) fn know(&mut self, trace: u32, name: Sym, session: Option<SpanKey>) {
        if let Some(it) = self.traces.facts(trace) {
            it.name = name;
            it.session = session.or(it.session);
        }
    }

    /// There may be more: until all are there, each trace is a turn of one.
    pub(super) fn so_far(&self, b: &mut TraceBuilder) {
        self.inside.settle(b);
        b.join_traces();
    }

    /// There are no more.
    pub(super) fn end(&mut self, b: &mut TraceBuilder) {
        self.inside.settle(b);
        self.traces.end(b);
    }
}
