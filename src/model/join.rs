//! The end of a trace is cut off, and another put there.

use super::{AgentId, Draft, DraftId, Marks, SpanKey, TurnId};
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
            ..Settled::default()
        }
    }

    /// Cuts off what is not in `part`.
    pub(super) fn truncate(&mut self, part: Settled) {
        self.spans.truncate(part.spans);
        self.id_checks.truncate(part.spans);
        self.turns.truncate(part.turns);
        self.agents.truncate(part.agents);
        self.llm_calls.truncate(part.llm_calls);
        self.tool_calls.truncate(part.tool_calls);
        self.pieces.truncate(part.pieces);
    }

    /// Makes room for as many spans as there are soon to be. Whether it was made: that copies the
    /// largest table, which at 500,000 spans takes most of a frame.
    pub fn make_room(&mut self, n_spans: usize) -> bool {
        /// That many are copied in no time.
        const FEW: usize = 1 << 16;
        let has_room = self.spans.len() < FEW || self.spans.capacity() >= n_spans;
        let more = n_spans.saturating_sub(self.spans.len());
        !has_room && self.spans.try_reserve(more).is_ok()
    }

    /// Adds the spans of `end` after those that are there, as `at` has it. Its calls are put in the order
    /// of their spans, so that what is cut off with a span is the end of each table.
    pub(super) fn append(&mut self, end: &Trace, at: Settled) {
        let n_spans = self.spans.len();
        let n_roots = usize::from(at.root.is_some());
        let moved = |it: SpanId| at.moved(it, n_spans);
        let own = || end.spans.iter().enumerate().skip(n_roots);
        if let Some(open) = end.spans.first().filter(|_| n_roots > 0) {
            self.go_on(at.root, open, n_spans);
        }
        let mut llm_ids: Vec<Option<LlmCallId>> = vec![None; end.llm_calls.len()];
        for (at, span) in own() {
            if let Work::Llm(id) = span.work
                && let Some(call) = end.llm_calls.get(id.index())
            {
                let new = LlmCallId::new(self.llm_calls.len());
                llm_ids
                    .get_mut(id.index())
                    .into_iter()
                    .for_each(|it| *it = Some(new));
                let mut call = *call;
                call.span = moved(SpanId::new(at));
                self.llm_calls.push(call);
            }
        }
        for (at, span) in own() {
            let mut span = *span;
            span.parent = span.parent.map(moved);
            span.end += (n_spans - n_roots) as u32;
            span.work = match span.work {
                Work::Llm(id) => {
                    let new = llm_ids.get(id.index()).copied().flatten();
                    new.map_or(Work::Other, Work::Llm)
                }
                Work::Tool(id) => {
                    let mut tool = end.tool_calls.get(id.index()).copied().unwrap_or_default();
                    tool.span = moved(SpanId::new(at));
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
        let checks = end.id_checks.get(n_roots..).unwrap_or_default();
        self.id_checks.extend_from_slice(checks);
        let goes_on = usize::from(at.goes_on);
        for mut turn in end.turns.iter().copied().skip(goes_on) {
            turn.first = moved(turn.first);
            turn.span = turn.span.map(moved);
            self.turns.push(turn);
        }
        // What is said of the root in further places is shown at the end.
        let pieces = end.pieces.iter().filter(|it| it.0.index() >= n_roots);
        self.pieces.extend(
            pieces.map(|(id, piece, at): &(SpanId, _, ByteRange)| (moved(*id), *piece, *at)),
        );
    }

    /// A settled root whose end is open has got more inside.
    fn go_on(&mut self, root: Option<SpanId>, open: &super::Span, n_spans: usize) {
        let root = root.and_then(|it| self.spans.get_mut(it.index()));
        let Some(root) = root else { return };
        let stop = root.stop().max(open.stop());
        root.start = root.start.min(open.start);
        root.duration = stop.saturating_sub(root.start);
        root.status = open.status;
        root.end = n_spans as u32 + open.end - 1;
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
    /// Takes a draft from another builder, with what that has of it. The old id and the new one of an
    /// LLM call go to `renamed`.
    pub(super) fn take(
        &mut self,
        from: &TraceBuilder,
        mut draft: Draft,
        renamed: &mut dyn FnMut(LlmCallId, LlmCallId),
    ) {
        draft.work = match draft.work {
            Work::Llm(id) => {
                self.llm_calls
                    .push(from.llm_calls.get(id.index()).copied().unwrap_or_default());
                let new = LlmCallId::new(self.llm_calls.len() - 1);
                renamed(id, new);
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

    /// The root that the first of them lie in, where that is the only draft before them.
    pub fn root(&self) -> Option<DraftId> {
        self.root
    }

    /// Numbers the drafts from 0.
    pub(super) fn renumber(&mut self) {
        let place = |it: DraftId| DraftId(self.place(it).min(u32::MAX as usize) as u32);
        let parents = self
            .drafts
            .iter()
            .map(|it| it.parent.and_then(SpanKey::draft));
        let parents: Vec<_> = parents.map(|it| it.map(place)).collect();
        let requests: Vec<_> = self.requests.iter().map(|it| place(it.llm_call)).collect();
        let pieces: Vec<_> = self.pieces.iter().map(|it| place(it.0)).collect();
        let earlier: Vec<_> = self.earlier_calls.iter().map(|it| place(it.1)).collect();
        let calls = self.calls.iter().map(|it| (*it.0, place(*it.1))).collect();
        for (draft, parent) in self.drafts.iter_mut().zip(parents) {
            draft.parent = parent.map(DraftId::key).or(draft.parent);
        }
        let requested = self.requests.iter_mut().zip(requests);
        requested.for_each(|(it, place)| it.llm_call = place);
        self.pieces
            .iter_mut()
            .zip(pieces)
            .for_each(|(it, place)| it.0 = place);
        let earlier = self.earlier_calls.iter_mut().zip(earlier);
        earlier.for_each(|(it, place)| it.1 = place);
        self.calls = calls;
        (self.first, self.root) = (0, None);
    }

    /// Where in the table a draft is.
    pub(super) fn place(&self, id: DraftId) -> usize {
        match self.root {
            Some(root) if root == id => 0,
            root => {
                let place = id.0.checked_sub(self.first);
                place.map_or(usize::MAX, |it| it as usize + usize::from(root.is_some()))
            }
        }
    }

    /// The draft at a place of the table.
    pub(super) fn id(&self, place: usize) -> DraftId {
        match (self.root, place) {
            (Some(root), 0) => root,
            (root, place) => DraftId(self.first + (place - usize::from(root.is_some())) as u32),
        }
    }

    /// Something is said of a draft.
    pub(super) fn touch(&mut self, id: DraftId) {
        if id.0 < self.unsettled && self.open_root != Some(id) {
            self.unsettled = id.0;
        }
    }
}
