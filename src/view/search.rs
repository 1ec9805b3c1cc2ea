//! What follows the state to a hit, and the buttons of the find box: in the part with find.

use std::rc::Rc;

use gloo::timers::callback::Timeout;

use super::Wish;
use super::blocks::{BIG, Blocks};
use super::find::{Going, Matching, Running};
use super::find_box::Finder;
use super::later::DETAIL;
use super::marks::{Hit, Marks, Seek};
use super::node::{Node, button, el};
use super::searching::size;
use super::unfolded::BlockId;
use crate::analysis::{Place, Query, Role, Search, Whose, place_at};
use crate::model::{ByteRange, SpanId};
use crate::state::{Change, DetailTab, RowId};
use crate::text::Phrase;

impl Finder {
    /// Looks for what the state says, and anew where there is more of the trace.
    pub(super) fn follow(self: &Rc<Self>) {
        self.follow_state();
        self.follow_trace();
    }

    /// Looks for what the state says, if that is something else than before.
    fn follow_state(self: &Rc<Self>) {
        let text = self.state.find.get();
        let inner = &self.find.0;
        let is_other = self.find.set_only(self.state.only.with(Option::is_some));
        let is_typed = inner.is_typed.take();
        let is_same = inner
            .running
            .borrow()
            .as_ref()
            .is_some_and(|it| it.text == text && it.current == self.current);
        if is_same {
            if is_other {
                self.find.tell();
                (self.wish)(Wish::Work);
            }
            return;
        }
        let from = inner.anchor.get().unwrap_or_else(|| self.from());
        inner.anchor.set(Some(from).filter(|_| is_typed));
        let query = Query::new(&text);
        if is_typed && query.is_some() {
            DETAIL.with(|it| it.ask(&self.wish)); // it shows the hit
        }
        // Weak: what the search holds must not hold the search.
        let finder = Rc::downgrade(self);
        let last = inner
            .running
            .take()
            .filter(|it| it.current == self.current && it.is_whole());
        let shown = self.current.now();
        let running = query.clone().map(|query| Running {
            search: match last {
                Some(last) => last.search.another(query, from),
                None => Search::new(&shown.trace, query, from),
            },
            current: self.current.clone(),
            size: size(&shown.trace),
            text,
            slices: 0,
            matching: Matching::Due,
            going: is_typed.then_some(Going::From(from)),
            go: Rc::new(move |hit, named, query| {
                if let Some(finder) = finder.upgrade() {
                    finder.go(hit, named, query);
                }
            }),
        });
        *inner.running.borrow_mut() = running;
        let marks = query.map(|query| Rc::new(Marks::of(query, None)));
        inner.marks.update(|it| *it = marks);
        self.find.tell();
        (self.wish)(Wish::Work);
    }

    /// Searches again where there is more of the trace: at once if it has come to its end, else once
    /// in a while.
    fn follow_trace(self: &Rc<Self>) {
        const PAUSE: u32 = 3_000;
        let is_live = self.current.get().is_live;
        let inner = &self.find.0;
        let is_whole = |it: &Running| it.current != self.current || it.is_whole();
        if inner.running.borrow().as_ref().is_none_or(is_whole) {
            return;
        }
        if !is_live {
            inner.later.set(None);
            return self.find.renew(&self.wish);
        }
        let later = inner.later.take().unwrap_or_else(|| {
            let finder = Rc::downgrade(self);
            Timeout::new(PAUSE, move || {
                if let Some(it) = finder.upgrade() {
                    it.find.0.later.set(None);
                    it.find.renew(&it.wish);
                }
            })
        });
        inner.later.set(Some(later));
    }

    /// Where in the file we are: at the hit that is looked at, else at what is selected.
    fn from(&self) -> u32 {
        let trace = &self.current.now().trace;
        let selected = self.state.selected.get_untracked();
        let span = selected.and_then(|it| it.span(trace, &self.current.now().rounds));
        let record = span.and_then(|it| trace.span(it)).map(|it| it.record);
        let at = self.find.at().or(record);
        at.map_or(0, |it| it.start)
    }

