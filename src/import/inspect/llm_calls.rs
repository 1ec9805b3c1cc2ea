//! Calls to a model.

use super::Inspect;
use crate::import::fields::{dollars, moment, system_and_rest, text};
use crate::import::records::Record;
use crate::import::usage::{Counted, Usage};
use crate::model::{
    Draft, DraftId, FinishReason, Json, LlmCall, Marks, Moment, Request, Status, Tokens,
    TraceBuilder,
};

impl Inspect {
    pub(super) fn llm_call(&mut self, b: &mut TraceBuilder, record: &Record<'_>, mut draft: Draft) {
        let json = record.json;
        let output = json.get("output");
        let choice = output
            .and_then(|it| it.get("choices"))
            .and_then(|it| it.items().next());
        let message = choice.and_then(|it| it.get("message"));
        self.times(b, record, &mut draft);
        let error = [Some(json), output]
            .into_iter()
            .flatten()
            .filter_map(|it| it.get("error"));
        let error = error.into_iter().find(|it| it.is_some());
        if error.is_some() {
            draft.status = Status::Error;
        }
        let model = text(json.get("model"));
        let asked = text(json.get("requested_model"));
        let answered = text(output.and_then(|it| it.get("model")));
        // "openai/gpt-4o": who serves it, then what it is called there.
        let provider = model.split_once('/').map_or("", |it| it.0);
        let reason = text(choice.and_then(|it| it.get("stop_reason")));
        let sent = json.get("input").filter(|it| it.items().next().is_some());
        let (system, input) = sent.map_or_else(Default::default, |it| system_and_rest(record, it));
        let retries = json.get("retries").and_then(Json::u64).unwrap_or(0);
        let some = |it: &Json<'_>| it.members().next().is_some() || it.items().next().is_some();
        draft.name = b.intern(&text(json.get("role")));
        let call = LlmCall {
            model: b.intern(if answered.is_empty() {
                &model
            } else {
                &answered
            }),
            requested_model: b.intern(if asked.is_empty() { &model } else { &asked }),
            provider: b.intern(provider),
            tokens: output.map_or_else(Tokens::default, |it| tokens(b, record, it)),
            cost_usd: dollars(output.and_then(|it| it.path(&["usage", "total_cost"]))),
            finish_reason: FinishReason::from_raw(&reason),
            finish_reason_raw: b.intern(&reason),
            attempt: if retries > 0 {
                retries.saturating_add(1).min(u64::from(u16::MAX)) as u16
            } else {
                0
            },
            response_id: record.range_if(json.path(&["call", "response", "id"])),
            tools: record.range_if(json.get("tools").filter(some)),
            request: record.range_if(json.get("config").filter(some)),
            system,
            input,
            output: record.range_if(message),
            ..LlmCall::default()
        };
        let id = b.llm_call(draft, call);
        if let Some(error) = error {
            b.error(id, record.range_of(error));
        }
        for range in json.get("input_refs").into_iter().flat_map(Json::items) {
            let mut ends = range.items().filter_map(|it| u32::try_from(it.u64()?).ok());
            if let (Some(from), Some(until)) = (ends.next(), ends.next()) {
                self.sample.refs.push((id, from, until));
            }
        }
        request(b, record, id, draft.trace, message);
    }

    /// When a call began and ended. Early logs have only the end.
    fn times(&self, b: &mut TraceBuilder, record: &Record<'_>, draft: &mut Draft) {
        let json = record.json;
        if json.get("pending").and_then(Json::bool) == Some(true) {
            return;
        }
        draft.end = moment(b, record, json.get("completed"));
        if draft.end.is_some() {
            return;
        }
        let secs = json.path(&["output", "time"]).and_then(Json::f64);
        match (draft.start, secs) {
            (Some(start), Some(secs)) => {
                draft.end = Moment::new(start.nanos().saturating_add((secs * 1e9) as i64));
                draft.marks = draft.marks.with(Marks::END_DERIVED);
            }
            _ => self.sample.ended(draft),
        }
    }
}

/// `input_tokens` "excludes tokens reported in `input_tokens_cache_read` and
/// `input_tokens_cache_write`", and `input_context_tokens` is the sum. Some providers did not keep
/// to it; then the total tells.
fn tokens(b: &mut TraceBuilder, record: &Record<'_>, output: Json<'_>) -> Tokens {
    let Some(usage) = output.get("usage").filter(|it| it.is_some()) else {
        return Tokens::default();
    };
    let counts = Usage::read(b, record, usage);
    let sum = crate::import::count(b, record, output.get("input_context_tokens"));
    match sum.get() {
        Some(_) => Tokens {
            input: sum,
            ..counts.tokens(Counted::Inside, Counted::Inside)
        },
        None => counts.arbitrated(Counted::Beside, Counted::Inside),
    }
}

/// The tool calls that an answer asks for.
fn request(
    b: &mut TraceBuilder,
    record: &Record<'_>,
    llm_call: DraftId,
    trace: u32,
    message: Option<Json<'_>>,
) {
    let calls = message.and_then(|it| it.get("tool_calls"));
    for asked in calls.into_iter().flat_map(Json::items) {
        let request = Request {
            llm_call,
            call: TraceBuilder::call_key(trace, &text(asked.get("id"))),
            name: b.intern(&text(asked.get("function"))),
            call_id: record.range_if(asked.get("id")),
            input: record.range_if(asked.get("arguments")),
        };
        b.request(request);
    }
}
