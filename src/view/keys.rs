//! What clicks, keys and scrolling do in the waterfall.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use web_sys::wasm_bindgen::JsCast;

use super::live::{Live, LiveState};
use super::map::whole;
use super::pane::ROW_HEIGHT;
use super::zoom::Zoom;
use super::{Act, Current, Find, Shared, Shown};
use crate::layout::{Only, Row, Rows, Scroll};
use crate::state::{Change, Folds, RowId, Window};

/// What clicks and keys do.
pub(super) struct Keys {
    pub(super) current: Current,
    pub(super) state: LiveState,
    pub(super) find: Find,
    pub(super) act: Act,
    pub(super) pane: Pane,
    pub(super) visible: RefCell<Rc<Visible>>,
}

/// The rows that are visible while some are closed.
#[derive(Clone, Default)]
pub(super) struct Visible {
    folds: Folds,
    /// Which rows match, where only they are shown: changes with them.
    only: Option<u32>,
    /// By index; without any where that is all.
    rows: Vec<u32>,
    n: usize,
}

impl Visible {
    pub(super) fn len(&self) -> usize {
        self.n
    }

    fn is_all(&self) -> bool {
        self.folds.is_empty() && self.only.is_none()
    }

    /// The row at a place.
    pub(super) fn get(&self, at: usize) -> Option<u32> {
        if self.is_all() {
            return (at < self.n).then_some(at as u32);
        }
        self.rows.get(at).copied()
    }

    /// At which place a row is.
    fn place(&self, row: usize) -> Option<usize> {
        if self.is_all() {
            return (row < self.n).then_some(row);
        }
        self.rows.binary_search(&(row as u32)).ok()
    }

    /// Looks again at the rows from `first` on, which stands in no other.
    fn update(&mut self, rows: &Rows, only: Option<&Only>, first: usize) {
        self.n = rows.rows.len();
        if let Some(only) = only {
            self.rows = only.visible(rows, &self.folds);
            self.n = self.rows.len();
        } else if !self.folds.is_empty() {
            let known = self.rows.partition_point(|it| (*it as usize) < first);
            self.rows.truncate(known);
            rows.see(&self.folds, first, &mut self.rows);
            self.n = self.rows.len();
        }
    }
}

impl Keys {
    pub(super) fn shown(&self) -> Shared<Shown> {
        self.current.now()
    }

    /// The rows that are visible now. They are known from last time as long as the same are closed.
    pub(super) fn visible(&self) -> Rc<Visible> {
        self.state.folds.with_untracked(|folds| {
            let mut last = self.visible.borrow_mut();
            let only = self.find.0.only.borrow();
            let version = only.as_ref().map(|_| self.find.0.version.get());
            if last.folds != *folds || last.only != version || last.n == 0 {
                let mut visible = Visible {
                    folds: folds.clone(),
                    only: version,
                    ..Visible::default()
                };
                visible.update(&self.shown().rows, only.as_ref(), 0);
                *last = Rc::new(visible);
            }
            last.clone()
        })
    }

