//! What is written in which scope.

use crate::analysis::Rounds;
use crate::model::{Clock, Marks, Nanos, Span, SpanId, Trace, Work, in_slices};

/// What lies directly in a scope.
#[derive(Clone, Default)]
pub(super) struct Content {
    /// Tool calls in the round of no LLM call.
    pub(super) tools: Vec<SpanId>,
    /// Spans that are neither turn, agent nor action.
    pub(super) others: Vec<SpanId>,
    /// Whether it has an LLM call or a tool call.
    pub(super) has_actions: bool,
    /// First start and last stop of what has times.
    pub(super) cover: Option<(Nanos, Nanos)>,
}

/// Sorts all spans into the scopes that they are written in.
pub(super) async fn contents(trace: &Trace, rounds: &Rounds) -> Vec<Content> {
    let mut contents = vec![Content::default(); rounds.scopes.len()];
    in_slices(trace.spans.len(), &mut |slice| {
        let ids = slice.clone().map(SpanId::new);
        for (id, span) in ids.zip(trace.spans.get(slice).unwrap_or_default()) {
            add(trace, rounds, id, span, &mut contents);
        }
    })
    .await;
    contents
}

fn add(trace: &Trace, rounds: &Rounds, id: SpanId, span: &Span, contents: &mut [Content]) {
    let scope = home(rounds, id).and_then(|it| contents.get_mut(it as usize));
    let Some(content) = scope else { return };
    match span.work {
        Work::Turn(_) => return,
        Work::Agent(_) => {}
        Work::Tool(_) if is_alone(trace, rounds, id) => {
            content.has_actions = true;
            content.tools.push(id);
        }
        Work::Llm(_) | Work::Tool(_) => content.has_actions = true,
        Work::Other => content.others.push(id),
    }
    if trace.clock == Clock::Wall && !span.marks.has(Marks::TIME_ABSENT) {
        let (start, stop) = content.cover.unwrap_or((span.start, span.stop()));
        content.cover = Some((start.min(span.start), stop.max(span.stop())));
    }
}

/// The scope that an action is written in: that of its round, which may not be the one it lies in.
pub(super) fn home(rounds: &Rounds, id: SpanId) -> Option<u32> {
    rounds
        .of(id)
        .and_then(|it| rounds.round(it))
        .map_or_else(|| rounds.scope_index(id), |it| Some(it.scope))
}

/// Whether a tool call is in no round, or in one that the file numbers and has no LLM call of:
/// then the round it is shown in is that of the LLM call before it.
pub(super) fn is_alone(trace: &Trace, rounds: &Rounds, tool: SpanId) -> bool {
    let round = rounds.of(tool).and_then(|it| rounds.round(it));
    let said = trace
        .tool_call(tool)
        .filter(|it| it.requested_by.is_none())
        .and_then(|it| it.round);
    round.is_none_or(|round| said.is_some_and(|it| it.get() != round.number))
}
