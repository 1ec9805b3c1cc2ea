//! Joins tool calls to the LLM calls that asked for them (`formats.md` 2.2).

use std::collections::{HashMap, HashSet};

use super::tree::Links;
use super::{
    Draft, DraftId, LlmCallId, Marks, Moment, Request, SpanKey, Status, Sym, ToolCall,
    TraceBuilder, Work,
};

/// Where a tool call lies and what it is called: what an id-less request can go by.
type Place = (Option<usize>, Sym);

/// By call id; else by place, name and time (and marked so); else the request stands for a tool
/// call that the file has no record of.
pub(super) fn join(builder: &mut TraceBuilder, links: &mut Links) {
    let mut left = Vec::new();
    let mut shared = shared_ids(builder, links);
    let mut seen = HashSet::new();
    for mut request in std::mem::take(&mut builder.requests) {
        let asked = request.llm_call.index();
        if links.is_merged(asked) {
            // With an id it is the same request; without, the standing call has its own.
            if request.call.is_none() {
                continue;
            }
            request.llm_call = DraftId(links.standing(asked) as u32);
        }
        // Both records of a call that was recorded twice ask for it.
        let twice = |it| !seen.insert((request.llm_call, it));
        if request.call.is_some_and(twice) {
            continue;
        }
        let ran = match request.call.and_then(|it| shared.get_mut(&it)) {
            Some(calls) => first_after(builder, calls, request.llm_call),
            None => request
                .call
                .and_then(|it| builder.calls.get(&it))
                .map(|it| it.index()),
        };
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
        let place = (
            scope(builder, links, request.llm_call.index()),
            request.name,
        );
        let found = free
            .get_mut(&place)
            .and_then(|calls| first_after(builder, calls, request.llm_call));
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

/// Tool calls with their starts, in that order.
type ByStart = Vec<(usize, i64)>;

/// Takes out the first tool call that starts after the request: that one is meant.
fn first_after(builder: &TraceBuilder, calls: &mut ByStart, llm_call: DraftId) -> Option<usize> {
    let asked = builder.drafts.get(llm_call.index());
    let since = asked
        .and_then(|it| it.start)
        .map_or(i64::MIN, Moment::nanos);
    let at = calls.iter().position(|it| it.1 >= since)?;
    Some(calls.remove(at).0)
}

fn start(builder: &TraceBuilder, draft: usize) -> i64 {
    let draft = builder.drafts.get(draft);
    draft
        .and_then(|it| it.start)
        .map_or(i64::MAX, Moment::nanos)
}

/// The tool calls of ids that several have: some servers number calls anew in each answer.
fn shared_ids(builder: &TraceBuilder, links: &Links) -> HashMap<SpanKey, ByStart> {
    let mut shared: HashMap<SpanKey, ByStart> = HashMap::new();
    for (key, earlier) in &builder.earlier_calls {
        let calls = shared.entry(*key).or_insert_with(|| {
            let last = builder.calls.get(key).map(|it| it.index());
            last.into_iter()
                .map(|it| (it, start(builder, it)))
                .collect()
        });
        calls.push((earlier.index(), start(builder, earlier.index())));
    }
    #[expect(clippy::iter_over_hash_type, reason = "each list is sorted for itself")]
    for calls in shared.values_mut() {
        calls.retain(|it| !links.is_merged(it.0));
        super::sort_by_key(calls, |it| (it.1, it.0 as i64));
    }
    shared
}

/// Tool calls that nobody asked for by id, by place, in the order of their starts.
fn free_calls(builder: &TraceBuilder, links: &Links) -> HashMap<Place, ByStart> {
    let mut free: HashMap<Place, ByStart> = HashMap::new();
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
        free.entry((scope(builder, links, i), tool.name))
            .or_default()
            .push((i, start(builder, i)));
    }
    #[expect(clippy::iter_over_hash_type, reason = "each list is sorted for itself")]
    for calls in free.values_mut() {
        super::sort_by_key(calls, |it| (it.1, it.0 as i64));
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
