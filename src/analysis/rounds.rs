//! Turns and rounds: which LLM call opens a round, and what belongs to it.

use std::ops::Range;

use super::calls::Calls;
use crate::model::{
    KeyMap, LlmCall, Marks, Nanos, Span, SpanId, SpanKey, Status, Trace, Work, at_once, pause,
    pause_at, sort_in_slices,
};

/// Where in [`Rounds::rounds`] a round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoundId(pub u32);

/// A round: an LLM call (with the failed tries before it) and the tool calls it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Its number: the file's own, else counted from 1 within its scope.
    pub number: u32,
    /// Whose round it is.
    pub scope: u32,
    /// The LLM call that opens it.
    pub first: SpanId,
    pub(super) members: Range<u32>,
}

/// Whose rounds: an agent, a turn, or a tool call that itself calls a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The agent's, turn's or tool call's span; `None` for what lies in none of these.
    pub span: Option<SpanId>,
    /// Which turn it lies in, from 0.
    pub turn: u32,
    /// Whether it is a sub-agent: one inside a tool call, or inside an agent that runs rounds itself.
    pub is_sub: bool,
    /// The scope it lies in.
    pub outer: Option<u32>,
}

/// The rounds of a trace.
#[derive(Clone, Debug, Default)]
pub struct Rounds {
    /// In the order of their scopes, then of their starts.
    pub rounds: Vec<Round>,
    /// Whose rounds there are; also of agents without any.
    pub scopes: Vec<Scope>,
    pub(super) members: Vec<SpanId>,
    /// The round of each span, counted from 1; 0 for none.
    pub(super) of_span: Vec<u32>,
    pub(super) scope_of: Vec<u32>,
}

impl Rounds {
    /// The rounds of `trace`.
    pub fn new(trace: &Trace) -> Rounds {
        at_once(Rounds::in_slices(trace))
    }

    /// The same, with pauses.
    pub async fn in_slices(trace: &Trace) -> Rounds {
        let mut rounds = Rounds {
            of_span: vec![0; trace.spans.len()],
            ..Rounds::default()
        };
        rounds.find_scopes(trace).await;
        let calls = rounds.number_llm_calls(trace).await;
        rounds.place_tool_calls(trace, &calls).await;
        rounds.list_members(trace).await;
        rounds.place_others(trace, &calls).await;
        rounds
    }

    /// The round that a span belongs to.
    pub fn of(&self, span: SpanId) -> Option<RoundId> {
        let number = *self.of_span.get(span.index())?;
        number.checked_sub(1).map(RoundId)
    }

    /// A round.
    pub fn round(&self, id: RoundId) -> Option<&Round> {
        self.rounds.get(id.0 as usize)
    }

    /// How many rounds of its scope there are up to a round.
    pub fn number_in_scope(&self, id: RoundId) -> usize {
        let scope = self.round(id).map_or(0, |it| it.scope);
        let first = self.rounds.partition_point(|it| it.scope < scope);
        (id.0 as usize + 1).saturating_sub(first)
    }

    /// The LLM calls and tool calls of a round, LLM calls first.
    pub fn members(&self, round: &Round) -> &[SpanId] {
        self.members
            .get(round.members.start as usize..round.members.end as usize)
            .unwrap_or_default()
    }

    /// The scope that a span lies in.
    pub fn scope_of(&self, span: SpanId) -> Option<&Scope> {
        self.scopes.get(*self.scope_of.get(span.index())? as usize)
    }

    /// Where in [`scopes`](Self::scopes) the scope of a span is.
    pub fn scope_index(&self, span: SpanId) -> Option<u32> {
        self.scope_of.get(span.index()).copied()
    }

    async fn find_scopes(&mut self, trace: &Trace) {
        self.scope_of = vec![0; trace.spans.len()];
        let mut turn = 0;
        let mut loose: Option<(usize, u32)> = None;
        // Enclosing scopes: where their subtree ends, and which they are.
        let mut open: Vec<(u32, u32)> = Vec::new();
        for (id, span) in trace.iter() {
            pause_at(id.index()).await;
            while open.last().is_some_and(|it| it.0 as usize <= id.index()) {
                open.pop();
            }
            if trace.turns.get(turn + 1).is_some_and(|it| it.first == id) {
                turn += 1;
                open.clear();
            }
            if open.is_empty() {
                // Roots of one turn that lie in nothing share a scope.
                let at = match loose {
                    Some((of, at)) if of == turn => at,
                    _ => {
                        self.scopes.push(Scope {
                            span: None,
                            turn: turn as u32,
                            is_sub: false,
                            outer: None,
                        });
                        self.scopes.len() as u32 - 1
                    }
                };
                loose = Some((turn, at));
                open.push((u32::MAX, at));
            }
            let outer = open.last().map_or(0, |it| it.1);
            self.scope_of
                .get_mut(id.index())
                .into_iter()
                .for_each(|it| *it = outer);
            let is_scope = match span.work {
                Work::Agent(_) | Work::Turn(_) => true,
                Work::Tool(_) => calls_a_model(trace, id, span),
                _ => false,
            };
            if is_scope {
                self.scopes.push(Scope {
                    span: Some(id),
                    turn: turn as u32,
                    is_sub: false,
                    outer: Some(outer),
                });
                open.push((span.end, self.scopes.len() as u32 - 1));
            }
        }
        pause().await;
        self.tell_sub_agents(trace);
    }

