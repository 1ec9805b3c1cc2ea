//! One LLM call that two instrumentations recorded is one LLM call.

use std::ops::ControlFlow;

use super::links::{Links, NONE, ends};
use super::{
    Count, Draft, DraftId, IssueKind, LlmCall, Marks, Moment, Source, Sym, TraceBuilder, Work,
    in_slices, pause, sort_in_slices,
};

/// How far the times of two records of one call may lie apart.
const SLACK: i64 = 50_000_000;

/// How many calls are compared with those near them between two pauses.
const MANY: usize = 256;

/// Merges LLM calls of different scopes where one lies in the other, or where their times do and
/// what they say does not differ. Calls of one scope are never merged: parallel ones overlap.
pub(super) async fn merge(builder: &mut TraceBuilder, links: &mut Links, source: &Source) {
    let mut calls: Vec<(usize, i64)> = Vec::new();
    let mut scope: Option<Sym> = None;
    let mut are_several = false;
    in_slices(builder.drafts.len(), &mut |slice| {
        for i in slice {
            let draft = builder.drafts.get(i);
            let is_llm = |it: &&Draft| matches!(it.work, Work::Llm(_)) && !it.scope.is_empty();
            if let Some(draft) = draft.filter(is_llm).filter(|_| !links.is_merged(i)) {
                calls.push((i, draft.start.map_or(i64::MAX, Moment::nanos)));
                are_several |= *scope.get_or_insert(draft.scope) != draft.scope;
            }
        }
    })
    .await;
    if !are_several {
        return;
    }
    sort_in_slices(&mut calls, |it| (it.1, 0)).await;
    let outer_calls = outer_calls(builder, links).await;
    for (i, (inner, _)) in calls.iter().enumerate() {
        if i.is_multiple_of(MANY) {
            pause().await;
        }
        let outer = outer_calls.get(*inner).filter(|it| **it != NONE);
        let outer = outer.map(|it| *it as usize).or_else(|| {
            let near = calls.get(..i).unwrap_or_default().iter().rev();
            near.take_while(|it| it.1 != i64::MAX)
                .take(64)
                .map(|it| it.0)
                .find(|it| same(builder, source, *it, *inner))
        });
        if let Some(outer) = outer.map(|it| links.standing(it)).filter(|it| it != inner) {
            unite(builder, links, outer, *inner);
        }
    }
    links.settle(builder).await;
}

/// By LLM call: the one of another scope that it lies in, or [`NONE`]. What a tool or an agent in
/// it calls is another call.
async fn outer_calls(builder: &TraceBuilder, links: &Links) -> Vec<u32> {
    let around = links.nearest(|it| {
        builder.drafts.get(it).is_some_and(|it| match it.work {
            Work::Llm(_) => !it.scope.is_empty(),
            Work::Tool(_) | Work::Agent(_) => true,
            _ => false,
        })
    });
    let around = around.await;
    let scope = |it: usize| builder.drafts.get(it).map(|it| it.scope);
    let is_llm = |it: usize| llm(builder, it).is_some();
    let step = |at| {
        let outer = around.get(at).map_or(usize::MAX, |it| *it as usize);
        if !is_llm(at) || !is_llm(outer) {
            ControlFlow::Break(NONE)
        } else if scope(outer) == scope(at) {
            ControlFlow::Continue(outer)
        } else {
            ControlFlow::Break(outer as u32)
        }
    };
    ends(builder.drafts.len(), step).await
}

/// Whether two calls, neither within the other, are one.
fn same(builder: &TraceBuilder, source: &Source, a: usize, b: usize) -> bool {
    let (Some((a, call_a)), Some((b, call_b))) = (llm(builder, a), llm(builder, b)) else {
        return false;
    };
    if a.scope == b.scope || !(within(a, b) || within(b, a)) {
        return false;
    }
    let text = |range| source.slice(range);
    let pair = |it: &LlmCall| {
        Some((it.tokens.input.get()?, it.tokens.output.get()?)).filter(|it| *it != (0, 0))
    };
    let empty = |it: &LlmCall| it.input.is_empty() && it.output.is_empty();
    (!call_a.response_id.is_empty() && text(call_a.response_id) == text(call_b.response_id))
        || (!call_a.output.is_empty() && text(call_a.output) == text(call_b.output))
        || (pair(call_a).is_some() && pair(call_a) == pair(call_b))
        || empty(call_a)
        || empty(call_b)
}

fn llm(builder: &TraceBuilder, draft: usize) -> Option<(&Draft, &LlmCall)> {
    let draft = builder.drafts.get(draft)?;
    match draft.work {
        Work::Llm(id) => Some((draft, builder.llm_calls.get(id.index())?)),
        _ => None,
    }
}

fn within(outer: &Draft, inner: &Draft) -> bool {
    let times = |it: &Draft| Some((it.start?.nanos(), it.end?.nanos()));
    match (times(outer), times(inner)) {
        (Some(outer), Some(inner)) => {
            outer.0.saturating_sub(SLACK) <= inner.0 && inner.1 <= outer.1.saturating_add(SLACK)
        }
        _ => false,
    }
}

/// Keeps the outer times and the union of the facts.
fn unite(builder: &mut TraceBuilder, links: &mut Links, outer: usize, inner: usize) {
    let Some((inner_draft, facts)) = llm(builder, inner).map(|it| (*it.0, *it.1)) else {
        return;
    };
    if let Some(call) = builder.llm_call_mut(DraftId(outer as u32)) {
        fill(call, &facts);
    }
    if let Some(draft) = builder.draft(DraftId(outer as u32)) {
        draft.marks = draft.marks.with(Marks::RECORDED_TWICE);
    }
    links.merge_into(builder, inner, outer);
    builder
        .issues
        .push(IssueKind::RecordedTwice, inner_draft.record);
}

/// Fills in what is not known of a call, from another record of it.
pub fn fill(call: &mut LlmCall, from: &LlmCall) {
    let tokens = |a: Count, b: Count| a.or(b);
    call.tokens.input = tokens(call.tokens.input, from.tokens.input);
    call.tokens.cached = tokens(call.tokens.cached, from.tokens.cached);
    call.tokens.cache_write = tokens(call.tokens.cache_write, from.tokens.cache_write);
    call.tokens.output = tokens(call.tokens.output, from.tokens.output);
    call.tokens.reasoning = tokens(call.tokens.reasoning, from.tokens.reasoning);
    if call.time_to_first_token.get().is_none() {
        call.time_to_first_token = from.time_to_first_token;
    }
    if call.cost_usd.get().is_none() {
        call.cost_usd = from.cost_usd;
    }
    if call.finish_reason_raw.is_empty() {
        (call.finish_reason, call.finish_reason_raw) = (from.finish_reason, from.finish_reason_raw);
    }
    for (own, other) in [
        (&mut call.model, from.model),
        (&mut call.requested_model, from.requested_model),
        (&mut call.provider, from.provider),
    ] {
        if own.is_empty() {
            *own = other;
        }
    }
    for (own, other) in [
        (&mut call.response_id, from.response_id),
        (&mut call.system, from.system),
        (&mut call.tools, from.tools),
        (&mut call.request, from.request),
        (&mut call.input, from.input),
        (&mut call.output, from.output),
    ] {
        if own.is_empty() {
            *own = other;
        }
    }
}
