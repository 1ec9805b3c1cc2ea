//! The rows of the waterfall: turns, rounds, and spans where they belong.

use super::row_tree::RowTree;
use crate::analysis::{RoundId, Rounds};
use crate::model::{Nanos, Settled, Span, SpanId, Trace, at_once};
use crate::state::{Folds, RowId};

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
    pub(super) turns: Vec<TurnRows>,
}

/// Where a turn begins: its row, its first span and its first round.
#[derive(Clone, Copy, Debug)]
pub(super) struct TurnRows {
    pub(super) row: u32,
    pub(super) span: u32,
    pub(super) round: u32,
}

impl Rows {
    /// The rows of `trace`. Every span has one, but a span that stands for its whole turn: there
    /// the turn's row is its row.
    pub fn new(trace: &Trace, rounds: &Rounds) -> Rows {
        at_once(Rows::in_slices(trace, rounds))
    }

    /// The same, with pauses.
    pub async fn in_slices(trace: &Trace, rounds: &Rounds) -> Rows {
        RowTree::new(trace, rounds).await.rows().await
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

    /// The rows that are seen while others are closed.
    pub fn visible(&self, folds: &Folds) -> Vec<u32> {
        if folds.is_empty() {
            return (0..self.rows.len() as u32).collect();
        }
        let mut visible = Vec::with_capacity(self.rows.len());
        self.see(folds, 0, &mut visible);
        visible
    }

    /// Adds the rows from `at` on, which stands in no other, that are seen while others are closed.
    pub fn see(&self, folds: &Folds, mut at: usize, visible: &mut Vec<u32>) {
        while let Some(row) = self.rows.get(at) {
            visible.push(at as u32);
            at = if folds.is_closed(row.id, row.level) {
                row.end as usize
            } else {
                at + 1
            };
        }
    }

    /// The same with all open that the row of `id` stands in.
    pub fn around(&self, id: RowId, folds: &Folds) -> Folds {
        let mut open = folds.clone();
        let mut around = self.position(id).and_then(|it| self.parent(it));
        while let Some(row) = around.and_then(|it| self.rows.get(it)) {
            if open.is_closed(row.id, row.level) {
                open.toggle(row.id);
            }
            around = around.and_then(|it| self.parent(it));
        }
        open
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
