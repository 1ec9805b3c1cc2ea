//! What is on the screen. Here pure functions meet signals, and nothing else happens.
//!
//! A panel is a function from what it shows to nodes; what it reads of what is [`Live`], it is drawn
//! anew for. To add one: write `view/<name>.rs`, and give it a panel in `viewer`. If it computes
//! something, that goes to `analysis/` first, with a native test.

mod blocks;
mod current;
mod detail;
mod facts;
mod find;
mod find_box;
mod foot;
mod given;
mod head;
mod issues;
mod keys;
pub(crate) mod later;
mod live;
mod looking;
mod map;
mod marks;
mod menu;
mod messages;
mod node;
mod pane;
mod panel;
mod payloads;
mod pretty;
mod row;
mod search;
mod searching;
mod shapes;
mod shared;
pub(crate) mod sheet;
mod shown;
mod tools;
mod traces;
mod tree;
mod unfolded;
mod waterfall;
mod zoom;

use std::rc::Rc;

use detail::Detail;
use leptos::prelude::*;
use looking::Choosing;
use node::{Draw, Node, button, el, keep};
use unfolded::Unfolded;

pub use current::Current;
pub use find::Find;
pub use given::{Given, Unread};
pub use live::{Live, LiveState};
pub use panel::TracePanel;
#[cfg(feature = "element")]
pub(crate) use row::row_text;
pub use shapes::Shapes;
pub use shared::Shared;
pub use shown::Shown;

use crate::state::{Change, RowId};
use crate::text::{self, Phrase};

/// What the element shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Screen {
    /// There is no trace.
    #[default]
    Empty,
    /// A trace is coming, and there is nothing of it to see yet.
    Loading(Coming),
    /// There was no trace to be had: why.
    Failed(String),
    /// A trace.
    Ready(Current),
    /// The list of the traces that were given; this one was looked at last.
    Listing(Shared<Shown>),
}

/// How much of a trace has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coming {
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes in all, where that is known.
    pub total: Option<u64>,
    /// Spans read of it.
    pub spans: usize,
}