    fn tell_sub_agents(&mut self, trace: &Trace) {
        let mut runs_rounds = vec![false; self.scopes.len()];
        for call in &trace.llm_calls {
            let scope = self
                .scope_index(call.span)
                .and_then(|it| runs_rounds.get_mut(it as usize));
            scope.into_iter().for_each(|it| *it = true);
        }
        for i in 0..self.scopes.len() {
            let Some(scope) = self.scopes.get(i).copied() else {
                continue;
            };
            let Some(id) = scope.span else { continue };
            let is_tool = trace.tool_call(id).is_some();
            let in_tool = ancestors(trace, id)
                .take_while(|it| Some(*it) != self.outer_span(scope))
                .any(|it| trace.tool_call(it).is_some());
            let outer_is_sub = scope
                .outer
                .and_then(|it| self.scopes.get(it as usize))
                .is_some_and(|it| it.is_sub);
            // LLM calls that lie in nothing make no agent of what they stand beside.
            let outer_runs = self.outer_span(scope).is_some()
                && scope
                    .outer
                    .is_some_and(|it| runs_rounds.get(it as usize) == Some(&true));
            let is_sub = is_tool || in_tool || outer_is_sub || outer_runs;
            self.scopes
                .get_mut(i)
                .into_iter()
                .for_each(|it| it.is_sub = is_sub);
        }
    }

    fn outer_span(&self, scope: Scope) -> Option<SpanId> {
        self.scopes.get(scope.outer? as usize)?.span
    }

    /// Opens a round for each LLM call, but for a try that follows a failed one.
    async fn number_llm_calls(&mut self, trace: &Trace) -> Calls {
        let spans = trace.iter().filter(|it| matches!(it.1.work, Work::Llm(_)));
        let mut calls: Vec<(u32, Nanos, SpanId)> = spans
            .filter_map(|(id, span)| Some((self.scope_index(id)?, span.start, id)))
            .collect();
        pause().await;
        sort_in_slices(&mut calls, |it| (it.0.into(), it.1)).await;
        let mut failed: Option<(Nanos, &LlmCall)> = None;
        for (i, (scope, start, id)) in calls.iter().enumerate() {
            pause_at(i).await;
            let Some((span, call)) = trace.span(*id).zip(trace.llm_call(*id)) else {
                continue;
            };
            let last = self.rounds.last().filter(|it| it.scope == *scope);
            let number = last.map_or(0, |it| it.number);
            let explicit = call.round.map(std::num::NonZeroU32::get);
            let joins = last.is_some()
                && match explicit {
                    Some(explicit) => explicit == number && self.round_is_explicit(trace),
                    None => failed.is_some_and(|it| it.0 <= *start && is_retry(trace, it.1, call)),
                };
            if !joins {
                let number = explicit.unwrap_or(number.saturating_add(1));
                self.rounds.push(Round {
                    number,
                    scope: *scope,
                    first: *id,
                    members: 0..0,
                });
            }
            let round = self.rounds.len() as u32;
            self.of_span
                .get_mut(id.index())
                .into_iter()
                .for_each(|it| *it = round);
            // A call that asked for something did not fail as a try.
            failed = (span.status == Status::Error && call.output.is_empty())
                .then(|| (span.stop(), call));
        }
        Calls { calls }
    }

    fn round_is_explicit(&self, trace: &Trace) -> bool {
        self.rounds
            .last()
            .and_then(|it| trace.llm_call(it.first))
            .is_some_and(|it: &LlmCall| it.round.is_some())
    }

    async fn place_tool_calls(&mut self, trace: &Trace, calls: &Calls) {
        let mut numbered = None;
        for (i, tool) in trace.tool_calls.iter().enumerate() {
            pause_at(i).await;
            let Some((span, scope)) = trace.span(tool.span).zip(self.scope_index(tool.span)) else {
                continue;
            };
            let asked = tool
                .requested_by
                .and_then(|it| trace.llm_calls.get(it.index()))
                .map(|it| it.span);
            // A call cannot have been asked for by what runs inside of it.
            let inside = tool.span.index()..span.end as usize;
            let asked = asked.filter(|it| !inside.contains(&it.index()));
            let round = asked
                .and_then(|it| self.of_span.get(it.index()).copied())
                .filter(|it| *it > 0)
                .or_else(|| {
                    let key = SpanKey::of((scope, tool.round?.get()));
                    let rounds = numbered.get_or_insert_with(|| self.by_number());
                    rounds.get(&key).copied()
                })
                .or_else(|| {
                    calls
                        .before(scope, span.start)
                        .and_then(|it| self.of_span.get(it.index()).copied())
                });
            self.of_span
                .get_mut(tool.span.index())
                .into_iter()
                .for_each(|it| *it = round.unwrap_or(0));
        }
    }

