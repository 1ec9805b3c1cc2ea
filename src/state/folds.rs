//! Which rows are closed. Of a million rows, all below a level are with one number.

use super::RowId;

/// Which rows are closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folds {
    /// Rows at this level (the outermost are at 1) and further in are closed; where none is given,
    /// all are open.
    pub level: Option<u16>,
    /// Rows that are otherwise than the level has them, in order.
    others: Vec<RowId>,
}

impl Folds {
    /// All rows at a level and further in closed, or all open.
    pub fn at(level: Option<u16>) -> Folds {
        Folds {
            level,
            others: Vec::new(),
        }
    }

    /// The same with these rows otherwise.
    #[must_use]
    pub fn but(self, mut others: Vec<RowId>) -> Folds {
        others.sort_unstable();
        others.dedup();
        Folds { others, ..self }
    }

    /// Rows that are otherwise than the level has them.
    pub fn others(&self) -> &[RowId] {
        &self.others
    }

    /// Whether the row, which is at this level, is closed.
    pub fn is_closed(&self, row: RowId, level: u16) -> bool {
        let by_level = self.level.is_some_and(|it| it <= level);
        by_level != self.others.binary_search(&row).is_ok()
    }

    /// Whether no row is closed.
    pub fn is_empty(&self) -> bool {
        self.level.is_none() && self.others.is_empty()
    }

    /// Opens the row if it is closed, and closes it if not.
    pub fn toggle(&mut self, row: RowId) {
        match self.others.binary_search(&row) {
            Ok(at) => drop(self.others.remove(at)),
            Err(at) => self.others.insert(at, row),
        }
    }
}
