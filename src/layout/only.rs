//! The rows in which something is found, and those that they stand in.

use super::{Row, Rows};
use crate::analysis::{Search, Seen};
use crate::model::{ByteRange, Trace};
use crate::state::{Folds, RowId};

/// The rows that match, as far as they were looked through: from the first on.
#[derive(Clone, Debug, Default)]
pub struct Only {
    /// They and those that they stand in, in order.
    kept: Vec<u32>,
    n_matching: u32,
    /// The row that is looked at next.
    next: usize,
    /// The rows that it stands in, and whether they are kept.
    around: Vec<(u32, bool)>,
    seen: Seen,
}

impl Only {
    /// Looks on as long as `go_on` says, which is asked about once in a millisecond. Whether all rows
    /// were looked through. `search` is done.
    pub fn step(
        &mut self,
        trace: &Trace,
        rows: &Rows,
        search: &Search,
        go_on: &mut dyn FnMut() -> bool,
    ) -> bool {
        const ROWS_AT_A_TIME: usize = 256;
        while go_on() {
            for _ in 0..ROWS_AT_A_TIME {
                let Some(row) = rows.rows.get(self.next) else {
                    return true;
                };
                let is_match = has_hit(trace, search, row.id, &mut self.seen);
                self.take(*row, rows, is_match);
            }
        }
        self.next >= rows.rows.len()
    }

    fn take(&mut self, row: Row, rows: &Rows, is_match: bool) {
        let at = self.next as u32;
        let has_ended =
            |it: &(u32, bool)| rows.rows.get(it.0 as usize).is_none_or(|it| it.end <= at);
        while self.around.pop_if(|it| has_ended(it)).is_some() {}
        if is_match {
            // What is not kept yet is further in than what is.
            let first = self.around.partition_point(|it| it.1);
            for it in self.around.get_mut(first..).unwrap_or_default() {
                it.1 = true;
                self.kept.push(it.0);
            }
            self.kept.push(at);
            self.n_matching += 1;
        }
        if row.end > at + 1 {
            self.around.push((at, is_match));
        }
        self.next += 1;
    }

    /// How many rows match.
    pub fn n_matching(&self) -> u32 {
        self.n_matching
    }

    /// Forgets the rows from `first` on: there are others now.
    pub fn truncate(&mut self, first: usize) {
        let n = self.kept.partition_point(|it| (*it as usize) < first);
        self.kept.truncate(n);
    }

    /// Those of them that are seen while some are closed.
    pub fn visible(&self, rows: &Rows, folds: &Folds) -> Vec<u32> {
        if folds.is_empty() {
            return self.kept.clone();
        }
        let mut open_from = 0;
        let is_seen = |at: &&u32| {
            let row = rows.rows.get(**at as usize).filter(|_| **at >= open_from);
            if let Some(row) = row
                && folds.is_closed(row.id, row.level)
            {
                open_from = row.end;
            }
            row.is_some()
        };
        self.kept.iter().filter(is_seen).copied().collect()
    }
}

/// Whether something is found in what the file says of a row, as far as was searched.
pub fn has_hit(trace: &Trace, search: &Search, row: RowId, seen: &mut Seen) -> bool {
    let mut has = |range| search.is_in(&trace.source, range, seen);
    let span = match row {
        RowId::Span(id) => Some(id),
        RowId::Round(_) => None,
        RowId::Turn(at) => match trace.turns.get(at as usize) {
            Some(turn) if has(turn.input) => return true,
            turn => turn.and_then(|it| it.span),
        },
    };
    span.is_some_and(|id| {
        let tool = trace.tool_call(id);
        let tool = tool.map_or([ByteRange::default(); 2], |it| [it.input, it.output]);
        search.is_named(trace, id)
            || trace.span(id).is_some_and(|it| has(it.record))
            || tool.into_iter().any(&mut has)
            || trace.records_of(id).into_iter().skip(1).any(&mut has)
    })
}
