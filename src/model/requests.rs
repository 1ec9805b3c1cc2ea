//! Joins tool calls to the LLM calls that asked for them (`formats.md` 2.2).

use std::collections::HashMap;

use super::tree::Links;
use super::{
    Draft, DraftId, LlmCallId, Marks, Moment, Request, Status, Sym, ToolCall, TraceBuilder, Work,
};

/// Where a tool call lies and what it is called: what an id-less request can go by.
type Place = (Option<usize>, Sym);

/// By call id; else by place, name and time (and marked so); else the request stands for a tool
/// call that the file has no record of.
pub(super) fn join(builder: &mut TraceBuilder, links: &mut Links) {
    let mut left = Vec::new();
    for mut request in std::mem::take(&mut builder.requests) {
        let asked = request.llm_call.index();
        if links.is_merged(asked) {
            // With an id it is the same request; without, the standing call has its own.
            if request.call.is_none() {
                continue;
            }
            request.llm_call = DraftId(links.standing(asked) as u32);
        }
        let ran = request
            .call
            .and_then(|it| builder.calls.get(&it))
            .map(|it| it.index());
        match ran.filter(|it| !links.is_merged(*it)) {
            Some(ran) => take(builder, request.llm_call, ran, false),
            None => left.push(request),
        }
    }
    if left.is_empty() {
        return;
    }
    let mut free = free_calls(builder, links);
    for request in left {
        let asked = request.llm_call.index();
        let place = (scope(builder, links, asked), request.name);
        let since = builder
            .drafts
            .get(asked)
            .and_then(|it| it.start)
            .map_or(i64::MIN, Moment::nanos);
        let candidates = free.get_mut(&place);
        // Calls are in the order of their starts: the first one after the request is meant.
        let found = candidates.and_then(|calls| {
            let at = calls.iter().position(|it| it.1 >= since)?;
            Some(calls.remove(at).0)
        });
        match found {
            Some(ran) => take(builder, request.llm_call, ran, true),
            None => never_ran(builder, links, request),
        }
    }
}

fn take(builder: &mut TraceBuilder, llm_call: DraftId, ran: usize, matched: bool) {
    let by = builder.llm_call_id(llm_call);
    if let Some(tool) = builder.tool_call_mut(DraftId(ran as u32))
        && tool.requested_by.is_none()
    {
        tool.requested_by = by;
        tool.matched = matched;
    }
}

/// Tool calls that nobody asked for by id, by place, in the order of their starts.
fn free_calls(builder: &TraceBuilder, links: &Links) -> HashMap<Place, Vec<(usize, i64)>> {
    let mut free: HashMap<Place, Vec<(usize, i64)>> = HashMap::new();
    for (i, draft) in builder
        .drafts
        .iter()
        .enumerate()
        .filter(|it| !links.is_merged(it.0))
    {
        let Work::Tool(id) = draft.work else { continue };
        let Some(tool) = builder
            .tool_calls
            .get(id.index())
            .filter(|it| it.requested_by.is_none())
        else {
            continue;
        };
        let start = draft.start.map_or(i64::MAX, Moment::nanos);
        free.entry((scope(builder, links, i), tool.name))
            .or_default()
            .push((i, start));
    }
    #[expect(clippy::iter_over_hash_type, reason = "each list is sorted for itself")]
    for calls in free.values_mut() {
        calls.sort_by_key(|it| (it.1, it.0));
    }
    free
}

/// The agent, turn or tool call that a draft lies in: whose rounds it is part of.
fn scope(builder: &TraceBuilder, links: &Links, draft: usize) -> Option<usize> {
    links.ancestors(draft).find(|it| {
        let work = builder.drafts.get(*it).map(|it| it.work);
        matches!(work, Some(Work::Agent(_) | Work::Turn(_) | Work::Tool(_)))
    })
}

/// "Requested, no result recorded": a tool call that starts when its LLM call ends and has no length.
fn never_ran(builder: &mut TraceBuilder, links: &mut Links, request: Request) {
    let asked = request.llm_call;
    let by: Option<LlmCallId> = builder.llm_call_id(asked);
    let Some(llm) = builder.draft(asked).map(|it| *it) else {
        return;
    };
    let output = by
        .and_then(|it| builder.llm_calls.get(it.index()))
        .map(|it| it.output);
    let tool = ToolCall {
        name: request.name,
        requested_by: by,
        call_id: request.call_id,
        input: request.input,
        ..ToolCall::default()
    };
    let at = llm.end.or(llm.start);
    let draft = Draft {
        key: None,
        parent: None,
        id: request.call_id,
        record: output.filter(|it| !it.is_empty()).unwrap_or(llm.record),
        start: at,
        end: at,
        name: request.name,
        status: Status::Unset,
        marks: Marks::REQUESTED
            .with(Marks::START_DERIVED)
            .with(Marks::END_DERIVED),
        ..llm
    };
    builder.tool_call(draft, tool, request.call);
    links.add(links.parent(asked.index()).map(|it| it as u32));
}
