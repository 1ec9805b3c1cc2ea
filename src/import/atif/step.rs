//! One step: what the system or the user said, or what the agent answered and what came of it.

use super::{Atif, Trajectory, key};
use crate::import::Became;
use crate::import::dialog::take_result;
use crate::import::fields::{count, dollars, draft, millis, moment, text};
use crate::import::records::Record;
use crate::import::tools::requests;
use crate::import::usage::{Counted, Usage};
use crate::model::{
    ByteRange, Draft, DraftId, Json, LlmCall, Marks, Moment, Status, Tokens, TraceBuilder,
};

/// The longest message of the system that is a name, too.
const NAME: usize = 100;

impl Atif {
    pub(super) fn step(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let Some(top) = self.open.last_mut() else {
            return Became::Bad;
        };
        let json = record.json;
        let time = moment(b, record, json.get("timestamp"));
        let is_copy = json.get("is_copied_context").and_then(Json::bool) == Some(true);
        let mut parents = Vec::new();
        match text(json.get("source")).as_ref() {
            "system" => parents.extend(top.system_step(b, record, time)),
            "user" | "agent" if is_copy => {
                top.dialog.hear(time, record.range);
                top.hear_results(record, time);
            }
            "user" => top.user(b, record, time),
            "agent" => parents = top.agent_step(b, record, time),
            _ => return Became::Bad,
        }
        let trace = top.trace;
        for (result, parent) in results(json).zip(parents) {
            let refs = result.get("subagent_trajectory_ref");
            for at in refs.into_iter().flat_map(Json::items) {
                let ids = [key(at.get("session_id")), key(at.get("trajectory_id"))];
                for id in ids.into_iter().flatten() {
                    self.refs.insert(id, (trace, parent));
                }
            }
        }
        Became::Span
    }
}

