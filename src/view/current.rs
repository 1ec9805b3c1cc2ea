//! The trace on the screen, which may grow. Who shows it keeps this, and not what is shown: else that
//! would have to be copied to grow.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::live::{Live, LiveState};
use super::{Shared, Shown};
use crate::model::{Grown, Trace};
use crate::state::{Folds, RowId};

/// The trace on the screen. See the module.
#[derive(Clone, Debug)]
pub struct Current {
    shown: Live<Shared<Shown>>,
    /// Changes when what is selected may look different now.
    selected: Live<u32>,
    grown: Rc<RefCell<Option<OnGrown>>>,
}

/// Hears, before anything is drawn, that the rows from this one on are new, and whether more may come.
struct OnGrown(Box<dyn Fn(usize, bool)>);

impl std::fmt::Debug for OnGrown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OnGrown")
    }
}

impl PartialEq for Current {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.grown, &other.grown)
    }
}

impl Current {
    /// Shows this.
    pub fn new(shown: Shown) -> Self {
        Current {
            shown: Live::new(Shared::new(shown)),
            selected: Live::new(0),
            grown: Rc::default(),
        }
    }

    /// What is shown: what runs now, runs anew when it grows. Not to be kept.
    pub(crate) fn get(&self) -> Shared<Shown> {
        self.shown.get()
    }

    /// The same for who shows but the row that is selected.
    pub(super) fn of_selected(&self) -> Shared<Shown> {
        self.selected.get();
        self.now()
    }

    /// What is shown now. Not to be kept.
    pub fn now(&self) -> Shared<Shown> {
        self.shown.get_untracked()
    }

    /// `then` hears that the rows from one on are new, and whether they came while an agent runs.
    pub(super) fn on_grown(&self, then: impl Fn(usize, bool) + 'static) {
        *self.grown.borrow_mut() = Some(OnGrown(Box::new(then)));
    }

    /// Makes room for as many spans as there are soon to be. Whether that took time.
    pub fn make_room(&self, n_spans: usize) -> bool {
        self.shown.update_untracked(|shared| {
            let trace = &mut shared.make_mut().trace;
            Arc::make_mut(trace).make_room(n_spans)
        })
    }

    /// Shows more, which `more` brings the trace up to. What is looked at stays the same.
    pub fn grow(&self, state: &LiveState, more: impl FnOnce(&mut Trace) -> Option<Grown>) {
        let looked_at = state.get_untracked();
        let (mut selected, mut folds) = (looked_at.selected, looked_at.folds);
        let mut only = looked_at.only;
        let mut first_row = None;
        self.shown.update(|shared| {
            let shown = shared.make_mut();
            let known_by = |it: &RowId| (*it, shown.known_by(*it));
            let was_selected = selected.as_ref().map(known_by);
            let others = |it: &Folds| it.others().iter().map(known_by).collect::<Vec<_>>();
            let (closed, closed_before) = (others(&folds), only.as_ref().map(others));
            let Some((from, from_row)) = shown.grow(more) else {
                return;
            };
            first_row = Some(from_row);
            let now = |(row, known_by)| shown.known(row, known_by, from);
            selected = was_selected.and_then(now);
            let others = |it: Vec<_>| it.into_iter().filter_map(now).collect();
            folds = Folds::at(folds.level).but(others(closed));
            only = only.take().map(|it| {
                let closed = closed_before.map(others).unwrap_or_default();
                Folds::at(it.level).but(closed)
            });
        });
        let Some(first_row) = first_row else { return };
        state.folds.set(folds);
        state.only.set(only);
        let shown = self.now();
        if let Some(row) = selected
            && shown.rows.position(row).is_none_or(|it| it >= first_row)
        {
            self.selected.update(|it| *it = it.wrapping_add(1));
        }
        drop(shown);
        state.selected.set(selected);
        self.heard(first_row, true);
    }

    /// Shows something else in its place, of which it was the beginning.
    pub fn replace(&self, shown: Shown) {
        let was_live = self.shown.with_untracked(|it| it.is_live);
        self.shown.set(Shared::new(shown));
        self.selected.update(|it| *it = it.wrapping_add(1));
        self.heard(0, was_live);
    }

    fn heard(&self, first_row: usize, is_live: bool) {
        if let Some(it) = self.grown.borrow().as_ref() {
            (it.0)(first_row, is_live);
        }
    }
}