/// What the user asks of the element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wish {
    /// To open a file.
    Open,
    /// To stop loading.
    Cancel,
    /// To see the list of the traces.
    List,
    /// To see one of them.
    Choose(usize),
    /// To have the trace as a file of this kind.
    Download(&'static str),
    /// To let long work go on: [`Signals::work`].
    Work,
    /// To have a part of the viewer.
    Part(&'static str),
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
#[derive(Clone, Debug, Default)]
pub struct Signals {
    /// What is shown.
    pub screen: Live<Screen>,
    /// How much has come of the trace that is shown, while it is the beginning of one.
    pub coming: Live<Option<Coming>>,
    /// What of it is looked at.
    pub state: LiveState,
    /// What is looked for in it.
    pub find: Find,
    /// What the host calls the trace.
    pub name: Live<Option<String>>,
    /// Whether the user may open files.
    pub droppable: Live<bool>,
    /// Whether it has what rarer messages take.
    pub shapes: Shapes,
    /// The trace that was chosen of several, until it is shown.
    chosen: Choosing,
}

/// The Trace tab.
#[component]
pub fn TraceTab(
    /// What the element owns.
    signals: Signals,
    /// Hears what the user asks of the element.
    wish: Rc<dyn Fn(Wish)>,
) -> impl IntoView {
    let draw = draw_screen(signals, wish);
    view! { <div class="screen" use:keep_here=draw></div> }
}

/// What is shown, whatever that is.
fn draw_screen(signals: Signals, wish: Ask) -> Draw {
    Rc::new(move || {
        vec![signals.screen.with(|it| match it {
            Screen::Ready(current) => viewer(current, &signals, &wish),
            Screen::Listing(shown) => {
                traces::traces(shown.given.clone(), signals.droppable.get(), wish.clone())
            }
            screen => notice(screen, signals.droppable.get(), &wish),
        })]
    })
}

/// Keeps what is in an element as `draw` has it, for as long as the component lives.
fn keep_here(element: web_sys::Element, draw: Draw) {
    let kept = keep(element.into(), draw);
    on_cleanup(move || drop(kept));
}

/// A trace, with all panels.
fn viewer(current: &Current, signals: &Signals, wish: &Ask) -> Node {
    let act: Act = {
        let (state, wish) = (signals.state.clone(), wish.clone());
        Rc::new(move |change| {
            let before = state.get_untracked();
            let (was, after) = (before.selected, before.after(change));
            let selected = after.selected;
            state.set(after);
            if let Some(row) = selected.filter(|it| was != Some(*it)) {
                wish(Wish::Selected(row));
            }
            wish(Wish::Moved);
        })
    };
    let head = {
        let (current, wish) = (current.clone(), wish.clone());
        let signals = signals.clone();
        Rc::new(move || {
            let shown = current.get();
            let tools = match signals.coming.get() {
                Some(coming) => progress(coming, &wish),
                None => head::tools(&shown, signals.droppable.get(), &signals.find, &wish),
            };
            let name = signals.name.get();
            let back = traces::back(&shown.given, &wish);
            vec![head::head(&shown, name.as_deref(), back, tools)]
        })
    };
    let (state, find) = (&signals.state, &signals.find);
    let map = map::map(current.clone(), state.window.clone(), act.clone());
    let rows = waterfall::waterfall(current.clone(), state.clone(), find.clone(), act.clone());
    let rows = signals.shapes.with_part(rows, wish.clone());
    let unfolded = Unfolded::default();
    let finder = Rc::new(find_box::Finder {
        find: find.clone(),
        current: current.clone(),
        state: state.clone(),
        unfolded: unfolded.clone(),
        act: act.clone(),
        wish: wish.clone(),
    });
    let (keys, followed) = (finder.clone(), finder.clone());
    let marks = find.marks();
    let detail = later::detail(
        Detail {
            current: current.clone(),
            state: state.clone(),
            unfolded,
            marks,
            act: act.clone(),
        },
        wish.clone(),
    );
    let foot = foot::foot(current.clone(), signals.shapes.clone(), act.clone());
    // A panel is made anew with each trace, and so is what follows the state.
    let find = el("div", "find-panel")
        .panel(find_box::find_box(finder))
        .mounted(move |_| find_box::follow(followed));
    let selected = state.selected.clone();
    // A class and not `:has(.detail)`, which WebKit does not ask again in a container of another size.
    let panes = el("div", "panes")
        .mounted(move |panes| {
            let panes = panes.clone();
            Box::new(live::watch(Box::new(move || {
                let with_detail = selected.get().is_some();
                panes.set_class_name(if with_detail {
                    "panes with-detail"
                } else {
                    "panes"
                });
            })))
        })
        .child(el("div", "rows-panel").panel(rows))
        .child(el("div", "detail-panel").panel(detail));
    el("div", "viewer")
        .on("keydown", move |event| keys.press(event))
        .child(el("div", "head-panel").panel(head))
        .child(el("div", "overview").panel(map))
        .child(find)
        .child(panes)
        .child(el("div", "foot-panel").panel(foot))
        .into()
}

pub(crate) fn open_button(wish: &Ask) -> Node {
    let wish = wish.clone();
    button("", Phrase::open_file, move |_| wish(Wish::Open)).into()
}

/// How much of a trace has come, and the way to stop it.
fn progress(coming: Coming, wish: &Ask) -> Vec<Node> {
    let Coming {
        bytes,
        total,
        spans,
    } = coming;
    let read = match total {
        Some(total) => Phrase::out_of.with(&[&text::bytes(bytes), &text::bytes(total)]),
        None => text::bytes(bytes),
    };
    let mut bar = el("progress", "").attr("aria-label", Phrase::loading);
    if let Some(total) = total {
        bar = bar
            .attr("max", total.max(1).to_string())
            .attr("value", bytes.to_string());
    }
    let figures = text::fill("{0} · {1}", &[&read, &Phrase::spans.of(spans as u64)]);
    let wish = wish.clone();
    vec![
        bar.into(),
        el("p", "figures").child(figures).into(),
        button("", Phrase::cancel, move |_| wish(Wish::Cancel)).into(),
    ]
}

/// What stands where there is no trace.
fn notice(screen: &Screen, droppable: bool, wish: &Ask) -> Node {
    let open = droppable.then(|| open_button(wish));
    match screen {
        Screen::Loading(coming) => el("div", "notice")
            .attr("role", "status")
            .child(el("h2", "").child(Phrase::loading))
            .children(progress(*coming, wish)),
        Screen::Failed(message) => el("div", "notice")
            .attr("role", "alert")
            .child(el("h2", "").child(Phrase::cannot_show))
            .child(el("p", "").child(message.clone()))
            .children(open),
        _ => {
            let own = el("slot", "")
                .attr("name", "empty")
                .child(el("h2", "").child(Phrase::no_trace))
                .child(el("p", "").child(Phrase::nothing_yet));
            el("div", "notice")
                .child(own)
                .children(droppable.then(|| el("p", "").child(Phrase::drop_hint).into()))
                .children(open)
        }
    }
    .into()
}
