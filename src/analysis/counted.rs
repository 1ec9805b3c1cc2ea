//! What is counted of the spans so far: a trace that grows adds to it what has come.

use super::reported::{Reported, Tells};
use super::{Cost, Rounds, Summary, Totals};
use crate::model::{
    ByteRange, Clock, Count, Json, LlmCall, Marks, Nanos, Settled, Span, Status, Sym, ToolCall,
    Trace, Work, at_once, format_rfc3339, from_end, in_slices, sort_in_slices,
};
use crate::payload;

/// A sum of counts that may not fit a [`Count`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum(Option<u64>);

impl Sum {
    pub(super) fn add(&mut self, count: Count) {
        if let Some(count) = count.get() {
            self.0 = Some(self.0.unwrap_or(0).saturating_add(count));
        }
    }

    fn at_least(self, count: Count) -> Option<u64> {
        self.0.max(count.get())
    }

    pub(super) fn get(self) -> Option<u64> {
        self.0
    }
}

/// What is known of the first of some places in the file.
#[derive(Clone, Debug, Default)]
struct First<T> {
    at: ByteRange,
    known: Option<T>,
}

impl<T> First<T> {
    /// Takes note of a place, if it is the first.
    fn note(&mut self, trace: &Trace, at: ByteRange, read: fn(&str) -> Option<T>) {
        if self.at.is_empty() && !at.is_empty() {
            self.at = at;
            self.known = read(&trace.source.content(at));
        }
    }
}

/// What is counted of the first spans of a trace.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Which they are.
    at: Settled,
    n_scopes: usize,
    n_rounds: usize,
    main_rounds: u32,
    sub_agents: u32,
    /// Input, cached, written to a cache, output, reasoning.
    tokens: [Sum; 5],
    with_tokens: u32,
    /// Models, by when they were first used.
    models: Vec<(Nanos, Sym)>,
    errors: u32,
    cost: f64,
    with_cost: usize,
    /// The time in which tools ran, and until when.
    in_tools: Nanos,
    tools_until: Nanos,
    stop: Nanos,
    output_is_partial: bool,
    /// The first system prompt, in characters.
    system: First<usize>,
    /// The names of the tools that were first offered.
    belt: First<Vec<String>>,
    tool_uses: Vec<(Sym, u32)>,
    tells: Tells,
}

impl Counted {
    /// Up to where it is counted.
    pub fn at(&self) -> Settled {
        self.at
    }

    /// How often each tool was called; tools are few.
    pub fn tool_uses(&self) -> &[(Sym, u32)] {
        &self.tool_uses
    }

    /// What the file does not tell of every call.
    pub fn left_out(&self) -> Vec<Reported> {
        self.tells.left_out()
    }

    /// Counts on up to `until`, which is the end, or up to where it is settled.
    pub fn add(&mut self, trace: &Trace, rounds: &Rounds, until: Settled) {
        at_once(self.add_in_slices(trace, rounds, until));
    }

    /// The same, with pauses.
    pub async fn add_in_slices(&mut self, trace: &Trace, rounds: &Rounds, until: Settled) {
        let from = std::mem::replace(&mut self.at, until);
        self.add_rounds(rounds, until);
        let spans = trace.spans.get(from.spans..until.spans).unwrap_or_default();
        in_slices(spans.len(), &mut |slice| {
            for span in spans.get(slice).into_iter().flatten() {
                self.add_span(trace, span);
            }
        })
        .await;
        self.add_errors(spans, from.spans).await;
        self.add_tool_times(spans, from.spans).await;
    }

    fn add_span(&mut self, trace: &Trace, span: &Span) {
        self.stop = self.stop.max(span.stop());
        self.output_is_partial |= span.marks.has(Marks::OUTPUT_PARTIAL);
        match span.work {
            Work::Llm(id) => {
                let call = trace.llm_calls.get(id.index()).into_iter();
                call.for_each(|it| {
                    self.tells.add_llm_call(trace.clock, span, it);
                    self.add_llm_call(trace, span, it);
                });
            }
            Work::Tool(id) => {
                let tool = trace.tool_calls.get(id.index()).into_iter();
                tool.for_each(|it| {
                    self.tells.add_tool_call(trace.clock, span, it);
                    self.add_tool_call(it);
                });
            }
            _ => {}
        }
    }

    fn add_rounds(&mut self, rounds: &Rounds, until: Settled) {
        let n_scopes = rounds.n_scopes(until);
        let n_rounds = rounds.n_rounds(until);
        let is_sub = |it: usize| rounds.scopes.get(it).is_some_and(|it| it.is_sub);
        let scopes = (self.n_scopes..n_scopes).filter(|it| is_sub(*it));
        self.sub_agents += scopes.count() as u32;
        let added = rounds.rounds.get(self.n_rounds..n_rounds);
        let main = added.unwrap_or_default().iter();
        self.main_rounds += main.filter(|it| !is_sub(it.scope as usize)).count() as u32;
        (self.n_scopes, self.n_rounds) = (n_scopes, n_rounds);
    }

