//! A trace that grows: what is settled stays as it is, and the end is built anew each time.
//!
//! A turn is settled when others have come after it. The rest, the drafts from a [`Mark`] on, is
//! small however long the trace is; it is made a trace of its own, in the same way as a whole file,
//! and takes the place of the last such end. What later turns out to belong into a settled turn (a
//! parent that comes after its children, a result of long ago) unsettles from there on: that is right,
//! and costs more.

use std::sync::Arc;

use super::{
    DraftId, IssueKind, Issues, KeyMap, Moment, Source, SpanId, SpanKey, Trace, TraceBuilder,
    at_once,
};

/// What comes before the drafts of a builder.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    /// The epoch of the trace, where it has times.
    pub(super) epoch: Option<i64>,
    /// The last moment, or without times the last step.
    pub(super) last: i64,
}

/// How many entries of each of a trace's tables are settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Of [`Trace::spans`].
    pub spans: usize,
    /// Of [`Trace::turns`].
    pub turns: usize,
    /// Of [`Trace::agents`].
    pub agents: usize,
    /// Of [`Trace::llm_calls`].
    pub llm_calls: usize,
    /// Of [`Trace::tool_calls`].
    pub tool_calls: usize,
    /// Of [`Trace::pieces`].
    pub pieces: usize,
    /// Whether the last of the turns goes on after them.
    pub goes_on: bool,
    /// Its root, where it has one: that has an open end.
    pub root: Option<SpanId>,
}

impl Settled {
    /// Where a span of the end is in the trace that has `n_spans` before the end. The first of the
    /// end is the root that is settled, where there is one.
    pub(crate) fn moved(self, it: SpanId, n_spans: usize) -> SpanId {
        match self.root {
            Some(root) if it.index() == 0 => root,
            Some(_) => SpanId::new(it.index() + n_spans - 1),
            None => SpanId::new(it.index() + n_spans),
        }
    }
}

/// What a trace has grown by.
#[derive(Debug)]
pub struct Grown {
    /// What is as it was. All after that is new.
    pub from: Settled,
    /// All after that, as a trace of its own.
    pub end: Trace,
}

/// Where the settled part of a builder's tables ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark {
    pub(super) at: Settled,
    pub(super) draft: u32,
    /// The draft of [`Settled::root`].
    pub(super) root: Option<DraftId>,
    pub(super) request: usize,
    pub(super) piece: usize,
    pub(super) identified: usize,
    pub(super) last: i64,
}

/// What is known of a trace that grows. See the module.
#[derive(Debug, Default)]
pub struct Growing {
    /// Where the settled part ended, each time that more was settled.
    pub(super) marks: Vec<Mark>,
    /// What settled drafts wait for or stand for: what comes with such a key belongs to them.
    pub(super) ties: KeyMap<u32>,
    pub(super) epoch: Option<i64>,
    /// Settled spans that still run.
    pub(super) running: Vec<SpanId>,
    /// What was found when settled turns were built.
    pub(super) issues: Issues,
    /// How many drafts were built into spans so far: what all the growing has cost.
    pub(super) n_built: usize,
    /// Whether turns of a few spans are settled in parts, too.
    pub(super) is_eager: bool,
}

impl Growing {
    /// Of so many settled spans that still run the bars grow.
    pub(super) const RUNNING: usize = 256;

    /// Settles turns in parts that are not long, too: for tests.
    pub fn be_eager(&mut self) {
        self.is_eager = true;
    }

    /// The same, of which nothing was read yet.
    #[must_use]
    pub fn anew(&self) -> Self {
        Growing {
            is_eager: self.is_eager,
            ..Growing::default()
        }
    }

    /// How many spans were built in all: each time only those at the end.
    pub fn n_built(&self) -> usize {
        self.n_built
    }

    /// Brings `trace`, whose source is up to date, up to what the builder has. `tell` says what the
    /// file's reader knows beside.
    pub fn grow(
        &mut self,
        builder: &mut TraceBuilder,
        format: (&'static str, &'static str),
        tell: &dyn Fn(&mut TraceBuilder),
        trace: &mut Trace,
    ) -> Grown {
        self.back_to(builder.unsettled);
        let (built, spans_of) = loop {
            let (mut end, needs) = self.end_of(builder);
            std::mem::swap(&mut end.strings, &mut builder.strings);
            tell(&mut end);
            std::mem::swap(&mut end.strings, &mut builder.strings);
            if let Some(draft) = needs.into_iter().chain(self.tied(&end)).min() {
                self.back_to(draft);
                continue;
            }
            trace.name = end
                .names
                .pop()
                .or(builder.names.last().cloned())
                .map(|it| it.1);
            let n_drafts = end.drafts.len();
            self.n_built += n_drafts;
            end.renumber();
            let source: Arc<Source> = trace.source.clone();
            let finished = end.finish_one(&source, &builder.strings, format);
            let (mut built, mut spans_of) = at_once(finished);
            drop(source);
            // Those of calls that never ran were made here: they go with the LLM calls.
            spans_of.truncate(n_drafts);
            match self.mark().root {
                // Where another root has come, the turn is another.
                Some(root) if !self.is_alone(trace, &built, &spans_of) => self.back_to(root.0),
                root => {
                    if root.is_none() && self.mark().at.goes_on {
                        let first = built.turns.first_mut().into_iter();
                        first.for_each(|it| it.span = None);
                    }
                    break (built, spans_of);
                }
            }
        };
        let (mut built, at) = (built, self.mark().at);
        trace.tally = builder.tally;
        trace.follow_strings(builder);
        built.source = trace.source.clone();
        // A parent may still come.
        built.issues.remove(IssueKind::MissingParent);
        self.join(builder, trace, &built);
        self.settle(builder, trace, &spans_of);
        builder.unsettled = self.mark().draft;
        builder.open_root = self.mark().root;
        Grown {
            from: at,
            end: built,
        }
    }

