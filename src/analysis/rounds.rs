//! Turns and rounds: which LLM call opens a round, and what belongs to it.

use std::ops::Range;

use super::calls::Calls;
use super::scopes::Scope;
use crate::model::{
    KeyMap, LlmCall, Marks, Nanos, Span, SpanId, SpanKey, Status, ToolCall, Trace, Work, at_once,
    from_end, in_slices, sort_in_slices,
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

    /// Opens a round for each LLM call, but for a try that follows a failed one.
    async fn number_llm_calls(&mut self, trace: &Trace) -> Calls {
        let mut calls: Vec<(u32, Nanos, SpanId)> = Vec::with_capacity(trace.llm_calls.len());
        in_slices(trace.spans.len(), &mut |slice| {
            for i in slice {
                let span = trace.spans.get(i).zip(self.scope_of.get(i));
                let llm = span.filter(|it| matches!(it.0.work, Work::Llm(_)));
                calls.extend(llm.map(|(span, scope)| (*scope, span.start, SpanId::new(i))));
            }
        })
        .await;
        sort_in_slices(&mut calls, |it| (it.0.into(), it.1)).await;
        let mut failed: Option<(Nanos, &LlmCall)> = None;
        in_slices(calls.len(), &mut |slice| {
            for (scope, start, id) in calls.get(slice).into_iter().flatten() {
                let Some((span, call)) = trace.span(*id).zip(trace.llm_call(*id)) else {
                    continue;
                };
                let last = self.rounds.last().filter(|it| it.scope == *scope);
                let number = last.map_or(0, |it| it.number);
                let explicit = call.round.map(std::num::NonZeroU32::get);
                let joins = last.is_some()
                    && match explicit {
                        Some(explicit) => explicit == number && self.round_is_explicit(trace),
                        None => {
                            failed.is_some_and(|it| it.0 <= *start && is_retry(trace, it.1, call))
                        }
                    };
                if !joins {
                    self.rounds.push(Round {
                        number: explicit.unwrap_or(number.saturating_add(1)),
                        scope: *scope,
                        first: *id,
                        members: 0..0,
                    });
                }
                let round = self.rounds.len() as u32;
                self.put(*id, round);
                // A call that asked for something did not fail as a try.
                failed = (span.status == Status::Error && call.output.is_empty())
                    .then(|| (span.stop(), call));
            }
        })
        .await;
        Calls { calls }
    }

    /// Puts a span into a round, counted from 1.
    fn put(&mut self, id: SpanId, round: u32) {
        let it = self.of_span.get_mut(id.index()).into_iter();
        it.for_each(|it| *it = round);
    }

    fn round_is_explicit(&self, trace: &Trace) -> bool {
        self.rounds
            .last()
            .and_then(|it| trace.llm_call(it.first))
            .is_some_and(|it: &LlmCall| it.round.is_some())
    }

    async fn place_tool_calls(&mut self, trace: &Trace, calls: &Calls) {
        let mut numbered = None;
        in_slices(trace.tool_calls.len(), &mut |slice| {
            for tool in trace.tool_calls.get(slice).into_iter().flatten() {
                let round = self.round_of_tool(trace, calls, &mut numbered, tool);
                self.put(tool.span, round);
            }
        })
        .await;
    }

    fn round_of_tool(
        &self,
        trace: &Trace,
        calls: &Calls,
        numbered: &mut Option<KeyMap<u32>>,
        tool: &ToolCall,
    ) -> u32 {
        let Some((span, scope)) = trace.span(tool.span).zip(self.scope_index(tool.span)) else {
            return 0;
        };
        let asked = tool
            .requested_by
            .and_then(|it| trace.llm_calls.get(it.index()))
            .map(|it| it.span);
        // A call cannot have been asked for by what runs inside of it.
        let inside = tool.span.index()..span.end as usize;
        let asked = asked.filter(|it| !inside.contains(&it.index()));
        let of = |it: SpanId| self.of_span.get(it.index()).copied();
        let numbered = || {
            let key = SpanKey::of((scope, tool.round?.get()));
            let rounds = numbered.get_or_insert_with(|| self.by_number());
            rounds.get(&key).copied()
        };
        let round = asked.and_then(of).filter(|it| *it > 0).or_else(numbered);
        let round = round.or_else(|| calls.before(scope, span.start).and_then(of));
        round.unwrap_or(0)
    }

    /// Rounds, counted from 1, by scope and number.
    fn by_number(&self) -> KeyMap<u32> {
        let keyed = self.rounds.iter().zip(1..);
        keyed
            .map(|(it, i)| (SpanKey::of((it.scope, it.number)), i))
            .collect()
    }

    async fn list_members(&mut self, trace: &Trace) {
        // How many LLM calls and tool calls each round has.
        let mut n = vec![(0, 0); self.rounds.len()];
        let is_llm = |i: usize| match trace.spans.get(i)?.work {
            Work::Llm(_) => Some(true),
            Work::Tool(_) => Some(false),
            _ => None,
        };
        in_slices(trace.spans.len(), &mut |slice| {
            for i in slice {
                if let Some((is_llm, n)) = is_llm(i).zip(of_round(&self.of_span, &mut n, i)) {
                    *(if is_llm { &mut n.0 } else { &mut n.1 }) += 1;
                }
            }
        })
        .await;
        // From here on: where the next of each kind goes.
        let mut len = 0;
        for (round, n) in self.rounds.iter_mut().zip(&mut n) {
            let tools = len + n.0;
            round.members = len..tools + n.1;
            *n = (len, tools);
            len = round.members.end;
        }
        self.members = vec![SpanId::new(0); len as usize];
        in_slices(trace.spans.len(), &mut |slice| {
            for i in slice {
                if let Some((is_llm, next)) = is_llm(i).zip(of_round(&self.of_span, &mut n, i)) {
                    let next = if is_llm { &mut next.0 } else { &mut next.1 };
                    let member = self.members.get_mut(*next as usize).into_iter();
                    member.for_each(|it| *it = SpanId::new(i));
                    *next += 1;
                }
            }
        })
        .await;
    }

    /// Other spans belong to a round if all actions in them do; what has no action in it goes
    /// with what it lies in, else with the LLM call before it.
    async fn place_others(&mut self, trace: &Trace, calls: &Calls) {
        const SEVERAL: u32 = u32::MAX;
        let n = trace.spans.len();
        let mut inside = vec![0_u32; n];
        from_end(n, &mut |slice| {
            for i in slice.rev() {
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
        })
        .await;
        in_slices(n, &mut |slice| {
            for i in slice {
                let Some(span) = trace.spans.get(i) else {
                    continue;
                };
                let own = match span.work {
                    Work::Llm(_) | Work::Tool(_) | Work::Turn(_) => continue,
                    Work::Other => inside.get(i).copied().unwrap_or(0),
                    Work::Agent(_) => 0,
                };
                let round = match own {
                    SEVERAL => 0,
                    0 => self.round_around(calls, SpanId::new(i), span),
                    round => round,
                };
                self.put(SpanId::new(i), round);
            }
        })
        .await;
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

/// What is known of the round that a span is in.
fn of_round<'a, T>(of_span: &[u32], rounds: &'a mut [T], span: usize) -> Option<&'a mut T> {
    rounds.get_mut(of_span.get(span)?.checked_sub(1)? as usize)
}

/// Whether `next` tries again what failed: it sends the same, or (where that is not reported) asks
/// the same model.
fn is_retry(trace: &Trace, failed: &LlmCall, next: &LlmCall) -> bool {
    if failed.input.is_empty() || next.input.is_empty() {
        return failed.requested_model == next.requested_model;
    }
    trace.source.slice(failed.input) == trace.source.slice(next.input)
}
