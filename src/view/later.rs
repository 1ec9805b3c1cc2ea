//! What of the view comes in a part that is fetched when it is first asked for: the detail of a row.

use std::hint::black_box;
use std::rc::Rc;

use super::blocks::Blocks;
use super::detail::{Detail, look_through};
use super::live::Live;
use super::node::{Draw, Node, button, el};
use super::{Ask, Shared, Shown, Wish};
use crate::part::{IN_PARTS, part};
use crate::state::{DetailTab, RowId};
use crate::text::Phrase;

/// What it is called for the element.
const NAME: &str = "detail";

/// What can be done once it is there.
#[derive(Clone, Copy)]
pub(super) struct Later {
    detail: fn(&Detail, RowId) -> Node,
    pub(super) look_through: fn(&Shared<Shown>, RowId, DetailTab, &Blocks),
}

impl Later {
    const HERE: Later = Later {
        detail: Detail::of,
        look_through,
    };
}

#[derive(Default)]
struct State {
    there: Option<Later>,
    /// Why it could not be had.
    failed: Option<String>,
}

thread_local! {
    static LATER: Live<State> = Live::new(State {
        there: if IN_PARTS { None } else { Some(Later::HERE) },
        failed: None,
    });
}

part! {
    /// It is there from now on.
    "detail", "de7a11de7a11de7a11de7a11de7a1102",
    fn join() {
        LATER.with(|it| it.update(|it| it.there = black_box(Some(Later::HERE))));
    }
}

/// It could not be had.
#[cfg(feature = "element")]
pub(crate) fn failed(why: String) {
    LATER.with(|it| it.update(|it| it.failed = Some(why)));
}

/// What is there of it; asks for it where it is not. Who draws with it hears when it comes.
pub(super) fn later(wish: &Ask) -> Option<Later> {
    ask(wish);
    LATER.with(|it| it.with(|it| it.there))
}

/// Asks for it, unless nothing more comes.
pub(super) fn ask(wish: &Ask) {
    if !is_settled() {
        wish(Wish::Part(NAME));
    }
}

/// Whether nothing more comes: it is there, or could not be had.
pub(super) fn is_settled() -> bool {
    LATER.with(|it| it.with_untracked(|it| it.there.is_some() || it.failed.is_some()))
}

/// The detail of the selected row.
pub(super) fn detail(detail: Detail, wish: Ask) -> Draw {
    Rc::new(move || {
        let Some(row) = detail.state.selected.get() else {
            return Vec::new();
        };
        vec![match later(&wish) {
            Some(later) => (later.detail)(&detail, row),
            None => waits(&wish),
        }]
    })
}

/// What stands in its place until it comes.
fn waits(wish: &Ask) -> Node {
    let pane = el("aside", "detail")
        .attr("part", "detail")
        .attr("aria-label", Phrase::detail);
    let Some(why) = LATER.with(|it| it.with_untracked(|it| it.failed.clone())) else {
        return pane.attr("aria-busy", "true").into();
    };
    let wish = wish.clone();
    let again = button("", Phrase::try_again, move |_| {
        LATER.with(|it| it.update(|it| it.failed = None));
        wish(Wish::Part(NAME));
    });
    pane.child(el("p", "note").attr("role", "alert").child(why))
        .child(again)
        .into()
}