    /// Rounds, counted from 1, by scope and number.
    fn by_number(&self) -> KeyMap<u32> {
        let keyed = self.rounds.iter().zip(1..);
        keyed
            .map(|(it, i)| (SpanKey::of((it.scope, it.number)), i))
            .collect()
    }

    async fn list_members(&mut self, trace: &Trace) {
        let members = || {
            let calls = trace.iter().filter(|it| matches!(it.1.work, Work::Llm(_)));
            let tools = trace.iter().filter(|it| matches!(it.1.work, Work::Tool(_)));
            calls.chain(tools).map(|it| it.0)
        };
        for (i, id) in members().enumerate() {
            pause_at(i).await;
            if let Some(round) = round_of(&self.of_span, &mut self.rounds, id) {
                round.members.end += 1;
            }
        }
        let mut len = 0;
        for round in &mut self.rounds {
            let start = len;
            len += round.members.end;
            // Grows again below.
            round.members = start..start;
        }
        self.members = vec![SpanId::new(0); len as usize];
        for (i, id) in members().enumerate() {
            pause_at(i).await;
            if let Some(round) = round_of(&self.of_span, &mut self.rounds, id)
                && let Some(member) = self.members.get_mut(round.members.end as usize)
            {
                *member = id;
                round.members.end += 1;
            }
        }
    }

    /// Other spans belong to a round if all actions in them do; what has no action in it goes
    /// with what it lies in, else with the LLM call before it.
    async fn place_others(&mut self, trace: &Trace, calls: &Calls) {
        const SEVERAL: u32 = u32::MAX;
        let mut inside = vec![0_u32; trace.spans.len()];
        for i in (0..trace.spans.len()).rev() {
            pause_at(i).await;
            let Some(span) = trace.spans.get(i) else {
                continue;
            };
            let rounds = match span.work {
                Work::Agent(_) | Work::Turn(_) => continue,
                Work::Llm(_) | Work::Tool(_) => self.of_span.get(i).copied().unwrap_or(0),
                Work::Other => inside.get(i).copied().unwrap_or(0),
            };
            let parent = span.parent.and_then(|it| inside.get_mut(it.index()));
            if let Some(it) = parent.filter(|_| rounds != 0) {
                *it = if *it == 0 || *it == rounds {
                    rounds
                } else {
                    SEVERAL
                };
            }
        }
        for i in 0..trace.spans.len() {
            pause_at(i).await;
            let Some(span) = trace.spans.get(i) else {
                continue;
            };
            if matches!(span.work, Work::Llm(_) | Work::Tool(_) | Work::Turn(_)) {
                continue;
            }
            let own = if span.work == Work::Other {
                inside.get(i).copied().unwrap_or(0)
            } else {
                0
            };
            let round = match own {
                SEVERAL => 0,
                0 => self.round_around(calls, SpanId::new(i), span),
                round => round,
            };
            self.of_span
                .get_mut(i)
                .into_iter()
                .for_each(|it| *it = round);
        }
    }

    fn round_around(&self, calls: &Calls, id: SpanId, span: &Span) -> u32 {
        let scope = self.scope_index(id);
        let parent = span.parent.filter(|it| self.scope_index(*it) == scope);
        let of = |id: SpanId| self.of_span.get(id.index()).copied().unwrap_or(0);
        match parent.map(of) {
            Some(round) if round > 0 => return round,
            _ => {}
        }
        // Times that are not known cannot place anything.
        if span.marks.has(Marks::TIME_ABSENT) {
            return 0;
        }
        scope
            .and_then(|it| calls.before(it, span.start))
            .map_or(0, of)
    }
}

fn round_of<'a>(of_span: &[u32], rounds: &'a mut [Round], id: SpanId) -> Option<&'a mut Round> {
    rounds.get_mut(of_span.get(id.index())?.checked_sub(1)? as usize)
}

/// Whether `next` tries again what failed: it sends the same, or (where that is not reported) asks
/// the same model.
fn is_retry(trace: &Trace, failed: &LlmCall, next: &LlmCall) -> bool {
    if failed.input.is_empty() || next.input.is_empty() {
        return failed.requested_model == next.requested_model;
    }
    trace.source.slice(failed.input) == trace.source.slice(next.input)
}

/// Whether an LLM call lies in a span, and in no agent within it.
fn calls_a_model(trace: &Trace, id: SpanId, span: &Span) -> bool {
    let mut at = id.index() + 1;
    while let Some(it) = trace.spans.get(at).filter(|_| at < span.end as usize) {
        match it.work {
            Work::Llm(_) => return true,
            Work::Agent(_) | Work::Tool(_) => at = it.end as usize,
            _ => at += 1,
        }
    }
    false
}

fn ancestors(trace: &Trace, id: SpanId) -> impl Iterator<Item = SpanId> {
    let parent = move |id: SpanId| trace.span(id).and_then(|it| it.parent);
    std::iter::successors(parent(id), move |it| parent(*it))
}
