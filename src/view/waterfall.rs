//! The waterfall: rows with time bars. Only the rows in view are in the document.

use std::collections::BTreeSet;

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;
use web_sys::wasm_bindgen::closure::Closure;

use super::map::whole;
use super::row::{Look, ROW_HEIGHT, row};
use super::{Shared, Shown};
use crate::layout::window_of_rows;
use crate::state::{Change, RowId, ViewState, Window};
use crate::text;

/// How tall the column heads are, in CSS pixels.
const HEAD_HEIGHT: f64 = 28.0;

/// The pane as it stands: the moment, owned by nobody else.
#[derive(Clone, Copy)]
struct Pane {
    node: NodeRef<Div>,
    top: RwSignal<f64>,
    height: RwSignal<f64>,
}

pub(crate) fn waterfall(
    shown: Shared<Shown>,
    state: RwSignal<ViewState>,
    selected: Memo<Option<RowId>>,
    window: Memo<Option<Window>>,
    on_change: Callback<Change>,
) -> AnyView {
    let pane = Pane { node: NodeRef::new(), top: RwSignal::new(0.0), height: RwSignal::new(800.0) };
    watch_height(pane);
    let collapsed = Memo::new(move |_| state.with(|it| it.collapsed.clone()));
    let visible = Memo::new({
        let shown = shown.clone();
        move |_| Shared::new(collapsed.with(|it| shown.rows.visible(it)))
    });
    let range = Memo::new(move |_| {
        window_of_rows(pane.top.get(), pane.height.get(), ROW_HEIGHT, visible.with(|it| it.len()))
    });
    let keys = Keys { shown: shown.clone(), visible, collapsed, selected, window, on_change, pane };
    keep_in_view(keys.clone());
    let label = {
        let it = &shown.totals.summary;
        format!("{} · {}", text::plural(it.turns.into(), "turn"), text::plural(it.rounds.into(), "round"))
    };
    let all = whole(&shown);
    let clock = shown.trace.clock;
    let heading = move || {
        let shown = window.get().unwrap_or(all);
        format!("{} — {}", text::length(clock, shown.start), text::length(clock, shown.end))
    };
    let clicked = {
        let shown = shown.clone();
        move |event: web_sys::MouseEvent| {
            let target = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
            let row = target.as_ref().and_then(|it| it.closest("[data-row]").ok().flatten());
            let index = row.and_then(|it| it.get_attribute("data-row")).and_then(|it| it.parse::<usize>().ok());
            let Some((index, row)) = index.and_then(|it| Some((it, shown.rows.rows.get(it)?))) else { return };
            let on_twist = target.is_some_and(|it| it.closest(".twist").ok().flatten().is_some());
            if on_twist && shown.rows.is_parent(index) {
                on_change.run(Change::Toggle(row.id));
            } else {
                on_change.run(Change::Select(Some(row.id)));
            }
        }
    };
    let active = {
        let shown = shown.clone();
        move || {
            let at = selected.get().and_then(|it| shown.rows.position(it))?;
            let in_view = range.with(|range| visible.with(|it| it.get(range.clone()).is_some_and(|it| it.contains(&(at as u32)))));
            in_view.then(|| format!("row-{at}"))
        }
    };
    let rows = {
        let shown = shown.clone();
        move || {
            let (selected, window) = (selected.get(), window.get().unwrap_or(all));
            let range = range.get();
            let first = range.start;
            let rows = visible.with(|it| it.get(range).unwrap_or_default().to_vec());
            collapsed.with(|collapsed| {
                let views = rows.into_iter().enumerate().filter_map(|(i, index)| {
                    let it = *shown.rows.rows.get(index as usize)?;
                    let look = Look { window, is_selected: selected == Some(it.id), is_collapsed: collapsed.contains(&it.id) };
                    Some(row(&shown, first + i, it, index, &look))
                });
                views.collect::<Vec<_>>()
            })
        }
    };
    view! {
        <div class="waterfall" part="waterfall" role="treegrid" tabindex="0" node_ref=pane.node
            aria-label="Waterfall" aria-rowcount=move || visible.with(|it| it.len() + 1) aria-activedescendant=active
            on:scroll=move |_| pane.top.set(scroll_top(pane)) on:click=clicked on:keydown=move |event| keys.press(&event)>
            <div class="heads" role="rowgroup">
                <div class="head" role="row" aria-rowindex="1">
                    <div class="name" role="columnheader">{label}</div>
                    <div class="n in" role="columnheader" title="Input tokens, cached ones included">"in"</div>
                    <div class="n out" role="columnheader" title="Output tokens, reasoning included">"out"</div>
                    <div class="n took" role="columnheader">"took"</div>
                    <div class="track" role="columnheader">
                        <span>{heading}</span>
                        {move || window.get().map(|_| view! {
                            <button type="button" class="plain" tabindex="-1" on:click=move |_| on_change.run(Change::Zoom(None))>"show all"</button>
                        })}
                    </div>
                </div>
            </div>
            <div class="body" role="rowgroup" style:height=move || format!("{}px", visible.with(|it| it.len()) as f64 * ROW_HEIGHT)>
                {rows}
            </div>
        </div>
    }
    .into_any()
}

