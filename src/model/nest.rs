//! What follows from where a span lies: how deep it is, where its subtree ends, times it has none of.

use super::{Clock, IssueKind, Marks, Nanos, SpanId, Trace, pause_at, sort_in_slices};

/// Fills in where subtrees end, and the times that follow from what lies in a span.
pub(super) async fn nest(trace: &mut Trace) {
    /// A child that starts more than this before its parent was timed by another clock.
    const DRIFT: Nanos = 1_000_000;
    for i in 0..trace.spans.len() {
        pause_at(i).await;
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
        pause_at(i).await;
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
        pause_at(i).await;
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
    sort_in_slices(&mut trace.issues.list, |it| (it.at.start.into(), 0)).await;
}