    pub(super) fn mark(&self) -> Mark {
        self.marks.last().copied().unwrap_or_default()
    }

    /// Whether the first span is the only root of its turn, of the first draft, and what it was.
    fn is_alone(&self, trace: &Trace, built: &Trace, spans_of: &[Option<SpanId>]) -> bool {
        let first = Some(SpanId::new(0));
        let kind = |it: &super::Span| std::mem::discriminant(&it.work);
        let was = self.mark().at.root.and_then(|it| trace.span(it)).map(kind);
        spans_of.first() == Some(&first)
            && built.turns.first().is_some_and(|it| it.span == first)
            && built.spans.first().map(kind) == was
    }

    /// Unsettles what is not before `draft`.
    fn back_to(&mut self, draft: u32) {
        let before = self.marks.len();
        while self.marks.pop_if(|it| it.draft > draft).is_some() {}
        if self.marks.len() < before {
            let n_spans = self.mark().at.spans;
            self.running.retain(|it| it.index() < n_spans);
            self.issues = Issues::default();
        }
        if self.marks.is_empty() {
            self.epoch = None;
        }
    }

    /// What is not settled, as a builder of its own; and the settled draft that it cannot do without.
    fn end_of(&self, builder: &TraceBuilder) -> (TraceBuilder, Option<u32>) {
        let mark = self.mark();
        let mut end = TraceBuilder {
            first: mark.draft,
            root: mark.root,
            before: Some(Before {
                epoch: self.epoch,
                last: mark.last,
            }),
            stated: builder.stated.clone(),
            ..TraceBuilder::default()
        };
        let mut new_ids = KeyMap::default();
        let root = mark.root.and_then(|it| builder.drafts.get(it.index()));
        let open = builder.drafts.iter().skip(mark.draft as usize);
        for draft in root.into_iter().chain(open) {
            end.take(builder, *draft, &mut |old, new| {
                new_ids.insert(SpanKey::of(old.index() as u32), new);
            });
        }
        let mut needs = None;
        for tool in &mut end.tool_calls {
            let Some(by) = tool.requested_by else {
                continue;
            };
            let new = new_ids.get(&SpanKey::of(by.index() as u32));
            tool.requested_by = new.copied();
            if tool.requested_by.is_none()
                && let Some(call) = builder.llm_calls.get(by.index())
            {
                let draft = call.span.index() as u32;
                needs = needs.into_iter().chain([draft]).min();
            }
        }
        let is_here = |it: DraftId| it.0 >= mark.draft;
        let pieces = builder.pieces.iter().skip(mark.piece);
        end.pieces = pieces.filter(|it| is_here(it.0)).copied().collect();
        let requests = builder.requests.iter().skip(mark.request);
        end.requests = requests
            .filter(|it| is_here(it.llm_call))
            .copied()
            .collect();
        let identified = builder.identified.iter().flatten().skip(mark.identified);
        identified
            .filter(|it| is_here(it.1))
            .for_each(|it| end.identify(it.1, it.0));
        (end, needs.filter(|it| *it < mark.draft))
    }

    /// The first settled draft that something in `end` belongs to.
    fn tied(&self, end: &TraceBuilder) -> Option<u32> {
        let first = end.first;
        let drafts = end.drafts.iter();
        if self.marks.is_empty() {
            return None;
        }
        let is_before = |it: Option<Moment>| match self.epoch {
            Some(epoch) => it.is_some_and(|it| it.nanos() < epoch),
            None => it.is_some(),
        };
        // The first time of all, or the first time at all: all starts change.
        if drafts.clone().any(|it| is_before(it.start.or(it.end))) {
            return Some(0);
        }
        let by_key = |it: SpanKey| self.ties.get(&it).copied();
        let drafts = drafts.skip(usize::from(end.root.is_some()));
        let root = end.root.map(DraftId::key);
        let parents = drafts.clone().filter_map(|it| it.parent);
        let parents = parents.filter(|it| Some(*it) != root);
        let parents =
            parents.filter_map(|it| it.draft().map_or_else(|| by_key(it), |it| Some(it.0)));
        let own = drafts.filter_map(|it| by_key(it.key?));
        let asked = end.requests.iter().filter_map(|it| by_key(it.call?));
        let ran = end.calls.keys().filter_map(|it| by_key(*it));
        let all = parents.chain(own).chain(asked).chain(ran);
        all.filter(|it| *it < first).min()
    }

    /// Puts what was built in the place of the end that was.
    fn join(&mut self, builder: &TraceBuilder, trace: &mut Trace, built: &Trace) {
        trace.truncate(self.mark().at);
        let is_first = self.marks.is_empty();
        if is_first {
            (trace.format, trace.format_name) = (built.format, built.format_name);
            (trace.clock, trace.epoch) = (built.clock, built.epoch);
            trace.n_traces = 1;
        }
        trace.stated = built.stated;
        trace.append(built, self.mark().at);
        trace.issues = builder.issues.clone();
        trace.issues.extend(&self.issues);
        trace.issues.extend(&built.issues);
        trace.let_run(&self.running, self.mark().at.spans);
    }
}
