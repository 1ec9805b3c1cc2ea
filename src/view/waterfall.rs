//! The waterfall: rows with time bars. Only the rows in view are in the document.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use web_sys::wasm_bindgen::JsCast;
use web_sys::wasm_bindgen::closure::Closure;

use super::live::{Live, LiveState, Watch, watch};
use super::map::whole;
use super::node::{Draw, Element, Node, button, el};
use super::row::{Look, ROW_HEIGHT, row};
use super::{Act, Shared, Shown};
use crate::layout::Scroll;
use crate::state::{Change, RowId, Window};
use crate::text;

/// How tall the column heads are, in CSS pixels.
const HEAD_HEIGHT: f64 = 28.0;

pub(crate) fn waterfall(shown: Shared<Shown>, state: LiveState, act: Act) -> Draw {
    let keys = Rc::new(Keys {
        shown,
        state,
        act,
        pane: Pane {
            node: Live::new(None),
            scroll: Live::new(Scroll {
                height: 800.0,
                ..Scroll::default()
            }),
            rest: Cell::new(None),
        },
        visible: RefCell::new(None),
    });
    Rc::new(move || vec![grid(&keys)])
}

/// The pane as it stands.
struct Pane {
    node: Live<Option<web_sys::Element>>,
    scroll: Live<Scroll>,
    /// What is done once the scrolling rests.
    rest: Cell<Option<Timeout>>,
}

/// How high so many rows are.
fn height_of(n: usize) -> f64 {
    n as f64 * ROW_HEIGHT as f64
}

fn grid(keys: &Rc<Keys>) -> Node {
    let shown = &keys.shown;
    let collapsed = keys.state.collapsed.get();
    let visible = keys.visible();
    let n = visible.len();
    let scroll = keys.pane.scroll.get();
    let range = scroll.rows(ROW_HEIGHT as f64, n);
    let (selected, window) = (
        keys.state.selected.get(),
        keys.state.window.get().unwrap_or_else(|| whole(shown)),
    );
    let first = range.start;
    let indices = visible.get(range).unwrap_or_default();
    let at = selected
        .and_then(|it| shown.rows.position(it))
        .filter(|it| indices.contains(&(*it as u32)));
    let rows = indices.iter().enumerate().filter_map(|(i, index)| {
        let it = *shown.rows.rows.get(*index as usize)?;
        let look = Look {
            window,
            is_selected: selected == Some(it.id),
            is_collapsed: collapsed.binary_search(&it.id).is_ok(),
        };
        let at = first + i;
        let y = scroll.y_of(height_of(at));
        Some(row(shown, (at, y), it, *index, &look))
    });
    let body = el("div", "body")
        .attr("role", "rowgroup")
        .style(
            "height",
            format!("{}px", Scroll::element_height(height_of(n)) as u64),
        )
        .children(rows);
    let (scrolls, clicks, presses, made) = (keys.clone(), keys.clone(), keys.clone(), keys.clone());
    let grid = el("div", "waterfall")
        .attr("part", "waterfall")
        .attr("role", "treegrid")
        .attr("tabindex", "0")
        .attr("aria-label", "Waterfall")
        .attr("aria-rowcount", (n + 1).to_string())
        .on("scroll", move |event| {
            let target = event
                .current_target()
                .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
            let position = target.map_or(0.0, |it| f64::from(it.scroll_top()));
            scrolls.scrolled(position);
        })
        .on("click", move |event| clicks.click(event))
        .on("keydown", move |event| {
            presses.press(event.unchecked_ref());
        })
        .mounted(move |node| {
            let kept: (Watch, Option<Observer>) = (
                keep_in_view(made.clone()),
                watch_height(made.pane.scroll.clone(), node),
            );
            made.pane.node.set(Some(node.clone()));
            Box::new(kept) as Box<dyn Any>
        });
    let grid = match at {
        Some(at) => grid.attr("aria-activedescendant", format!("row-{at}")),
        None => grid,
    };
    grid.child(heads(keys)).child(body).into()
}

