//! Only the rows that match: what turns that on, and which rows those are.

use std::rc::Rc;

use super::Find;
use super::find::{Matching, Running};
use super::node::{Node, button};
use super::search::Around;
use crate::state::Change;
use crate::text::Phrase;

/// Shows only the rows in which it is found, or all.
pub(super) fn only(around: &Rc<Around>) -> Node {
    let is_on = around.state.only.with(Option::is_some);
    let around = around.clone();
    button("", Phrase::only_matches, move |_| {
        (around.act)(Change::Only(!is_on));
    })
    .attr("aria-pressed", is_on.to_string())
    .into()
}

impl Find {
    /// Looks on for the rows that match. Whether all are known.
    pub(super) fn match_rows(
        &self,
        running: &mut Running,
        go_on: &mut dyn FnMut() -> bool,
    ) -> bool {
        if running.matching == Matching::Done {
            return true;
        }
        let mut only = self.0.only.borrow_mut();
        if running.matching == Matching::Due {
            *only = None;
            running.matching = Matching::Begun;
        }
        let shown = running.current.now();
        let only = only.get_or_insert_default();
        let is_done = only.step(&shown.trace, &shown.rows, &running.search, go_on);
        if is_done {
            running.matching = Matching::Done;
        }
        self.0.version.update(|it| it.wrapping_add(1));
        is_done
    }

    /// Shows only the rows that match, or all again. Whether that is another answer than before.
    pub(super) fn set_only(&self, is_only: bool) -> bool {
        let was = self.0.is_only.replace(is_only);
        if was && !is_only {
            self.no_rows();
        }
        was != is_only
    }

    /// Forgets which rows match: the next step begins to look for them.
    pub(super) fn no_rows(&self) {
        self.0.only.replace(None);
        self.0.version.update(|it| it.wrapping_add(1));
        if let Some(it) = self.0.running.borrow_mut().as_mut() {
            it.matching = Matching::Due;
        }
    }

    /// The rows from `first` on are others now. They are looked through when the trace is searched again.
    pub(super) fn rows_grew(&self, first: usize) {
        if let Some(only) = self.0.only.borrow_mut().as_mut() {
            only.truncate(first);
        }
        let mut running = self.0.running.borrow_mut();
        if let Some(it) = running.as_mut().filter(|it| it.matching == Matching::Begun) {
            it.matching = Matching::Due;
        }
    }
}