    fn add_llm_call(&mut self, trace: &Trace, span: &Span, call: &LlmCall) {
        let tokens = call.tokens;
        let counts = [
            tokens.input,
            tokens.cached,
            tokens.cache_write,
            tokens.output,
            tokens.reasoning,
        ];
        self.tokens
            .iter_mut()
            .zip(counts)
            .for_each(|(sum, it)| sum.add(it));
        let reports = tokens.input.get().is_some() && tokens.output.get().is_some();
        self.with_tokens += u32::from(reports);
        if let Some(cost) = call.cost_usd.get() {
            // In the order of the tree: another would give another last digit, by the order of the files.
            self.cost += cost;
            self.with_cost += 1;
        }
        if !call.model.is_empty() {
            match self.models.iter_mut().find(|it| it.1 == call.model) {
                Some(it) => it.0 = it.0.min(span.start),
                None => self.models.push((span.start, call.model)),
            }
        }
        self.system.note(trace, call.system, |it| {
            let said = payload::messages_now(Json::new(it))?;
            Some(payload::text_of(said).chars().count())
        });
        self.belt.note(trace, call.tools, payload::tool_names);
    }

    fn add_tool_call(&mut self, tool: &ToolCall) {
        match self.tool_uses.iter_mut().find(|it| it.0 == tool.name) {
            Some(it) => it.1 += 1,
            None => self.tool_uses.push((tool.name, 1)),
        }
    }

    /// Failed actions. One that only passes on the failure of what ran in it does not count.
    async fn add_errors(&mut self, spans: &[Span], first: usize) {
        let mut below = vec![false; spans.len()];
        from_end(spans.len(), &mut |slice| {
            for i in slice.rev() {
                let Some(span) = spans.get(i) else { continue };
                let is_action = matches!(span.work, Work::Llm(_) | Work::Tool(_));
                let passed_on = below.get(i) == Some(&true);
                let failed = is_action && span.status == Status::Error;
                self.errors += u32::from(failed && !passed_on);
                if failed || passed_on {
                    let parent = span.parent.and_then(|it| it.index().checked_sub(first));
                    let parent = parent.and_then(|it| below.get_mut(it)).into_iter();
                    parent.for_each(|it| *it = true);
                }
            }
        })
        .await;
    }

    /// How long at least one tool ran. Of nested ones the outer counts.
    async fn add_tool_times(&mut self, spans: &[Span], first: usize) {
        let mut times: Vec<(i64, i64)> = Vec::new();
        let mut next = 0;
        in_slices(spans.len(), &mut |slice| {
            for i in slice {
                let tool = spans.get(i).filter(|_| i >= next);
                if let Some(span) = tool.filter(|it| matches!(it.work, Work::Tool(_))) {
                    times.push((span.start, span.stop()));
                    next = (span.end as usize).saturating_sub(first);
                }
            }
        })
        .await;
        sort_in_slices(&mut times, |it| *it).await;
        for (start, stop) in times {
            self.in_tools += (stop - start.max(self.tools_until)).max(0);
            self.tools_until = self.tools_until.max(stop);
        }
    }

    /// The totals of a trace all of whose spans were counted.
    pub fn totals(&self, trace: &Trace) -> Totals {
        let (llm_calls, tool_calls) = (self.at.llm_calls as u32, self.at.tool_calls as u32);
        let [input, cached, cache_write, output, reasoning] = self.tokens;
        // Of an answer that was counted in part the whole is larger.
        let whole = trace.stated.tokens;
        let mut models = self.models.clone();
        models.sort_by_key(|it| it.0);
        let has_times = trace.clock == Clock::Wall;
        let duration = (has_times && self.at.spans > 0).then_some(self.stop);
        let summary = Summary {
            format: trace.format,
            name: trace.name.clone(),
            turns: self.at.turns as u32,
            rounds: self.main_rounds,
            actions: llm_calls + tool_calls,
            llm_calls,
            tool_calls,
            agents: 1 + self.sub_agents,
            models: models
                .iter()
                .map(|it| trace.text(it.1).to_owned())
                .collect(),
            input_tokens: input.at_least(whole.input),
            cached_tokens: cached.at_least(whole.cached),
            cache_write_tokens: cache_write.at_least(whole.cache_write),
            output_tokens: output.at_least(whole.output),
            reasoning_tokens: reasoning.at_least(whole.reasoning),
            duration_ms: duration.map(|it| it as f64 / 1e6),
            started_at: has_times.then(|| format_rfc3339(trace.epoch)),
            errors: self.errors,
            cost: self.cost(trace),
            issues: trace.issues.total(),
            bytes: trace.source.n_bytes(),
        };
        let used = |name: &&String| self.tool_uses.iter().any(|it| trace.text(it.0) == **name);
        let belt = self.belt.known.as_ref();
        let tools_are_timed = self.in_tools > 0 || self.tells.times_a_tool();
        let whole = duration.filter(|it| *it > 0 && tools_are_timed);
        Totals {
            summary,
            llm_calls_with_tokens: self.with_tokens,
            share_in_tools: whole.map(|it| self.in_tools as f64 / it as f64),
            system_chars: self.system.known,
            toolbelt: belt.map(|it| (it.len(), it.iter().filter(used).count())),
            output_is_partial: self.output_is_partial,
            stop: self.stop,
        }
    }

    /// What the LLM calls cost, or all of them together where only that is stated.
    fn cost(&self, trace: &Trace) -> Option<Cost> {
        let whole = trace.stated.cost_usd.get().filter(|it| *it >= self.cost);
        let complete = whole.is_some() || self.with_cost == self.at.llm_calls;
        let usd = whole.or_else(|| (self.with_cost > 0).then_some(self.cost))?;
        Some(Cost { usd, complete })
    }
}