    /// The rows from `first` on are new. Who saw the end of what is live sees it still, else what is
    /// seen stays.
    pub(super) fn grown(&self, first: usize, is_live: bool) {
        let scroll = self.pane.scroll.get_untracked();
        let was = height_of(self.visible.borrow().n);
        let saw_end =
            scroll.top > 0.0 && scroll.top + scroll.height + ROW_HEIGHT as f64 / 2.0 > was;
        self.find.rows_grew(first);
        let only = self.find.0.only.borrow();
        let mut visible = self.visible.borrow_mut();
        Rc::make_mut(&mut visible).update(&self.shown().rows, only.as_ref(), first);
        drop((only, visible));
        let all = self.height();
        let Some(node) = self.pane.node.get_untracked() else {
            return;
        };
        // Higher before it is scrolled: else it could not be.
        let body = node.query_selector(".body").ok().flatten();
        if let Some(body) = body.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
            let height = Scroll::element_height(all) as u64;
            let _ = body.style().set_property("height", &format!("{height}px"));
        }
        let fills = was <= scroll.height && all > scroll.height;
        if is_live && (saw_end || fills) {
            self.scroll_to(all);
        } else if (scroll.position_of(scroll.top, all) - scroll.position).abs() > 1.0 {
            self.scroll_to(scroll.top);
        }
    }

    /// Where in the visible rows a row is.
    pub(super) fn place(&self, id: RowId) -> Option<usize> {
        let row = self.shown().rows.position(id)?;
        self.visible().place(row)
    }

    /// How high all visible rows are.
    pub(super) fn height(&self) -> f64 {
        height_of(self.visible().len())
    }

    /// The pane was scrolled. Once that rests, its position is set right where small moves have put
    /// it out of proportion, so that the next drag of the scroll bar begins where it should.
    pub(super) fn scrolled(self: &Rc<Self>, position: f64) {
        const REST_MILLIS: u32 = 150;
        let scroll = self.pane.scroll.get_untracked();
        let all = self.height();
        let scroll = scroll.moved(position, all);
        self.pane.scroll.set(scroll);
        if (scroll.position_of(scroll.top, all) - position).abs() > 1.0 {
            let keys = self.clone();
            let rest = Timeout::new(REST_MILLIS, move || {
                keys.scroll_to(keys.pane.scroll.get_untracked().top);
            });
            self.pane.rest.set(Some(rest));
        }
    }

    pub(super) fn scroll_to(&self, top: f64) {
        let scroll = self.pane.scroll.get_untracked().to(top, self.height());
        self.pane.scroll.set(scroll);
        if let Some(node) = self.pane.node.get_untracked() {
            node.set_scroll_top(scroll.position as i32);
        }
    }

    pub(super) fn focus(&self) {
        let node = self.pane.node.get_untracked();
        if let Some(node) = node.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = node.focus();
        }
    }

    fn go(&self, at: usize) {
        let visible = self.visible();
        let index = visible.get(at.min(visible.len().saturating_sub(1)));
        let shown = self.shown();
        let row = index.and_then(|it| shown.rows.rows.get(it as usize));
        if let Some(row) = row {
            (self.act)(Change::Select(Some(row.id)));
        }
    }

    pub(super) fn click(&self, event: &web_sys::Event) {
        let target = event
            .target()
            .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
        let near = |what| {
            target
                .as_ref()
                .and_then(|it| it.closest(what).ok().flatten())
        };
        let index =
            near("[data-row]").and_then(|it| it.get_attribute("data-row")?.parse::<usize>().ok());
        let shown = self.shown();
        let Some((index, row)) = index.and_then(|it| Some((it, shown.rows.rows.get(it)?))) else {
            return;
        };
        if near(".twist").is_some() && shown.rows.is_parent(index) {
            (self.act)(Change::Toggle(row.id));
        } else {
            (self.act)(Change::Select(Some(row.id)));
        }
    }

    pub(super) fn press(&self, event: &web_sys::KeyboardEvent) {
        let key = event.key();
        let is_end = matches!(key.as_str(), "Home" | "End");
        if event.ctrl_key() && !is_end || event.meta_key() || event.alt_key() {
            return;
        }
        let selected = self.state.selected.get_untracked();
        let at = selected.and_then(|it| self.place(it));
        let last = self.visible().len().saturating_sub(1);
        let page = ((self.pane.scroll.get_untracked().height / ROW_HEIGHT as f64) as usize)
            .saturating_sub(1)
            .max(1);
        let zoom = self.zoom_now();
        let has_zoomed = zoom.press(&key, event.shift_key(), &self.act);
        match key.as_str() {
            _ if has_zoomed => {}
            "ArrowDown" => self.go(at.map_or(0, |it| it + 1)),
            "ArrowUp" => self.go(at.map_or(0, |it| it.saturating_sub(1))),
            "PageDown" => self.go(at.map_or(page, |it| it + page)),
            "PageUp" => self.go(at.map_or(0, |it| it.saturating_sub(page))),
            "Home" => self.go(0),
            "End" => self.go(last),
            "ArrowRight" | "ArrowLeft" if (key == "ArrowRight") == self.is_rtl() => {
                self.close(selected, at);
            }
            "ArrowRight" | "ArrowLeft" => self.open(selected, at),
            "Enter" => self.to_detail(),
            "Escape" if selected.is_some() => (self.act)(Change::Select(None)),
            "z" => self.zoom(selected),
            "*" => self.fold(None),
            "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" => self.fold(key.parse().ok()),
            "0" if self.state.window.get_untracked().is_some() => (self.act)(Change::Zoom(None)),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    /// Whether rows open to the left.
    fn is_rtl(&self) -> bool {
        let node = self.pane.node.get_untracked();
        node.is_some_and(|it| it.matches(":dir(rtl)").unwrap_or_default())
    }

    fn is_closed(&self, index: usize) -> bool {
        let shown = self.shown();
        let row = shown.rows.rows.get(index);
        let is_closed = |it: &Row| {
            let folds = &self.state.folds;
            folds.with_untracked(|folds| folds.is_closed(it.id, it.level))
        };
        row.is_some_and(is_closed)
    }

    /// Closes all rows at a level and further in, or opens all.
    pub(super) fn fold(&self, level: Option<u16>) {
        (self.act)(Change::Fold(Folds::at(level)));
    }

    fn open(&self, selected: Option<RowId>, at: Option<usize>) {
        let Some((id, at)) = selected.zip(at) else {
            return;
        };
        let shown = self.shown();
        let index = shown.rows.position(id);
        let Some(index) = index.filter(|it| shown.rows.is_parent(*it)) else {
            return;
        };
        if self.is_closed(index) {
            (self.act)(Change::Toggle(id));
        } else {
            self.go(at + 1);
        }
    }

    fn close(&self, selected: Option<RowId>, at: Option<usize>) {
        let shown = self.shown();
        let Some((id, index)) = selected.and_then(|it| Some((it, shown.rows.position(it)?))) else {
            return;
        };
        if shown.rows.is_parent(index) && !self.is_closed(index) && at.is_some() {
            (self.act)(Change::Toggle(id));
        } else if let Some(parent) = shown
            .rows
            .parent(index)
            .and_then(|it| shown.rows.rows.get(it))
        {
            (self.act)(Change::Select(Some(parent.id)));
        }
    }

    /// Focus goes to the first tab of the detail.
    fn to_detail(&self) {
        let panes = self
            .pane
            .node
            .get_untracked()
            .and_then(|it| it.closest(".panes").ok().flatten());
        let detail = panes.and_then(|it| {
            it.query_selector(".detail [role=tab][tabindex='0']")
                .ok()
                .flatten()
        });
        if let Some(detail) = detail.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = detail.focus();
        }
    }

    /// What is looked at of all the time.
    pub(super) fn zoom_now(&self) -> Zoom {
        let whole = whole(&self.shown());
        let window = self.state.window.get_untracked().unwrap_or(whole);
        Zoom { whole, window }
    }

    /// The wheel over the rows zooms and moves by the width of the bars.
    pub(super) fn wheel(&self, event: &web_sys::Event) {
        let node = self.pane.node.get_untracked();
        let track = node.and_then(|it| it.query_selector(".head .track").ok().flatten());
        let zoom = self.zoom_now();
        if let Some(track) = track {
            zoom.wheel(event, &track, zoom.window, &self.act);
        }
    }

    fn zoom(&self, selected: Option<RowId>) {
        let shown = self.shown();
        let times = selected.and_then(|it| it.times(&shown.trace, &shown.rounds));
        if let Some((start, duration)) = times.filter(|it| it.1 > 0) {
            let around = duration / 20;
            let end = start.saturating_add(duration).saturating_add(around);
            (self.act)(Change::Zoom(Some(Window::new(
                (start - around).max(0),
                end,
            ))));
        }
    }
}

/// The pane as it stands.
pub(super) struct Pane {
    pub(super) node: Live<Option<web_sys::Element>>,
    pub(super) scroll: Live<Scroll>,
    /// What is done once the scrolling rests.
    pub(super) rest: Cell<Option<Timeout>>,
}

/// How high so many rows are.
pub(super) fn height_of(n: usize) -> f64 {
    n as f64 * ROW_HEIGHT as f64
}
