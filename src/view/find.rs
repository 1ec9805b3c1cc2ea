//! What is looked for, and how far that is. The search itself is `analysis/search.rs`; the element
//! lets it run a slice at a time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use web_sys::HtmlInputElement;

use super::live::Live;
use super::marks::Marks;
use super::{Ask, Current, Wish, later};
use crate::analysis::{Next, Query, Search, Seen};
use crate::layout::{Only, has_hit};
use crate::model::{ByteRange, SpanId, Trace};
use crate::state::RowId;
use crate::text::{self, Phrase};

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
    version: u32,
}

impl Progress {
    /// In words.
    pub(super) fn told(self) -> String {
        let found = text::number(self.found);
        let told = match (self.is_done, self.at) {
            (false, _) => found + "+…",
            (true, _) if self.found == 0 => Phrase::nothing_found.owned(),
            (true, Some(at)) => Phrase::of.with(&[&text::number(at), &found]),
            (true, None) => Phrase::found.with(&[&found]),
        };
        match self.rows {
            Some(rows) => [told, Phrase::rows.of(rows.into())].join(" · "),
            None => told,
        }
    }
}

impl Find {
    /// Searches on as long as `go_on` says. Whether there is nothing more to do.
    pub fn run(&self, go_on: &mut dyn FnMut() -> bool) -> bool {
        let mut running = self.0.running.borrow_mut();
        let Some(it) = running.as_mut() else {
            return true;
        };
        let is_found = it.search.is_done() || it.search.step(&it.current.now().trace, go_on);
        let is_done = is_found && (!self.0.is_only.get() || self.match_rows(it, go_on));
        // Telling it draws the rows.
        it.slices = (it.slices + 1) % 12;
        let tell = is_done || it.slices == 1;
        // What shows a hit may still come.
        let going = it.going.filter(|_| later::is_settled());
        let next = going.map(|going| next(it, going));
        let (go, query) = (it.go.clone(), it.search.query().clone());
        let named = match next {
            Some(Next::Hit(hit)) => it.search.named(hit),
            _ => None,
        };
        if !matches!(next, None | Some(Next::NotYet)) {
            it.going = None;
        }
        drop(running);
        if let Some(Next::Hit(hit)) = next {
            go(hit, named, query);
        }
        if tell {
            self.tell();
        }
        is_done
    }

    pub(super) fn tell(&self) {
        let running = self.0.running.borrow();
        let at = self.at();
        let progress = running.as_ref().map(|it| Progress {
            found: it.search.found(),
            is_done: it.search.is_done(),
            at: at.and_then(|at| it.search.number_of(&it.current.now().trace.source, at)),
            rows: self.0.only.borrow().as_ref().map(Only::n_matching),
            version: self.0.version.get(),
        });
        drop(running);
        self.0.progress.set(progress.unwrap_or_default());
    }

    /// Who draws rows hears which are known to match.
    pub(super) fn hear(&self) {
        self.0.progress.with(|_| {});
    }

    /// The hit that is looked at.
    pub(super) fn at(&self) -> Option<ByteRange> {
        self.0.marks.with_untracked(|it| it.as_ref()?.at)
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

    /// The hit after the one that is looked at, or the one before it.
    pub(super) fn step(&self, forward: bool, wish: &Ask) {
        let at = self.at();
        later::ask(wish);
        self.0.anchor.set(None);
        if let Some(it) = self.0.running.borrow_mut().as_mut() {
            it.renew(at);
            it.going = Some(match (at, forward) {
                (Some(at), true) => Going::From(at.start + 1),
                (Some(at), false) => Going::Before(at.start),
                (None, true) => Going::From(0),
                (None, false) => Going::Before(u32::MAX),
            });
        }
        wish(Wish::Find);
    }

    /// Searches again, if there is more of the trace now.
    pub(super) fn renew(&self, wish: &Ask) {
        let at = self.at();
        if let Some(it) = self.0.running.borrow_mut().as_mut() {
            it.renew(at);
        }
        wish(Wish::Find);
    }

    /// Whether there is a hit in what the file says of a row. Who draws it hears of more.
    pub(super) fn is_in(&self, row: RowId) -> bool {
        let found = self.0.progress.with(|it| it.found);
        let running = self.0.running.borrow();
        let running = running.as_ref().filter(|_| found > 0);
        running.is_some_and(|it| {
            let trace = &it.current.now().trace;
            has_hit(trace, &it.search, row, &mut Seen::default())
        })
    }
}

impl Running {
    /// Whether all that there is now is looked through.
    pub(super) fn is_whole(&self) -> bool {
        size(&self.current.now().trace) == self.size
    }

    /// Searches again, if there is more of the trace now: first from the hit that is looked at.
    fn renew(&mut self, at: Option<ByteRange>) {
        if self.is_whole() {
            return;
        }
        let shown = self.current.now();
        self.size = size(&shown.trace);
        self.matching = Matching::Due;
        let query = self.search.query().clone();
        self.search = Search::new(&shown.trace, query, at.map_or(0, |it| it.start));
    }
}

/// How much there is of a trace: bytes of its file, and spans.
pub(super) fn size(trace: &Trace) -> (u32, usize) {
    (trace.source.len(), trace.spans.len())
}

fn next(it: &Running, going: Going) -> Next {
    let source = &it.current.now().trace.source;
    match going {
        Going::From(at) => it.search.next(source, at),
        Going::Before(at) => it.search.previous(source, at),
    }
}
