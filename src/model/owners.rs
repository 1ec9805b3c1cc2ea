//! Which span each LLM call and tool call is.

use super::{LlmCallId, SpanId, ToolCallId, Trace, Work, in_slices, pause};

/// Tells each LLM and tool call its span; those whose span was merged into another go.
pub(super) async fn name_owners(trace: &mut Trace) {
    let mut llm = vec![false; trace.llm_calls.len()];
    let mut tool = vec![false; trace.tool_calls.len()];
    in_slices(trace.spans.len(), &mut |slice| {
        for i in slice {
            match trace.spans.get(i).map(|it| it.work) {
                Some(Work::Llm(id)) => {
                    let call = trace.llm_calls.get_mut(id.index());
                    if let Some((call, lives)) = call.zip(llm.get_mut(id.index())) {
                        (call.span, *lives) = (SpanId::new(i), true);
                    }
                }
                Some(Work::Tool(id)) => {
                    let call = trace.tool_calls.get_mut(id.index());
                    if let Some((call, lives)) = call.zip(tool.get_mut(id.index())) {
                        (call.span, *lives) = (SpanId::new(i), true);
                    }
                }
                _ => {}
            }
        }
    })
    .await;
    if llm.iter().chain(&tool).all(|it| *it) {
        return;
    }
    let (new_llm, new_tool) = (renumbered(&llm), renumbered(&tool));
    let new = |table: &[Option<u32>], id: usize| table.get(id).copied().flatten();
    pause().await;
    for it in &mut trace.tool_calls {
        let by = it.requested_by.and_then(|it| new(&new_llm, it.index()));
        it.requested_by = by.map(|it| LlmCallId::new(it as usize));
    }
    pause().await;
    keep(&mut trace.llm_calls, &llm);
    keep(&mut trace.tool_calls, &tool);
    in_slices(trace.spans.len(), &mut |slice| {
        for span in trace.spans.get_mut(slice).into_iter().flatten() {
            span.work = match span.work {
                Work::Llm(id) => {
                    let new = new(&new_llm, id.index()).unwrap_or_default();
                    Work::Llm(LlmCallId::new(new as usize))
                }
                Work::Tool(id) => {
                    let new = new(&new_tool, id.index()).unwrap_or_default();
                    Work::Tool(ToolCallId::new(new as usize))
                }
                other => other,
            };
        }
    })
    .await;
}

/// Where each of those that live comes to be.
fn renumbered(living: &[bool]) -> Vec<Option<u32>> {
    let mut next = 0..;
    let new = living.iter().map(|it| it.then(|| next.next()).flatten());
    new.collect()
}

fn keep<T>(items: &mut Vec<T>, living: &[bool]) {
    let mut living = living.iter();
    items.retain(|_| living.next() == Some(&true));
}