    /// Shows a hit: its row, its tab, and in that the text; one that is a name has only the row.
    fn go(&self, hit: ByteRange, named: Option<SpanId>, query: Query) {
        let place = match named {
            Some(id) => Some((hit, Whose::Span(id), Role::Record)),
            None => place_at(&self.current.now().trace, hit.start),
        };
        let Some((place, row)) = place.and_then(|it| Some((it, self.row(it)?))) else {
            // It stands between what the file says of rows: the next one is after it.
            let marks = Marks::of(query, Some(hit));
            self.find.0.marks.update(|it| *it = Some(Rc::new(marks)));
            return self.find.tell();
        };
        self.unfolded.forget(row);
        let (tab, shown) = match named {
            Some(_) => (self.state.tab.get_untracked(), None),
            None => self.tab(row, place, hit, &query),
        };
        let pane = Some((row, tab));
        let marks = Marks {
            query,
            at: Some(hit),
            pane,
            shown,
        };
        self.find.0.marks.update(|it| *it = Some(Rc::new(marks)));
        let state = &self.state;
        let folds = state.folds.get_untracked();
        let open = self.current.now().rows.around(row, &folds);
        if open != folds {
            (self.act)(Change::Fold(open));
        }
        if state.tab.get_untracked() != tab {
            (self.act)(Change::ShowTab(tab));
        }
        (self.act)(Change::Select(Some(row)));
        self.find.tell();
    }

    /// The row that a part of the file is about.
    fn row(&self, place: Place) -> Option<RowId> {
        let (trace, rows) = (&self.current.now().trace, &self.current.now().rows);
        match place.1 {
            Whose::Turn(at) => Some(RowId::Turn(at)),
            Whose::Span(id) => rows
                .position(RowId::Span(id))
                .map(|_| RowId::Span(id))
                .or_else(|| {
                    // The turn's row stands for it.
                    let turn = trace.turns.iter().position(|it| it.span == Some(id))?;
                    Some(RowId::Turn(turn as u32))
                }),
        }
    }

    /// In which tab a hit is shown, and where there, if not as it stands in the file.
    fn tab(
        &self,
        row: RowId,
        (range, whose, role): Place,
        hit: ByteRange,
        query: &Query,
    ) -> (DetailTab, Option<(BlockId, Hit)>) {
        let trace = &self.current.now().trace;
        let span = match whose {
            Whose::Span(id) => Some(id),
            Whose::Turn(_) => None,
        };
        let is_call =
            span.is_none_or(|it| trace.llm_call(it).is_some() || trace.tool_call(it).is_some());
        let tab = match role {
            Role::System => DetailTab::System,
            Role::Toolbelt => DetailTab::Toolbelt,
            Role::Request => DetailTab::Facts,
            Role::Said if is_call || matches!(row, RowId::Turn(_)) => DetailTab::Messages,
            _ => DetailTab::Json,
        };
        let is_tool = span.is_some_and(|it| trace.tool_call(it).is_some());
        if tab == DetailTab::Json || (range.len > BIG && (is_tool || role == Role::System)) {
            return (tab, None);
        }
        let text = trace.source.slice(range);
        let at = ((hit.start - range.start) as usize, hit.len as usize);
        let place = Seek::new(query, text.as_bytes(), at).and_then(|seek| {
            let seek = Rc::new(seek);
            let blocks = Blocks::new(&self.unfolded, row, tab).seeking(seek.clone());
            (DETAIL.with(|it| it.get(&self.wish))?.look_through)(
                &self.current.now(),
                row,
                tab,
                &blocks,
            );
            seek.place()
        });
        match place {
            Some(place) => (tab, Some(place)),
            // A turn that no span stands for has no records.
            None if span.is_none() => (tab, None),
            None => (DetailTab::Json, None),
        }
    }
}

/// How far it is, and the buttons.
pub(super) fn tools(finder: &Rc<Finder>) -> Vec<Node> {
    let progress = finder.find.0.progress.get();
    let is_going = !finder.state.find.get().is_empty();
    let told = if is_going {
        progress.told()
    } else {
        String::new()
    };
    vec![
        el("span", "note").attr("role", "status").child(told).into(),
        step(finder, false),
        step(finder, true),
        only(finder),
    ]
}

fn step(finder: &Rc<Finder>, forward: bool) -> Node {
    let finder = finder.clone();
    let (sign, name) = if forward {
        ("↓", Phrase::next_hit)
    } else {
        ("↑", Phrase::previous_hit)
    };
    button("", sign, move |_| finder.find.step(forward, &finder.wish))
        .attr("aria-label", name)
        .into()
}

/// Shows only the rows in which it is found, or all.
fn only(finder: &Rc<Finder>) -> Node {
    let is_on = finder.state.only.with(Option::is_some);
    let finder = finder.clone();
    button("", Phrase::only_matches, move |_| {
        (finder.act)(Change::Only(!is_on));
    })
    .attr("aria-pressed", is_on.to_string())
    .into()
}
