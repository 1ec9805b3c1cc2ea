//! LLM calls and tool calls in Trace Tab JSON, and what all spans have there.

use super::json::Writer;
use super::messages::{self, NATIVE};
use super::trace_tab::Export;
use crate::analysis::{self, text};
use crate::model::{
    Clock, Count, Dollars, FinishReason, LlmCall, Marks, Nanos, Span, SpanId, Status, Tokens,
    ToolCall, Trace, Work, decimal, format_rfc3339,
};

impl Export<'_> {
    pub(super) fn llm_call(
        &mut self,
        w: &mut Writer,
        id: SpanId,
        span: &Span,
        call: &LlmCall,
        scope: u32,
    ) {
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
        self.times(w, span, call.time_to_first_token.get());
        if !call.request.is_empty() {
            w.key("request");
            messages::with(trace, call.request, |it| messages::request(w, it));
        }
        let agent = self.plan.agent_of.get(scope as usize).copied().flatten();
        if let Some(shared) = agent.and_then(|it| self.shared.get(it)) {
            shared.system.differ(
                w,
                trace,
                "system_instructions",
                call.system,
                messages::system,
            );
            shared
                .tools
                .differ(w, trace, "tool_definitions", call.tools, messages::toolbelt);
        }
        if !call.input.is_empty() {
            w.key("input_messages");
            messages::input(w, trace, call);
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

    pub(super) fn tool_call(
        &self,
        w: &mut Writer,
        id: SpanId,
        span: &Span,
        call: &ToolCall,
        round: Option<u32>,
    ) {
        let trace = self.trace;
        w.key("call_id");
        w.text(self.call_id(id));
        w.key("name");
        w.text(trace.text(call.name));
        w.text_member("type", trace.text(call.kind));
        w.text_member("server", trace.text(call.server));
        if !call.input.is_empty() {
            w.key("arguments");
            messages::with(trace, call.input, |it| messages::value(w, it));
        } else if let Some(arguments) = analysis::arguments(trace, call).filter(|it| !it.is_empty())
        {
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
        let started = self.started.partition_point(|it| it.0 < id);
        let started = self.started.get(started).filter(|it| it.0 == id);
        let agent = started.and_then(|it| self.plan.agents.get(it.1));
        w.text_member("agent_id", agent.map_or("", |it| &it.id));
        let is_said = call.round.map(std::num::NonZeroU32::get) == round;
        if round.is_some() && (call.matched || (call.requested_by.is_none() && !is_said)) {
            names.push("round");
        }
        derived(w, &names);
    }

    pub(super) fn times(&self, w: &mut Writer, span: &Span, time_to_first_token: Option<Nanos>) {
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

    pub(super) fn time(&self, w: &mut Writer, key: &str, nanos: Nanos) {
        let nanos = self.trace.epoch.saturating_add(nanos);
        w.text_member(key, &format_rfc3339(nanos));
    }

    /// How it ended, and why it failed.
    pub(super) fn outcome(&self, w: &mut Writer, id: SpanId, span: &Span, has_status: bool) {
        let word = match span.status {
            Status::Unset => "",
            Status::Ok => "ok",
            Status::Error => "error",
            Status::Running => "running",
        };
        let error =
            Some(self.trace.error(id)).filter(|it| span.status == Status::Error && !it.is_empty());
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

pub(super) fn has_times(trace: &Trace, span: &Span) -> bool {
    trace.clock == Clock::Wall && !span.marks.has(Marks::TIME_ABSENT)
}

/// What runs has no end; of turns and agents it follows again from what lies in them.
fn has_end(span: &Span) -> bool {
    let follows =
        matches!(span.work, Work::Turn(_) | Work::Agent(_)) || !span.marks.has(Marks::END_DERIVED);
    span.status != Status::Running || !follows
}

/// Which times of a span were worked out.
pub(super) fn names_derived(trace: &Trace, span: &Span) -> Vec<&'static str> {
    let mut names = Vec::new();
    if has_times(trace, span) {
        names.extend(span.marks.has(Marks::START_DERIVED).then_some("start_time"));
        names.extend(span.marks.has(Marks::END_DERIVED).then_some("end_time"));
    }
    names
}

pub(super) fn derived(w: &mut Writer, names: &[&str]) {
    if !names.is_empty() {
        w.key("derived");
        w.open('[');
        for name in names {
            w.text(name);
        }
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
    let other = if call.finish_reason == FinishReason::Other {
        raw
    } else {
        ""
    };
    let word = call.finish_reason.word().unwrap_or(other);
    w.text_member("finish_reason", word);
    if raw != word {
        w.text_member("finish_reason_raw", raw);
    }
    usage(w, call.tokens, call.cost_usd);
    w.raw_member("attempt", (call.attempt > 0).then_some(call.attempt));
}

/// Tokens and cost, as far as they are known.
pub(super) fn usage(w: &mut Writer, tokens: Tokens, cost_usd: Dollars) {
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
        for (name, count) in counts {
            w.raw_member(name, count.get());
        }
        w.close('}');
    }
    w.raw_member("cost_usd", cost_usd.get().and_then(decimal));
}