fn scroll_top(pane: Pane) -> f64 {
    pane.node.get_untracked().map_or(0.0, |it| f64::from(it.scroll_top()))
}

/// Follows the height of the pane.
fn watch_height(pane: Pane) {
    Effect::new(move |_| {
        let Some(node) = pane.node.get() else { return };
        pane.height.set(f64::from(node.client_height()));
        let on_resize = Closure::<dyn Fn()>::new(move || {
            if let Some(node) = pane.node.try_get_untracked().flatten() {
                pane.height.try_set(f64::from(node.client_height()));
            }
        });
        if let Ok(observer) = web_sys::ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
            observer.observe(&node);
            let kept = StoredValue::new_local((observer, on_resize));
            on_cleanup(move || {
                kept.try_with_value(|it| it.0.disconnect());
            });
        }
    });
}

/// Scrolls to the selected row when it is selected out of view.
fn keep_in_view(keys: Keys) {
    Effect::new(move |_| {
        let Some(selected) = keys.selected.get() else { return };
        let Some(at) = keys.place(selected) else { return };
        let Some(node) = keys.pane.node.get() else { return };
        let top = at as f64 * ROW_HEIGHT;
        let shown = f64::from(node.client_height()) - HEAD_HEIGHT;
        let scrolled = f64::from(node.scroll_top());
        let to = if top < scrolled {
            top
        } else if top + ROW_HEIGHT > scrolled + shown {
            top + ROW_HEIGHT - shown
        } else {
            return;
        };
        node.set_scroll_top(to.round() as i32);
    });
}

/// What the keys do.
#[derive(Clone)]
struct Keys {
    shown: Shared<Shown>,
    visible: Memo<Shared<Vec<u32>>>,
    collapsed: Memo<BTreeSet<RowId>>,
    selected: Memo<Option<RowId>>,
    window: Memo<Option<Window>>,
    on_change: Callback<Change>,
    pane: Pane,
}

impl Keys {
    /// Where in the visible rows a row is.
    fn place(&self, id: RowId) -> Option<usize> {
        let index = self.shown.rows.position(id)? as u32;
        self.visible.with_untracked(|it| it.binary_search(&index).ok())
    }

    fn go(&self, at: usize) {
        let id = self.visible.with_untracked(|it| {
            let index = it.get(at.min(it.len().saturating_sub(1)))?;
            self.shown.rows.rows.get(*index as usize).map(|it| it.id)
        });
        if id.is_some() {
            self.on_change.run(Change::Select(id));
        }
    }

    fn press(&self, event: &web_sys::KeyboardEvent) {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let selected = self.selected.get_untracked();
        let at = selected.and_then(|it| self.place(it));
        let last = self.visible.with_untracked(|it| it.len()).saturating_sub(1);
        let page = (self.pane.height.get_untracked() / ROW_HEIGHT - 2.0).max(1.0) as usize;
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
            "Escape" if selected.is_some() => self.on_change.run(Change::Select(None)),
            "z" => self.zoom(selected),
            "0" if self.window.get_untracked().is_some() => self.on_change.run(Change::Zoom(None)),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    fn open(&self, selected: Option<RowId>, at: Option<usize>) {
        let Some((id, at)) = selected.zip(at) else { return };
        let Some(index) = self.shown.rows.position(id).filter(|it| self.shown.rows.is_parent(*it)) else { return };
        let _ = index;
        if self.collapsed.with_untracked(|it| it.contains(&id)) {
            self.on_change.run(Change::Toggle(id));
        } else {
            self.go(at + 1);
        }
    }

    fn close(&self, selected: Option<RowId>, at: Option<usize>) {
        let Some(id) = selected else { return };
        let Some(index) = self.shown.rows.position(id) else { return };
        let is_open = self.shown.rows.is_parent(index) && !self.collapsed.with_untracked(|it| it.contains(&id));
        if is_open && at.is_some() {
            self.on_change.run(Change::Toggle(id));
        } else if let Some(parent) = self.shown.rows.parent(index).and_then(|it| self.shown.rows.rows.get(it)) {
            self.on_change.run(Change::Select(Some(parent.id)));
        }
    }

    /// The detail stands beside the waterfall: focus goes to its first tab.
    fn to_detail(&self) {
        let Some(node) = self.pane.node.get_untracked() else { return };
        let detail = node.parent_element().and_then(|it| it.query_selector(".detail [tabindex='0'], .detail button").ok().flatten());
        if let Some(detail) = detail.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = detail.focus();
        }
    }

    fn zoom(&self, selected: Option<RowId>) {
        let times = selected.and_then(|it| it.times(&self.shown.trace, &self.shown.rounds));
        if let Some((start, duration)) = times.filter(|it| it.1 > 0) {
            let around = duration / 20;
            let window = Window::new((start - around).max(0), start + duration + around);
            self.on_change.run(Change::Zoom(Some(window)));
        }
    }
}
