//! What a model answers: the body of a response, of any provider, at once or in the events of a
//! stream.

use super::held::Held;
use super::items::Item;
use crate::import::fields::{text, unix_secs};
use crate::import::usage::{Counted, Usage, rule};
use crate::model::{
    ByteRange, Draft, FinishReason, Json, KeyMap, Kind, LlmCall, Moment, SpanKey, Status, Sym,
    ToolCall, TraceBuilder,
};
use crate::payload;

/// Whether a body is what a model answers.
pub(in crate::import) fn is_answer(body: &Held<'_>) -> bool {
    match body.events() {
        Some(events) => events.first().is_some_and(|it| payload::is_event(*it)),
        None => is_response(body.json()),
    }
}

/// The same of a body that came whole.
pub(in crate::import) fn is_response(json: Json<'_>) -> bool {
    const OBJECTS: &[&str] = &["chat.completion", "response", "interaction"];
    let object = text(json.get("object"));
    let has = |path: &[&str]| json.path(path).is_some();
    let is_message = json.get("type").is_some_and(|it| it.is("message"));
    let mut choices = json.get("choices").into_iter().flat_map(Json::items);
    OBJECTS.contains(&object.as_ref())
        || (is_message && has(&["role"]) && json.first(&["model", "stop_reason"]).is_some())
        || has(&["output", "message"])
        || choices.any(|it| it.get("message").is_some())
        || payload::is_event(json)
}

/// Why there is no answer.
pub(in crate::import) fn error(json: Json<'_>) -> Option<Json<'_>> {
    json.get("error").filter(|it| it.is_some())
}

/// How a stream of Amazon's breaks off.
const EXCEPTIONS: &[&str] = &[
    "internalServerException",
    "modelStreamErrorException",
    "modelTimeoutException",
    "serviceUnavailableException",
    "throttlingException",
    "validationException",
];

/// A tool call that the model asks for.
#[derive(Default)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) draft: Draft,
    pub(super) tool: ToolCall,
    pub(super) error: ByteRange,
}

/// An answer, as far as it has come.
#[derive(Default)]
pub(super) struct Answer {
    model: Sym,
    id: ByteRange,
    /// The same, for requests that go on from here.
    pub(super) id_text: String,
    usage: Usage,
    rule: Option<(Counted, Counted)>,
    finish: String,
    pub(super) error: ByteRange,
    failed: bool,
    pub(super) start: Option<Moment>,
    pub(super) end: Option<Moment>,
    pub(super) outputs: Vec<ByteRange>,
    tools: ByteRange,
    system: ByteRange,
    pub(super) calls: Vec<Call>,
    by_key: KeyMap<usize>,
    /// Calls that are new or known better.
    pub(super) told: Vec<usize>,
}

impl Answer {
    /// Reads a body that came whole, or in pieces.
    pub(super) fn read(&mut self, b: &mut TraceBuilder, held: &Held<'_>) {
        match held.events() {
            Some(events) => {
                events.into_iter().for_each(|it| self.event(b, held, it));
                self.outputs.push(held.whole());
            }
            None => self.whole(b, held),
        }
    }

