//! Sums for the top of the tab, and the `summary` of the element.

use std::borrow::Cow;

use serde::Serialize;

use super::Rounds;
use crate::model::{
    Clock, Count, Nanos, Span, SpanId, Status, Sym, Tokens, Trace, Work, format_rfc3339,
};
use crate::payload;

/// The figures of a trace, as the element's `summary` has them. `None` is "the file does not say".
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The id of the format.
    pub format: &'static str,
    /// What the trace is called.
    pub name: Option<String>,
    /// User message to final answer.
    pub turns: u32,
    /// Of the main agent.
    pub rounds: u32,
    /// LLM calls and tool calls.
    pub actions: u32,
    /// Requests to a model, sub-agents included.
    pub llm_calls: u32,
    /// Tool calls asked for, sub-agents included.
    pub tool_calls: u32,
    /// 1 + sub-agents.
    pub agents: u32,
    /// By first use.
    pub models: Vec<String>,
    /// Cached and cache-write ones included.
    pub input_tokens: Option<u64>,
    /// Part of input.
    pub cached_tokens: Option<u64>,
    /// Part of input.
    pub cache_write_tokens: Option<u64>,
    /// Reasoning included.
    pub output_tokens: Option<u64>,
    /// Part of output.
    pub reasoning_tokens: Option<u64>,
    /// First start to last end, in milliseconds.
    pub duration_ms: Option<f64>,
    /// RFC 3339.
    pub started_at: Option<String>,
    /// Actions that failed.
    pub errors: u32,
    /// What the file states.
    pub cost: Option<Cost>,
    /// What could not be taken as it stood.
    pub issues: u32,
    /// Of the file.
    pub bytes: u64,
}

/// Money.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// US dollars.
    pub usd: f64,
    /// Whether every LLM call has its part in it.
    pub complete: bool,
}

/// What the head of the tab shows beside the summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Totals {
    /// The summary.
    pub summary: Summary,
    /// LLM calls that reported both input and output tokens.
    pub llm_calls_with_tokens: u32,
    /// Share of the duration in which a tool ran, from 0 to 1.
    pub share_in_tools: Option<f64>,
    /// Characters of the first system prompt.
    pub system_chars: Option<usize>,
    /// Tools offered, and how many of them were used.
    pub toolbelt: Option<(usize, usize)>,
}

/// The totals of a trace.
pub fn totals(trace: &Trace, rounds: &Rounds) -> Totals {
    let tokens = sum(trace);
    let is_main = |it: &&super::Round| {
        rounds
            .scopes
            .get(it.scope as usize)
            .is_some_and(|it| !it.is_sub)
    };
    let summary = Summary {
        format: trace.format,
        name: trace.name.clone(),
        turns: trace.turns.len() as u32,
        rounds: rounds.rounds.iter().filter(is_main).count() as u32,
        actions: (trace.llm_calls.len() + trace.tool_calls.len()) as u32,
        llm_calls: trace.llm_calls.len() as u32,
        tool_calls: trace.tool_calls.len() as u32,
        agents: 1 + rounds.scopes.iter().filter(|it| it.is_sub).count() as u32,
        models: models(trace),
        input_tokens: tokens.0.get(),
        cached_tokens: tokens.1.get(),
        cache_write_tokens: tokens.2.get(),
        output_tokens: tokens.3.get(),
        reasoning_tokens: tokens.4.get(),
        duration_ms: trace.duration().map(|it| it as f64 / 1e6),
        started_at: (trace.clock == Clock::Wall).then(|| format_rfc3339(trace.epoch)),
        errors: errors(trace),
        cost: cost(trace),
        issues: trace.issues.total(),
        bytes: trace.source.n_bytes(),
    };
    Totals {
        summary,
        llm_calls_with_tokens: trace
            .llm_calls
            .iter()
            .filter(|it| reports(it.tokens))
            .count() as u32,
        share_in_tools: share_in_tools(trace),
        system_chars: system_chars(trace),
        toolbelt: toolbelt(trace),
    }
}

/// What the LLM calls cost, or all of them together where only that is stated.
fn cost(trace: &Trace) -> Option<Cost> {
    // In the order of the tree: another would give another last digit, by the order of the files.
    let calls = trace.iter().filter_map(|it| trace.llm_call(it.0));
    let each: Vec<f64> = calls.filter_map(|it| it.cost_usd.get()).collect();
    let n_stated = each.len();
    let sum: f64 = each.iter().sum();
    let whole = trace.stated.cost_usd.get().filter(|it| *it >= sum);
    let complete = whole.is_some() || n_stated == trace.llm_calls.len();
    let usd = whole.or_else(|| (n_stated > 0).then_some(sum))?;
    Some(Cost { usd, complete })
}

fn reports(tokens: Tokens) -> bool {
    tokens.input.get().is_some() && tokens.output.get().is_some()
}

/// A sum of counts that may not fit a [`Count`].
#[derive(Clone, Copy, Default)]
struct Sum(Option<u64>);

