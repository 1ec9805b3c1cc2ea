//! What follows from where a span lies: how deep it is, where its subtree ends, times it has none of.

use super::{
    Clock, IssueKind, Marks, Nanos, SpanId, Status, Trace, from_end, in_slices, sort_in_slices,
};

/// A child that starts more than this before its parent was timed by another clock.
const DRIFT: Nanos = 1_000_000;

/// Fills in where subtrees end, and the times that follow from what lies in a span.
pub(super) async fn nest(trace: &mut Trace) {
    let n = trace.spans.len();
    in_slices(n, &mut |slice| {
        for i in slice {
            let Some(span) = trace.spans.get(i) else {
                continue;
            };
            if span.status == Status::Running {
                trace.issues.push(IssueKind::Unfinished, span.record);
            }
            let parent = span.parent.and_then(|it| trace.spans.get(it.index()));
            let Some((start, depth)) = parent.map(|it| (it.start, it.depth)) else {
                continue;
            };
            if let Some(span) = trace.spans.get_mut(i) {
                span.depth = depth.saturating_add(1);
                if span.marks.has(Marks::TIME_ABSENT) {
                    span.start = start;
                }
            }
        }
    })
    .await;
    // First start and last stop of what lies in each span and has a time.
    let mut cover = vec![(Nanos::MAX, Nanos::MIN); n];
    let mut has_absent = false;
    from_end(n, &mut |slice| {
        for i in slice.rev() {
            has_absent |= close(trace, &mut cover, i);
        }
    })
    .await;
    drop(cover);
    // What has no time of its own and nothing in it is drawn where its parent now starts.
    let n_left = if has_absent { n } else { 0 };
    in_slices(n_left, &mut |slice| {
        for i in slice {
            let span = trace.spans.get(i);
            let Some(span) = span.filter(|it| it.marks.has(Marks::TIME_ABSENT)) else {
                continue;
            };
            let parent = span.parent.and_then(|it| trace.spans.get(it.index()));
            let start = parent.map_or(0, |it| it.start);
            if let Some(span) = trace.spans.get_mut(i) {
                span.start = start;
            }
        }
    })
    .await;
    sort_in_slices(&mut trace.issues.list, |it| (it.at.start.into(), 0)).await;
}

/// Closes a span, all after it are closed. Whether it still has no time.
fn close(trace: &mut Trace, cover: &mut [(Nanos, Nanos)], i: usize) -> bool {
    let inside = cover.get(i).copied().filter(|it| it.0 <= it.1);
    let Some(span) = trace.spans.get_mut(i) else {
        return false;
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
    let is_absent = span.marks.has(Marks::TIME_ABSENT);
    let (parent, end) = (span.parent, span.end);
    let own = (span.start, span.stop());
    let Some(parent) = parent.map(SpanId::index) else {
        return is_absent;
    };
    if let Some(it) = trace.spans.get_mut(parent) {
        it.end = it.end.max(end);
    }
    if let Some(it) = cover.get_mut(parent).filter(|_| !is_absent) {
        *it = (it.0.min(own.0), it.1.max(own.1));
    }
    is_absent
}
