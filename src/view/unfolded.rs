//! What the user has unfolded, and what was found out about what is folded.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::callback::Timeout;

use super::live::Live;
use crate::payload::Members;
use crate::state::{DetailTab, RowId};

/// Whose block, which of them, and what place in it: stays the same when a panel is drawn anew.
pub(crate) type BlockId = (RowId, DetailTab, u32, usize);

/// What was found out about the text of a block.
type Known = (BlockId, Rc<RefCell<Members>>);

/// What the user has unfolded: kept while the trace is.
#[derive(Clone, Default)]
pub(crate) struct Unfolded {
    /// What is shown of each block that was asked for more: from where, up to where. They are few, so
    /// a list will do.
    shown: Live<Vec<(BlockId, (usize, usize))>>,
    /// What was found out about the texts that are shown as trees.
    members: Rc<RefCell<Vec<Known>>>,
    /// What draws all anew, once.
    pub(super) again: Rc<Cell<Option<Timeout>>>,
}

impl Unfolded {
    pub(super) fn get(&self, block: BlockId) -> Option<(usize, usize)> {
        self.shown
            .with(|it| it.iter().find(|it| it.0 == block).map(|it| it.1))
    }

    pub(super) fn set(&self, block: BlockId, shown: Option<(usize, usize)>) {
        self.shown.update(|it| {
            it.retain(|it| it.0 != block);
            it.extend(shown.map(|shown| (block, shown)));
        });
    }

    /// All of a pane is as it was at first.
    pub(super) fn forget(&self, row: RowId) {
        self.shown.update(|it| it.retain(|it| it.0.0 != row));
    }

    /// All is drawn anew.
    pub(super) fn touch(&self) {
        self.shown.update(|_| {});
    }

    /// What was found out about the text of a block.
    pub(super) fn members(&self, block: BlockId, text: &str) -> Rc<RefCell<Members>> {
        let mut all = self.members.borrow_mut();
        let known = all.iter().find(|it| it.0 == block);
        // Another text may stand there now: the trace has grown, or is another.
        match known.filter(|it| it.1.borrow().is_of(text)) {
            Some(it) => it.1.clone(),
            None => {
                let new = Rc::new(RefCell::new(Members::of(text)));
                all.retain(|it| it.0 != block);
                all.push((block, new.clone()));
                new
            }
        }
    }
}
