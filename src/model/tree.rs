//! Drafts in the order of the file → spans in pre-order.

use std::sync::Arc;

use super::links::{Links, NONE};
use super::{
    ByteRange, Clock, Draft, DraftId, IssueKind, Marks, Moment, Nanos, Piece, Source, Span, SpanId,
    SpanKey, Status, Trace, TraceBuilder, Turn, Work, build::TurnFacts,
};

/// Makes the trace of the drafts and links.
pub(super) fn finish(
    mut builder: TraceBuilder,
    links: Links,
    source: &Arc<Source>,
    format: (&'static str, &'static str),
) -> (Trace, Vec<Option<SpanId>>) {
    let is_in_parts = source.files().nth(1).is_some();
    let (clock, epoch, last) = times(&mut builder, &links, is_in_parts);
    let order = order(&builder.drafts, &links);
    let mut new_index = vec![NONE; builder.drafts.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(it) = new_index.get_mut(*old as usize) {
            *it = new as u32;
        }
    }
    let new_id = |old: usize| {
        let new = new_index.get(links.standing(old)).copied();
        new.filter(|it| *it != NONE)
            .map(|it| SpanId::new(it as usize))
    };
    let pieces = pieces(&mut builder, &links, new_id);
    for (old, draft) in builder.drafts.iter_mut().enumerate() {
        let parent = links.parent(old).and_then(new_id);
        draft.parent = parent.map(|it| DraftId(it.index() as u32).key());
    }
    let spans_of = match builder.before {
        Some(_) => (0..builder.drafts.len()).map(new_id).collect(),
        None => Vec::new(),
    };
    drop(new_index);
    let mut drafts = std::mem::take(&mut builder.drafts);
    put_in_order(&mut drafts, order, links);
    let turns = TurnStarts::new(&drafts);
    // In the place of the drafts, which are larger: at no time there are both.
    let spans = drafts
        .into_iter()
        .map(|it| span(&it, epoch, last))
        .collect();
    builder.llm_calls.shrink_to_fit();
    builder.tool_calls.shrink_to_fit();
    let mut trace = Trace {
        source: source.clone(),
        format: format.0,
        format_name: format.1,
        name: builder.names.pop().map(|it| it.1),
        clock,
        epoch,
        spans,
        turns: Vec::new(),
        agents: std::mem::take(&mut builder.agents),
        llm_calls: std::mem::take(&mut builder.llm_calls),
        tool_calls: std::mem::take(&mut builder.tool_calls),
        stated: builder.stated.pop().map(|it| it.1).unwrap_or_default(),
        pieces,
        strings: Arc::default(),
        issues: std::mem::take(&mut builder.issues),
        tally: builder.tally,
        n_traces: 1,
    };
    let open = trace.spans.iter().filter(|it| it.status == Status::Running);
    open.for_each(|it| trace.issues.push(IssueKind::Unfinished, it.record));
    nest(&mut trace);
    name_owners(&mut trace);
    trace.turns = turns.turns(&trace, &builder.turns);
    (trace, spans_of)
}

/// The further parts of the file about each span. What a merged LLM call was sent and answered
/// counts where the call that stands for it has taken that over.
fn pieces(
    builder: &mut TraceBuilder,
    links: &Links,
    new_id: impl Fn(usize) -> Option<SpanId>,
) -> Vec<(SpanId, Piece, ByteRange)> {
    let call = |it: usize| match builder.drafts.get(it)?.work {
        Work::Llm(id) => builder.llm_calls.get(id.index()),
        _ => None,
    };
    let counts = |draft: usize, piece: Piece| {
        let same = |range: fn(&super::LlmCall) -> ByteRange| {
            call(draft).map(range) == call(links.standing(draft)).map(range)
        };
        match piece {
            Piece::Input => same(|it| it.input),
            Piece::Output => same(|it| it.output),
            Piece::Error | Piece::Record => true,
        }
    };
    let known = builder.pieces.iter().filter_map(|(draft, piece, at)| {
        let id = new_id(draft.index()).filter(|_| counts(draft.index(), *piece))?;
        Some((id, *piece, *at))
    });
    let mut pieces: Vec<_> = known.collect();
    builder.pieces = Vec::new();
    super::sort_by_key(&mut pieces, |it| {
        let by_place = matches!(it.1, Piece::Record).then_some(it.2.start);
        let order = i64::from(it.1 as u8) << 32 | i64::from(by_place.unwrap_or(0));
        (it.0.index() as i64, order)
    });
    pieces.dedup_by(|next, it| it.1 == Piece::Error && (it.0, it.1) == (next.0, next.1));
    pieces
}

