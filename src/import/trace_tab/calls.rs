//! LLM calls, tool calls and other spans: the same in a document and in JSON Lines.

use super::{TraceTab, derived, names, number, status};
use crate::import::fields::dollars;
use crate::import::records::Record;
use crate::import::{count, moment, text, unix_nanos};
use crate::model::{
    ByteRange, Draft, FinishReason, IssueKind, Json, LlmCall, Marks, Moment, SpanKey, Stated,
    Status, Sym, Tokens, ToolCall, TraceBuilder,
};

impl TraceTab {
    pub(super) fn llm_call(&mut self, b: &mut TraceBuilder, record: &Record<'_>, json: Json<'_>) {
        let mut draft = self.draft_in_turn(record, json);
        let mut call = LlmCall {
            round: self.round.number,
            input_is_delta: true,
            ..LlmCall::default()
        };
        let (mut first_token, mut finish_reason) = (None, Sym::default());
        let mut key = None;
        let mut error = ByteRange::default();
        for (name, value) in json.members() {
            let is_there = value.is_some();
            match name.as_ref() {
                "id" if is_there => {
                    draft.id = record.range_of(value);
                    key = Some(SpanKey::of(("llm_call", text(Some(value)))));
                }
                "provider_name" => call.provider = b.intern(&text(Some(value))),
                "request_model" => call.requested_model = b.intern(&text(Some(value))),
                "response_model" => call.model = b.intern(&text(Some(value))),
                "response_id" if is_there => call.response_id = record.range_of(value),
                "first_token_time" => first_token = moment(b, record, Some(value)),
                "first_token_time_unix_nano" => first_token = unix_nanos(b, record, Some(value)),
                "request" if is_there => call.request = record.range_of(value),
                "system_instructions" if is_there => call.system = record.range_of(value),
                "tool_definitions" if is_there => call.tools = record.range_of(value),
                "input_messages" if is_there => call.input = record.range_of(value),
                "input_is_delta" => call.input_is_delta = value.bool().unwrap_or(true),
                "output_message" if is_there => call.output = record.range_of(value),
                "finish_reason" => {
                    let word = text(Some(value));
                    call.finish_reason = FinishReason::from_raw(&word);
                    finish_reason = b.intern(&word);
                }
                "operation_name" => draft.name = b.intern(&text(Some(value))),
                "finish_reason_raw" => call.finish_reason_raw = b.intern(&text(Some(value))),
                "usage" => call.tokens = usage(b, record, value),
                "cost_usd" => call.cost_usd = value.f64().into(),
                "attempt" => {
                    call.attempt = value
                        .u64()
                        .map_or(0, |it| it.min(u64::from(u16::MAX)) as u16);
                }
                "round" => call.round = number(Some(value)).or(call.round),
                "error" if is_there => error = record.range_of(value),
                _ => member(b, record, &mut draft, &name, value),
            }
        }
        if call.finish_reason_raw.is_empty() {
            call.finish_reason_raw = finish_reason;
        }
        if call.model.is_empty() {
            call.model = call.requested_model;
        }
        call.time_to_first_token = first_token
            .zip(draft.start)
            .map(|(token, start): (Moment, Moment)| token.nanos().saturating_sub(start.nanos()))
            .into();
        if !error.is_empty() {
            draft.status = Status::Error;
        }
        // Without an id, the round is what a later line replaces.
        let key =
            key.or_else(|| Some(SpanKey::of((self.current, call.round?))).filter(|_| self.lines));
        let id = match self.replace(b, key, draft.id) {
            Some(id) => {
                let earlier = b.draft(id).map(|it| {
                    draft.work = it.work;
                    std::mem::replace(it, draft).record
                });
                earlier.into_iter().for_each(|it| b.record(id, it));
                b.llm_call_mut(id).into_iter().for_each(|it| *it = call);
                id
            }
            None => b.llm_call(draft, call),
        };
        if !error.is_empty() {
            b.error(id, error);
        }
        key.filter(|_| self.lines).into_iter().for_each(|it| {
            self.replaceable.insert(it, id);
        });
        self.round.number = call.round;
        self.round.llm_call = Some(id);
        self.round.spans.push(id);
        self.llm_calls.push((id, self.current as u32));
        // Its tool calls may have come first.
        let by = b.llm_call_id(id);
        for tool in &self.round.spans {
            b.tool_call_mut(*tool)
                .into_iter()
                .for_each(|it| it.requested_by = by);
        }
    }

