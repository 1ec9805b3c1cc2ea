//! Which span each LLM call and tool call is.

use super::{LlmCallId, SpanId, ToolCallId, Trace, Work, pause, pause_at};

/// Tells each LLM and tool call its span; those whose span was merged into another go.
pub(super) async fn name_owners(trace: &mut Trace) {
    let nowhere = SpanId::new(u32::MAX as usize - 1);
    trace.llm_calls.iter_mut().for_each(|it| it.span = nowhere);
    trace.tool_calls.iter_mut().for_each(|it| it.span = nowhere);
    for (i, span) in trace.spans.iter().enumerate() {
        pause_at(i).await;
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
    pause().await;
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
    pause().await;
    for it in &mut trace.tool_calls {
        let by = it.requested_by.filter(|id| {
            trace
                .llm_calls
                .get(id.index())
                .is_some_and(|it| !gone(it.span))
        });
        it.requested_by = by.map(|id| LlmCallId::new(at(&llm, id.index())));
    }
    pause().await;
    trace.llm_calls.retain(|it| !gone(it.span));
    trace.tool_calls.retain(|it| !gone(it.span));
    pause().await;
    for span in &mut trace.spans {
        span.work = match span.work {
            Work::Llm(id) => Work::Llm(LlmCallId::new(at(&llm, id.index()))),
            Work::Tool(id) => Work::Tool(ToolCallId::new(at(&tool, id.index()))),
            other => other,
        };
    }
}