/// Leaves the drafts in `order`, and no others.
fn put_in_order(drafts: &mut Vec<Draft>, order: Vec<u32>, links: Links) {
    let n_spans = order.len();
    let mut from = order;
    let merged = (0..drafts.len()).filter(|it| links.is_merged(*it));
    from.extend(merged.map(|it| it as u32));
    drop(links);
    super::sort::arrange(drafts, &mut from);
    drafts.truncate(n_spans);
}

/// Settles the clock: whether there are times, the first and the last. Without times, numbers
/// the actions in the order of the file; where there are several files, what lies in a span is where
/// the span is.
fn times(builder: &mut TraceBuilder, links: &Links, is_in_parts: bool) -> (Clock, i64, i64) {
    let before = builder.before.unwrap_or_default();
    let live = |i: usize| !links.is_merged(i);
    let starts = || {
        let drafts = builder.drafts.iter().enumerate().filter(|(i, _)| live(*i));
        drafts.filter_map(|(_, it)| it.start.or(it.end))
    };
    let first = starts().map(Moment::nanos).min();
    if let Some(epoch) = before.epoch.or(first) {
        let ends = builder
            .drafts
            .iter()
            .flat_map(|it| [it.start, it.end])
            .flatten();
        let last = ends.map(Moment::nanos).max().unwrap_or(epoch);
        return (Clock::Wall, epoch, last.max(before.last));
    }
    let mut has_children = vec![false; builder.drafts.len()];
    for i in (0..builder.drafts.len()).filter(|i| live(*i)) {
        if let Some(it) = links.parent(i).and_then(|it| has_children.get_mut(it)) {
            *it = true;
        }
    }
    let order = if is_in_parts {
        order(&builder.drafts, links)
    } else {
        (0..builder.drafts.len() as u32).collect()
    };
    let mut step = before.last.max(0);
    for i in order {
        let Some(draft) = builder.drafts.get_mut(i as usize) else {
            continue;
        };
        let has_children = has_children.get(i as usize) == Some(&true);
        if has_children && !matches!(draft.work, Work::Llm(_) | Work::Tool(_)) {
            draft.marks = draft.marks.with(Marks::END_DERIVED);
            continue;
        }
        draft.start = Moment::new(step);
        step += 1;
        draft.end = Moment::new(step);
    }
    (Clock::Ordinal, 0, step)
}

/// Indices of the living drafts in pre-order, siblings by start, then in the order of the file.
fn order(drafts: &[Draft], links: &Links) -> Vec<u32> {
    // A draft without a time goes where its neighbors in the file are.
    let mut known = i64::MIN;
    let starts = drafts.iter().map(|it| {
        known = it.start.or(it.end).map_or(known, Moment::nanos);
        known
    });
    let starts: Vec<i64> = starts.collect();
    let mut by_start: Vec<u32> = (0..drafts.len() as u32)
        .filter(|i| !links.is_merged(*i as usize))
        .collect();
    super::sort_by_key(&mut by_start, |i| {
        let known = drafts.get(*i as usize).zip(starts.get(*i as usize));
        known.map_or((0, 0), |(draft, start)| (draft.turn.into(), *start))
    });
    drop(starts);

    let mut first_child = vec![NONE; drafts.len()];
    let mut next_sibling = vec![NONE; drafts.len()];
    let mut first_root = NONE;
    for i in by_start.iter().rev() {
        let head = match links.parent(*i as usize) {
            Some(parent) => first_child.get_mut(parent),
            None => Some(&mut first_root),
        };
        if let (Some(head), Some(next)) = (head, next_sibling.get_mut(*i as usize)) {
            *next = *head;
            *head = *i;
        }
    }
    // An explicit stack: a file can nest deeper than WebAssembly's call stack.
    let n_living = by_start.len();
    drop(by_start);
    let mut order = Vec::with_capacity(n_living);
    let mut stack = vec![first_root];
    while let Some(at) = stack.pop() {
        if at == NONE {
            continue;
        }
        order.push(at);
        stack.extend(next_sibling.get(at as usize));
        stack.extend(first_child.get(at as usize));
    }
    order
}