    pub(super) fn tool_call(&mut self, b: &mut TraceBuilder, record: &Record<'_>, json: Json<'_>) {
        let mut draft = self.draft_in_turn(record, json);
        let by = self.round.llm_call.and_then(|it| b.llm_call_id(it));
        let mut call = ToolCall {
            round: self.round.number,
            requested_by: by,
            ..ToolCall::default()
        };
        let mut call_key = None;
        let mut agent = None;
        let mut error = ByteRange::default();
        for (name, value) in json.members() {
            let is_there = value.is_some();
            match name.as_ref() {
                "call_id" if is_there => {
                    call.call_id = record.range_of(value);
                    call_key = TraceBuilder::call_key(0, &text(Some(value)));
                }
                "name" => call.name = b.intern(&text(Some(value))),
                "type" => call.kind = b.intern(&text(Some(value))),
                "server" => call.server = b.intern(&text(Some(value))),
                "arguments" if is_there => call.input = record.range_of(value),
                "result" if is_there => call.output = record.range_of(value),
                "round" => call.round = number(Some(value)).or(call.round),
                "is_error" if value.bool() == Some(true) => draft.status = Status::Error,
                "error" if is_there => error = record.range_of(value),
                "agent_id" if is_there && (!self.lines || record.json != json) => {
                    agent = value.str().map(SpanKey::of);
                }
                "derived" => {
                    draft.marks = draft.marks.with(derived(value));
                    call.matched = names(value).any(|it| it == "round");
                }
                _ => member(b, record, &mut draft, &name, value),
            }
        }
        draft.id = call.call_id;
        draft.name = call.name;
        if !error.is_empty() {
            draft.status = Status::Error;
        }
        let open = draft.start.is_none() && draft.end.is_none() && draft.status == Status::Unset;
        if open && call.output.is_empty() {
            let asked = self
                .round
                .llm_call
                .and_then(|it| b.draft(it))
                .and_then(|it| it.end.or(it.start));
            (draft.start, draft.end) = (asked, asked);
            let marks = Marks::REQUESTED
                .with(Marks::START_DERIVED)
                .with(Marks::END_DERIVED);
            draft.marks = draft.marks.with(marks);
        }
        let known = match call_key.filter(|_| self.lines) {
            Some(key) => b.call(key),
            None => self.replace(b, call_key, call.call_id),
        };
        let id = match known {
            Some(id) => {
                let earlier = b.draft(id).map(|it| {
                    draft.work = it.work;
                    std::mem::replace(it, draft).record
                });
                earlier.into_iter().for_each(|it| b.record(id, it));
                let asked = b.tool_call_mut(id).and_then(|it| it.requested_by);
                call.requested_by = asked.or(call.requested_by);
                b.tool_call_mut(id).into_iter().for_each(|it| *it = call);
                id
            }
            None => b.tool_call(draft, call, call_key),
        };
        if !error.is_empty() {
            b.error(id, error);
        }
        agent.into_iter().for_each(|it| {
            self.started_by.insert(it, id);
        });
        self.round.spans.push(id);
    }

    /// A span of a turn that is neither an LLM call nor a tool call; in JSON Lines with its place
    /// in the list, which a later record of the turn replaces.
    pub(super) fn other_span(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        json: Json<'_>,
        place: Option<usize>,
    ) {
        let mut draft = self.draft_in_turn(record, json);
        let mut error = ByteRange::default();
        for (name, value) in json.members() {
            match name.as_ref() {
                "id" if value.is_some() => draft.id = record.range_of(value),
                "name" => draft.name = b.intern(&text(Some(value))),
                "error" if value.is_some() => error = record.range_of(value),
                _ => member(b, record, &mut draft, &name, value),
            }
        }
        if !error.is_empty() {
            draft.status = Status::Error;
        }
        let key = place.map(|it| SpanKey::of(("other_span", self.current, it)));
        let id = match key.and_then(|it| self.replaceable.get(&it)).copied() {
            Some(id) => {
                let earlier = b.draft(id).map(|it| std::mem::replace(it, draft).record);
                earlier.into_iter().for_each(|it| b.record(id, it));
                id
            }
            None => b.span(draft),
        };
        if !error.is_empty() {
            b.error(id, error);
        }
        key.into_iter().for_each(|it| {
            self.replaceable.insert(it, id);
        });
    }
}

/// The members that LLM calls and tool calls share.
fn member(
    b: &mut TraceBuilder,
    record: &Record<'_>,
    draft: &mut Draft,
    name: &str,
    value: Json<'_>,
) {
    match name {
        "start_time" => draft.start = moment(b, record, Some(value)),
        "end_time" => draft.end = moment(b, record, Some(value)),
        "start_time_unix_nano" => draft.start = unix_nanos(b, record, Some(value)),
        "end_time_unix_nano" => draft.end = unix_nanos(b, record, Some(value)),
        "derived" => draft.marks = draft.marks.with(derived(value)),
        "status" => draft.status = status(&text(Some(value))),
        _ => {}
    }
}

/// What the header says of the whole trace.
pub(super) fn header(b: &mut TraceBuilder, record: &Record<'_>, key: &str, value: Json<'_>) {
    let mut stated = Stated::default();
    match key {
        "name" => {
            let name = value.str().into_iter();
            return name.for_each(|it| b.name(0, it.into_owned()));
        }
        "usage" => stated.tokens = usage(b, record, value),
        "cost_usd" => stated.cost_usd = dollars(Some(value)),
        _ => return,
    }
    b.state(0, stated);
}

fn usage(b: &mut TraceBuilder, record: &Record<'_>, usage: Json<'_>) -> Tokens {
    let [input, cached, cache_write, output, reasoning] = usage.pick([
        "input_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "output_tokens",
        "reasoning_output_tokens",
    ]);
    let tokens = Tokens {
        input: count(b, record, input),
        cached: count(b, record, cached),
        cache_write: count(b, record, cache_write),
        output: count(b, record, output),
        reasoning: count(b, record, reasoning),
    };
    if !tokens.add_up() {
        b.issue(IssueKind::CountsDisagree, record.range_of(usage));
    }
    tokens
}
