//! A trace that grows: what is settled stays as it is, and the end is built anew each time.
//!
//! A turn is settled when others have come after it. The rest, the drafts from a [`Mark`] on, is
//! small however long the trace is; it is made a trace of its own, in the same way as a whole file,
//! and takes the place of the last such end. What later turns out to belong into a settled turn (a
//! parent that comes after its children, a result of long ago) unsettles from there on: that is right,
//! and costs more.

use std::sync::Arc;

use super::{
    Clock, Draft, DraftId, IssueKind, Issues, KeyMap, KeySet, Moment, Source, SpanId, SpanKey,
    Status, Trace, TraceBuilder, Work,
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
}

impl Growing {
    /// How many last turns are not settled: what comes next mostly belongs to them.
    const OPEN: usize = 2;
    /// Of so many settled spans that still run the bars grow.
    const RUNNING: usize = 256;

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
        let mut end = loop {
            let (mut end, needs) = self.end_of(builder);
            std::mem::swap(&mut end.strings, &mut builder.strings);
            tell(&mut end);
            std::mem::swap(&mut end.strings, &mut builder.strings);
            match needs.into_iter().chain(self.tied(&end)).min() {
                Some(draft) => self.back_to(draft),
                None => break end,
            }
        };
        let at = self.mark().at;
        trace.name = end
            .names
            .pop()
            .or(builder.names.last().cloned())
            .map(|it| it.1);
        trace.tally = builder.tally;
        trace.follow_strings(builder);
        self.n_built += end.drafts.len();
        let n_drafts = end.drafts.len();
        end.renumber();
        let source: Arc<Source> = trace.source.clone();
        let (mut built, mut spans_of) = end.finish_in_place(&source, format);
        drop(source);
        // Those of calls that never ran were made here: they go with the LLM calls.
        spans_of.truncate(n_drafts);
        built.source = trace.source.clone();
        // A parent may still come.
        built.issues.remove(IssueKind::MissingParent);
        self.join(builder, trace, &built);
        self.settle(builder, trace, &spans_of);
        builder.unsettled = self.mark().draft;
        Grown {
            from: at,
            end: built,
        }
    }

    fn mark(&self) -> Mark {
        self.marks.last().copied().unwrap_or_default()
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
        end.before = Some(Before {
            epoch: self.epoch,
            last: mark.last,
        });
        end.stated.clone_from(&builder.stated);
        let mut new_ids = KeyMap::default();
        for draft in builder.drafts.iter().skip(mark.draft as usize) {
            end.take(builder, *draft, &mut new_ids);
        }
        let mut needs = None;
        for tool in &mut end.tool_calls {
            let Some(by) = tool.requested_by else {
                continue;
            };
            tool.requested_by = new_ids.get(&SpanKey::of(by)).copied();
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
        let parents = drafts.clone().filter_map(|it| it.parent);
        let parents =
            parents.filter_map(|it| it.draft().map_or_else(|| by_key(it), |it| Some(it.0)));
        let own = drafts.filter_map(|it| by_key(it.key?));
        let asked = end.requests.iter().filter_map(|it| by_key(it.call?));
        #[expect(clippy::iter_over_hash_type, reason = "the first of all is the same")]
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
        trace.append(built);
        trace.issues = builder.issues.clone();
        trace.issues.extend(&self.issues);
        trace.issues.extend(&built.issues);
        trace.let_run(&self.running, self.mark().at.spans);
    }

    /// Settles all turns but the last, as far as they have nothing to do with these.
    fn settle(&mut self, builder: &TraceBuilder, trace: &Trace, spans_of: &[Option<SpanId>]) {
        let mark = self.mark();
        let turns = trace.turns.get(mark.at.turns..).unwrap_or_default();
        let turn_of = |span: usize| {
            let after = turns.partition_point(|it| it.first.index() <= span);
            after.saturating_sub(1)
        };
        let n = turns.len();
        // By turn: its first draft, its last, and the first turn that it needs.
        let mut extents = vec![(u32::MAX, 0, n); n];
        for (place, span) in (0..).zip(spans_of) {
            let span = span.map_or(0, SpanId::index) + mark.at.spans;
            if let Some(it) = extents.get_mut(turn_of(span)) {
                *it = (it.0.min(place), it.1.max(place), it.2);
            }
        }
        for tool in trace.tool_calls.iter().skip(mark.at.tool_calls) {
            let asked = tool
                .requested_by
                .and_then(|it| trace.llm_calls.get(it.index()));
            let Some(asked) = asked else { continue };
            let (a, b) = (turn_of(asked.span.index()), turn_of(tool.span.index()));
            if let Some(it) = extents.get_mut(a.max(b)) {
                it.2 = it.2.min(a.min(b));
            }
        }
        let (mut first, mut needed) = (u32::MAX, n);
        let mut chosen = None;
        for (turn, extent) in extents.iter().enumerate().skip(1).rev() {
            (first, needed) = (first.min(extent.0), needed.min(extent.2));
            let before = extents.get(..turn).unwrap_or_default();
            let is_apart = before.iter().all(|it| it.1 < first) && needed >= turn;
            if turn + Self::OPEN <= n && is_apart {
                chosen = Some((turn, first));
                break;
            }
        }
        if let Some((turn, place)) = chosen
            && let Some(turn_first) = turns.get(turn).map(|it| it.first)
        {
            self.settle_before(
                builder,
                trace,
                mark.at.turns + turn,
                turn_first,
                mark.draft + place,
            );
        }
    }

    fn settle_before(
        &mut self,
        builder: &TraceBuilder,
        trace: &Trace,
        turn: usize,
        span: SpanId,
        draft: u32,
    ) {
        let old = self.mark();
        let settled = trace
            .spans
            .get(old.at.spans..span.index())
            .unwrap_or_default();
        let n_agents = settled
            .iter()
            .filter(|it| matches!(it.work, Work::Agent(_)));
        let at = Settled {
            spans: span.index(),
            turns: turn,
            agents: old.at.agents + n_agents.count(),
            llm_calls: old.at.llm_calls
                + before(&trace.llm_calls, old.at.llm_calls, |it| it.span < span),
            tool_calls: old.at.tool_calls
                + before(&trace.tool_calls, old.at.tool_calls, |it| it.span < span),
            pieces: old.at.pieces + before(&trace.pieces, old.at.pieces, |it| it.0 < span),
        };
        let is_settled = |it: DraftId| it.0 < draft;
        let identified = builder.identified.as_deref().unwrap_or_default();
        let stop = settled.iter().map(super::Span::stop).max().unwrap_or(0);
        let epoch = (trace.clock == Clock::Wall).then_some(trace.epoch);
        let mark = Mark {
            at,
            draft,
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