/// The span of a draft whose parent is named by its place among the spans. What follows from the
/// parent is left to [`nest`].
fn span(draft: &Draft, epoch: i64, last: i64) -> Span {
    let mut marks = draft.marks;
    let mut status = draft.status;
    let start = if let Some(moment) = draft.start.or(draft.end) {
        if draft.start.is_none() {
            marks = marks.with(Marks::START_DERIVED);
        }
        moment.nanos().saturating_sub(epoch)
    } else {
        marks = marks.with(Marks::TIME_ABSENT);
        0
    };
    let derive_end = draft.marks.has(Marks::END_DERIVED);
    let duration = match draft.end {
        Some(end) => end.nanos().saturating_sub(epoch).saturating_sub(start),
        None if draft.start.is_some() && !derive_end => {
            if status == Status::Unset {
                status = Status::Running;
            }
            last.saturating_sub(epoch).saturating_sub(start).max(0)
        }
        None => 0,
    };
    if duration < 0 {
        marks = marks.with(Marks::TIME_REPAIRED);
    }
    Span {
        start,
        duration,
        parent: draft
            .parent
            .and_then(SpanKey::draft)
            .map(|it| SpanId::new(it.index())),
        end: 0,
        name: draft.name,
        work: draft.work,
        id: draft.id,
        record: draft.record,
        depth: 0,
        status,
        marks,
    }
}

/// Fills in where subtrees end, and the times that follow from what lies in a span.
fn nest(trace: &mut Trace) {
    /// A child that starts more than this before its parent was timed by another clock.
    const DRIFT: Nanos = 1_000_000;
    for i in 0..trace.spans.len() {
        let parent = trace.spans.get(i).and_then(|it| it.parent);
        let Some((start, depth)) = parent
            .and_then(|it| trace.span(it))
            .map(|it| (it.start, it.depth))
        else {
            continue;
        };
        if let Some(span) = trace.spans.get_mut(i) {
            span.depth = depth.saturating_add(1);
            if span.marks.has(Marks::TIME_ABSENT) {
                span.start = start;
            }
        }
    }
    // First start and last stop of what lies in each span and has a time.
    let mut cover = vec![(Nanos::MAX, Nanos::MIN); trace.spans.len()];
    for i in (0..trace.spans.len()).rev() {
        let inside = cover.get(i).copied().filter(|it| it.0 <= it.1);
        let Some(span) = trace.spans.get_mut(i) else {
            continue;
        };
        span.end = span.end.max(i as u32 + 1);
        if span.duration < 0 {
            span.duration = 0;
            trace.issues.push(IssueKind::NegativeDuration, span.record);
        }
        if let Some((first, last)) = inside {
            if span.marks.has(Marks::TIME_ABSENT) {
                span.start = first;
                span.duration = last - first;
                span.marks = span
                    .marks
                    .without(Marks::TIME_ABSENT)
                    .with(Marks::START_DERIVED)
                    .with(Marks::END_DERIVED);
            } else if span.duration == 0 && span.marks.has(Marks::END_DERIVED) {
                span.duration = (last - span.start).max(0);
            } else if trace.clock == Clock::Wall && first < span.start.saturating_sub(DRIFT) {
                trace.issues.push(IssueKind::OutsideParent, span.record);
            }
        }
        let (parent, end) = (span.parent, span.end);
        let own = (!span.marks.has(Marks::TIME_ABSENT)).then(|| (span.start, span.stop()));
        let Some(parent) = parent.map(SpanId::index) else {
            continue;
        };
        if let Some(it) = trace.spans.get_mut(parent) {
            it.end = it.end.max(end);
        }
        if let (Some(it), Some(own)) = (cover.get_mut(parent), own) {
            *it = (it.0.min(own.0), it.1.max(own.1));
        }
    }
    // What has no time of its own and nothing in it is drawn where its parent now starts.
    for i in 0..trace.spans.len() {
        let Some(span) = trace
            .spans
            .get(i)
            .filter(|it| it.marks.has(Marks::TIME_ABSENT))
        else {
            continue;
        };
        let start = span
            .parent
            .and_then(|it| trace.span(it))
            .map_or(0, |it| it.start);
        if let Some(span) = trace.spans.get_mut(i) {
            span.start = start;
        }
    }
    super::sort_by_key(&mut trace.issues.list, |it| (it.at.start.into(), 0));
}

