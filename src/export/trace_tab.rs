//! A trace as Trace Tab JSON, whatever format it came in. `docs/format.md` describes the result.
//!
//! Not written, as the model does not have it or the format has no place for it: unknown fields,
//! how spans that are no actions nest, and which repairs were made on the way in.

use std::collections::HashSet;

use super::agents::{Plan, Turn};
use super::calls::{derived, has_times, names_derived, usage};
use super::contents::{Content, contents, is_alone};
use super::ids::{call_ids, trace_ids};
use super::json::Writer;
use super::messages::{self, NATIVE};
use super::shared::{Shared, shared};
use crate::analysis::{Round, Rounds, text};
use crate::model::{
    LlmCall, Marks, Span, SpanId, SpanKey, Trace, Work, at_once, pause, sort_by_key,
};

/// A Trace Tab JSON document of `trace`, in pieces of about a megabyte.
pub fn trace_tab_json(trace: &Trace, rounds: &Rounds) -> Vec<Vec<u8>> {
    at_once(trace_tab_json_in_slices(trace, rounds))
}

/// The same, with pauses.
pub async fn trace_tab_json_in_slices(trace: &Trace, rounds: &Rounds) -> Vec<Vec<u8>> {
    let contents = contents(trace, rounds).await;
    let plan = Plan::new(trace, rounds, contents);
    pause().await;
    let shared = shared(trace, rounds, &plan);
    pause().await;
    let mut export = Export {
        trace,
        rounds,
        call_ids: call_ids(trace).await,
        started: plan.started(),
        span_ids: HashSet::new(),
        shared,
        plan,
    };
    let mut w = Writer::default();
    w.open('{');
    export.header(&mut w);
    export.agents(&mut w);
    export.turns(&mut w).await;
    w.close_line(0, '}');
    w.finish()
}

pub(super) struct Export<'a> {
    pub(super) trace: &'a Trace,
    rounds: &'a Rounds,
    pub(super) plan: Plan,
    /// By tool call.
    call_ids: Vec<String>,
    /// Tool calls and the agents that they started, in order.
    pub(super) started: Vec<(SpanId, usize)>,
    /// Ids that were written.
    span_ids: HashSet<SpanKey>,
    /// By agent.
    pub(super) shared: Vec<Shared>,
}

