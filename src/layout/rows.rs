//! The rows of the waterfall: turns, rounds, and spans where they belong.

use crate::analysis::{RoundId, Rounds};
use crate::model::{Nanos, Settled, Span, SpanId, Trace, sort_by_key};
use crate::state::RowId;

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it shows.
    pub id: RowId,
    /// How deep it stands, from 1; stops counting at 65,535.
    pub level: u16,
    /// One past the last row in it.
    pub end: u32,
}

/// All rows of a trace, in order: each with those in it behind it.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// The rows.
    pub rows: Vec<Row>,
    /// Where each turn begins.
    turns: Vec<TurnRows>,
}

/// Where a turn begins: its row, its first span and its first round.
#[derive(Clone, Copy, Debug)]
struct TurnRows {
    row: u32,
    span: u32,
    round: u32,
}

impl Rows {
    /// The rows of `trace`. Every span has one, but a span that stands for its whole turn: there
    /// the turn's row is its row.
    pub fn new(trace: &Trace, rounds: &Rounds) -> Rows {
        Tree::new(trace, rounds).rows()
    }

    /// Where the row is.
    pub fn position(&self, id: RowId) -> Option<usize> {
        let turn = match id {
            RowId::Turn(turn) => turn as usize,
            RowId::Round(round) => self.turn_of(|it| it.round <= round.0),
            RowId::Span(span) => self.turn_of(|it| it.span as usize <= span.index()),
        };
        let first = self.turn_row(turn);
        let rows = self.rows.get(first..self.turn_row(turn + 1));
        let is_it = |it: &Row| it.id == id;
        let near = rows.and_then(|it| it.iter().position(is_it));
        // What another turn asked for stands there.
        near.map(|it| first + it)
            .or_else(|| self.rows.iter().position(is_it))
    }

    /// The last turn that begins so early.
    fn turn_of(&self, is_before: impl Fn(&TurnRows) -> bool) -> usize {
        self.turns.partition_point(is_before).saturating_sub(1)
    }

    /// Where the row of a turn is; after the last turn, where the rows end.
    pub fn turn_row(&self, turn: usize) -> usize {
        let turn = self.turns.get(turn);
        turn.map_or(self.rows.len(), |it| it.row as usize)
    }

    /// Cuts off what is not settled; `rounds` still has it.
    pub fn truncate(&mut self, rounds: &Rounds, at: Settled) {
        let is_settled = |it: RowId| match it {
            RowId::Turn(turn) => (turn as usize) < at.turns,
            RowId::Round(it) => rounds
                .round(it)
                .is_some_and(|it| it.first.index() < at.spans),
            RowId::Span(it) => it.index() < at.spans,
        };
        while self.rows.pop_if(|it| !is_settled(it.id)).is_some() {}
        self.turns.truncate(at.turns);
    }

    /// Adds the rows of an end, after the settled part and so many rounds.
    pub fn append(&mut self, end: Rows, at: Settled, n_rounds: usize) {
        let goes_on = usize::from(at.goes_on);
        let n_roots = usize::from(at.root.is_some());
        let (n_rows, n_turns) = (
            (self.rows.len() - goes_on) as u32,
            (at.turns - goes_on) as u32,
        );
        let rows = end.rows.into_iter().skip(goes_on);
        self.rows.extend(rows.map(|it| Row {
            id: match it.id {
                RowId::Turn(it) => RowId::Turn(it + n_turns),
                RowId::Round(it) => RowId::Round(RoundId(it.0 + n_rounds as u32)),
                RowId::Span(it) => RowId::Span(SpanId::new(it.index() + at.spans - n_roots)),
            },
            end: it.end + n_rows,
            ..it
        }));
        let turns = end.turns.into_iter().skip(goes_on);
        self.turns.extend(turns.map(|it| TurnRows {
            row: it.row + n_rows,
            span: it.span + (at.spans - n_roots) as u32,
            round: it.round + n_rounds as u32,
        }));
        if at.goes_on {
            let (open, until) = (self.turn_row(at.turns - 1), self.turn_row(at.turns));
            let open = self.rows.get_mut(open).into_iter();
            open.for_each(|it| it.end = until as u32);
        }
    }

    /// Whether other rows stand in this one.
    pub fn is_parent(&self, at: usize) -> bool {
        self.rows.get(at).is_some_and(|it| it.end as usize > at + 1)
    }

    /// The rows that are seen while `collapsed` ones are closed.
    pub fn visible(&self, collapsed: &[RowId]) -> Vec<u32> {
        if collapsed.is_empty() {
            return (0..self.rows.len() as u32).collect();
        }
        let mut visible = Vec::with_capacity(self.rows.len());
        self.see(collapsed, 0, &mut visible);
        visible
    }

