//! Tool calls: who asked for them, and which result is whose.

use super::Dialog;
use crate::import::fields::text;
use crate::import::records::Record;
use crate::model::{ByteRange, Draft, DraftId, Json, Marks, Status, ToolCall, TraceBuilder};

impl Dialog {
    /// Whether a tool call waits for its result.
    pub(in crate::import) fn is_waiting(&self) -> bool {
        !self.open.is_empty()
    }

    /// The model asks for a tool call: the last LLM call does. It starts when that ends, where
    /// `draft` has no start. `call_id` is "" where the file has no ids.
    pub(in crate::import) fn tool_call(
        &mut self,
        b: &mut TraceBuilder,
        draft: Draft,
        tool: ToolCall,
        call_id: &str,
    ) -> DraftId {
        let mut draft = self.place(b, draft);
        if draft.start.is_none() {
            draft.start = self.llm_call.and_then(|it| b.draft(it)?.end);
            draft.marks = draft.marks.with(Marks::START_DERIVED);
        }
        let tool = ToolCall {
            requested_by: self.llm_call.and_then(|it| b.llm_call_id(it)),
            ..tool
        };
        self.unasked(b, draft, tool, call_id)
    }

    /// A tool call that no LLM call is known to have asked for.
    pub(in crate::import) fn unasked(
        &mut self,
        b: &mut TraceBuilder,
        draft: Draft,
        tool: ToolCall,
        call_id: &str,
    ) -> DraftId {
        let draft = self.place(b, draft);
        let key = TraceBuilder::call_key(self.trace, call_id);
        let is_open = draft.end.is_none() && tool.output.is_empty();
        let id = b.tool_call(draft, tool, key);
        if is_open {
            self.open.push_back(id);
        }
        id
    }

    /// The same of a tool call that stands at `at` in a record: its id, its name and its arguments.
    pub(in crate::import) fn asks(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        at: Json<'_>,
        [id, name, input]: [Option<Json<'_>>; 3],
    ) -> DraftId {
        let name = b.intern(&text(name));
        let draft = Draft {
            id: record.range_if(id),
            name,
            record: record.range_of(at),
            ..Draft::default()
        };
        let tool = ToolCall {
            name,
            call_id: draft.id,
            input: record.range_if(input),
            ..ToolCall::default()
        };
        self.tool_call(b, draft, tool, &text(id))
    }

    /// A tool call has the result that stands in a record: the call's id, its name and the result.
    pub(in crate::import) fn told(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        draft: Draft,
        [id, name, output]: [Option<Json<'_>>; 3],
    ) -> DraftId {
        let draft = Draft {
            id: record.range_if(id),
            ..draft
        };
        let id = self.tool_result(b, draft, &text(id), record.range_if(output));
        let name = b.intern(&text(name));
        if let Some(tool) = b.tool_call_mut(id).filter(|it| it.name.is_empty()) {
            tool.name = name;
        }
        id
    }

    /// The tool call of an id.
    pub(in crate::import) fn known(&self, b: &TraceBuilder, call_id: &str) -> Option<DraftId> {
        b.call(TraceBuilder::call_key(self.trace, call_id)?)
    }

    /// A tool call has its result. Which one, its id tells; where the file has no ids, it is the
    /// first that waits for one. A result that nobody asked for is a tool call of its own.
    /// `draft` is that of the record with the result; its end is when the result was there.
    pub(in crate::import) fn tool_result(
        &mut self,
        b: &mut TraceBuilder,
        draft: Draft,
        call_id: &str,
        output: ByteRange,
    ) -> DraftId {
        let key = TraceBuilder::call_key(self.trace, call_id);
        let known = match key {
            Some(key) => b.call(key).or_else(|| self.first_without_id(b)),
            None => self.waiting(b),
        };
        let Some(id) = known else {
            let draft = self.place(b, draft);
            let tool = ToolCall {
                name: draft.name,
                call_id: draft.id,
                output,
                ..ToolCall::default()
            };
            return b.tool_call(draft, tool, key);
        };
        self.closed.insert(id.key());
        take_result(b, id, draft, output)
    }

    /// The first tool call that waits for a result.
    fn waiting(&mut self, b: &mut TraceBuilder) -> Option<DraftId> {
        while let Some(first) = self.open.front().copied() {
            if !self.closed.remove(&first.key()) && is_open(b, first) {
                return Some(first);
            }
            self.open.pop_front();
        }
        None
    }

    /// The same, where it has no id.
    fn first_without_id(&mut self, b: &mut TraceBuilder) -> Option<DraftId> {
        let first = self.waiting(b)?;
        b.tool_call_mut(first)?.call_id.is_empty().then_some(first)
    }

    /// A tool call has ended, though not with a result.
    pub(in crate::import) fn answered(&mut self, id: DraftId) {
        self.closed.insert(id.key());
    }

    /// The conversation has ended, or goes on with something else: tool calls that are still open
    /// have no result. Whether they ran is not known.
    pub(in crate::import) fn settle(&mut self, b: &mut TraceBuilder) {
        let closed = std::mem::take(&mut self.closed);
        let is_waiting = |it: &DraftId| !closed.contains(&it.key());
        for id in self.open.drain(..).filter(is_waiting) {
            // What is known to have begun has not ended.
            let is_asked = |it: &Draft| it.start.is_none() || it.marks.has(Marks::START_DERIVED);
            let never_ran = is_open(b, id) && b.draft(id).is_some_and(|it| is_asked(it));
            let draft = b.draft(id).filter(|it| it.status == Status::Unset);
            if let Some(draft) = draft.filter(|_| never_ran) {
                draft.end = draft.start;
                draft.marks = draft.marks.with(Marks::REQUESTED).with(Marks::END_DERIVED);
            }
        }
    }
}

/// A tool call has its result. `draft` is that of the record with it.
pub(in crate::import) fn take_result(
    b: &mut TraceBuilder,
    id: DraftId,
    draft: Draft,
    output: ByteRange,
) -> DraftId {
    b.record(id, draft.record);
    if let Some(tool) = b.tool_call_mut(id) {
        tool.output = output;
    }
    if let Some(call) = b.draft(id) {
        // It ran all the same.
        if call.marks.has(Marks::REQUESTED) {
            call.marks = call.marks.without(Marks::REQUESTED);
            call.end = None;
        }
        if call.end.is_none() {
            call.end = draft.end;
            call.marks = call.marks.with(Marks::END_DERIVED);
        }
        if draft.status != Status::Unset {
            call.status = draft.status;
        }
    }
    if draft.status == Status::Error && !output.is_empty() {
        b.error(id, output);
    }
    id
}

/// A tool call runs from now on: `draft` is that of the record that says so.
pub(in crate::import) fn runs(b: &mut TraceBuilder, id: DraftId, draft: Draft) {
    b.record(id, draft.record);
    if let Some(call) = b.draft(id).filter(|_| draft.start.is_some()) {
        call.start = draft.start;
        call.marks = call.marks.without(Marks::START_DERIVED);
    }
}

/// Whether a tool call has no result yet.
fn is_open(b: &mut TraceBuilder, id: DraftId) -> bool {
    b.draft(id).is_some_and(|it| it.end.is_none())
        && b.tool_call_mut(id).is_some_and(|it| it.output.is_empty())
}
