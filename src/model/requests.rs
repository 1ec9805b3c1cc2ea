//! Joins tool calls to the LLM calls that asked for them.

use super::links::Links;
use super::{
    Draft, DraftId, KeyMap, KeySet, LlmCallId, Marks, Moment, Request, SpanKey, Status, Sym,
    ToolCall, TraceBuilder, Work, in_slices, sort_in_slices,
};

/// By call id; else by place, name and time (and marked so); else the request stands for a tool
/// call that the file has no record of.
pub(super) async fn join(builder: &mut TraceBuilder, links: &mut Links) {
    let shared = shared_ids(builder, links).await;
    let requests = std::mem::take(&mut builder.requests);
    let mut by_id = ById {
        shared,
        seen: KeySet::default(),
        left: Vec::new(),
    };
    in_slices(requests.len(), &mut |slice| {
        for request in requests.get(slice).into_iter().flatten() {
            by_id.join(builder, links, *request);
        }
    })
    .await;
    let left = by_id.left;
    if left.is_empty() {
        return;
    }
    let scopes = scopes(builder, links).await;
    let mut free = free_calls(builder, links, &scopes).await;
    in_slices(left.len(), &mut |slice| {
        for request in left.get(slice).into_iter().flatten() {
            let place = place(&scopes, request.llm_call.index(), request.name);
            let found = free
                .get_mut(&place)
                .and_then(|calls| calls.first_after(builder, request.llm_call));
            match found {
                Some(ran) => take(builder, request.llm_call, ran, true),
                None => never_ran(builder, links, *request),
            }
        }
    })
    .await;
}

/// Requests are joined by the ids of calls.
struct ById {
    shared: KeyMap<ByStart>,
    /// Which LLM calls have asked for which.
    seen: KeySet,
    /// What has no call of its id.
    left: Vec<Request>,
}

impl ById {
    fn join(&mut self, builder: &mut TraceBuilder, links: &Links, mut request: Request) {
        let asked = request.llm_call.index();
        if links.is_merged(asked) {
            // With an id it is the same request; without, the standing call has its own.
            if request.call.is_none() {
                return;
            }
            request.llm_call = DraftId(links.standing(asked) as u32);
        }
        let shared = request.call.and_then(|it| self.shared.get_mut(&it));
        if shared.is_none()
            && let Some(ran) = request.call.and_then(|it| builder.call(it))
            && !links.is_merged(ran.index())
        {
            take(builder, request.llm_call, ran, false);
            return;
        }
        // Both records of a call that was recorded twice ask for it.
        let seen = &mut self.seen;
        let twice = |it| !seen.insert(SpanKey::of((request.llm_call, it)));
        if request.call.is_some_and(twice) {
            return;
        }
        match shared.and_then(|calls| calls.first_after(builder, request.llm_call)) {
            Some(ran) => take(builder, request.llm_call, ran, false),
            None => self.left.push(request),
        }
    }
}

fn take(builder: &mut TraceBuilder, llm_call: DraftId, ran: DraftId, matched: bool) {
    let by = builder.llm_call_id(llm_call);
    if let Some(tool) = builder.tool_call_mut(ran)
        && tool.requested_by.is_none()
    {
        tool.requested_by = by;
        tool.matched = matched;
    }
}

/// Tool calls by their starts, of which each can be taken once.
#[derive(Default)]
struct ByStart {
    calls: Vec<(DraftId, i64)>,
    /// By place: the first from there on that was not taken, or one on the way to it.
    next: Vec<u32>,
}

impl ByStart {
    fn push(&mut self, builder: &TraceBuilder, call: DraftId) {
        let draft = builder.drafts.get(call.index());
        let start = draft.and_then(|it| it.start);
        self.calls
            .push((call, start.map_or(i64::MAX, Moment::nanos)));
    }

    /// Once all are there, in the order of the file.
    async fn sort(&mut self) {
        sort_in_slices(&mut self.calls, |it| (it.1, 0)).await;
        self.next = (0..=self.calls.len() as u32).collect();
    }

    /// Takes the first tool call that starts after the request: that one is meant.
    fn first_after(&mut self, builder: &TraceBuilder, llm_call: DraftId) -> Option<DraftId> {
        let asked = builder.drafts.get(llm_call.index());
        let since = asked
            .and_then(|it| it.start)
            .map_or(i64::MIN, Moment::nanos);
        let mut at = self.calls.partition_point(|it| it.1 < since);
        // Each step halves the way for the next request.
        loop {
            let next = *self.next.get(at)? as usize;
            if next == at {
                break;
            }
            let beyond = *self.next.get(next)?;
            *self.next.get_mut(at)? = beyond;
            at = beyond as usize;
        }
        let call = self.calls.get(at)?.0;
        *self.next.get_mut(at)? = at as u32 + 1;
        Some(call)
    }
}

/// The tool calls of ids that several have: some servers number calls anew in each answer.
async fn shared_ids(builder: &TraceBuilder, links: &Links) -> KeyMap<ByStart> {
    let mut shared: KeyMap<ByStart> = KeyMap::default();
    for (key, earlier) in &builder.earlier_calls {
        let calls = shared.entry(*key).or_default();
        if !links.is_merged(earlier.index()) {
            calls.push(builder, *earlier);
        }
    }
    #[expect(clippy::iter_over_hash_type, reason = "each list is for itself")]
    for (key, calls) in &mut shared {
        let last = builder.call(*key).filter(|it| !links.is_merged(it.index()));
        last.into_iter().for_each(|it| calls.push(builder, it));
        calls.sort().await;
    }
    shared
}

/// Tool calls that nobody asked for by id, by [`place`].
async fn free_calls(builder: &TraceBuilder, links: &Links, scopes: &[u32]) -> KeyMap<ByStart> {
    let mut free: KeyMap<ByStart> = KeyMap::default();
    in_slices(builder.drafts.len(), &mut |slice| {
        for i in slice {
            let Some(Work::Tool(id)) = builder.drafts.get(i).map(|it| it.work) else {
                continue;
            };
            let tool = builder.tool_calls.get(id.index());
            let tool = tool.filter(|it| it.requested_by.is_none() && !links.is_merged(i));
            if let Some(tool) = tool {
                let calls = free.entry(place(scopes, i, tool.name)).or_default();
                calls.push(builder, DraftId(i as u32));
            }
        }
    })
    .await;
    #[expect(clippy::iter_over_hash_type, reason = "each list is for itself")]
    for calls in free.values_mut() {
        calls.sort().await;
    }
    free
}

/// By draft: the agent, turn or tool call that it lies in, whose rounds it is part of.
async fn scopes(builder: &TraceBuilder, links: &Links) -> Vec<u32> {
    let is_scope = |it| {
        let work = builder.drafts.get(it).map(|it: &Draft| it.work);
        matches!(work, Some(Work::Agent(_) | Work::Turn(_) | Work::Tool(_)))
    };
    links.nearest(is_scope).await
}

/// Where a call lies and what it is called: what an id-less request can go by.
fn place(scopes: &[u32], draft: usize, name: Sym) -> SpanKey {
    SpanKey::of((scopes.get(draft), name))
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
        id_check: None,
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
