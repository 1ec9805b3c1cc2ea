//! What is looked for, and how far that is: what the rest of the view knows of find. What searches is
//! in a part of its own (`view/searching.rs`).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use web_sys::HtmlInputElement;

use super::later::{FIND, Later};
use super::live::Live;
use super::marks::Marks;
use super::{Ask, Current};
use crate::analysis::{Query, Search};
use crate::layout::Only;
use crate::model::{ByteRange, SpanId};
use crate::state::RowId;

/// What is looked for, and how far that is. Its owner lets it [`run`](Find::run).
#[derive(Clone, Default)]
pub struct Find(pub(super) Rc<Inner>);

impl std::fmt::Debug for Find {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Find")
    }
}

#[derive(Default)]
pub(super) struct Inner {
    /// Whether the box is there.
    pub(super) is_open: Live<bool>,
    /// Where the user types.
    pub(super) input: RefCell<Option<HtmlInputElement>>,
    /// Whether what is looked for was typed here.
    pub(super) is_typed: Cell<bool>,
    /// Where the user was when the typing began: more of a word does not lead further away.
    pub(super) anchor: Cell<Option<u32>>,
    pub(super) running: RefCell<Option<Running>>,
    /// What searches again in a while, as the trace grows.
    pub(super) later: Cell<Option<Timeout>>,
    pub(super) progress: Live<Progress>,
    /// What is marked.
    pub(super) marks: Live<Option<Rc<Marks>>>,
    /// Whether only rows are shown that match.
    pub(super) is_only: Cell<bool>,
    /// Those rows, once the first are known. They stay until those of another search are.
    pub(super) only: RefCell<Option<Only>>,
    /// Changes with them.
    pub(super) version: Cell<u32>,
}

pub(super) struct Running {
    pub(super) current: Current,
    /// How much of the trace there was when the search began.
    pub(super) size: (u32, usize),
    pub(super) text: String,
    pub(super) search: Search,
    /// Slices since the progress was told.
    pub(super) slices: u32,
    /// How far the rows that match are known.
    pub(super) matching: Matching,
    /// Where to go, once it is known.
    pub(super) going: Option<Going>,
    /// Goes to a hit.
    pub(super) go: Rc<dyn Fn(ByteRange, Option<SpanId>, Query)>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Matching {
    /// Not at all.
    #[default]
    Due,
    Begun,
    Done,
}

#[derive(Clone, Copy)]
pub(super) enum Going {
    /// To the first hit at this byte or after it.
    From(u32),
    /// To the last hit before this byte.
    Before(u32),
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) found: u64,
    pub(super) is_done: bool,
    /// Which hit is looked at.
    pub(super) at: Option<u64>,
    /// How many rows match, where only they are shown.
    pub(super) rows: Option<u32>,
    /// Changes with those rows.
    pub(super) version: u32,
}

impl Find {
    /// Searches on as long as `go_on` says. Whether there is nothing more to do.
    pub fn run(&self, go_on: &mut dyn FnMut() -> bool) -> bool {
        FIND.with(Later::here)
            .is_none_or(|it| (it.run)(self, go_on))
    }

    /// The hit after the one that is looked at, or the one before it.
    pub(super) fn step(&self, forward: bool, wish: &Ask) {
        if let Some(it) = FIND.with(Later::here) {
            (it.step)(self, forward, wish);
        }
    }

    /// Whether there is a hit in what the file says of a row. Who draws it hears of more.
    pub(super) fn is_in(&self, row: RowId) -> bool {
        let found = self.0.progress.with(|it| it.found);
        found > 0
            && FIND
                .with(Later::here)
                .is_some_and(|it| (it.is_in)(self, row))
    }

    /// Who draws rows hears which are known to match.
    pub(super) fn hear(&self) {
        self.0.progress.with(|_| {});
    }

    /// What is marked.
    pub(super) fn marks(&self) -> Live<Option<Rc<Marks>>> {
        self.0.marks.clone()
    }

    /// Opens the box, and has the user type in it.
    pub(super) fn open(&self) {
        self.0.is_open.set(true);
        self.0.anchor.set(None);
        let find = self.clone();
        // It is there when it is drawn.
        let focus = move || {
            if let Some(input) = find.0.input.borrow().as_ref() {
                let _ = input.focus();
                input.select();
            }
        };
        Timeout::new(0, focus).forget();
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
