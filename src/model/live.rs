//! A trace that grows: what is settled stays as it is, and the end is built anew each time.
//!
//! A turn is settled when others have come after it. The rest, the drafts from a [`Mark`] on, is
//! small however long the trace is; it is made a trace of its own, in the same way as a whole file,
//! and takes the place of the last such end. What later turns out to belong into a settled turn (a
//! parent that comes after its children, a result of long ago) unsettles from there on: that is right,
//! and costs more.

use std::sync::Arc;

use super::{
    Clock, Draft, DraftId, IssueKind, Issues, KeyMap, KeySet, LlmCallId, Moment, Source, SpanId,
    SpanKey, Status, Trace, TraceBuilder, Work,
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
struct Mark {
    at: Settled,
    draft: u32,
    /// The draft of [`Settled::root`].
    root: Option<DraftId>,
    request: usize,
    piece: usize,
    identified: usize,
    last: i64,
}

/// What is known of a trace that grows. See the module.
#[derive(Debug, Default)]
pub struct Growing {
    /// Where the settled part ended, each time that more was settled.
    marks: Vec<Mark>,
    /// What settled drafts wait for or stand for: what comes with such a key belongs to them.
    ties: KeyMap<u32>,
    epoch: Option<i64>,
    /// Settled spans that still run.
    running: Vec<SpanId>,
    /// What was found when settled turns were built.
    issues: Issues,
    /// How many drafts were built into spans so far: what all the growing has cost.
    n_built: usize,
    /// Whether turns of a few spans are settled in parts, too.
    is_eager: bool,
}

impl Growing {
    /// Of so many settled spans that still run the bars grow.
    const RUNNING: usize = 256;

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
            let (mut built, mut spans_of) = end.finish_in_place(&source, format);
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

    fn mark(&self) -> Mark {
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
        let mut end = TraceBuilder::default();
        end.first = mark.draft;
        end.root = mark.root;
        end.before = Some(Before {
            epoch: self.epoch,
            last: mark.last,
        });
        end.stated.clone_from(&builder.stated);
        let mut new_ids = KeyMap::default();
        let root = mark.root.and_then(|it| builder.drafts.get(it.index()));
        let open = builder.drafts.iter().skip(mark.draft as usize);
        for draft in root.into_iter().chain(open) {
            end.take(builder, *draft, &mut new_ids);
        }
        let mut needs = None;
        for tool in &mut end.tool_calls {
            let Some(by) = tool.requested_by else {
                continue;
            };
            let new = new_ids.get(&SpanKey::of(by.index() as u32));
            tool.requested_by = new.map(|it| LlmCallId::new(*it as usize));
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

    /// Settles all but the end, as far as that has nothing to do with it: up to the beginning of a turn,
    /// or, where there is much of one, of a round in it.
    fn settle(&mut self, builder: &TraceBuilder, trace: &Trace, spans_of: &[Option<SpanId>]) {
        let mark = self.mark();
        let first = mark.at.spans;
        let n_roots = usize::from(mark.root.is_some());
        let n = trace.spans.len().saturating_sub(first);
        // By span: its first draft and its last.
        let mut drafts = vec![(u32::MAX, 0); n];
        for (place, span) in spans_of.iter().enumerate().skip(n_roots) {
            let at = span.and_then(|it| it.index().checked_sub(n_roots));
            if let Some(it) = at.and_then(|it| drafts.get_mut(it)) {
                let place = (place - n_roots) as u32;
                *it = (it.0.min(place), it.1.max(place));
            }
        }
        // By span: the last draft of those before it.
        let mut last = 0;
        let mut lasts = Vec::with_capacity(n);
        for it in &drafts {
            lasts.push(last);
            last = last.max(it.1);
        }
        let few = if self.is_eager { 8 } else { 128 };
        let needed = needed(trace, mark.at);
        let (mut begins, mut needs) = (u32::MAX, usize::MAX);
        for at in (1..n).rev() {
            let own = drafts.get(at).map_or(u32::MAX, |it| it.0);
            begins = begins.min(own);
            needs = needs.min(needed.get(at).copied().unwrap_or(0));
            let is_apart = needs >= first + at && lasts.get(at).is_some_and(|it| *it < begins);
            let span = SpanId::new(first + at);
            if let Some(mut part) = may_settle(trace, mark.at, span, few).filter(|_| is_apart) {
                part.spans = first + at;
                let draft = mark.draft + begins;
                let root = match part.root {
                    Some(root) if part.root == mark.at.root => mark.root.map(|it| (root, it)),
                    Some(root) => {
                        let own = root.index().checked_sub(first);
                        let own = own.and_then(|it| drafts.get(it));
                        own.map(|it| (root, DraftId(mark.draft + it.1)))
                    }
                    None => None,
                };
                if part.root.is_some() != root.is_some() {
                    continue;
                }
                self.settle_before(builder, trace, part, (draft, root.map(|it| it.1)));
                return;
            }
        }
    }

    fn settle_before(
        &mut self,
        builder: &TraceBuilder,
        trace: &Trace,
        part: Settled,
        (draft, root): (u32, Option<DraftId>),
    ) {
        let old = self.mark();
        let span = SpanId::new(part.spans);
        let settled = trace
            .spans
            .get(old.at.spans..span.index())
            .unwrap_or_default();
        let n_agents = settled
            .iter()
            .filter(|it| matches!(it.work, Work::Agent(_)));
        let at = Settled {
            agents: old.at.agents + n_agents.count(),
            llm_calls: old.at.llm_calls
                + before(&trace.llm_calls, old.at.llm_calls, |it| it.span < span),
            tool_calls: old.at.tool_calls
                + before(&trace.tool_calls, old.at.tool_calls, |it| it.span < span),
            pieces: old.at.pieces + before(&trace.pieces, old.at.pieces, |it| it.0 < span),
            ..part
        };
        let is_settled = |it: DraftId| it.0 < draft;
        let identified = builder.identified.as_deref().unwrap_or_default();
        let stop = settled.iter().map(super::Span::stop).max().unwrap_or(0);
        let epoch = (trace.clock == Clock::Wall).then_some(trace.epoch);
        let mark = Mark {
            at,
            draft,
            root,
            request: old.request
                + before(&builder.requests, old.request, |it| is_settled(it.llm_call)),
            piece: old.piece + before(&builder.pieces, old.piece, |it| is_settled(it.0)),
            identified: old.identified + before(identified, old.identified, |it| is_settled(it.1)),
            last: old.last.max(stop.saturating_add(epoch.unwrap_or(0))),
        };
        self.tie(builder, old, mark);
        let running = settled.iter().zip(old.at.spans..);
        let running = running.filter(|it| it.0.status == Status::Running);
        self.running.extend(running.map(|it| SpanId::new(it.1)));
        let too_many = self.running.len().saturating_sub(Self::RUNNING);
        self.running.drain(..too_many);
        self.epoch = epoch;
        self.marks.push(mark);
        let begins = builder.drafts.get(draft as usize).map(|it| it.record.start);
        let is_earlier = |it: &super::Issue| begins.is_some_and(|begins| it.at.start < begins);
        let read = &builder.issues.list;
        let found = trace.issues.list.iter().filter(|it| is_earlier(it));
        let mut issues = Issues::default();
        for it in found.filter(|it| !read.contains(it)) {
            issues.push(it.kind, it.at);
        }
        self.issues = issues;
    }

    /// Remembers the keys of drafts that are settled now.
    fn tie(&mut self, builder: &TraceBuilder, old: Mark, mark: Mark) {
        let drafts = builder.drafts.get(old.draft as usize..mark.draft as usize);
        let drafts = || drafts.unwrap_or_default().iter().zip(old.draft..);
        for (key, draft) in drafts().filter_map(|it| Some((it.0.key?, it.1))) {
            self.ties.insert(key, draft);
        }
        let by_key = |it: &Draft| it.parent.filter(|it| it.draft().is_none());
        for (key, draft) in drafts().filter_map(|it| Some((by_key(it.0)?, it.1))) {
            self.ties.entry(key).or_insert(draft);
        }
        let is_settled = |it: DraftId| it.0 < mark.draft;
        let requests = builder.requests.iter().skip(old.request);
        let asked = requests.filter(|it| is_settled(it.llm_call));
        let asked = asked.filter_map(|it| Some((it.call?, it.llm_call)));
        let ran = builder.identified.iter().flatten().skip(old.identified);
        let ran = ran.filter(|it| is_settled(it.1)).copied();
        let is_asked = |it: DraftId| {
            let Some(Work::Tool(tool)) = builder.get(it).map(|it| it.work) else {
                return false;
            };
            let tool = builder.tool_calls.get(tool.index());
            tool.is_some_and(|it| it.requested_by.is_some())
        };
        let ran = ran.filter(|it| !is_asked(it.1));
        let keys = |list: &mut dyn Iterator<Item = (SpanKey, DraftId)>| -> KeySet {
            list.map(|it| it.0).collect()
        };
        let (asked_for, done) = (keys(&mut asked.clone()), keys(&mut ran.clone()));
        let open = asked.filter(|it| !done.contains(&it.0));
        let free = ran.filter(|it| !asked_for.contains(&it.0));
        for (key, draft) in open.chain(free) {
            self.ties.entry(key).or_insert(draft.0);
        }
    }
}

/// How many of the entries from `from` on are such, before the first that is not.
fn before<T>(table: &[T], from: usize, is_such: impl Fn(&T) -> bool) -> usize {
    let rest = table.iter().skip(from);
    rest.take_while(|it| is_such(it)).count()
}

/// By span that is not settled: the first of them that a call in it has to do with.
fn needed(trace: &Trace, at: Settled) -> Vec<usize> {
    let n = trace.spans.len().saturating_sub(at.spans);
    let mut needed = vec![usize::MAX; n];
    for tool in trace.tool_calls.iter().skip(at.tool_calls) {
        let asked = tool.requested_by;
        let asked = asked.and_then(|it| trace.llm_calls.get(it.index()));
        let Some(asked) = asked else { continue };
        let (a, b) = (asked.span.index(), tool.span.index());
        let later = a.max(b).checked_sub(at.spans);
        if let Some(it) = later.and_then(|it| needed.get_mut(it)) {
            *it = (*it).min(a.min(b));
        }
    }
    needed
}

/// What is settled up to a span, if that is a place to settle up to: a turn after which others have
/// come, or, of four times a `few` spans, an LLM call that begins a round, with a few after it.
fn may_settle(trace: &Trace, at: Settled, id: SpanId, few: usize) -> Option<Settled> {
    /// How many last turns are not settled: what comes next mostly belongs to them.
    const OPEN: usize = 2;
    let known = at.turns.saturating_sub(usize::from(at.goes_on));
    let turns = trace.turns.get(known..)?;
    let turn = known + turns.partition_point(|it| it.first <= id).checked_sub(1)?;
    let facts = trace.turns.get(turn)?;
    if facts.first == id {
        let is_old = turn + OPEN <= trace.turns.len();
        return is_old.then_some(Settled {
            turns: turn,
            ..Settled::default()
        });
    }
    let n = trace.spans.len();
    let span = trace.span(id)?;
    if n - at.spans < 4 * few || n - id.index() < few || span.parent != facts.span {
        return None;
    }
    let is_whole = |it: SpanId| {
        let work = trace.span(it).map(|it| it.work);
        it == facts.first && matches!(work, Some(Work::Turn(_) | Work::Agent(_)))
    };
    let begins = begins_round(trace, id, span) && facts.span.is_none_or(is_whole);
    begins.then_some(Settled {
        turns: turn + 1,
        goes_on: true,
        root: facts.span,
        ..Settled::default()
    })
}

/// Whether an LLM call surely begins a round: the one before it did not fail, and is of another.
fn begins_round(trace: &Trace, id: SpanId, span: &super::Span) -> bool {
    /// How far back the one before is looked for.
    const FAR: usize = 64;
    let Some(call) = trace.llm_call(id) else {
        return false;
    };
    let spans = (id.index().saturating_sub(FAR)..id.index())
        .rev()
        .map(SpanId::new);
    let mut calls = spans.filter_map(|it| trace.span(it).zip(trace.llm_call(it)));
    let before = calls.find(|it| it.0.parent == span.parent);
    before.is_some_and(|it| {
        it.0.status != Status::Error && (call.round.is_none() || call.round != it.1.round)
    })
}