/// Tells each LLM and tool call its span; those whose span was merged into another go.
fn name_owners(trace: &mut Trace) {
    let nowhere = SpanId::new(u32::MAX as usize - 1);
    trace.llm_calls.iter_mut().for_each(|it| it.span = nowhere);
    trace.tool_calls.iter_mut().for_each(|it| it.span = nowhere);
    for (i, span) in trace.spans.iter().enumerate() {
        match span.work {
            Work::Llm(id) => trace
                .llm_calls
                .get_mut(id.index())
                .into_iter()
                .for_each(|it| it.span = SpanId::new(i)),
            Work::Tool(id) => trace
                .tool_calls
                .get_mut(id.index())
                .into_iter()
                .for_each(|it| it.span = SpanId::new(i)),
            _ => {}
        }
    }
    let gone = |span: SpanId| span == nowhere;
    if !trace.llm_calls.iter().any(|it| gone(it.span))
        && !trace.tool_calls.iter().any(|it| gone(it.span))
    {
        return;
    }
    let renumber = |living: Vec<bool>| {
        let mut next = 0;
        living
            .into_iter()
            .map(|it| {
                next += usize::from(it);
                next
            })
            .collect::<Vec<_>>()
    };
    let llm = renumber(trace.llm_calls.iter().map(|it| !gone(it.span)).collect());
    let tool = renumber(trace.tool_calls.iter().map(|it| !gone(it.span)).collect());
    let at = |table: &[usize], index: usize| table.get(index).map_or(0, |it| it.saturating_sub(1));
    for it in &mut trace.tool_calls {
        let by = it.requested_by.filter(|id| {
            trace
                .llm_calls
                .get(id.index())
                .is_some_and(|it| !gone(it.span))
        });
        it.requested_by = by.map(|id| super::LlmCallId::new(at(&llm, id.index())));
    }
    trace.llm_calls.retain(|it| !gone(it.span));
    trace.tool_calls.retain(|it| !gone(it.span));
    for span in &mut trace.spans {
        span.work = match span.work {
            Work::Llm(id) => Work::Llm(super::LlmCallId::new(at(&llm, id.index()))),
            Work::Tool(id) => Work::Tool(super::ToolCallId::new(at(&tool, id.index()))),
            other => other,
        };
    }
}

/// Where the file's own turn hint changes, by root.
struct TurnStarts(Vec<u32>);

impl TurnStarts {
    /// Of drafts in pre-order.
    fn new(drafts: &[Draft]) -> Self {
        let mut hint = 0;
        let mut starts = Vec::new();
        for (i, draft) in drafts.iter().enumerate() {
            if draft.parent.is_none() && draft.turn != hint {
                hint = draft.turn;
                starts.push(i as u32);
            }
        }
        TurnStarts(starts)
    }

    /// A turn begins at each turn span, and where the hint changes. Other roots belong to the turn
    /// before them.
    fn turns(self, trace: &Trace, said: &[TurnFacts]) -> Vec<Turn> {
        let mut turns: Vec<Turn> = Vec::new();
        let mut starts = self.0.into_iter().peekable();
        let mut at = 0;
        while let Some(span) = trace.spans.get(at) {
            let starts_here = starts.next_if(|it| *it as usize == at).is_some();
            let facts = match span.work {
                Work::Turn(id) => said.get(id.index()),
                _ => None,
            };
            if turns.is_empty() || facts.is_some() || starts_here {
                turns.push(Turn {
                    first: SpanId::new(at),
                    // Stands for the turn if it is a turn, or (checked below) alone and not an action.
                    span: (facts.is_some() || !matches!(span.work, Work::Llm(_) | Work::Tool(_)))
                        .then(|| SpanId::new(at)),
                    number: facts.and_then(|it| it.number),
                    input: facts
                        .map_or_else(|| input(trace, SpanId::new(at), span.work), |it| it.input),
                });
            } else if let Some(turn) = turns.last_mut()
                && !turn
                    .span
                    .and_then(|it| trace.span(it))
                    .is_some_and(|it| matches!(it.work, Work::Turn(_)))
            {
                turn.span = None;
            }
            at = span.end.max(at as u32 + 1) as usize;
        }
        turns
    }
}

/// What the user said, where a root that is no turn tells. What an LLM call is sent is its own.
fn input(trace: &Trace, root: SpanId, work: Work) -> ByteRange {
    let mut said = trace.pieces_of(root, Piece::Input);
    let said = said.next().filter(|_| !matches!(work, Work::Llm(_)));
    said.unwrap_or_default()
}
