//! The find box, the keys that open it, and the way to a hit.

use std::any::Any;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use web_sys::HtmlInputElement;
use web_sys::wasm_bindgen::JsCast;

use super::blocks::{BIG, Blocks};
use super::find::{Find, Going, Matching, Running, size};
use super::later;
use super::live::{LiveState, Watch, watch};
use super::marks::{Hit, Marks, Seek};
use super::node::{Draw, Node, button, el};
use super::only::only;
use super::unfolded::{BlockId, Unfolded};
use super::{Act, Ask, Current, Wish};
use crate::analysis::{Place, Query, Role, Search, Whose, place_at};
use crate::model::{ByteRange, SpanId};
use crate::state::{Change, DetailTab, RowId};
use crate::text::Phrase;

/// What of the page takes part in the search.
pub(super) struct Around {
    pub(super) find: Find,
    pub(super) current: Current,
    pub(super) state: LiveState,
    pub(super) unfolded: Unfolded,
    pub(super) act: Act,
    pub(super) wish: Ask,
}

impl Around {
    /// Looks for what the state says, if that is something else than before.
    fn follow(self: &Rc<Self>) {
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
                (self.wish)(Wish::Find);
            }
            return;
        }
        if !is_typed {
            inner.is_open.set(!text.is_empty());
            if let Some(input) = inner.input.borrow().as_ref() {
                input.set_value(&text);
            }
        }
        let from = inner.anchor.get().unwrap_or_else(|| self.from());
        inner.anchor.set(Some(from).filter(|_| is_typed));
        let query = Query::new(&text);
        if is_typed && query.is_some() {
            later::ask(&self.wish); // it shows the hit
        }
        // Weak: what the search holds must not hold the search.
        let around = Rc::downgrade(self);
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
                if let Some(around) = around.upgrade() {
                    around.go(hit, named, query);
                }
            }),
        });
        *inner.running.borrow_mut() = running;
        let marks = query.map(|query| Rc::new(Marks::of(query, None)));
        inner.marks.update(|it| *it = marks);
        self.find.tell();
        (self.wish)(Wish::Find);
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
            let around = Rc::downgrade(self);
            Timeout::new(PAUSE, move || {
                if let Some(it) = around.upgrade() {
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
            (later::later(&self.wish)?.look_through)(&self.current.now(), row, tab, &blocks);
            seek.place()
        });
        match place {
            Some(place) => (tab, Some(place)),
            // A turn that no span stands for has no records.
            None if span.is_none() => (tab, None),
            None => (DetailTab::Json, None),
        }
    }

    /// What keys do, wherever in the viewer the focus is.
    pub(super) fn press(&self, event: &web_sys::Event) {
        let within = |it: &web_sys::EventTarget| it.dyn_ref::<web_sys::Node>().cloned();
        let target = event.target().as_ref().and_then(within);
        let viewer = event.current_target().as_ref().and_then(within);
        // What a host has put in, is the host's.
        let Some(target) =
            target.filter(|it| viewer.is_some_and(|viewer| viewer.contains(Some(it))))
        else {
            return;
        };
        let key: &web_sys::KeyboardEvent = event.unchecked_ref();
        let control = (key.ctrl_key() || key.meta_key()) && !key.alt_key();
        let is_typing = target.dyn_ref::<HtmlInputElement>().is_some();
        let is_going = self.find.0.running.borrow().is_some();
        match (key.key().to_ascii_lowercase().as_str(), control) {
            ("f", true) if !key.shift_key() => self.find.open(),
            ("/", false) if !is_typing && !key.alt_key() => self.find.open(),
            ("g", true) | ("f3", false) if is_going => self.find.step(!key.shift_key(), &self.wish),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    /// Puts the box away; the waterfall has the focus again.
    fn close(&self, event: &web_sys::Event) {
        let target = event
            .current_target()
            .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
        let viewer = target.and_then(|it| it.closest(".viewer").ok().flatten());
        let grid = viewer.and_then(|it| it.query_selector("[role=treegrid]").ok().flatten());
        self.find.0.is_open.set(false);
        let was_on = !self.state.find.get_untracked().is_empty();
        self.find.0.is_typed.set(was_on);
        (self.act)(Change::Find(String::new()));
        if let Some(grid) = grid.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = grid.focus();
        }
    }
}

/// The box.
pub(super) fn find_box(around: Rc<Around>) -> Draw {
    Rc::new(move || {
        if !around.find.0.is_open.get() {
            around.find.0.input.replace(None);
            return Vec::new();
        }
        let progress = around.find.0.progress.get();
        let is_going = !around.state.find.get().is_empty();
        vec![
            el("div", "find")
                .attr("role", "search")
                .child(input(&around))
                .child(
                    el("span", "note")
                        .attr("role", "status")
                        .child(if is_going {
                            progress.told()
                        } else {
                            String::new()
                        }),
                )
                .child(step(&around, false))
                .child(step(&around, true))
                .child(only(&around))
                .child(close(&around))
                .into(),
        ]
    })
}

/// What follows the state, for as long as it is kept. Then the search ends, and lets go of the trace.
pub(super) fn follow(around: Rc<Around>) -> Box<dyn Any> {
    let (state, trace) = (around.clone(), around.clone());
    let watched = [
        watch(Box::new(move || state.follow())),
        watch(Box::new(move || trace.follow_trace())),
    ];
    Box::new(Kept {
        around,
        _watched: watched,
    })
}

struct Kept {
    around: Rc<Around>,
    _watched: [Watch; 2],
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.around.find.0.later.set(None);
        // Another trace may be searched already.
        let mut running = self.around.find.0.running.borrow_mut();
        if running
            .as_ref()
            .is_some_and(|it| it.current == self.around.current)
        {
            *running = None;
            drop(running);
            self.around.find.no_rows();
        }
    }
}

fn input(around: &Rc<Around>) -> Node {
    let (typed, pressed, made) = (around.clone(), around.clone(), around.clone());
    el("input", "")
        .attr("type", "search")
        .attr("aria-label", Phrase::find)
        .attr("placeholder", Phrase::find_everything)
        .attr("spellcheck", "false")
        .attr("autocomplete", "off")
        .attr("maxlength", Query::MOST.to_string())
        .on("input", move |event| {
            let input = event.current_target();
            if let Some(input) = input.and_then(|it| it.dyn_into::<HtmlInputElement>().ok()) {
                typed.find.0.is_typed.set(true);
                (typed.act)(Change::Find(input.value()));
            }
        })
        .on("keydown", move |event| {
            let key: &web_sys::KeyboardEvent = event.unchecked_ref();
            match key.key().as_str() {
                "Enter" => pressed.find.step(!key.shift_key(), &pressed.wish),
                "Escape" => pressed.close(event),
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        })
        .mounted(move |input| {
            if let Ok(input) = input.clone().dyn_into::<HtmlInputElement>() {
                input.set_value(&made.state.find.get_untracked());
                made.find.0.input.replace(Some(input));
            }
            Box::new(())
        })
        .into()
}

fn step(around: &Rc<Around>, forward: bool) -> Node {
    let around = around.clone();
    let (sign, name) = if forward {
        ("↓", Phrase::next_hit)
    } else {
        ("↑", Phrase::previous_hit)
    };
    button("", sign, move |_| around.find.step(forward, &around.wish))
        .attr("aria-label", name)
        .into()
}

fn close(around: &Rc<Around>) -> Node {
    let around = around.clone();
    button("plain", "×", move |event| around.close(event))
        .attr("aria-label", Phrase::close_find)
        .into()
}
