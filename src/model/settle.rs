//! What of a trace that grows is settled: what has nothing to do with its end.

use super::live::{Growing, Mark};
use super::{
    Clock, Draft, DraftId, Issues, KeySet, Settled, SpanId, SpanKey, Status, Trace, TraceBuilder,
    Work,
};

impl Growing {
    /// Settles all but the end, as far as that has nothing to do with it: up to the beginning of a turn,
    /// or, where there is much of one, of a round in it.
    pub(super) fn settle(
        &mut self,
        builder: &TraceBuilder,
        trace: &Trace,
        spans_of: &[Option<SpanId>],
    ) {
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