impl Export<'_> {
    fn header(&self, w: &mut Writer) {
        let (trace_id, conversation_id) = trace_ids(self.trace);
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
        let stated = self.trace.stated;
        usage(w, stated.tokens, stated.cost_usd);
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
                w.text_member("parent_call_id", self.call_id(call));
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

    async fn turns(&mut self, w: &mut Writer) {
        w.line(2);
        w.key("turns");
        w.open('[');
        for turn in std::mem::take(&mut self.plan.turns) {
            w.line(4);
            self.turn(w, &turn).await;
        }
        w.close_line(2, ']');
    }

    async fn turn(&mut self, w: &mut Writer, turn: &Turn) {
        let content = self
            .plan
            .contents
            .get_mut(turn.scope as usize)
            .map(std::mem::take)
            .unwrap_or_default();
        let agent = self.plan.agents.get(turn.agent).map_or("", |it| &it.id);
        w.open('{');
        w.raw_member("turn", Some(turn.number));
        w.text_member("agent_id", agent);
        let own = turn.span.filter(|it| self.trace.tool_call(*it).is_none());
        let own = own.and_then(|it| Some((it, self.trace.span(it)?)));
        match own.filter(|it| has_times(self.trace, it.1)) {
            Some((_, span)) => self.times(w, span, None),
            None => self.cover(w, &content),
        }
        if let Some((id, span)) = own {
            self.outcome(w, id, span, true);
            derived(w, &names_derived(self.trace, span));
        }
        if !turn.input.is_empty() {
            w.key("input");
            messages::with(self.trace, turn.input, |it| messages::messages(w, it));
        }
        w.key("rounds");
        w.open('[');
        self.without_round(w, content.tools);
        let rounds = &self.rounds.rounds;
        let first = rounds.partition_point(|it| it.scope < turn.scope);
        let rounds = rounds.iter().skip(first);
        for round in rounds.take_while(|it| it.scope == turn.scope) {
            pause().await;
            self.round(w, round);
        }
        w.close(']');
        self.others(w, content.others);
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
        sort_by_key(&mut others, |it| self.order(*it, false));
        w.key("other_spans");
        w.open('[');
        for id in others {
            let Some(span) = self.trace.span(id) else {
                continue;
            };
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

    /// Tool calls in the round of no LLM call.
    fn without_round(&self, w: &mut Writer, mut tools: Vec<SpanId>) {
        sort_by_key(&mut tools, |it| self.order(*it, true));
        let number = |id: &SpanId| self.trace.tool_call(*id).and_then(|it| it.round);
        for tools in tools.chunk_by(|a, b| number(a) == number(b)) {
            w.line(6);
            w.open('{');
            w.raw_member("round", tools.first().and_then(number));
            self.tools(
                w,
                tools,
                tools
                    .first()
                    .and_then(number)
                    .map(std::num::NonZeroU32::get),
            );
            w.close('}');
        }
    }

    /// One entry for each try; the tool calls go with the one that asked for them.
    fn round(&mut self, w: &mut Writer, round: &Round) {
        let is_llm = |it: &&SpanId| self.trace.llm_call(**it).is_some();
        let members = self.rounds.members(round);
        let mut calls: Vec<SpanId> = members.iter().filter(is_llm).copied().collect();
        let is_own = |it: &&SpanId| !is_llm(it) && !is_alone(self.trace, self.rounds, **it);
        let mut tools: Vec<SpanId> = members.iter().filter(is_own).copied().collect();
        sort_by_key(&mut calls, |it| self.order(*it, true));
        sort_by_key(&mut tools, |it| self.order(*it, true));
        for (i, id) in calls.iter().enumerate() {
            let (Some(span), Some(call)) = (self.trace.span(*id), self.trace.llm_call(*id)) else {
                continue;
            };
            w.line(6);
            w.open('{');
            w.raw_member("round", Some(round.number));
            w.key("llm_call");
            let attempt = if call.attempt == 0 && calls.len() > 1 {
                i as u16 + 1
            } else {
                call.attempt
            };
            self.llm_call(w, *id, span, &LlmCall { attempt, ..*call }, round.scope);
            let own: Vec<SpanId> = tools
                .extract_if(.., |it| {
                    i + 1 == calls.len() || self.asked_by(*it) == Some(*id)
                })
                .collect();
            self.tools(w, &own, Some(round.number));
            w.close('}');
        }
    }

    fn asked_by(&self, tool: SpanId) -> Option<SpanId> {
        let by = self.trace.tool_call(tool)?.requested_by?;
        self.trace.llm_calls.get(by.index()).map(|it| it.span)
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

    pub(super) fn call_id(&self, tool: SpanId) -> &str {
        let id = match self.trace.span(tool).map(|it| it.work) {
            Some(Work::Tool(it)) => self.call_ids.get(it.index()),
            _ => None,
        };
        id.map_or("", String::as_str)
    }

    /// A span's own id, if no other has it.
    pub(super) fn id(&mut self, w: &mut Writer, span: &Span) {
        let id = text(self.trace, span.id);
        if self.span_ids.insert(SpanKey::of(&id)) {
            w.text_member("id", &id);
        }
    }

    /// Where among its like a span is written: what has no time comes first (actions) or last,
    /// what never ran after all that did.
    fn order(&self, id: SpanId, absent_first: bool) -> (i64, i64) {
        let marks = self
            .trace
            .span(id)
            .map_or(Marks::TIME_ABSENT, |it| it.marks);
        let never_ran = marks.has(Marks::REQUESTED);
        let is_absent = never_ran || marks.has(Marks::TIME_ABSENT);
        let start = self.trace.span(id).filter(|_| !is_absent);
        let start = start.map_or(0, |it| it.start);
        let rank = i64::from(never_ran) * 2 + i64::from(is_absent != absent_first);
        (rank, start)
    }
}