fn results(step: Json<'_>) -> impl Iterator<Item = Json<'_>> {
    let results = step.path(&["observation", "results"]);
    results.into_iter().flat_map(Json::items)
}

impl Trajectory {
    /// The results that the model is told of.
    fn hear_results(&mut self, record: &Record<'_>, time: Option<Moment>) {
        let results = results(record.json).filter(|it| it.first(&["content"]).is_some());
        for result in results {
            self.dialog.hear(time, record.range_of(result));
        }
    }

    fn user(&mut self, b: &mut TraceBuilder, record: &Record<'_>, time: Option<Moment>) {
        let turn = Draft {
            name: self.agent,
            start: time,
            ..draft(record)
        };
        let input = record.range_if(record.json.get("message"));
        self.dialog.user(b, turn, input, record.range);
    }

    /// The system prompt, a note, or something that the system did: then its span, for each result.
    fn system_step(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        time: Option<Moment>,
    ) -> Vec<DraftId> {
        let message = record.json.get("message");
        let n_results = results(record.json).count();
        if n_results == 0 {
            if self.system.is_empty() && !self.dialog.is_told() {
                self.system = record.range_if(message);
            } else {
                self.dialog.hear(time, record.range);
            }
            return Vec::new();
        }
        let name = text(message);
        let name = Some(name.as_ref()).filter(|it| it.len() <= NAME);
        let span = Draft {
            name: b.intern(name.unwrap_or("system")),
            start: time,
            marks: Marks::END_DERIVED,
            ..draft(record)
        };
        let span = self.dialog.place(b, span);
        let id = b.span(span);
        self.hear_results(record, time);
        vec![id; n_results]
    }

    /// An answer, its tool calls and their results. For each result, what it is of.
    fn agent_step(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        time: Option<Moment>,
    ) -> Vec<DraftId> {
        let n_calls = record.json.get("llm_call_count").and_then(Json::u64);
        let by_model = n_calls != Some(0);
        if by_model {
            self.answer(b, record, time, n_calls.is_some());
        }
        let calls: Vec<DraftId> = requests(record.json)
            .map(|it| {
                if by_model {
                    self.dialog.ask(b, record, it, None)
                } else {
                    self.dialog.run(b, record, it, time)
                }
            })
            .collect();
        let of = self.take_results(b, record, &calls);
        self.hear_results(record, time);
        of
    }

    /// The results of tool calls, by id, or in order. One may be that of all calls.
    fn take_results(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        calls: &[DraftId],
    ) -> Vec<DraftId> {
        let failed = record.json.path(&["extra", "tool_result_is_error"]);
        let status = match failed.and_then(Json::bool) {
            Some(true) => Status::Error,
            Some(false) => Status::Ok,
            None => Status::Unset,
        };
        let mut left = calls.iter();
        let mut of = Vec::new();
        // The last result without an id.
        let mut shared = None;
        for result in results(record.json) {
            let output = record.range_if(result.get("content").or(Some(result)));
            let draft = Draft {
                record: record.range_of(result),
                status,
                ..Draft::default()
            };
            let id = text(result.get("source_call_id"));
            if !id.is_empty() {
                of.push(self.dialog.tool_result(b, draft, &id, output));
            } else if let Some(call) = left.next() {
                shared = Some((draft, output));
                of.push(take_result(b, *call, draft, output));
            } else {
                // What came of an answer without tool calls.
                of.extend(calls.last().copied().or(self.dialog.home()));
            }
        }
        for (call, (draft, output)) in left.zip(shared.into_iter().cycle()) {
            take_result(b, *call, draft, output);
        }
        of
    }

    fn answer(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        time: Option<Moment>,
        is_counted: bool,
    ) {
        let [metrics, model] = record.json.pick(["metrics", "model_name"]);
        let metrics = metrics.filter(|it| it.is_some());
        let goes_on = metrics.is_none()
            && !is_counted
            && !self.dialog.is_asked()
            && (self.has_metrics || self.dialog.is_answering());
        self.has_metrics |= metrics.is_some();
        let model = text(model.filter(|it| it.is_some()));
        let own = b.intern(&model);
        let own = if own.is_empty() { self.model } else { own };
        let name = b.strings.name(own).to_owned();
        let provider = name.split_once('/').map_or("", |it| it.0);
        let lasted = millis(metrics.and_then(|it| it.get("duration_ms")));
        let first = metrics.and_then(|it| it.get("time_to_first_token_ms"));
        let call = LlmCall {
            model: own,
            requested_model: self.model,
            provider: b.intern(provider),
            tokens: metrics.map(|it| tokens(b, record, it)).unwrap_or_default(),
            cost_usd: dollars(metrics.and_then(|it| it.get("cost_usd"))),
            time_to_first_token: millis(first).into(),
            system: self.system,
            tools: self.tools,
            output: words(record),
            ..LlmCall::default()
        };
        let end = time
            .zip(lasted)
            .and_then(|(start, lasted)| Moment::new(start.nanos().saturating_add(lasted)));
        let draft = Draft {
            start: time.filter(|_| end.is_some()),
            end: end.or(time),
            ..draft(record)
        };
        self.dialog.answer(b, draft, call, goes_on);
    }
}

/// What the agent says: members without the braces around them, as results and token ids in the
/// same step may be large.
fn words(record: &Record<'_>) -> ByteRange {
    let members = |keys: &'static [&'static str]| keys.iter().filter_map(|it| record.member(it));
    let said = || members(&["source", "message", "reasoning_content", "tool_calls"]);
    let start = said().map(|it| it.start).min();
    let end = said().map(ByteRange::end).max();
    let Some((start, end)) = start.zip(end) else {
        return record.range;
    };
    let mut others = members(&["observation", "metrics", "extra"]);
    if others.any(|it| start < it.start && it.start < end) {
        return record.range;
    }
    ByteRange::new(start, end)
}

fn tokens(b: &mut TraceBuilder, record: &Record<'_>, metrics: Json<'_>) -> Tokens {
    let tokens = Usage::read(b, record, metrics).tokens(Counted::Inside, Counted::Inside);
    let extra = metrics.get("extra");
    let more = |keys: &[&str]| extra.and_then(|it| it.first(keys));
    let written = more(&["cache_creation_input_tokens"]);
    let thought = more(&["reasoning_output_tokens", "reasoning_tokens"]);
    Tokens {
        cache_write: tokens.cache_write.or(count(b, record, written)),
        reasoning: tokens.reasoning.or(count(b, record, thought)),
        ..tokens
    }
}
