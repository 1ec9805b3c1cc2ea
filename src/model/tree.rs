//! Drafts in the order of the file → spans in pre-order.

use std::sync::Arc;

use super::ids::id_check;
use super::links::{Links, NONE};
use super::nest::nest;
use super::owners::name_owners;
use super::turns::TurnStarts;
use super::{
    ByteRange, Clock, Draft, DraftId, Marks, Moment, Piece, Source, Span, SpanId, SpanKey, Status,
    Trace, TraceBuilder, Work, from_end, in_slices, pause, sort_in_slices,
};

/// Makes the trace of the drafts and links.
pub(super) async fn finish(
    builder: &mut TraceBuilder,
    links: Links,
    source: &Arc<Source>,
    format: (&'static str, &'static str),
) -> (Trace, Vec<Option<SpanId>>) {
    let is_in_parts = source.files().nth(1).is_some();
    let (clock, epoch, last) = times(builder, &links, is_in_parts).await;
    let order = order(&builder.drafts, &links).await;
    let mut new_index = vec![NONE; builder.drafts.len()];
    in_slices(order.len(), &mut |slice| {
        for new in slice {
            let old = order.get(new).map_or(usize::MAX, |it| *it as usize);
            if let Some(it) = new_index.get_mut(old) {
                *it = new as u32;
            }
        }
    })
    .await;
    let new_id = |old: usize| {
        let new = new_index.get(links.standing(old)).copied();
        new.filter(|it| *it != NONE)
            .map(|it| SpanId::new(it as usize))
    };
    let pieces = pieces(builder, &links, &new_id).await;
    in_slices(builder.drafts.len(), &mut |slice| {
        for old in slice {
            let parent = links.parent(old).and_then(new_id);
            if let Some(draft) = builder.drafts.get_mut(old) {
                draft.parent = parent.map(|it| DraftId(it.index() as u32).key());
            }
        }
    })
    .await;
    let spans_of = match builder.before {
        Some(_) => (0..builder.drafts.len()).map(new_id).collect(),
        None => Vec::new(),
    };
    drop(new_index);
    let mut drafts = std::mem::take(&mut builder.drafts);
    put_in_order(&mut drafts, order, links).await;
    let turns = TurnStarts::new(&drafts);
    pause().await;
    let id_checks = id_checks(source, &drafts).await;
    // In the place of the drafts, which are larger: at no time there are both.
    let spans = drafts
        .into_iter()
        .map(|it| span(&it, epoch, last))
        .collect();
    pause().await;
    builder.llm_calls.shrink_to_fit();
    builder.tool_calls.shrink_to_fit();
    pause().await;
    let mut trace = Trace {
        source: source.clone(),
        format: format.0,
        format_name: format.1,
        name: builder.names.pop().map(|it| it.1),
        clock,
        epoch,
        spans,
        id_checks,
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
    nest(&mut trace).await;
    name_owners(&mut trace).await;
    trace.turns = turns.turns(&trace, &builder.turns);
    (trace, spans_of)
}

/// What was not taken while the record was at hand is read again.
async fn id_checks(source: &Source, drafts: &[Draft]) -> Vec<u8> {
    let read = |it: &Draft| id_check(source.slice(it.id));
    let mut checks = Vec::with_capacity(drafts.len());
    in_slices(drafts.len(), &mut |slice| {
        let drafts = drafts.get(slice).into_iter().flatten();
        checks.extend(drafts.map(|it| it.id_check.unwrap_or_else(|| read(it))));
    })
    .await;
    checks
}

/// The further parts of the file about each span. What a merged LLM call was sent and answered
/// counts where the call that stands for it has taken that over.
async fn pieces(
    builder: &mut TraceBuilder,
    links: &Links,
    new_id: &dyn Fn(usize) -> Option<SpanId>,
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
    let mut pieces = Vec::with_capacity(builder.pieces.len());
    in_slices(builder.pieces.len(), &mut |slice| {
        let slice = builder.pieces.get(slice).into_iter().flatten();
        pieces.extend(slice.filter_map(|(draft, piece, at)| {
            let id = new_id(draft.index()).filter(|_| counts(draft.index(), *piece))?;
            Some((id, *piece, *at))
        }));
    })
    .await;
    builder.pieces = Vec::new();
    let place = |it: &(SpanId, Piece, ByteRange)| {
        let by_place = matches!(it.1, Piece::Record).then_some(it.2.start);
        let order = i64::from(it.1 as u8) << 32 | i64::from(by_place.unwrap_or(0));
        (it.0.index() as i64, order)
    };
    sort_in_slices(&mut pieces, place).await;
    pieces.dedup_by(|next, it| it.1 == Piece::Error && (it.0, it.1) == (next.0, next.1));
    pieces
}

/// Leaves the drafts in `order`, and no others.
async fn put_in_order(drafts: &mut Vec<Draft>, order: Vec<u32>, links: Links) {
    let n_spans = order.len();
    let mut from = order;
    let merged = (0..drafts.len()).filter(|it| links.is_merged(*it));
    from.extend(merged.map(|it| it as u32));
    drop(links);
    super::sort::arrange(drafts, from).await;
    drafts.truncate(n_spans);
}

/// Settles the clock: whether there are times, the first and the last. Without times, numbers
/// the actions in the order of the file; where there are several files, what lies in a span is where
/// the span is.
async fn times(builder: &mut TraceBuilder, links: &Links, is_in_parts: bool) -> (Clock, i64, i64) {
    let before = builder.before.unwrap_or_default();
    let (mut first, mut last) = (None, None);
    let n = builder.drafts.len();
    in_slices(n, &mut |slice| {
        for i in slice {
            let draft = builder.drafts.get(i);
            let start = draft.and_then(|it| it.start).map(Moment::nanos);
            let end = draft.and_then(|it| it.end).map(Moment::nanos);
            last = last.max(start).max(end);
            if let Some(start) = start.or(end).filter(|_| !links.is_merged(i)) {
                first = Some(first.map_or(start, |it: i64| it.min(start)));
            }
        }
    })
    .await;
    if let Some(epoch) = before.epoch.or(first) {
        return (Clock::Wall, epoch, last.unwrap_or(epoch).max(before.last));
    }
    let mut has_children = vec![false; n];
    in_slices(n, &mut |slice| {
        for i in slice.filter(|i| !links.is_merged(*i)) {
            if let Some(it) = links.parent(i).and_then(|it| has_children.get_mut(it)) {
                *it = true;
            }
        }
    })
    .await;
    let order = if is_in_parts {
        order(&builder.drafts, links).await
    } else {
        (0..n as u32).collect()
    };
    let mut step = before.last.max(0);
    in_slices(order.len(), &mut |slice| {
        for i in order.get(slice).into_iter().flatten() {
            let Some(draft) = builder.drafts.get_mut(*i as usize) else {
                continue;
            };
            let has_children = has_children.get(*i as usize) == Some(&true);
            if has_children && !matches!(draft.work, Work::Llm(_) | Work::Tool(_)) {
                draft.marks = draft.marks.with(Marks::END_DERIVED);
                continue;
            }
            draft.start = Moment::new(step);
            step += 1;
            draft.end = Moment::new(step);
        }
    })
    .await;
    (Clock::Ordinal, 0, step)
}

/// Indices of the living drafts in pre-order, siblings by start, then in the order of the file.
async fn order(drafts: &[Draft], links: &Links) -> Vec<u32> {
    let by_start = by_start(drafts, links).await;
    let mut first_child = vec![NONE; drafts.len()];
    let mut next_sibling = vec![NONE; drafts.len()];
    let mut first_root = NONE;
    from_end(by_start.len(), &mut |slice| {
        for i in by_start.get(slice).into_iter().flatten().rev() {
            let head = match links.parent(*i as usize) {
                Some(parent) => first_child.get_mut(parent),
                None => Some(&mut first_root),
            };
            if let (Some(head), Some(next)) = (head, next_sibling.get_mut(*i as usize)) {
                *next = *head;
                *head = *i;
            }
        }
    })
    .await;
    // An explicit stack: a file can nest deeper than WebAssembly's call stack.
    let n_living = by_start.len();
    drop(by_start);
    let mut order = Vec::with_capacity(n_living);
    let mut stack = vec![first_root];
    in_slices(n_living, &mut |slice| {
        while order.len() < slice.end
            && let Some(at) = stack.pop()
        {
            if at == NONE {
                continue;
            }
            order.push(at);
            stack.extend(next_sibling.get(at as usize));
            stack.extend(first_child.get(at as usize));
        }
    })
    .await;
    order
}

/// Indices of the living drafts, by turn and start, then in the order of the file.
async fn by_start(drafts: &[Draft], links: &Links) -> Vec<u32> {
    // A draft without a time goes where its neighbors in the file are.
    let mut known = i64::MIN;
    let mut starts = Vec::with_capacity(drafts.len());
    let mut living = Vec::with_capacity(drafts.len());
    let (mut last, mut is_sorted) = ((0, i64::MIN), true);
    in_slices(drafts.len(), &mut |slice| {
        for i in slice {
            let Some(draft) = drafts.get(i) else { continue };
            known = draft.start.or(draft.end).map_or(known, Moment::nanos);
            starts.push((draft.turn, known));
            if !links.is_merged(i) {
                is_sorted &= last <= (draft.turn, known);
                last = (draft.turn, known);
                living.push(i as u32);
            }
        }
    })
    .await;
    if !is_sorted {
        let turn_and_start = |i: &u32| {
            starts
                .get(*i as usize)
                .map_or((0, 0), |it| (it.0.into(), it.1))
        };
        sort_in_slices(&mut living, turn_and_start).await;
    }
    living
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
