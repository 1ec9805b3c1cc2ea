//! The waterfall: rows with time bars. Only the rows in view are in the document.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use web_sys::wasm_bindgen::JsCast;
use web_sys::wasm_bindgen::closure::Closure;

use super::keys::{Keys, Pane, height_of};
use super::live::{Live, LiveState, Watch, watch};
use super::map::whole;
use super::menu::{close, menu};
use super::node::{Draw, Element, Node, button, el};
use super::pane::{PANE_HEIGHT, ROW_HEIGHT, pane_height};
use super::row::{Look, row};
use super::{Act, Current, Find};
use crate::layout::Scroll;
use crate::state::Change;
use crate::text::{self, Phrase};

/// How tall the column heads are, in CSS pixels.
const HEAD_HEIGHT: f64 = 28.0;

pub(crate) fn waterfall(current: Current, state: LiveState, find: Find, act: Act) -> Draw {
    let keys = Rc::new(Keys {
        current,
        state,
        find,
        act,
        pane: Pane {
            node: Live::new(None),
            scroll: Live::new(Scroll {
                height: 800.0,
                ..Scroll::default()
            }),
            rest: Cell::new(None),
        },
        visible: RefCell::default(),
    });
    let grown = Rc::downgrade(&keys);
    keys.current.on_grown(move |first, is_live| {
        if let Some(keys) = grown.upgrade() {
            keys.grown(first, is_live);
        }
    });
    Rc::new(move || vec![grid(&keys)])
}

fn grid(keys: &Rc<Keys>) -> Node {
    let shown = &keys.current.get();
    let folds = keys.state.folds.get();
    keys.find.hear();
    let visible = keys.visible();
    let n = visible.len();
    let scroll = keys.pane.scroll.get();
    let range = scroll.rows(ROW_HEIGHT as f64, n);
    let (selected, window) = (
        keys.state.selected.get(),
        keys.state.window.get().unwrap_or_else(|| whole(shown)),
    );
    let first = range.start;
    let indices: Vec<u32> = range.filter_map(|it| visible.get(it)).collect();
    let at = selected
        .and_then(|it| shown.rows.position(it))
        .filter(|it| indices.contains(&(*it as u32)));
    let rows = indices.iter().enumerate().filter_map(|(i, index)| {
        let it = *shown.rows.rows.get(*index as usize)?;
        let look = Look {
            window,
            is_selected: selected == Some(it.id),
            is_closed: folds.is_closed(it.id, it.level),
            has_hit: keys.find.is_in(it.id),
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
    let turns = keys.clone();
    let grid = el("div", "waterfall")
        .attr("part", "waterfall")
        .attr("role", "treegrid")
        .attr("tabindex", "0")
        .attr("aria-label", Phrase::waterfall)
        .attr("aria-rowcount", (n + 1).to_string())
        .style(
            PANE_HEIGHT,
            pane_height(Scroll::element_height(height_of(n))),
        )
        .on("scroll", move |event| {
            let target = event
                .current_target()
                .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
            let position = target.map_or(0.0, |it| f64::from(it.scroll_top()));
            scrolls.scrolled(position);
        })
        .on("wheel", move |event| turns.wheel(event))
        .on("click", move |event| clicks.click(event))
        .on("keydown", move |event| {
            presses.press(event.unchecked_ref());
        })
        .mounted(move |node| {
            let kept: (Watch, Option<Following>) = (
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
    let shown = &keys.shown();
    let it = &shown.totals.summary;
    let (turns, rounds) = (
        Phrase::turns.of(it.turns.into()),
        Phrase::rounds.of(it.rounds.into()),
    );
    let label = text::fill("{0} · {1}", &[&turns, &rounds]);
    let clock = shown.trace.clock;
    let zoomed = keys.state.window.get();
    let window = zoomed.unwrap_or_else(|| whole(shown));
    let ends = [window.start, window.end].map(|it| text::length(clock, it));
    let range = text::fill("{0} — {1}", &[&ends[0], &ends[1]]);
    let head = |class, name: Node| -> Element {
        el("div", class).attr("role", "columnheader").child(name)
    };
    let mut track = head("track", "".into()).child(el("span", "").child(range));
    if zoomed.is_some() {
        let keys = keys.clone();
        let show_all = move |_: &web_sys::Event| {
            (keys.act)(Change::Zoom(None));
            keys.focus(); // the button goes away
        };
        track = track.child(button("plain", Phrase::show_all, show_all).attr("tabindex", "-1"));
    }
    let row = el("div", "head")
        .attr("role", "row")
        .attr("aria-rowindex", "1")
        .child(
            el("div", "name")
                .attr("role", "columnheader")
                .child(el("span", "").child(label))
                .child(levels(keys)),
        )
        .child(head("n in", Phrase::column_in.into()).attr("title", Phrase::column_in_hint))
        .child(head("n out", Phrase::column_out.into()).attr("title", Phrase::column_out_hint))
        .child(head("n took", Phrase::column_took.into()))
        .child(track);
    el("div", "heads")
        .attr("role", "rowgroup")
        .child(row)
        .into()
}

/// How much is open. With the keyboard it is a digit or `*`, so these are no stops of the tab key.
fn levels(keys: &Rc<Keys>) -> Node {
    const LEVELS: [(Phrase, Option<u16>); 4] = [
        (Phrase::level_1, Some(1)),
        (Phrase::level_2, Some(2)),
        (Phrase::level_3, Some(3)),
        (Phrase::level_all, None),
    ];
    let choices = LEVELS.map(|(name, level)| {
        let keys = keys.clone();
        let choose = move |event: &web_sys::Event| {
            close(event);
            keys.fold(level);
            keys.focus();
        };
        button("choice", name, choose).attr("tabindex", "-1").into()
    });
    let opener = el("summary", "plain")
        .attr("tabindex", "-1")
        .attr("aria-label", Phrase::how_much_open)
        .child("▾");
    menu("menu levels", opener, choices.into()).into()
}

/// What follows the height of the pane.
struct Following {
    observer: web_sys::ResizeObserver,
    _heard: Closure<dyn Fn()>,
    _begin: Timeout,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// It is measured in tasks of its own, and observed once it has been laid out: what changes its size while
/// observers are told of others, the page would hear of as an error.
fn watch_height(scroll: Live<Scroll>, node: &web_sys::Element) -> Option<Following> {
    let watched = node.clone();
    let measure = Rc::new(move || {
        let height = (f64::from(watched.client_height()) - HEAD_HEIGHT).max(0.0);
        let known = scroll.get_untracked();
        // One that is not laid out has none: as many rows as before will do.
        if height > 0.0 && known.height != height {
            scroll.set(Scroll { height, ..known });
        }
    });
    let later = Cell::new(None);
    let first = measure.clone();
    let heard = Closure::<dyn Fn()>::new(move || {
        let measure = measure.clone();
        later.set(Some(Timeout::new(0, move || measure())));
    });
    let observer = web_sys::ResizeObserver::new(heard.as_ref().unchecked_ref()).ok()?;
    let (observing, node) = (observer.clone(), node.clone());
    let begin = Timeout::new(0, move || {
        first();
        observing.observe(&node);
    });
    Some(Following {
        observer,
        _heard: heard,
        _begin: begin,
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
