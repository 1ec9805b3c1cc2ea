//! The rounds of a trace that grows: those of its end are cut off, and others put there.

use super::{Round, Rounds, Scope};
use crate::model::{Settled, SpanId, Trace};

impl Rounds {
    /// Cuts off what is not settled.
    pub fn truncate(&mut self, at: Settled) {
        let n_scopes = self.n_scopes(at);
        let n_rounds = self.n_rounds(at);
        let n_members = self.rounds.get(n_rounds).map(|it| it.members.start);
        self.members
            .truncate(n_members.map_or(self.members.len(), |it| it as usize));
        self.scopes.truncate(n_scopes);
        self.rounds.truncate(n_rounds);
        self.of_span.truncate(at.spans);
        self.scope_of.truncate(at.spans);
    }

    /// How many scopes are settled.
    pub fn n_scopes(&self, at: Settled) -> usize {
        let is_before = |it: &Scope| match it.span {
            Some(span) => span.index() < at.spans,
            None => (it.turn as usize) < at.turns,
        };
        self.scopes.partition_point(is_before)
    }

    /// How many rounds are.
    pub fn n_rounds(&self, at: Settled) -> usize {
        let rounds = &self.rounds;
        rounds.partition_point(|it| it.first.index() < at.spans)
    }

    /// Adds the rounds of `trace`, which is the end of another after `at`.
    pub fn append(&mut self, end: Rounds, trace: &Trace, at: Settled) {
        let n_roots = usize::from(at.root.is_some());
        let n_spans = self.of_span.len();
        let moved = |it: SpanId| at.moved(it, n_spans);
        let first_turn = (at.turns - usize::from(at.goes_on)) as u32;
        // The scopes that go on: that of the turn, and that of its root.
        let open = self.scopes.partition_point(|it| it.turn < first_turn) as u32;
        let n_open = if at.goes_on { 1 + n_roots } else { 0 } as u32;
        let n_scopes = self.scopes.len() as u32;
        let scope = |it: u32| {
            if it < n_open {
                open + it
            } else {
                n_scopes + it - n_open
            }
        };
        let numbered = self.rounds.iter().rev().filter(|_| at.goes_on);
        let going_on = scope(n_open.saturating_sub(1));
        let mut numbered = numbered.filter(|it| it.scope == going_on);
        let mut number = numbered.next().map_or(0, |it| it.number);
        let (n_rounds, n_members) = (self.rounds.len() as u32, self.members.len() as u32);
        self.rounds.extend(end.rounds.into_iter().map(|it| {
            let scope = scope(it.scope);
            // From a number of the file's own on, they are counted from that.
            let own = trace.llm_call(it.first).and_then(|it| it.round);
            if scope == going_on && own.is_some() {
                number = 0;
            }
            let before = if scope == going_on { number } else { 0 };
            Round {
                number: it.number.saturating_add(before),
                scope,
                first: moved(it.first),
                members: it.members.start + n_members..it.members.end + n_members,
            }
        }));
        let scopes = end.scopes.into_iter().skip(n_open as usize);
        let scopes = scopes.map(|it| Scope {
            span: it.span.map(moved),
            turn: it.turn + first_turn,
            outer: it.outer.map(scope),
            ..it
        });
        self.scopes.extend(scopes);
        self.members.extend(end.members.into_iter().map(moved));
        let of_span = end.of_span.into_iter().skip(n_roots);
        self.of_span
            .extend(of_span.map(|it| if it == 0 { 0 } else { it + n_rounds }));
        let scope_of = end.scope_of.into_iter().skip(n_roots);
        self.scope_of.extend(scope_of.map(scope));
    }
}