    /// Adds the rows from `at` on, which stands in no other, that are seen while `collapsed` ones are
    /// closed.
    pub fn see(&self, collapsed: &[RowId], mut at: usize, visible: &mut Vec<u32>) {
        while let Some(row) = self.rows.get(at) {
            visible.push(at as u32);
            at = if collapsed.binary_search(&row.id).is_ok() {
                row.end as usize
            } else {
                at + 1
            };
        }
    }

    /// What of `collapsed` is still closed when the row of `id` is seen.
    pub fn around(&self, id: RowId, collapsed: &[RowId]) -> Vec<RowId> {
        let Some(at) = self.position(id) else {
            return collapsed.to_vec();
        };
        let is_around = |it: &RowId| {
            let place = self.position(*it).filter(|it| *it < at);
            place
                .and_then(|it| self.rows.get(it))
                .is_some_and(|it| at < it.end as usize)
        };
        collapsed
            .iter()
            .copied()
            .filter(|it| !is_around(it))
            .collect()
    }

    /// The row that a row stands in.
    pub fn parent(&self, at: usize) -> Option<usize> {
        let level = self.rows.get(at)?.level;
        self.rows.get(..at)?.iter().rposition(|it| it.level < level)
    }
}

impl RowId {
    /// Start and duration of what a row shows; `None` for a round or turn without a span.
    pub fn times(self, trace: &Trace, rounds: &Rounds) -> Option<(Nanos, Nanos)> {
        let cover = |spans: &mut dyn Iterator<Item = &Span>| {
            let (mut first, mut last) = (i64::MAX, i64::MIN);
            for span in spans {
                first = first.min(span.start);
                last = last.max(span.stop());
            }
            (first <= last).then(|| (first, last - first))
        };
        match self {
            RowId::Span(id) => trace.span(id).map(|it| (it.start, it.duration)),
            RowId::Round(id) => {
                let members = rounds.members(rounds.round(id)?);
                cover(&mut members.iter().filter_map(|it| trace.span(*it)))
            }
            RowId::Turn(at) => {
                let turn = trace.turns.get(at as usize)?;
                let until = trace
                    .turns
                    .get(at as usize + 1)
                    .map_or(trace.spans.len(), |it| it.first.index());
                let mut i = turn.first.index();
                let mut roots = std::iter::from_fn(|| {
                    let span = trace.spans.get(i).filter(|_| i < until)?;
                    i = (span.end as usize).max(i + 1);
                    Some(span)
                });
                cover(&mut roots)
            }
        }
    }

    /// The span behind a row: of a round its first LLM call, of a turn the span that stands for it.
    pub fn span(self, trace: &Trace, rounds: &Rounds) -> Option<SpanId> {
        match self {
            RowId::Span(id) => Some(id),
            RowId::Round(id) => rounds.round(id).map(|it| it.first),
            RowId::Turn(at) => trace.turns.get(at as usize)?.span,
        }
    }
}

const NONE: u32 = u32::MAX;

/// Rows as nodes: spans first, then rounds, then turns.
struct Tree<'a> {
    trace: &'a Trace,
    rounds: &'a Rounds,
    first_child: Vec<u32>,
    next_sibling: Vec<u32>,
}

impl<'a> Tree<'a> {
    fn new(trace: &'a Trace, rounds: &'a Rounds) -> Self {
        let n = trace.spans.len() + rounds.rounds.len() + trace.turns.len();
        let mut tree = Tree {
            trace,
            rounds,
            first_child: vec![NONE; n],
            next_sibling: vec![NONE; n],
        };
        let mut round_at: Vec<(u32, u32)> = (0..rounds.rounds.len() as u32)
            .map(|it| (tree.top_of_round(it).index() as u32, it))
            .collect();
        sort_by_key(&mut round_at, |it| (it.0.into(), it.1.into()));
        // From the last to the first, each put before its siblings; a round goes before its spans.
        let mut turn = trace.turns.len();
        for i in (0..trace.spans.len()).rev() {
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

    fn rows(mut self) -> Rows {
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
            self.walk(first_turn + turn, 1, &mut rows, &mut seen);
        }
        // Calls that ask for each other in a circle hang in the air: they are shown at the end.
        let last_turn = self.trace.turns.len().saturating_sub(1) as u32;
        for node in 0..first_turn {
            if seen.get(node as usize) == Some(&false) {
                self.walk(node, 2, &mut rows, &mut seen);
            }
        }
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

    fn walk(&mut self, root: u32, level: u16, rows: &mut Rows, seen: &mut [bool]) {
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
