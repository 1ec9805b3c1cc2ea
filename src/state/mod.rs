//! What the user is looking at: one value, changed by one function.

mod folds;
mod link;

pub use folds::Folds;
pub use link::row_key;

use crate::analysis::RoundId;
use crate::model::{Nanos, SpanId};

/// What the user is looking at. Equal states look the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ViewState {
    /// The row whose detail is shown.
    pub selected: Option<RowId>,
    /// Which tab of the detail.
    pub tab: DetailTab,
    /// Which rows are closed.
    pub folds: Folds,
    /// The stretch of time that the waterfall shows; all of it if `None`.
    pub window: Option<Window>,
    /// What is looked for; "" for nothing.
    pub find: String,
    /// Whether only the rows in which it is found are shown, with those that they stand in: then, which
    /// rows were closed before.
    pub only: Option<Folds>,
}

/// What a row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowId {
    /// A turn, by its place in [`Trace::turns`](crate::model::Trace::turns).
    Turn(u32),
    /// A round.
    Round(RoundId),
    /// A span.
    Span(SpanId),
}

/// A stretch of time, half-open, in nanoseconds (or steps) since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First moment.
    pub start: Nanos,
    /// Last moment; after `start`.
    pub end: Nanos,
}

impl Window {
    /// A window that is not empty.
    pub fn new(start: Nanos, end: Nanos) -> Self {
        Window {
            start,
            end: end.max(start.saturating_add(1)),
        }
    }

    /// How long it is.
    pub fn len(self) -> Nanos {
        self.end.saturating_sub(self.start)
    }

    /// Never.
    pub fn is_empty(self) -> bool {
        false
    }
}

/// A tab of the detail pane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DetailTab {
    /// What was said; of a tool call, arguments and result.
    #[default]
    Messages,
    /// The system prompt.
    System,
    /// The tools offered.
    Toolbelt,
    /// Parameters and other facts.
    Facts,
    /// The records of the file.
    Json,
}

/// Something the user did.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Looked at a row, or away from it.
    Select(Option<RowId>),
    /// Chose a tab of the detail.
    ShowTab(DetailTab),
    /// Opened or closed a row.
    Toggle(RowId),
    /// Opened and closed many rows at once.
    Fold(Folds),
    /// Looked at another stretch of time.
    Zoom(Option<Window>),
    /// Looked for something else; for nothing any more, if it is "".
    Find(String),
    /// Had only the rows shown in which it is found, or all again.
    Only(bool),
}

impl ViewState {
    /// What is seen after `change`.
    #[must_use]
    pub fn after(mut self, change: Change) -> ViewState {
        match change {
            Change::Select(row) => self.selected = row,
            Change::ShowTab(tab) => self.tab = tab,
            Change::Toggle(row) => self.folds.toggle(row),
            Change::Fold(folds) => self.folds = folds,
            Change::Zoom(window) => self.window = window,
            Change::Find(text) => {
                self.find = text;
                if self.find.is_empty() {
                    self.show_only(false);
                }
            }
            Change::Only(only) => self.show_only(only),
        }
        self
    }

    /// What matches is seen at first, whatever was closed; all is closed again afterwards.
    fn show_only(&mut self, only: bool) {
        if !only {
            self.folds = self
                .only
                .take()
                .unwrap_or_else(|| std::mem::take(&mut self.folds));
        } else if self.only.is_none() && !self.find.is_empty() {
            self.only = Some(std::mem::take(&mut self.folds));
        }
    }
}
