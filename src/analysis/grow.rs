//! The rounds of a trace that grows: those of its last turns are cut off, and others put there.

use super::{Round, Rounds, Scope};
use crate::model::SpanId;

impl Rounds {
    /// Cuts off those of the turns from `turn` on, whose spans begin at `span`.
    pub fn truncate(&mut self, turn: usize, span: usize) {
        let n_scopes = self.n_scopes(turn);
        let n_rounds = self.n_rounds(n_scopes);
        let n_members = self.rounds.get(n_rounds).map(|it| it.members.start);
        self.members
            .truncate(n_members.map_or(self.members.len(), |it| it as usize));
        self.scopes.truncate(n_scopes);
        self.rounds.truncate(n_rounds);
        self.of_span.truncate(span);
        self.scope_of.truncate(span);
    }

    /// How many scopes lie in the turns before `turn`.
    pub fn n_scopes(&self, turn: usize) -> usize {
        self.scopes.partition_point(|it| (it.turn as usize) < turn)
    }

    /// How many rounds there are in the first so many scopes.
    pub fn n_rounds(&self, n_scopes: usize) -> usize {
        self.rounds
            .partition_point(|it| (it.scope as usize) < n_scopes)
    }

    /// Adds the rounds of further turns, of which `turn` is the first.
    pub fn append(&mut self, end: Rounds, turn: usize) {
        let n_spans = self.of_span.len();
        let (n_scopes, n_rounds) = (self.scopes.len() as u32, self.rounds.len() as u32);
        let n_members = self.members.len() as u32;
        let moved = |it: SpanId| SpanId::new(it.index() + n_spans);
        self.scopes.extend(end.scopes.into_iter().map(|it| Scope {
            span: it.span.map(moved),
            turn: it.turn + turn as u32,
            outer: it.outer.map(|it| it + n_scopes),
            ..it
        }));
        self.rounds.extend(end.rounds.into_iter().map(|it| Round {
            scope: it.scope + n_scopes,
            first: moved(it.first),
            members: it.members.start + n_members..it.members.end + n_members,
            ..it
        }));
        self.members.extend(end.members.into_iter().map(moved));
        let of_span = end.of_span.into_iter();
        self.of_span
            .extend(of_span.map(|it| if it == 0 { 0 } else { it + n_rounds }));
        self.scope_of
            .extend(end.scope_of.into_iter().map(|it| it + n_scopes));
    }
}