    fn whole(&mut self, b: &mut TraceBuilder, held: &Held<'_>) {
        let body = held.json();
        self.facts(b, held, body);
        let mut output = |it: Option<Json<'_>>| {
            let at = held.range_if(it);
            self.outputs.extend(Some(at).filter(|it| !it.is_empty()));
        };
        let choices = || body.get("choices").into_iter().flat_map(Json::items);
        choices().for_each(|it| output(it.get("message")));
        let candidates = || body.get("candidates").into_iter().flat_map(Json::items);
        candidates().for_each(|it| output(it.get("content")));
        let message = body.path(&["output", "message"]);
        let list = body.first(&["steps", "outputs", "output"]);
        let said = body.get("role").map(|_| body);
        output(message.or(list).or(said));
        for choice in choices() {
            self.finish(choice);
            let calls = choice.path(&["message", "tool_calls"]);
            self.items(b, held, calls);
            if let Some(message) = choice.get("message") {
                self.items(b, held, message.get("content"));
                // Before there were several at once.
                if message.first(&["function_call"]).is_some() {
                    self.item(b, held, message, false);
                }
            }
        }
        for candidate in candidates() {
            self.finish(candidate);
            self.items(b, held, candidate.path(&["content", "parts"]));
        }
        self.items(b, held, message.and_then(|it| it.get("content")));
        self.items(b, held, list);
        self.items(b, held, said.and_then(|it| it.get("content")));
    }

    fn items(&mut self, b: &mut TraceBuilder, held: &Held<'_>, list: Option<Json<'_>>) {
        for item in list.into_iter().flat_map(Json::items) {
            self.item(b, held, item, false);
        }
    }

    /// Reads an event of a stream.
    pub(super) fn event(&mut self, b: &mut TraceBuilder, held: &Held<'_>, event: Json<'_>) {
        // Amazon's are in an object, under what they are.
        let counts = || event.get("metadata").filter(|it| it.get("usage").is_some());
        let event = payload::of_converse(event).or_else(counts).unwrap_or(event);
        if let Some(exception) = event.first(EXCEPTIONS) {
            self.error = held.range_of(exception.first(&["message"]).unwrap_or(exception));
            self.failed = true;
        }
        self.facts(b, held, event);
        for key in ["message", "response", "interaction", "delta"] {
            if let Some(inner) = event.get(key).filter(|it| it.kind() == Kind::Object) {
                self.facts(b, held, inner);
            }
        }
        for choice in event.get("choices").into_iter().flat_map(Json::items) {
            self.finish(choice);
            let calls = choice.path(&["delta", "tool_calls"]).into_iter();
            calls
                .flat_map(Json::items)
                .for_each(|it| self.item(b, held, it, true));
        }
        for candidate in event.get("candidates").into_iter().flat_map(Json::items) {
            self.finish(candidate);
            self.items(b, held, candidate.path(&["content", "parts"]));
        }
        // Of an item of the Responses API the last event has all.
        let item = event.first(&["item", "content_block", "step", "start"]);
        if let Some(item) = item {
            let kind = text(event.get("type"));
            self.item(b, held, item, kind != "response.output_item.done");
            if let Some(key) = place(event) {
                let last = self.told.last().copied();
                last.and_then(|it| self.by_key.insert(key, it));
            }
        }
        if let Some(delta) = event.get("delta") {
            self.delta(held, place(event), delta);
        }
    }

    /// What a tool of Google's own was told and gave comes at once, after the step began.
    fn delta(&mut self, held: &Held<'_>, place: Option<SpanKey>, delta: Json<'_>) {
        let at = place.and_then(|it| self.by_key.get(&it)).copied();
        let Some(call) = at.and_then(|it| self.calls.get_mut(it)) else {
            return;
        };
        let input = delta
            .get("arguments")
            .filter(|it| it.kind() == Kind::Object);
        let result = delta.first(&["result"]);
        if input.or(result).is_none() {
            return;
        }
        if input.is_some() {
            call.tool.input = held.range_if(input);
        }
        if result.is_some() {
            call.tool.output = held.range_if(result);
        }
        self.told.extend(at);
    }

    /// What a body or an event says of the answer as a whole.
    fn facts(&mut self, b: &mut TraceBuilder, held: &Held<'_>, json: Json<'_>) {
        let model = text(json.first(&["model", "modelVersion"]));
        if !model.is_empty() {
            self.model = b.intern(&model);
        }
        let id = json.first(&["id", "responseId"]);
        if self.id.is_empty() && id.is_some() {
            self.id = held.id(id);
            self.id_text = text(id).into_owned();
        }
        if let Some(usage) = json.first(&["usage", "usageMetadata"]) {
            self.usage(b, held, usage);
        }
        if let Some(error) = error(json) {
            // A batch puts one into another.
            let inner = error.first(&["error"]).unwrap_or(error);
            self.error = held.range_of(inner.first(&["message"]).unwrap_or(inner));
            self.failed = true;
        }
        let reason = json.first(&["stop_reason", "stopReason"]);
        self.because(reason);
        let object = text(json.get("object"));
        if object == "response" || object == "interaction" {
            self.outcome(b, held, json);
        }
    }

    /// What the Responses API says at its end.
    fn outcome(&mut self, b: &mut TraceBuilder, held: &Held<'_>, json: Json<'_>) {
        let status = json.get("status");
        let word = text(status);
        self.failed |= word == "failed";
        if !matches!(word.as_ref(), "in_progress" | "queued") {
            let reason = json.path(&["incomplete_details", "reason"]);
            self.because(reason.filter(|it| it.is_some()).or(status));
        }
        self.tools = held.range_if(json.get("tools"));
        self.system = held.range_if(json.get("instructions"));
        // A start alone would make a call without a length.
        let ended = json.first(&["completed_at"]);
        if ended.is_some() {
            let record = held.record();
            self.end = unix_secs(b, record, ended);
            self.start = unix_secs(b, record, json.get("created_at"));
        }
    }

    /// Why a choice or a candidate ended.
    fn finish(&mut self, choice: Json<'_>) {
        self.because(choice.first(&["finish_reason", "finishReason"]));
    }

    fn because(&mut self, reason: Option<Json<'_>>) {
        let reason = text(reason);
        if !reason.is_empty() {
            self.finish = reason.into_owned();
        }
    }

    /// The last counts are those of all: streams count from the start on. Where Anthropic summed up
    /// the context on the way, its counts leave that out, and the sum of the `iterations` is what was
    /// used (API reference, "Compaction").
    fn usage(&mut self, b: &mut TraceBuilder, held: &Held<'_>, usage: Json<'_>) {
        let mut read = |it| Usage::read(b, held.record(), it);
        let iterations = usage.get("iterations").into_iter().flat_map(Json::items);
        let summed = iterations.map(&mut read).reduce(Usage::plus);
        let counts = summed.unwrap_or_else(|| read(usage));
        self.usage = counts.or(self.usage);
        let rule = rule(usage);
        // The last event may have nothing but the output.
        if self.rule.is_none() || rule != (Counted::Inside, Counted::Inside) {
            self.rule = Some(rule);
        }
    }

    /// A part of what the model answers. `is_begun`: of what goes into a tool, more will come.
    fn item(&mut self, b: &mut TraceBuilder, held: &Held<'_>, json: Json<'_>, is_begun: bool) {
        let Some(item) = Item::of(json) else { return };
        let key = TraceBuilder::call_key(0, &item.id);
        let known = key.and_then(|it| self.by_key.get(&it)).copied();
        if !item.is_call {
            let last = self.calls.len().checked_sub(1).filter(|_| key.is_none());
            return self.result(held, &item, known.or(last));
        }
        if item.name.is_empty() {
            return;
        }
        let at = known.unwrap_or(self.calls.len());
        if known.is_none() {
            self.calls.push(Call::default());
            key.and_then(|it| self.by_key.insert(it, at));
        }
        if let Some(call) = self.calls.get_mut(at) {
            (call.draft, call.tool) = item.tool_call(b, held);
            if is_begun {
                call.tool.input = ByteRange::default();
            }
            call.error = held.range_if(error(json));
            call.id = item.id;
            self.told.push(at);
        }
    }

    /// The result of a tool that the provider ran.
    fn result(&mut self, held: &Held<'_>, item: &Item<'_>, at: Option<usize>) {
        let Some(call) = at.and_then(|it| self.calls.get_mut(it)) else {
            return;
        };
        call.tool.output = held.range_if(item.output());
        call.draft.status = if item.failed {
            Status::Error
        } else {
            Status::Ok
        };
        if item.failed {
            call.error = call.tool.output;
        }
        self.told.extend(at);
    }

    /// Whether it is complete.
    pub(super) fn is_over(&self) -> bool {
        self.failed || !self.finish.is_empty()
    }

    pub(super) fn status(&self) -> Status {
        match (self.failed, self.is_over()) {
            (true, _) => Status::Error,
            (false, true) => Status::Unset,
            (false, false) => Status::Running,
        }
    }

    /// Puts what is known into the LLM call.
    pub(super) fn fill(&self, b: &mut TraceBuilder, call: &mut LlmCall) {
        let asked = call.requested_model;
        call.model = if self.model.is_empty() {
            asked
        } else {
            self.model
        };
        call.response_id = self.id;
        let (cache, reasoning) = self.rule.unwrap_or((Counted::Inside, Counted::Inside));
        call.tokens = self.usage.arbitrated(cache, reasoning);
        call.finish_reason = FinishReason::from_raw(&self.finish);
        call.finish_reason_raw = b.intern(&self.finish);
        for (known, said) in [
            (&mut call.tools, self.tools),
            (&mut call.system, self.system),
        ] {
            if known.is_empty() {
                *known = said;
            }
        }
    }
}

/// Where in the answer an event belongs.
fn place(event: Json<'_>) -> Option<SpanKey> {
    let index = event.first(&["index", "output_index", "contentBlockIndex"])?;
    Some(SpanKey::of((index.text(), "")))
}