fn heads(keys: &Rc<Keys>) -> Node {
    let shown = &keys.shown;
    let it = &shown.totals.summary;
    let label = format!(
        "{} · {}",
        text::plural(it.turns.into(), "turn"),
        text::plural(it.rounds.into(), "round")
    );
    let clock = shown.trace.clock;
    let zoomed = keys.state.window.get();
    let window = zoomed.unwrap_or_else(|| whole(shown));
    let range = format!(
        "{} — {}",
        text::length(clock, window.start),
        text::length(clock, window.end)
    );
    let head = |class, name: &'static str| -> Element {
        el("div", class).attr("role", "columnheader").child(name)
    };
    let mut track = head("track", "").child(el("span", "").child(range));
    if zoomed.is_some() {
        let keys = keys.clone();
        let show_all = move |_: &web_sys::Event| {
            (keys.act)(Change::Zoom(None));
            keys.focus(); // the button goes away
        };
        track = track.child(button("plain", "show all", show_all).attr("tabindex", "-1"));
    }
    let row = el("div", "head")
        .attr("role", "row")
        .attr("aria-rowindex", "1")
        .child(el("div", "name").attr("role", "columnheader").child(label))
        .child(head("n in", "in").attr("title", "Input tokens, cached ones included"))
        .child(head("n out", "out").attr("title", "Output tokens, reasoning included"))
        .child(head("n took", "took"))
        .child(track);
    el("div", "heads")
        .attr("role", "rowgroup")
        .child(row)
        .into()
}

/// What follows the height of the pane.
struct Observer {
    observer: web_sys::ResizeObserver,
    _heard: Closure<dyn Fn()>,
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

fn watch_height(scroll: Live<Scroll>, node: &web_sys::Element) -> Option<Observer> {
    let watched = node.clone();
    let heard = Closure::<dyn Fn()>::new(move || {
        let height = (f64::from(watched.client_height()) - HEAD_HEIGHT).max(0.0);
        let scroll_now = scroll.get_untracked();
        scroll.set(Scroll {
            height,
            ..scroll_now
        });
    });
    let observer = web_sys::ResizeObserver::new(heard.as_ref().unchecked_ref()).ok()?;
    observer.observe(node);
    Some(Observer {
        observer,
        _heard: heard,
    })
}

/// Scrolls to the selected row when it is selected out of view.
fn keep_in_view(keys: Rc<Keys>) -> Watch {
    watch(Box::new(move || {
        let Some(at) = keys.state.selected.get().and_then(|it| keys.place(it)) else {
            return;
        };
        let Some(node) = keys.pane.node.get() else {
            return;
        };
        let (top, bottom) = (height_of(at), height_of(at + 1));
        let scroll = keys.pane.scroll.get_untracked();
        let shown = (f64::from(node.client_height()) - HEAD_HEIGHT).max(0.0);
        if top < scroll.top {
            keys.scroll_to(top);
        } else if bottom > scroll.top + shown {
            keys.scroll_to(bottom - shown);
        }
    }))
}

/// What clicks and keys do.
struct Keys {
    shown: Shared<Shown>,
    state: LiveState,
    act: Act,
    pane: Pane,
    visible: RefCell<Option<Visible>>,
}

/// Rows that are collapsed, and the rows that are visible then, by index.
type Visible = (Vec<RowId>, Rc<[u32]>);

impl Keys {
    /// The rows that are visible now. They are known from last time as long as the same are collapsed.
    fn visible(&self) -> Rc<[u32]> {
        self.state.collapsed.with_untracked(|collapsed| {
            let mut last = self.visible.borrow_mut();
            if let Some((_, rows)) = last.as_ref().filter(|it| it.0 == *collapsed) {
                return rows.clone();
            }
            let rows: Rc<[u32]> = self.shown.rows.visible(collapsed).into();
            *last = Some((collapsed.clone(), rows.clone()));
            rows
        })
    }

    /// Where in the visible rows a row is.
    fn place(&self, id: RowId) -> Option<usize> {
        let index = self.shown.rows.position(id)? as u32;
        self.visible().binary_search(&index).ok()
    }

