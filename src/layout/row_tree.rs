//! Rows as they are made: nodes that are linked, then walked.

use super::rows::{Row, Rows, TurnRows};
use crate::analysis::{RoundId, Rounds};
use crate::model::{SLICE, SpanId, Trace, from_end, pause, sort_in_slices, while_more};
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
        let mut turn = trace.turns.len().saturating_sub(1);
        from_end(trace.spans.len(), &mut |slice| {
            for i in slice.rev() {
                let is_later =
                    |it: usize| trace.turns.get(it).is_some_and(|it| it.first.index() > i);
                while turn > 0 && is_later(turn) {
                    turn -= 1;
                }
                tree.link_span(SpanId::new(i), turn as u32, &mut round_at);
            }
        })
        .await;
        tree
    }

    /// Links a span, and the rounds that begin with it.
    fn link_span(&mut self, id: SpanId, turn: u32, round_at: &mut Vec<(u32, u32)>) {
        let above = self.trace.span(id).and_then(|it| it.parent);
        if !self.is_turn(turn, id) {
            let parent = self.parent(id, above, turn);
            self.link(id.index() as u32, parent);
        }
        while let Some((_, round)) = round_at.pop_if(|it| it.0 as usize == id.index()) {
            let parent = self.span_node(above, turn);
            self.link(self.trace.spans.len() as u32 + round, parent);
        }
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

    fn parent(&self, id: SpanId, parent: Option<SpanId>, turn: u32) -> u32 {
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

    pub(super) async fn rows(self) -> Rows {
        let trace = self.trace;
        let n_nodes = self.first_child.len();
        let first_turn = n_nodes - trace.turns.len();
        let mut walk = Walk {
            rows: Rows {
                rows: Vec::with_capacity(n_nodes),
                turns: Vec::with_capacity(trace.turns.len()),
            },
            seen: vec![false; n_nodes],
            stack: Vec::new(),
            tree: self,
        };
        for turn in trace.turns.iter().filter_map(|it| it.span) {
            let seen = walk.seen.get_mut(turn.index()).into_iter();
            seen.for_each(|it| *it = true);
        }
        let mut turns = (first_turn as u32..).zip(&trace.turns);
        // Calls that ask for each other in a circle hang in the air: they are shown at the end.
        let mut circles = 0..first_turn as u32;
        let mut step = || {
            if walk.step() {
                return true;
            }
            if let Some((node, facts)) = turns.next() {
                walk.rows.turns.push(TurnRows {
                    row: walk.rows.rows.len() as u32,
                    span: facts.first.index() as u32,
                    round: 0,
                });
                walk.begin(node, 1);
                return true;
            }
            let node = circles.next();
            node.into_iter().for_each(|it| walk.begin(it, 2));
            node.is_some()
        };
        while_more(|| (0..SLICE).all(|_| step())).await;
        let mut rows = walk.rows;
        let len = rows.rows.len() as u32;
        walk.tree.begin_rounds(&mut rows);
        let last = rows.turn_row(trace.turns.len().saturating_sub(1));
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
}

/// A walk through all nodes, in the order of their rows.
struct Walk<'a> {
    tree: RowTree<'a>,
    rows: Rows,
    seen: Vec<bool>,
    /// A node, its level, and (coming back) the row whose end is here.
    stack: Vec<(u32, u16, Option<usize>)>,
}

impl Walk<'_> {
    /// Begins with a node, without its siblings.
    fn begin(&mut self, node: u32, level: u16) {
        let next = self.tree.next_sibling.get_mut(node as usize).into_iter();
        next.for_each(|it| *it = NONE);
        self.stack.push((node, level, None));
    }

    /// Goes on. `false` where all was walked that was begun.
    fn step(&mut self) -> bool {
        let Some((node, level, row)) = self.stack.pop() else {
            return false;
        };
        let len = self.rows.rows.len();
        if let Some(row) = row.and_then(|it| self.rows.rows.get_mut(it)) {
            row.end = len as u32;
            return true;
        }
        match self.seen.get_mut(node as usize) {
            Some(it) if !*it => *it = true,
            _ => return true,
        }
        let to = |links: &[u32]| links.get(node as usize).copied().filter(|it| *it != NONE);
        let next = to(&self.tree.next_sibling);
        self.stack.extend(next.map(|it| (it, level, None)));
        self.rows.rows.push(Row {
            id: self.tree.id(node),
            level,
            end: 0,
        });
        self.stack.push((node, level, Some(len)));
        let child = to(&self.tree.first_child);
        let below = level.saturating_add(1);
        self.stack.extend(child.map(|it| (it, below, None)));
        true
    }
}
