//! What of the view comes in a part that is fetched when it is first asked for: the detail of a row.

use std::rc::Rc;

use super::blocks::Blocks;
use super::detail::{Detail, look_through};
use super::live::Live;
use super::node::{Draw, Node, button, el};
use super::{Ask, Shared, Shown, Wish};
use crate::part::{Slot, part};
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

thread_local! {
    static LATER: Slot<Later> = const { Slot::new(Later::HERE) };
    /// Why it could not be had. Tells also of its coming.
    static FAILED: Live<Option<String>> = Live::default();
}

part! {
    /// It is there from now on.
    "detail", "de7a11de7a11de7a11de7a11de7a1102",
    fn join() {
        LATER.with(|it| it.fill(Later::HERE));
        FAILED.with(|it| it.update(|it| *it = None));
    }
}

/// It could not be had.
#[cfg(feature = "element")]
pub(crate) fn failed(why: String) {
    FAILED.with(|it| it.set(Some(why)));
}

/// What is there of it; asks for it where it is not. Who draws with it hears when it comes.
pub(super) fn later(wish: &Ask) -> Option<Later> {
    ask(wish);
    FAILED.with(|it| it.with(|_| ()));
    LATER.with(Slot::get)
}

/// Asks for it, unless nothing more comes.
pub(super) fn ask(wish: &Ask) {
    if !is_settled() {
        wish(Wish::Part(NAME));
    }
}

/// Whether nothing more comes: it is there, or could not be had.
pub(super) fn is_settled() -> bool {
    LATER.with(Slot::get).is_some() || FAILED.with(|it| it.with_untracked(Option::is_some))
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
    let Some(why) = FAILED.with(Live::get_untracked) else {
        return pane.attr("aria-busy", "true").into();
    };
    let wish = wish.clone();
    let again = button("", Phrase::try_again, move |_| {
        FAILED.with(|it| it.set(None));
        wish(Wish::Part(NAME));
    });
    pane.child(el("p", "note").attr("role", "alert").child(why))
        .child(again)
        .into()
}
