//! Rows as they are made: nodes that are linked, then walked.

use super::rows::{Row, Rows, TurnRows};
use crate::analysis::{RoundId, Rounds};
use crate::model::{SpanId, Trace, pause, pause_at, sort_in_slices};
use crate::state::RowId;

const NONE: u32 = u32::MAX;

/// Rows as nodes: spans first, then rounds, then turns.
pub(super) struct RowTree<'a> {
    trace: &'a Trace,
    rounds: &'a Rounds,
    first_child: Vec<u32>,
    next_sibling: Vec<u32>,
}

impl<'a> RowTree<'a> {
    pub(super) async fn new(trace: &'a Trace, rounds: &'a Rounds) -> Self {
        let n = trace.spans.len() + rounds.rounds.len() + trace.turns.len();
        let mut tree = RowTree {
            trace,
            rounds,
            first_child: vec![NONE; n],
            next_sibling: vec![NONE; n],
        };
        let mut round_at: Vec<(u32, u32)> = (0..rounds.rounds.len() as u32)
            .map(|it| (tree.top_of_round(it).index() as u32, it))
            .collect();
        pause().await;
        sort_in_slices(&mut round_at, |it| (it.0.into(), it.1.into())).await;
        // From the last to the first, each put before its siblings; a round goes before its spans.
        let mut turn = trace.turns.len();
        for i in (0..trace.spans.len()).rev() {
            pause_at(i).await;
            while turn > 1
                && trace
                    .turns
                    .get(turn - 1)
                    .is_some_and(|it| it.first.index() > i)
            {
                turn -= 1;
            }
            let turn = turn.saturating_sub(1) as u32;
            let id = SpanId::new(i);
            if !tree.is_turn(turn, id) {
                let parent = tree.parent(id, turn);
                tree.link(i as u32, parent);
            }
            while let Some((_, round)) = round_at.pop_if(|it| it.0 as usize == i) {
                let parent = tree.span_node(trace.span(id).and_then(|it| it.parent), turn);
                tree.link(trace.spans.len() as u32 + round, parent);
            }
        }
        tree
    }

    fn is_turn(&self, turn: u32, span: SpanId) -> bool {
        self.trace
            .turns
            .get(turn as usize)
            .is_some_and(|it| it.span == Some(span))
    }

    /// The outermost span that belongs to a round wholly: there the round begins.
    fn top_of_round(&self, round: u32) -> SpanId {
        let Some(mut at) = self.rounds.rounds.get(round as usize).map(|it| it.first) else {
            return SpanId::new(0);
        };
        while let Some(parent) = self.trace.span(at).and_then(|it| it.parent) {
            if self.rounds.of(parent) != Some(RoundId(round)) {
                break;
            }
            at = parent;
        }
        at
    }

    fn parent(&self, id: SpanId, turn: u32) -> u32 {
        let parent = self.trace.span(id).and_then(|it| it.parent);
        match self.rounds.of(id) {
            Some(round) if parent.and_then(|it| self.rounds.of(it)) != Some(round) => {
                self.trace.spans.len() as u32 + round.0
            }
            _ => self.span_node(parent, turn),
        }
    }

    fn span_node(&self, span: Option<SpanId>, turn: u32) -> u32 {
        match span {
            Some(span) if !self.is_turn(turn, span) => span.index() as u32,
            _ => (self.trace.spans.len() + self.rounds.rounds.len()) as u32 + turn,
        }
    }

    fn link(&mut self, node: u32, parent: u32) {
        let head = self.first_child.get_mut(parent as usize);
        if let (Some(head), Some(next)) = (head, self.next_sibling.get_mut(node as usize)) {
            *next = *head;
            *head = node;
        }
    }

    fn id(&self, node: u32) -> RowId {
        let (n_spans, n_rounds) = (
            self.trace.spans.len() as u32,
            self.rounds.rounds.len() as u32,
        );
        if node < n_spans {
            RowId::Span(SpanId::new(node as usize))
        } else if node < n_spans + n_rounds {
            RowId::Round(RoundId(node - n_spans))
        } else {
            RowId::Turn(node - n_spans - n_rounds)
        }
    }

    pub(super) async fn rows(mut self) -> Rows {
        let first_turn = (self.trace.spans.len() + self.rounds.rounds.len()) as u32;
        let mut rows = Rows {
            rows: Vec::with_capacity(self.first_child.len()),
            turns: Vec::with_capacity(self.trace.turns.len()),
        };
        let mut seen = vec![false; self.first_child.len()];
        for turn in self.trace.turns.iter().filter_map(|it| it.span) {
            seen.get_mut(turn.index())
                .into_iter()
                .for_each(|it| *it = true);
        }
        for (turn, facts) in (0..).zip(&self.trace.turns) {
            rows.turns.push(TurnRows {
                row: rows.rows.len() as u32,
                span: facts.first.index() as u32,
                round: 0,
            });
            self.walk(first_turn + turn, 1, &mut rows, &mut seen).await;
        }
        // Calls that ask for each other in a circle hang in the air: they are shown at the end.
        let last_turn = self.trace.turns.len().saturating_sub(1) as u32;
        for node in 0..first_turn {
            if seen.get(node as usize) == Some(&false) {
                self.walk(node, 2, &mut rows, &mut seen).await;
            }
        }
        pause().await;
        let len = rows.rows.len() as u32;
        self.begin_rounds(&mut rows);
        let last = rows.turn_row(last_turn as usize);
        rows.rows
            .get_mut(last)
            .into_iter()
            .for_each(|it| it.end = len);
        rows
    }

    /// Says which is the first round of each turn.
    fn begin_rounds(&self, rows: &mut Rows) {
        let scopes = &self.rounds.scopes;
        let turn_of = |it: u32| scopes.get(it as usize).map_or(0, |it| it.turn as usize);
        let rounds = &self.rounds.rounds;
        for (turn, it) in rows.turns.iter_mut().enumerate() {
            it.round = rounds.partition_point(|it| turn_of(it.scope) < turn) as u32;
        }
    }

    async fn walk(&mut self, root: u32, level: u16, rows: &mut Rows, seen: &mut [bool]) {
        // A node, its level, and (coming back) the row whose end is here.
        let mut stack: Vec<(u32, u16, Option<usize>)> = vec![(root, level, None)];
        while let Some((node, level, row)) = stack.pop() {
            let len = rows.rows.len();
            if let Some(row) = row {
                rows.rows
                    .get_mut(row)
                    .into_iter()
                    .for_each(|it| it.end = len as u32);
                continue;
            }
            match seen.get_mut(node as usize) {
                Some(it) if !*it => *it = true,
                _ => continue,
            }
            if node != root {
                let next = self
                    .next_sibling
                    .get(node as usize)
                    .copied()
                    .unwrap_or(NONE);
                if next != NONE {
                    stack.push((next, level, None));
                }
            }
            pause_at(len).await;
            rows.rows.push(Row {
                id: self.id(node),
                level,
                end: 0,
            });
            stack.push((node, level, Some(len)));
            let child = self.first_child.get(node as usize).copied().unwrap_or(NONE);
            if child != NONE {
                stack.push((child, level.saturating_add(1), None));
            }
        }
    }
}
