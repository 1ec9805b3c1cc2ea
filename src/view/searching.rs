//! How what is looked for is found: in the part with find. The search itself is `analysis/search.rs`;
//! the element lets it run a slice at a time.

use super::find::{Find, Going, Matching, Progress, Running};
use super::later::{DETAIL, Later};
use super::{Ask, Wish};
use crate::analysis::{Next, Search, Seen};
use crate::layout::{Only, has_hit};
use crate::model::{ByteRange, Trace};
use crate::state::RowId;
use crate::text::{self, Phrase};

impl Progress {
    /// In words.
    pub(super) fn told(self) -> String {
        let found = text::number(self.found);
        let told = match (self.is_done, self.at) {
            (false, _) => found + "+…",
            (true, _) if self.found == 0 => Phrase::nothing_found.owned(),
            (true, Some(at)) => Phrase::out_of.with(&[&text::number(at), &found]),
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
    pub(super) fn run_on(&self, go_on: &mut dyn FnMut() -> bool) -> bool {
        let mut running = self.0.running.borrow_mut();
        let Some(it) = running.as_mut() else {
            return true;
        };
        let found = it.search.found();
        let is_found = it.search.is_done() || it.search.step(&it.current.now().trace, go_on);
        let is_done = is_found && (!self.0.is_only.get() || self.match_rows(it, go_on));
        // Telling it draws the rows.
        it.slices = (it.slices + 1) % 12;
        let is_first = found == 0 && it.search.found() > 0;
        let tell = is_done || is_first || it.slices == 1;
        // What shows a hit may still come.
        let going = it.going.filter(|_| DETAIL.with(Later::is_settled));
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

    /// Looks on for the rows that match. Whether all are known.
    fn match_rows(&self, running: &mut Running, go_on: &mut dyn FnMut() -> bool) -> bool {
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

    /// The hit that is looked at.
    pub(super) fn at(&self) -> Option<ByteRange> {
        self.0.marks.with_untracked(|it| it.as_ref()?.at)
    }

    /// The hit after the one that is looked at, or the one before it.
    pub(super) fn step_on(&self, forward: bool, wish: &Ask) {
        let at = self.at();
        DETAIL.with(|it| it.ask(wish));
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
        wish(Wish::Work);
    }

    /// Searches again, if there is more of the trace now.
    pub(super) fn renew(&self, wish: &Ask) {
        let at = self.at();
        if let Some(it) = self.0.running.borrow_mut().as_mut() {
            it.renew(at);
        }
        wish(Wish::Work);
    }

    /// Shows only the rows that match, or all again. Whether that is another answer than before.
    pub(super) fn set_only(&self, is_only: bool) -> bool {
        let was = self.0.is_only.replace(is_only);
        if was && !is_only {
            self.no_rows();
        }
        was != is_only
    }

    /// Whether there is a hit in what the file says of a row.
    pub(super) fn is_hit(&self, row: RowId) -> bool {
        let running = self.0.running.borrow();
        running.as_ref().is_some_and(|it| {
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
