//! A trace as Trace Tab JSON, whatever format it came in. `docs/format.md` describes the result.
//!
//! Not written, as the model does not have it or the format has no place for it: unknown fields,
//! how spans that are no actions nest, and which repairs were made on the way in.

use std::collections::{HashMap, HashSet};

use super::agents::{Content, Ids, Plan, Turn};
use super::json::Writer;
use super::messages::{self, NATIVE, Slice};
use crate::analysis::{self, Round, Rounds, text};
use crate::model::{
    ByteRange, Clock, Count, Json, LlmCall, Marks, Nanos, Span, SpanId, SpanKey, Status, ToolCall,
    Trace, Work, format_rfc3339,
};

/// A Trace Tab JSON document of `trace`, in pieces of about a megabyte.
pub fn trace_tab_json(trace: &Trace, rounds: &Rounds) -> Vec<Vec<u8>> {
    let plan = Plan::new(trace, rounds);
    let shared = plan.agents.iter().map(|_| Shared::default()).collect();
    let mut export = Export {
        trace,
        rounds,
        first_round: first_rounds(rounds),
        call_ids: call_ids(trace),
        started: started(&plan),
        span_ids: HashSet::new(),
        shared,
        plan,
    };
    export.share();
    let mut w = Writer::default();
    w.open('{');
    export.header(&mut w);
    export.agents(&mut w);
    export.turns(&mut w);
    w.close_line(0, '}');
    w.finish()
}

struct Export<'a> {
    trace: &'a Trace,
    rounds: &'a Rounds,
    plan: Plan,
    /// Where in the rounds those of each scope begin.
    first_round: HashMap<u32, usize>,
    /// Ids of tool calls that cannot keep their own.
    call_ids: HashMap<SpanId, String>,
    /// The first agent that each tool call started.
    started: HashMap<SpanId, usize>,
    /// Ids that were written.
    span_ids: HashSet<SpanKey>,
    /// By agent.
    shared: Vec<Shared>,
}

/// What all LLM calls of an agent have, so that it need not be written with each.
#[derive(Default)]
struct Shared {
    system: Common,
    tools: Common,
}

/// A part of the first LLM call of an agent.
#[derive(Default)]
struct Common {
    range: Option<ByteRange>,
    /// As it is written; empty where an LLM call has none: then each says so itself.
    json: String,
}

impl Common {
    fn meet(&mut self, range: ByteRange) {
        match self.range {
            None => self.range = Some(range),
            Some(_) if range.is_empty() => self.range = Some(range),
            Some(_) => {}
        }
    }

