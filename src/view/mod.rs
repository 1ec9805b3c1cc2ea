//! What is on the screen. Here pure functions meet signals, and nothing else happens.
//!
//! A panel is a function from what it shows to nodes. To add one: write
//! `view/<name>.rs`, and give it a `Panel` in `ready`. If it computes something, that
//! goes to `analysis/` first, with a native test.

mod blocks;
mod detail;
mod facts;
mod foot;
mod head;
mod map;
mod messages;
#[expect(unreachable_pub, reason = "`component` makes its parts public")]
mod node;
mod row;
mod shown;
mod tools;
mod waterfall;

use std::rc::Rc;

use leptos::prelude::*;
use node::{Node, Panel, button, el};

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

/// How a panel passes on a wish.
pub(crate) type Ask = Rc<dyn Fn(Wish)>;

/// How a panel passes on what the user did.
pub(crate) type Act = Rc<dyn Fn(Change)>;

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
pub fn TraceTab(
    /// What the element owns.
    signals: Signals,
    /// Hears what the user asks of the element.
    wish: Rc<dyn Fn(Wish)>,
) -> impl IntoView {
    let kept = StoredValue::new_local((signals.clone(), wish));
    let screen = signals.screen;
    // Another trace is another screen; the same one, further loaded, is not.
    let ready = Memo::new({
        let screen = screen.clone();
        move |_| {
            screen.with(|it| match it {
                Screen::Ready(shown) => Some(shown.clone()),
                _ => None,
            })
        }
    });
    move || match ready.get() {
        Some(shown) => kept.with_value(|(signals, wish)| tab(shown, signals, wish)),
        None => {
            let screen = screen.clone();
            kept.with_value(|(signals, wish)| {
                let (signals, wish) = (signals.clone(), wish.clone());
                let render = move || vec![notice(&screen.get(), signals.droppable.get(), &wish)];
                view! { <Panel class="screen" render=Box::new(render)/> }.into_any()
            })
        }
    }
}

/// A trace, with all panels.
fn tab(shown: Shared<Shown>, signals: &Signals, wish: &Ask) -> AnyView {
    let state = RwSignal::from(signals.state.clone());
    let (name, droppable) = (
        RwSignal::from(signals.name.clone()),
        RwSignal::from(signals.droppable.clone()),
    );
    let selected = Memo::new(move |_| state.with(|it| it.selected));
    let window = Memo::new(move |_| state.with(|it| it.window));
    let act: Act = {
        let wish = wish.clone();
        Rc::new(move |change| {
            let before = selected.get_untracked();
            state.update(|it| *it = std::mem::take(it).after(change));
            if let Some(row) = selected.get_untracked().filter(|it| before != Some(*it)) {
                wish(Wish::Selected(row));
            }
            wish(Wish::Moved);
        })
    };
    let head = {
        let (shown, wish) = (shown.clone(), wish.clone());
        move || {
            vec![head::head(
                &shown,
                name.get().as_deref(),
                droppable.get(),
                &wish,
            )]
        }
    };
    let map = map::map(shown.clone(), window, act.clone());
    let detail = detail::detail(shown.clone(), state, selected, act.clone());
    let foot = {
        let shown = shown.clone();
        move || vec![foot::foot(&shown)]
    };
    let rows = waterfall::waterfall(shown, state, selected, window, act);
    view! {
        <div class="viewer" class:has-detail=move || selected.get().is_some()>
            <Panel class="head-panel" render=Box::new(head)/>
            <Panel class="overview" render=map/>
            <div class="panes">
                <Panel class="rows-panel" render=rows/>
                <Panel class="detail-panel" render=detail/>
            </div>
            <Panel class="foot-panel" render=Box::new(foot)/>
        </div>
    }
    .into_any()
}

pub(crate) fn open_button(wish: &Ask) -> Node {
    let wish = wish.clone();
    button("", "Open a file", move |_| wish(Wish::Open)).into()
}

/// What stands where there is no trace.
fn notice(screen: &Screen, droppable: bool, wish: &Ask) -> Node {
    let open = droppable.then(|| open_button(wish));
    match screen {
        Screen::Loading(bytes, total, spans) => {
            let read = match total {
                Some(total) => format!("{} of {}", text::bytes(*bytes), text::bytes(*total)),
                None => text::bytes(*bytes),
            };
            let mut bar = el("progress", "").attr("aria-label", "Loading");
            if let Some(total) = total {
                bar = bar
                    .attr("max", total.max(&1).to_string())
                    .attr("value", bytes.to_string());
            }
            let wish = wish.clone();
            el("div", "notice")
                .attr("role", "status")
                .child(el("h2", "").child("Loading"))
                .child(bar)
                .child(
                    el("p", "figures")
                        .child(format!("{read} · {}", text::plural(*spans as u64, "span"))),
                )
                .child(button("", "Cancel", move |_| wish(Wish::Cancel)))
        }
        Screen::Failed(message) => el("div", "notice")
            .attr("role", "alert")
            .child(el("h2", "").child("This trace cannot be shown"))
            .child(el("p", "").child(message.clone()))
            .children(open),
        _ => {
            let hint = "Drop a trace here, paste one, or open a file. It stays in this page.";
            let own = el("slot", "")
                .attr("name", "empty")
                .child(el("h2", "").child("No trace"))
                .child(el("p", "").child("There is nothing to show yet."));
            el("div", "notice")
                .child(own)
                .children(droppable.then(|| el("p", "").child(hint).into()))
                .children(open)
        }
    }
    .into()
}