    /// How high all visible rows are.
    fn height(&self) -> f64 {
        height_of(self.visible().len())
    }

    /// The pane was scrolled. Once that rests, its position is set right where small moves have put
    /// it out of proportion, so that the next drag of the scroll bar begins where it should.
    fn scrolled(self: &Rc<Self>, position: f64) {
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

    fn scroll_to(&self, top: f64) {
        let scroll = self.pane.scroll.get_untracked().to(top, self.height());
        self.pane.scroll.set(scroll);
        if let Some(node) = self.pane.node.get_untracked() {
            node.set_scroll_top(scroll.position as i32);
        }
    }

    fn focus(&self) {
        let node = self.pane.node.get_untracked();
        if let Some(node) = node.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = node.focus();
        }
    }

    fn go(&self, at: usize) {
        let visible = self.visible();
        let index = visible.get(at.min(visible.len().saturating_sub(1)));
        let row = index.and_then(|it| self.shown.rows.rows.get(*it as usize));
        if let Some(row) = row {
            (self.act)(Change::Select(Some(row.id)));
        }
    }

    fn click(&self, event: &web_sys::Event) {
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
        let Some((index, row)) = index.and_then(|it| Some((it, self.shown.rows.rows.get(it)?)))
        else {
            return;
        };
        if near(".twist").is_some() && self.shown.rows.is_parent(index) {
            (self.act)(Change::Toggle(row.id));
        } else {
            (self.act)(Change::Select(Some(row.id)));
        }
    }

    fn press(&self, event: &web_sys::KeyboardEvent) {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let selected = self.state.selected.get_untracked();
        let at = selected.and_then(|it| self.place(it));
        let last = self.visible().len().saturating_sub(1);
        let page = ((self.pane.scroll.get_untracked().height / ROW_HEIGHT as f64) as usize)
            .saturating_sub(1)
            .max(1);
        match event.key().as_str() {
            "ArrowDown" => self.go(at.map_or(0, |it| it + 1)),
            "ArrowUp" => self.go(at.map_or(0, |it| it.saturating_sub(1))),
            "PageDown" => self.go(at.map_or(page, |it| it + page)),
            "PageUp" => self.go(at.map_or(0, |it| it.saturating_sub(page))),
            "Home" => self.go(0),
            "End" => self.go(last),
            "ArrowRight" => self.open(selected, at),
            "ArrowLeft" => self.close(selected, at),
            "Enter" => self.to_detail(),
            "Escape" if selected.is_some() => (self.act)(Change::Select(None)),
            "z" => self.zoom(selected),
            "0" if self.state.window.get_untracked().is_some() => (self.act)(Change::Zoom(None)),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    fn is_closed(&self, id: RowId) -> bool {
        self.state
            .collapsed
            .with_untracked(|it| it.binary_search(&id).is_ok())
    }

    fn open(&self, selected: Option<RowId>, at: Option<usize>) {
        let Some((id, at)) = selected.zip(at) else {
            return;
        };
        if !self
            .shown
            .rows
            .position(id)
            .is_some_and(|it| self.shown.rows.is_parent(it))
        {
            return;
        }
        if self.is_closed(id) {
            (self.act)(Change::Toggle(id));
        } else {
            self.go(at + 1);
        }
    }

    fn close(&self, selected: Option<RowId>, at: Option<usize>) {
        let Some((id, index)) = selected.and_then(|it| Some((it, self.shown.rows.position(it)?)))
        else {
            return;
        };
        if self.shown.rows.is_parent(index) && !self.is_closed(id) && at.is_some() {
            (self.act)(Change::Toggle(id));
        } else if let Some(parent) = self
            .shown
            .rows
            .parent(index)
            .and_then(|it| self.shown.rows.rows.get(it))
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

    fn zoom(&self, selected: Option<RowId>) {
        let times = selected.and_then(|it| it.times(&self.shown.trace, &self.shown.rounds));
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