    fn settle(&mut self, trace: &Trace, write: fn(&mut Writer, Slice<'_>)) {
        if let Some(range) = self.range.filter(|it| !it.is_empty()) {
            self.json = fragment(trace, range, write);
        }
    }

    /// Writes what an LLM call has of its own.
    fn differ(
        &self,
        w: &mut Writer,
        trace: &Trace,
        key: &str,
        range: ByteRange,
        write: fn(&mut Writer, Slice<'_>),
    ) {
        let same = |it: ByteRange| it == range || trace.source.slice(it) == trace.source.slice(range);
        if range.is_empty() || (!self.json.is_empty() && self.range.is_some_and(same)) {
            return;
        }
        let json = fragment(trace, range, write);
        w.raw_member(key, Some(json).filter(|it| *it != self.json));
    }
}

fn fragment(trace: &Trace, range: ByteRange, write: fn(&mut Writer, Slice<'_>)) -> String {
    Writer::fragment(|w| messages::with(trace, range, |slice| write(w, slice)))
}

fn first_rounds(rounds: &Rounds) -> HashMap<u32, usize> {
    let mut first = HashMap::new();
    for (i, round) in rounds.rounds.iter().enumerate() {
        first.entry(round.scope).or_insert(i);
    }
    first
}

/// Ids for the tool calls that have none, or one that an earlier call has.
fn call_ids(trace: &Trace) -> HashMap<SpanId, String> {
    let own = |it: &ToolCall| text(trace, it.call_id);
    let mut ids = Ids::new(trace.tool_calls.iter().map(own));
    let mut changed = HashMap::new();
    for (i, call) in trace.tool_calls.iter().enumerate() {
        let own = own(call);
        let id = ids.take(own.clone(), &format!("call-{}", i + 1));
        if id != own {
            changed.insert(call.span, id);
        }
    }
    changed
}

fn started(plan: &Plan) -> HashMap<SpanId, usize> {
    let mut started = HashMap::new();
    for (i, agent) in plan.agents.iter().enumerate() {
        if let Some(call) = agent.parent_call {
            started.entry(call).or_insert(i);
        }
    }
    started
}

impl Export<'_> {
    /// Finds out what the LLM calls of each agent have in common.
    fn share(&mut self) {
        for round in &self.rounds.rounds {
            let agent = self.plan.agent_of.get(round.scope as usize).copied().flatten();
            let Some(shared) = agent.and_then(|it| self.shared.get_mut(it)) else { continue };
            for call in self.rounds.members(round).iter().filter_map(|it| self.trace.llm_call(*it)) {
                shared.system.meet(call.system);
                shared.tools.meet(call.tools);
            }
        }
        for shared in &mut self.shared {
            shared.system.settle(self.trace, messages::system);
            shared.tools.settle(self.trace, messages::toolbelt);
        }
    }

    fn header(&self, w: &mut Writer) {
        let (trace_id, conversation_id) = ids(self.trace);
        for (key, value) in [
            ("format", NATIVE),
            ("version", "1.0"),
            ("trace_id", &trace_id),
            ("conversation_id", &conversation_id),
            ("name", self.trace.name.as_deref().unwrap_or_default()),
        ] {
            if !value.is_empty() {
                w.line(2);
                w.text_member(key, value);
            }
        }
        w.line(2);
        w.raw_member("producer", Some(r#"{"name":"trace-tab"}"#));
    }

    fn agents(&self, w: &mut Writer) {
        w.line(2);
        w.key("agents");
        w.open('[');
        for (agent, shared) in self.plan.agents.iter().zip(&self.shared) {
            w.line(4);
            w.open('{');
            w.text_member("id", &agent.id);
            w.text_member("name", &agent.name);
            let parent = agent.parent.and_then(|it| self.plan.agents.get(it));
            w.text_member("parent_agent_id", parent.map_or("", |it| &it.id));
            if let Some(call) = agent.parent_call {
                w.text_member("parent_call_id", &self.call_id(call));
            }
            for (key, common) in [
                ("system_instructions", &shared.system),
                ("tool_definitions", &shared.tools),
            ] {
                w.raw_member(key, Some(&common.json).filter(|it| !it.is_empty()));
            }
            w.close('}');
        }
        w.close_line(2, ']');
    }

    fn turns(&mut self, w: &mut Writer) {
        w.line(2);
        w.key("turns");
        w.open('[');
        for turn in std::mem::take(&mut self.plan.turns) {
            w.line(4);
            self.turn(w, &turn);
        }
        w.close_line(2, ']');
    }

    fn turn(&mut self, w: &mut Writer, turn: &Turn) {
        let content = self.plan.contents.get_mut(turn.scope as usize).map(std::mem::take).unwrap_or_default();
        let agent = self.plan.agents.get(turn.agent).map_or("", |it| &it.id);
        w.open('{');
        w.raw_member("turn", Some(turn.number));
        w.text_member("agent_id", agent);
        let own = turn.span.filter(|it| self.trace.tool_call(*it).is_none());
        match own.and_then(|it| Some((it, self.trace.span(it)?))) {
            Some((id, span)) => {
                self.times(w, span, None);
                self.outcome(w, id, span, true);
                derived(w, &names_derived(self.trace, span));
            }
            None => self.cover(w, &content),
        }
        if !turn.input.is_empty() {
            w.key("input");
            messages::with(self.trace, turn.input, |it| messages::messages(w, it));
        }
        self.others(w, content.others);
        w.key("rounds");
        w.open('[');
        self.without_round(w, content.tools);
        let first = self.first_round.get(&turn.scope).copied().unwrap_or(usize::MAX);
        let rounds = self.rounds.rounds.get(first..).unwrap_or_default().iter();
        for round in rounds.take_while(|it| it.scope == turn.scope) {
            self.round(w, round);
        }
        w.close(']');
        w.close('}');
    }

    /// The times of a turn that has no span of its own.
    fn cover(&self, w: &mut Writer, content: &Content) {
        if let Some((start, stop)) = content.cover {
            self.time(w, "start_time", start);
            self.time(w, "end_time", stop);
            derived(w, &["start_time", "end_time"]);
        }
    }

    fn others(&mut self, w: &mut Writer, mut others: Vec<SpanId>) {
        if others.is_empty() {
            return;
        }
        others.sort_by_key(|it| self.order(*it, false));
        w.key("other_spans");
        w.open('[');
        for id in others {
            let Some(span) = self.trace.span(id) else { continue };
            w.line(8);
            w.open('{');
            self.id(w, span);
            w.key("name");
            w.text(self.trace.text(span.name));
            self.times(w, span, None);
            self.outcome(w, id, span, true);
            derived(w, &names_derived(self.trace, span));
            w.close('}');
        }
        w.close_line(6, ']');
    }

    /// Tool calls before any LLM call, or in a turn without one.
    fn without_round(&self, w: &mut Writer, mut tools: Vec<SpanId>) {
        tools.sort_by_key(|it| self.order(*it, true));
        let number = |id: &SpanId| self.trace.tool_call(*id).and_then(|it| it.round);
        for tools in tools.chunk_by(|a, b| number(a) == number(b)) {
            w.line(6);
            w.open('{');
            w.raw_member("round", tools.first().and_then(number));
            self.tools(w, tools, tools.first().and_then(number).map(std::num::NonZeroU32::get));
            w.close('}');
        }
    }

    /// One entry for each try; the tool calls go with the one that asked for them.
    fn round(&mut self, w: &mut Writer, round: &Round) {
        let is_llm = |it: &&SpanId| self.trace.llm_call(**it).is_some();
        let members = self.rounds.members(round);
        let mut calls: Vec<SpanId> = members.iter().filter(is_llm).copied().collect();
        let mut tools: Vec<SpanId> = members.iter().filter(|it| !is_llm(it)).copied().collect();
        calls.sort_by_key(|it| self.order(*it, true));
        tools.sort_by_key(|it| self.order(*it, true));
        for (i, id) in calls.iter().enumerate() {
            let (Some(span), Some(call)) = (self.trace.span(*id), self.trace.llm_call(*id)) else {
                continue;
            };
            w.line(6);
            w.open('{');
            w.raw_member("round", Some(round.number));
            w.key("llm_call");
            let attempt = if call.attempt == 0 && calls.len() > 1 { i as u16 + 1 } else { call.attempt };
            self.llm_call(w, *id, span, &LlmCall { attempt, ..*call }, round.scope);
            let own: Vec<SpanId> = tools
                .extract_if(.., |it| i + 1 == calls.len() || self.asked_by(*it) == Some(*id))
                .collect();
            self.tools(w, &own, Some(round.number));
            w.close('}');
        }
    }

    fn asked_by(&self, tool: SpanId) -> Option<SpanId> {
        let by = self.trace.tool_call(tool)?.requested_by?;
        self.trace.llm_calls.get(by.index()).map(|it| it.span)
    }

    fn llm_call(&mut self, w: &mut Writer, id: SpanId, span: &Span, call: &LlmCall, scope: u32) {
        let trace = self.trace;
        w.open('{');
        self.id(w, span);
        w.text_member("operation_name", operation(trace, span));
        w.text_member("provider_name", trace.text(call.provider));
        w.text_member("request_model", trace.text(call.requested_model));
        if call.model != call.requested_model {
            w.text_member("response_model", trace.text(call.model));
        }
        w.text_member("response_id", &text(trace, call.response_id));
        self.times(w, span, call.time_to_first_token);
        if !call.request.is_empty() {
            w.key("request");
            messages::with(trace, call.request, |it| messages::request(w, it));
        }
        let agent = self.plan.agent_of.get(scope as usize).copied().flatten();
        if let Some(shared) = agent.and_then(|it| self.shared.get(it)) {
            shared.system.differ(w, trace, "system_instructions", call.system, messages::system);
            shared.tools.differ(w, trace, "tool_definitions", call.tools, messages::toolbelt);
        }
        if !call.input.is_empty() {
            w.key("input_messages");
            messages::with(trace, call.input, |it| messages::messages(w, it));
        }
        w.raw_member("input_is_delta", (!call.input_is_delta).then_some(false));
        if !call.output.is_empty() {
            w.key("output_message");
            messages::answer(w, trace, call);
        }
        finish(w, trace, call);
        self.outcome(w, id, span, true);
        let mut names = names_derived(trace, span);
        if span.marks.has(Marks::OUTPUT_PARTIAL) {
            names.push("usage.output_tokens");
        }
        derived(w, &names);
        w.close('}');
    }

    fn tools(&self, w: &mut Writer, tools: &[SpanId], round: Option<u32>) {
        if tools.is_empty() {
            return;
        }
        w.key("tool_calls");
        w.open('[');
        for id in tools {
            if let (Some(span), Some(call)) = (self.trace.span(*id), self.trace.tool_call(*id)) {
                w.line(8);
                w.open('{');
                self.tool_call(w, *id, span, call, round);
                w.close('}');
            }
        }
        w.close_line(6, ']');
    }

    fn tool_call(&self, w: &mut Writer, id: SpanId, span: &Span, call: &ToolCall, round: Option<u32>) {
        let trace = self.trace;
        w.key("call_id");
        w.text(&self.call_id(id));
        w.key("name");
        w.text(trace.text(call.name));
        w.text_member("type", trace.text(call.kind));
        w.text_member("server", trace.text(call.server));
        if !call.input.is_empty() {
            w.key("arguments");
            messages::with(trace, call.input, |it| messages::value(w, it));
        } else if let Some(arguments) = analysis::arguments(trace, call).filter(|it| !it.is_empty()) {
            w.key("arguments");
            messages::opened(w, &arguments);
        }
        let mut names = Vec::new();
        if !span.marks.has(Marks::REQUESTED) {
            if !call.output.is_empty() {
                w.key("result");
                messages::with(trace, call.output, |it| messages::value(w, it));
            }
            self.times(w, span, None);
            self.outcome(w, id, span, false);
            names = names_derived(trace, span);
        }
        let agent = self.started.get(&id).and_then(|it| self.plan.agents.get(*it));
        w.text_member("agent_id", agent.map_or("", |it| &it.id));
        let is_said = call.round.map(std::num::NonZeroU32::get) == round;
        if round.is_some() && (call.matched || (call.requested_by.is_none() && !is_said)) {
            names.push("round");
        }
        derived(w, &names);
    }

    fn call_id(&self, tool: SpanId) -> String {
        let own = || self.trace.tool_call(tool).map(|it| text(self.trace, it.call_id));
        self.call_ids.get(&tool).cloned().or_else(own).unwrap_or_default()
    }

    /// A span's own id, if no other has it.
    fn id(&mut self, w: &mut Writer, span: &Span) {
        let id = text(self.trace, span.id);
        if self.span_ids.insert(SpanKey::of(&id)) {
            w.text_member("id", &id);
        }
    }

    /// Where among its like a span is written: what has no time comes first (actions) or last.
    fn order(&self, id: SpanId, absent_first: bool) -> (bool, Nanos, SpanId) {
        let span = self.trace.span(id);
        let is_absent = span.is_none_or(|it| it.marks.has(Marks::TIME_ABSENT));
        let start = span.filter(|_| !is_absent).map_or(0, |it| it.start);
        (is_absent != absent_first, start, id)
    }

    fn times(&self, w: &mut Writer, span: &Span, time_to_first_token: Option<Nanos>) {
        if !has_times(self.trace, span) {
            return;
        }
        self.time(w, "start_time", span.start);
        if let Some(time) = time_to_first_token {
            self.time(w, "first_token_time", span.start.saturating_add(time));
        }
        if has_end(span) {
            self.time(w, "end_time", span.stop());
        }
    }

    fn time(&self, w: &mut Writer, key: &str, nanos: Nanos) {
        let nanos = self.trace.epoch.saturating_add(nanos);
        match format_rfc3339(nanos) {
            Some(time) => w.text_member(key, &time),
            None => w.text_member(&format!("{key}_unix_nano"), &nanos.to_string()),
        }
    }

    /// How it ended, and why it failed.
    fn outcome(&self, w: &mut Writer, id: SpanId, span: &Span, has_status: bool) {
        let word = match span.status {
            Status::Unset => "",
            Status::Ok => "ok",
            Status::Error => "error",
            Status::Running => "running",
        };
        let error = Some(self.trace.error(id)).filter(|it| span.status == Status::Error && !it.is_empty());
        if let Some(error) = error {
            w.key("error");
            messages::with(self.trace, error, |it| messages::error(w, it));
        }
        if has_status || span.status != Status::Error {
            w.text_member("status", word);
        } else if error.is_none() {
            w.raw_member("is_error", Some(true));
        }
    }
}

fn has_times(trace: &Trace, span: &Span) -> bool {
    trace.clock == Clock::Wall && !span.marks.has(Marks::TIME_ABSENT)
}

/// What runs has no end; of turns and agents it follows again from what lies in them.
fn has_end(span: &Span) -> bool {
    let follows = matches!(span.work, Work::Turn(_) | Work::Agent(_)) || !span.marks.has(Marks::END_DERIVED);
    span.status != Status::Running || !follows
}

/// Which times of a span were worked out.
fn names_derived(trace: &Trace, span: &Span) -> Vec<&'static str> {
    let mut names = Vec::new();
    if has_times(trace, span) {
        names.extend(span.marks.has(Marks::START_DERIVED).then_some("start_time"));
        names.extend(span.marks.has(Marks::END_DERIVED).then_some("end_time"));
    }
    names
}

fn derived(w: &mut Writer, names: &[&str]) {
    if !names.is_empty() {
        w.key("derived");
        w.open('[');
        names.iter().for_each(|it| w.text(it));
        w.close(']');
    }
}

/// The name of an LLM call's span, if it is an operation of the conventions.
fn operation<'a>(trace: &'a Trace, span: &Span) -> &'a str {
    let name = trace.text(span.name);
    let word = name.split(' ').next().unwrap_or_default();
    match word {
        _ if trace.format == NATIVE => name,
        "chat" | "generate_content" | "text_completion" => word,
        _ => "",
    }
}

/// Why an LLM call stopped, and what it took.
fn finish(w: &mut Writer, trace: &Trace, call: &LlmCall) {
    let raw = trace.text(call.finish_reason_raw);
    let other = if call.finish_reason == crate::model::FinishReason::Other { raw } else { "" };
    let word = call.finish_reason.word().unwrap_or(other);
    w.text_member("finish_reason", word);
    if raw != word {
        w.text_member("finish_reason_raw", raw);
    }
    let tokens = call.tokens;
    let counts = [
        ("input_tokens", tokens.input),
        ("output_tokens", tokens.output),
        ("cache_read_input_tokens", tokens.cached),
        ("cache_creation_input_tokens", tokens.cache_write),
        ("reasoning_output_tokens", tokens.reasoning),
    ];
    if counts.iter().any(|it| it.1 != Count::default()) {
        w.key("usage");
        w.open('{');
        counts.iter().for_each(|it| w.raw_member(it.0, it.1.get()));
        w.close('}');
    }
    w.raw_member("cost_usd", call.cost_usd.and_then(|it| serde_json::to_string(&it).ok()));
    w.raw_member("attempt", (call.attempt > 0).then_some(call.attempt));
}

/// The file's own ids of the trace and of its conversation; of the trace at least one that stays
/// the same.
fn ids(trace: &Trace) -> (String, String) {
    let said = |json: Json<'_>, key: &str| {
        // Not the last of its name but the first: the rest of the file need not be searched.
        let found = json.members().find(|it| it.0 == key);
        found.and_then(|it| it.1.str()).map(|it| it.into_owned()).unwrap_or_default()
    };
    let record = trace.spans.first().map_or_else(ByteRange::default, |it| it.record);
    let record = trace.source.slice(record);
    let head = head(trace);
    let head = Json::new(&head);
    let (places, keys): (_, &[&str]) = if trace.format == NATIVE {
        (head, &["trace_id"])
    } else {
        (Json::new(&record), &["traceId", "sessionId"])
    };
    let own = keys.iter().map(|it| said(places, it)).find(|it| !it.is_empty());
    let key = || trace.spans.first().map(|_| trace.key(SpanId::new(0)));
    let conversation = if trace.format == NATIVE { said(head, "conversation_id") } else { String::new() };
    (own.or_else(key).unwrap_or_default(), conversation)
}

/// The beginning of the file, where a header is.
fn head(trace: &Trace) -> String {
    const LEN: u32 = 1 << 16;
    let len = trace.source.len().min(LEN);
    // It may end within a character.
    let heads = (0..4).filter_map(|it| len.checked_sub(it)).map(|len| trace.source.slice(ByteRange { start: 0, len }));
    heads.into_iter().find(|it| !it.is_empty()).unwrap_or_default().into_owned()
}
