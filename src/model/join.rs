//! The end of a trace is cut off, and another put there.

use super::{AgentId, Draft, DraftId, KeyMap, Marks, SpanKey, TurnId};
use std::sync::Arc;

use super::{ByteRange, LlmCallId, Settled, SpanId, ToolCallId, Trace, TraceBuilder, Work};

impl Trace {
    /// All there is.
    pub fn extent(&self) -> Settled {
        Settled {
            spans: self.spans.len(),
            turns: self.turns.len(),
            agents: self.agents.len(),
            llm_calls: self.llm_calls.len(),
            tool_calls: self.tool_calls.len(),
            pieces: self.pieces.len(),
        }
    }

    /// Cuts off what is not in `part`.
    pub(super) fn truncate(&mut self, part: Settled) {
        self.spans.truncate(part.spans);
        self.turns.truncate(part.turns);
        self.agents.truncate(part.agents);
        self.llm_calls.truncate(part.llm_calls);
        self.tool_calls.truncate(part.tool_calls);
        self.pieces.truncate(part.pieces);
    }

    /// Adds the spans of `end` after those that are there. Its calls are put in the order of their
    /// spans, so that what is cut off with a span is the end of each table.
    pub(super) fn append(&mut self, end: &Trace) {
        let n_spans = self.spans.len();
        let moved = |it: SpanId| SpanId::new(it.index() + n_spans);
        let mut llm_ids: Vec<Option<LlmCallId>> = vec![None; end.llm_calls.len()];
        for (at, span) in end.spans.iter().enumerate() {
            if let Work::Llm(id) = span.work
                && let Some(call) = end.llm_calls.get(id.index())
            {
                let new = LlmCallId::new(self.llm_calls.len());
                llm_ids
                    .get_mut(id.index())
                    .into_iter()
                    .for_each(|it| *it = Some(new));
                let mut call = *call;
                call.span = SpanId::new(n_spans + at);
                self.llm_calls.push(call);
            }
        }
        for (at, span) in end.spans.iter().enumerate() {
            let mut span = *span;
            span.parent = span.parent.map(moved);
            span.end += n_spans as u32;
            span.work = match span.work {
                Work::Llm(id) => {
                    let new = llm_ids.get(id.index()).copied().flatten();
                    new.map_or(Work::Other, Work::Llm)
                }
                Work::Tool(id) => {
                    let mut tool = end.tool_calls.get(id.index()).copied().unwrap_or_default();
                    tool.span = SpanId::new(n_spans + at);
                    let by = tool.requested_by;
                    tool.requested_by = by.and_then(|it| *llm_ids.get(it.index())?);
                    self.tool_calls.push(tool);
                    Work::Tool(ToolCallId::new(self.tool_calls.len() - 1))
                }
                Work::Agent(id) => {
                    self.agents
                        .push(end.agents.get(id.index()).copied().unwrap_or_default());
                    Work::Agent(AgentId::new(self.agents.len() - 1))
                }
                other => other,
            };
            self.spans.push(span);
        }
        for mut turn in end.turns.iter().copied() {
            turn.first = moved(turn.first);
            turn.span = turn.span.map(moved);
            self.turns.push(turn);
        }
        let pieces = end.pieces.iter().copied();
        self.pieces
            .extend(pieces.map(|(id, piece, at): (SpanId, _, ByteRange)| (moved(id), piece, at)));
    }

    /// Spans that run go on to the last moment of those from `first` on, and so does what ends with them.
    pub(super) fn let_run(&mut self, running: &[SpanId], first: usize) {
        let ends = self.spans.get(first..).unwrap_or_default();
        let Some(last) = ends.iter().map(super::Span::stop).max() else {
            return;
        };
        for id in running {
            let mut at = Some(*id);
            while let Some(span) = at.and_then(|it| self.spans.get_mut(it.index())) {
                span.duration = span.duration.max(last.saturating_sub(span.start));
                at = span.parent;
                let follows = |it: &SpanId| {
                    let parent = self.spans.get(it.index());
                    parent.is_some_and(|it| it.marks.has(Marks::END_DERIVED))
                };
                at = at.filter(follows);
            }
        }
    }

    /// Takes in the names that have come since.
    pub(super) fn follow_strings(&mut self, builder: &TraceBuilder) {
        let known = self.strings.names.len();
        if builder.strings.names.len() > known {
            let strings = Arc::make_mut(&mut self.strings);
            for name in builder.strings.names.iter().skip(known) {
                strings.intern(name);
            }
        }
    }
}

impl TraceBuilder {
    /// Takes a draft from another builder, with what that has of it. `new_ids`: of its LLM calls.
    pub(super) fn take(
        &mut self,
        from: &TraceBuilder,
        mut draft: Draft,
        new_ids: &mut KeyMap<LlmCallId>,
    ) {
        draft.work = match draft.work {
            Work::Llm(id) => {
                self.llm_calls
                    .push(from.llm_calls.get(id.index()).copied().unwrap_or_default());
                let new = LlmCallId::new(self.llm_calls.len() - 1);
                new_ids.insert(SpanKey::of(id), new);
                Work::Llm(new)
            }
            Work::Tool(id) => {
                self.tool_calls
                    .push(from.tool_calls.get(id.index()).copied().unwrap_or_default());
                Work::Tool(ToolCallId::new(self.tool_calls.len() - 1))
            }
            Work::Agent(id) => {
                self.agents
                    .push(from.agents.get(id.index()).copied().unwrap_or_default());
                Work::Agent(AgentId::new(self.agents.len() - 1))
            }
            Work::Turn(id) => {
                self.turns
                    .push(from.turns.get(id.index()).copied().unwrap_or_default());
                Work::Turn(TurnId::new(self.turns.len() - 1))
            }
            Work::Other => Work::Other,
        };
        self.drafts.push(draft);
    }
}

impl TraceBuilder {
    /// Prepares for a trace that grows, before anything is read.
    pub fn grows(&mut self) {
        self.identified = Some(Vec::new());
    }

    /// Which trace of the file this is the end of takes in the others, each as a turn.
    pub fn join_traces(&mut self) {
        for draft in &mut self.drafts {
            (draft.trace, draft.turn) = (0, draft.trace);
        }
    }

    /// The first draft of which something may be said: those before it are settled.
    pub fn first(&self) -> DraftId {
        DraftId(self.first)
    }

    /// Numbers the drafts from 0.
    pub(super) fn renumber(&mut self) {
        let first = std::mem::take(&mut self.first);
        let own = |it: &mut DraftId| it.0 = it.0.saturating_sub(first);
        for draft in &mut self.drafts {
            let parent = draft.parent.and_then(SpanKey::draft);
            if let Some(parent) = parent {
                draft.parent = parent.0.checked_sub(first).map(|it| DraftId(it).key());
            }
        }
        self.requests
            .iter_mut()
            .for_each(|it| own(&mut it.llm_call));
        self.pieces.iter_mut().for_each(|it| own(&mut it.0));
        self.earlier_calls.iter_mut().for_each(|it| own(&mut it.1));
        #[expect(clippy::iter_over_hash_type, reason = "each entry is for itself")]
        self.calls.values_mut().for_each(own);
    }

    /// Where in the table a draft is.
    pub(super) fn place(&self, id: DraftId) -> usize {
        id.0.wrapping_sub(self.first) as usize
    }

    /// The draft at a place of the table.
    pub(super) fn id(&self, place: usize) -> DraftId {
        DraftId(self.first + place as u32)
    }

    /// Something is said of a draft.
    pub(super) fn touch(&mut self, id: DraftId) {
        self.unsettled = self.unsettled.min(id.0);
    }
}
