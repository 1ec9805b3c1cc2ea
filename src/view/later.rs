//! What of the view comes in parts that are fetched when they are first asked for: the detail of a
//! row, and find.

use std::rc::Rc;

use super::blocks::Blocks;
use super::detail::{Detail, look_through};
use super::find::Find;
use super::find_box::Finder;
use super::live::Live;
use super::node::{Draw, Node, button, el};
use super::{Ask, Shared, Shown, Wish};
use crate::part::{Slot, part};
use crate::state::{DetailTab, RowId};
use crate::text::Phrase;

/// A part of the view.
pub(super) struct Later<T> {
    /// What it is called for the element.
    name: &'static str,
    slot: Slot<T>,
    /// Why it could not be had. Tells also of its coming.
    failed: Live<Option<String>>,
}

/// What can be done once the detail is there.
#[derive(Clone, Copy)]
pub(super) struct LaterDetail {
    detail: fn(&Detail, RowId) -> Node,
    pub(super) look_through: fn(&Shared<Shown>, RowId, DetailTab, &Blocks),
}

/// What can be done once find is there.
#[derive(Clone, Copy)]
pub(super) struct LaterFind {
    /// Looks for what the state says. What runs it, runs it anew when there is something else to do.
    pub(super) follow: fn(&Rc<Finder>),
    /// Searches on as long as it is told to. Whether there is nothing more to do.
    pub(super) run: fn(&Find, &mut dyn FnMut() -> bool) -> bool,
    pub(super) step: fn(&Find, forward: bool, &Ask),
    pub(super) is_in: fn(&Find, RowId) -> bool,
    /// How far it is, and the buttons.
    pub(super) tools: fn(&Rc<Finder>) -> Vec<Node>,
}

impl LaterDetail {
    const HERE: Self = LaterDetail {
        detail: Detail::of,
        look_through,
    };
}

impl LaterFind {
    const HERE: Self = LaterFind {
        follow: Finder::follow,
        run: Find::run_on,
        step: Find::step_on,
        is_in: Find::is_hit,
        tools: super::search::tools,
    };
}

thread_local! {
    pub(super) static DETAIL: Later<LaterDetail> = Later::new("detail", const { Slot::new(LaterDetail::HERE) });
    pub(super) static FIND: Later<LaterFind> = Later::new("find", const { Slot::new(LaterFind::HERE) });
}

part! {
    /// The detail is there from now on.
    "detail", "de7a11de7a11de7a11de7a11de7a1102",
    fn join_detail() {
        DETAIL.with(|it| it.join(LaterDetail::HERE));
    }
}

part! {
    /// Find is there from now on.
    "find", "f19df19df19df19df19df19df19df106",
    fn join_find() {
        FIND.with(|it| it.join(LaterFind::HERE));
    }
}

/// A part could not be had.
#[cfg(feature = "element")]
pub(crate) fn failed(name: &str, why: String) {
    let part = [DETAIL.with(Later::told), FIND.with(Later::told)];
    if let Some((_, failed)) = part.into_iter().find(|it| it.0 == name) {
        failed.set(Some(why));
    }
}

impl<T: Copy> Later<T> {
    fn new(name: &'static str, slot: Slot<T>) -> Self {
        Later {
            name,
            slot,
            failed: Live::default(),
        }
    }

    /// It is there from now on.
    fn join(&self, it: T) {
        self.slot.fill(it);
        self.failed.update(|it| *it = None);
    }

    /// What it is called, and why it could not be had.
    fn told(&self) -> (&'static str, Live<Option<String>>) {
        (self.name, self.failed.clone())
    }

    /// What is there of it; asks for it where it is not. Who draws with it hears when it comes.
    pub(super) fn get(&self, wish: &Ask) -> Option<T> {
        self.ask(wish);
        self.heard()
    }

    /// What is there of it. Who draws with it hears when it comes; once it is there, nothing changes any
    /// more, and who is no more there would be remembered.
    pub(super) fn heard(&self) -> Option<T> {
        let here = self.here();
        if here.is_none() {
            self.failed.with(|_| ());
        }
        here
    }

    /// What is there of it now.
    pub(super) fn here(&self) -> Option<T> {
        self.slot.get()
    }

    /// Asks for it, unless nothing more comes.
    pub(super) fn ask(&self, wish: &Ask) {
        if !self.is_settled() {
            wish(Wish::Part(self.name));
        }
    }

    /// Whether nothing more comes: it is there, or could not be had.
    pub(super) fn is_settled(&self) -> bool {
        self.here().is_some() || self.failed.with_untracked(Option::is_some)
    }

    /// Why it could not be had, and a button that tries again; nothing while it may come.
    pub(super) fn why_not(&self, wish: &Ask) -> Vec<Node> {
        why_not(self.told(), wish.clone())
    }
}

fn why_not((name, failed): (&'static str, Live<Option<String>>), wish: Ask) -> Vec<Node> {
    let Some(why) = failed.get() else {
        return Vec::new();
    };
    let again = button("", Phrase::try_again, move |_| {
        failed.set(None);
        wish(Wish::Part(name));
    });
    let why = el("p", "note").attr("role", "alert").child(why);
    vec![why.into(), again.into()]
}

/// The detail of the selected row.
pub(super) fn detail(detail: Detail, wish: Ask) -> Draw {
    Rc::new(move || {
        let Some(row) = detail.state.selected.get() else {
            return Vec::new();
        };
        vec![match DETAIL.with(|it| it.get(&wish)) {
            Some(later) => (later.detail)(&detail, row),
            None => waits(&wish),
        }]
    })
}

/// What stands in the place of the detail until it comes.
fn waits(wish: &Ask) -> Node {
    let pane = el("aside", "detail")
        .attr("part", "detail")
        .attr("aria-label", Phrase::detail);
    let why_not = DETAIL.with(|it| it.why_not(wish));
    if why_not.is_empty() {
        return pane.attr("aria-busy", "true").into();
    }
    pane.children(why_not).into()
}
