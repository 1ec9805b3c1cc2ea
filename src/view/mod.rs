//! What is on the screen. Here pure functions meet signals, and nothing else happens.
//!
//! To add a panel: write `view/<name>.rs` with a component, and put it into [`TraceTab`]. If it
//! computes something, that goes to `analysis/` first, with a native test.

mod blocks;
mod detail;
mod foot;
mod head;
mod map;
mod messages;
mod row;
mod shown;
mod tools;
mod waterfall;

use std::rc::Rc;

use leptos::prelude::*;

pub(crate) use row::row_text;
pub use shown::{Shared, Shown};

use crate::state::{Change, RowId, ViewState};
use crate::text;

/// What the element shows.
#[derive(Clone, Debug)]
pub enum Screen {
    /// There is no trace.
    Empty,
    /// A trace is coming: bytes so far, bytes in all where known, spans so far.
    Loading(u64, Option<u64>, usize),
    /// There was no trace to be had: why.
    Failed(String),
    /// A trace.
    Ready(Shared<Shown>),
}

/// What the user asks of the element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wish {
    /// To open a file.
    Open,
    /// To stop loading.
    Cancel,
    /// To have the trace as a file of this kind.
    Download(&'static str),
    /// Nothing: another row is selected now.
    Selected(RowId),
    /// Nothing: something else is looked at now.
    Moved,
}

/// How a component passes on a wish. It may be kept in closures that must be `Send`.
pub type Ask = StoredValue<Rc<dyn Fn(Wish)>, LocalStorage>;

pub(crate) fn ask(asked: Ask, wish: Wish) {
    if let Some(asked) = asked.try_get_value() {
        asked(wish);
    }
}

/// The signals that the element owns.
#[derive(Clone)]
pub struct Signals {
    /// What is shown.
    pub screen: ArcRwSignal<Screen>,
    /// What of it is looked at.
    pub state: ArcRwSignal<ViewState>,
    /// What the host calls the trace.
    pub name: ArcRwSignal<Option<String>>,
    /// Whether the user may open files.
    pub droppable: ArcRwSignal<bool>,
}

/// The Trace tab.
#[component]
pub fn TraceTab(signals: Signals, wish: Rc<dyn Fn(Wish)>) -> impl IntoView {
    let asked: Ask = StoredValue::new_local(wish);
    let Signals { screen, state, name, droppable } = signals;
    let state = RwSignal::from(state);
    let name = RwSignal::from(name);
    let droppable = RwSignal::from(droppable);
    let on_change = Callback::new(move |change: Change| {
        let selected = match change {
            Change::Select(row) => row.filter(|it| state.with_untracked(|state| state.selected) != Some(*it)),
            _ => None,
        };
        state.update(|it| *it = std::mem::take(it).after(change));
        if let Some(row) = selected {
            ask(asked, Wish::Selected(row));
        }
        ask(asked, Wish::Moved);
    });
    view! {
        {move || match screen.get() {
            Screen::Empty => empty(droppable, asked),
            Screen::Loading(bytes, total, spans) => loading(bytes, total, spans, asked),
            Screen::Failed(message) => failed(message, droppable, asked),
            Screen::Ready(shown) => ready(shown, state, name, droppable, on_change, asked),
        }}
    }
}

fn ready(
    shown: Shared<Shown>,
    state: RwSignal<ViewState>,
    name: RwSignal<Option<String>>,
    droppable: RwSignal<bool>,
    on_change: Callback<Change>,
    asked: Ask,
) -> AnyView {
    let selected = Memo::new(move |_| state.with(|it| it.selected));
    let tab = Memo::new(move |_| state.with(|it| it.tab));
    let window = Memo::new(move |_| state.with(|it| it.window));
    let detailed = shown.clone();
    view! {
        <div class="viewer" class:has-detail=move || selected.get().is_some()>
            {head::head(&shown, name, droppable, asked)}
            {map::map(&shown, window, on_change)}
            <div class="panes">
                {waterfall::waterfall(shown.clone(), state, selected, window, on_change)}
                {move || selected.get().map(|row| detail::detail(detailed.clone(), row, tab, on_change))}
            </div>
            {foot::foot(&shown)}
        </div>
    }
    .into_any()
}

fn open_button(droppable: RwSignal<bool>, asked: Ask) -> impl IntoView {
    move || {
        droppable.get().then(|| {
            view! { <button type="button" on:click=move |_| ask(asked, Wish::Open)>"Open a file"</button> }
        })
    }
}

fn empty(droppable: RwSignal<bool>, asked: Ask) -> AnyView {
    view! {
        <div class="notice">
            <slot name="empty">
                <h2>"No trace"</h2>
                <p>"There is nothing to show yet."</p>
            </slot>
            {move || droppable.get().then(|| view! { <p>"Drop a trace here, paste one, or open a file. It stays in this page."</p> })}
            {open_button(droppable, asked)}
        </div>
    }
    .into_any()
}

fn loading(bytes: u64, total: Option<u64>, spans: usize, asked: Ask) -> AnyView {
    let read = match total {
        Some(total) => format!("{} of {}", text::bytes(bytes), text::bytes(total)),
        None => text::bytes(bytes),
    };
    view! {
        <div class="notice" role="status">
            <h2>"Loading"</h2>
            <progress max=total.map(|it| it.max(1).to_string()) value=total.map(|_| bytes.to_string()) aria-label="Loading"></progress>
            <p class="figures">{format!("{read} · {}", text::plural(spans as u64, "span"))}</p>
            <button type="button" on:click=move |_| ask(asked, Wish::Cancel)>"Cancel"</button>
        </div>
    }
    .into_any()
}

fn failed(message: String, droppable: RwSignal<bool>, asked: Ask) -> AnyView {
    view! {
        <div class="notice" role="alert">
            <h2>"This trace cannot be shown"</h2>
            <p>{message}</p>
            {open_button(droppable, asked)}
        </div>
    }
    .into_any()
}