impl Sum {
    fn add(&mut self, count: Count) {
        if let Some(count) = count.get() {
            self.0 = Some(self.0.unwrap_or(0).saturating_add(count));
        }
    }

    fn at_least(&mut self, count: Count) {
        self.0 = self.0.max(count.get());
    }

    fn get(self) -> Option<u64> {
        self.0
    }
}

fn sum(trace: &Trace) -> (Sum, Sum, Sum, Sum, Sum) {
    let mut sum = <(Sum, Sum, Sum, Sum, Sum)>::default();
    for tokens in trace.llm_calls.iter().map(|it| it.tokens) {
        sum.0.add(tokens.input);
        sum.1.add(tokens.cached);
        sum.2.add(tokens.cache_write);
        sum.3.add(tokens.output);
        sum.4.add(tokens.reasoning);
    }
    // Of an answer that was counted in part the whole is larger.
    let whole = trace.stated.tokens;
    sum.0.at_least(whole.input);
    sum.1.at_least(whole.cached);
    sum.2.at_least(whole.cache_write);
    sum.3.at_least(whole.output);
    sum.4.at_least(whole.reasoning);
    sum
}

/// Each model once, by when it was first used, wherever in the tree that was.
fn models(trace: &Trace) -> Vec<String> {
    let calls = trace.iter().filter_map(|(id, span)| {
        let model = trace.llm_call(id)?.model;
        (!model.is_empty()).then_some((span.start, model))
    });
    let mut seen: Vec<(Nanos, Sym)> = Vec::new();
    for (start, model) in calls {
        match seen.iter_mut().find(|it| it.1 == model) {
            Some(it) => it.0 = it.0.min(start),
            None => seen.push((start, model)),
        }
    }
    seen.sort_by_key(|it| it.0);
    seen.into_iter()
        .map(|it| trace.text(it.1).to_owned())
        .collect()
}

/// Failed actions. One that only passes on the failure of what ran in it does not count.
fn errors(trace: &Trace) -> u32 {
    let mut count = 0;
    let mut below = vec![false; trace.spans.len()];
    for i in (0..trace.spans.len()).rev() {
        let Some(span) = trace.spans.get(i) else {
            continue;
        };
        let is_action = matches!(span.work, Work::Llm(_) | Work::Tool(_));
        let passed_on = below.get(i) == Some(&true);
        let failed = is_action && span.status == Status::Error;
        if failed && !passed_on {
            count += 1;
        }
        if let Some(it) = span.parent.and_then(|it| below.get_mut(it.index())) {
            *it |= failed || passed_on;
        }
    }
    count
}

/// How much of the time at least one tool ran. Of nested ones the outer counts.
fn share_in_tools(trace: &Trace) -> Option<f64> {
    let whole = trace.duration().filter(|it| *it > 0)?;
    let mut times: Vec<(i64, i64)> = Vec::new();
    let mut i = 0;
    while let Some(span) = trace.spans.get(i) {
        if matches!(span.work, Work::Tool(_)) {
            times.push((span.start, span.stop()));
            i = span.end.max(i as u32 + 1) as usize;
        } else {
            i += 1;
        }
    }
    crate::model::sort_by_key(&mut times, |it| *it);
    let (mut sum, mut until) = (0, i64::MIN);
    for (start, stop) in times {
        sum += (stop - start.max(until)).max(0);
        until = until.max(stop);
    }
    Some(sum as f64 / whole as f64)
}

fn first_slice(
    trace: &Trace,
    range: impl Fn(SpanId) -> Option<crate::model::ByteRange>,
) -> Option<Cow<'_, str>> {
    let found = trace
        .iter()
        .filter_map(|(id, _): (SpanId, &Span)| range(id))
        .find(|it| !it.is_empty())?;
    Some(trace.source.content(found))
}

fn system_chars(trace: &Trace) -> Option<usize> {
    let slice = first_slice(trace, |id| trace.llm_call(id).map(|it| it.system))?;
    Some(payload::plain_text(&slice).chars().count())
}

fn toolbelt(trace: &Trace) -> Option<(usize, usize)> {
    let slice = first_slice(trace, |id| trace.llm_call(id).map(|it| it.tools))?;
    let tools = payload::toolbelt(&slice);
    let used = |name: &str| {
        trace
            .tool_calls
            .iter()
            .any(|it| trace.text(it.name) == name)
    };
    Some((
        tools.len(),
        tools.iter().filter(|it| used(&it.name)).count(),
    ))
}

/// Tokens of several LLM calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Sent, as far as reported.
    pub input: Option<u64>,
    /// Produced, as far as reported.
    pub output: Option<u64>,
}

/// The tokens of the LLM calls among `spans`.
pub fn sums(trace: &Trace, spans: impl Iterator<Item = SpanId>) -> Sums {
    let (mut input, mut output) = (Sum::default(), Sum::default());
    for call in spans.filter_map(|it| trace.llm_call(it)) {
        input.add(call.tokens.input);
        output.add(call.tokens.output);
    }
    Sums {
        input: input.get(),
        output: output.get(),
    }
}
