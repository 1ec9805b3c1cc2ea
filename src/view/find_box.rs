//! The find box, and the keys that open it.

use std::any::Any;
use std::rc::Rc;

use web_sys::HtmlInputElement;
use web_sys::wasm_bindgen::JsCast;

use super::find::Find;
use super::later::FIND;
use super::live::{LiveState, Watch, watch};
use super::node::{Draw, Node, button, el};
use super::unfolded::Unfolded;
use super::{Act, Ask, Current};
use crate::analysis::Query;
use crate::state::Change;
use crate::text::Phrase;

/// What of the page takes part in the search.
pub(super) struct Finder {
    pub(super) find: Find,
    pub(super) current: Current,
    pub(super) state: LiveState,
    pub(super) unfolded: Unfolded,
    pub(super) act: Act,
    pub(super) wish: Ask,
}

impl Finder {
    /// Shows in the box what the state says, and has it looked for.
    fn look(self: &Rc<Self>) {
        let text = self.state.find.get();
        let inner = &self.find.0;
        let input = inner.input.borrow().clone();
        let is_shown = match &input {
            Some(input) => input.value() == text,
            None => text.is_empty(),
        };
        if !is_shown {
            inner.is_typed.set(false);
            inner.is_open.set(!text.is_empty());
            if let Some(input) = input {
                input.set_value(&text);
            }
        }
        let is_asked = !text.is_empty();
        let find = FIND.with(|it| {
            if is_asked {
                it.get(&self.wish)
            } else {
                it.heard()
            }
        });
        if let Some(find) = find {
            (find.follow)(self);
        }
    }

    /// What keys do, wherever in the viewer the focus is.
    pub(super) fn press(&self, event: &web_sys::Event) {
        let within = |it: &web_sys::EventTarget| it.dyn_ref::<web_sys::Node>().cloned();
        let target = event.target().as_ref().and_then(within);
        let viewer = event.current_target().as_ref().and_then(within);
        // What a host has put in, is the host's.
        let Some(target) =
            target.filter(|it| viewer.is_some_and(|viewer| viewer.contains(Some(it))))
        else {
            return;
        };
        let key: &web_sys::KeyboardEvent = event.unchecked_ref();
        let control = (key.ctrl_key() || key.meta_key()) && !key.alt_key();
        let is_typing = target.dyn_ref::<HtmlInputElement>().is_some();
        let is_going = self.find.0.running.borrow().is_some();
        match (key.key().to_ascii_lowercase().as_str(), control) {
            ("f", true) if !key.shift_key() => self.find.open(),
            ("/", false) if !is_typing && !key.alt_key() => self.find.open(),
            ("g", true) | ("f3", false) if is_going => self.find.step(!key.shift_key(), &self.wish),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    /// Puts the box away; the waterfall has the focus again.
    fn close(&self, event: &web_sys::Event) {
        let target = event
            .current_target()
            .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
        let viewer = target.and_then(|it| it.closest(".viewer").ok().flatten());
        let grid = viewer.and_then(|it| it.query_selector("[role=treegrid]").ok().flatten());
        self.find.0.is_open.set(false);
        let was_on = !self.state.find.get_untracked().is_empty();
        self.find.0.is_typed.set(was_on);
        (self.act)(Change::Find(String::new()));
        if let Some(grid) = grid.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = grid.focus();
        }
    }
}

/// The box. Where the user types is there at once; the rest is in the part with find.
pub(super) fn find_box(finder: Rc<Finder>) -> Draw {
    Rc::new(move || {
        if !finder.find.0.is_open.get() {
            finder.find.0.input.replace(None);
            return Vec::new();
        }
        let tools = match FIND.with(|it| it.get(&finder.wish)) {
            Some(it) => (it.tools)(&finder),
            None => waits(&finder),
        };
        vec![
            el("div", "find")
                .attr("role", "search")
                .child(input(&finder))
                .children(tools)
                .child(close(&finder))
                .into(),
        ]
    })
}

/// What stands in their place until they come.
fn waits(finder: &Finder) -> Vec<Node> {
    let why_not = FIND.with(|it| it.why_not(&finder.wish));
    if !why_not.is_empty() {
        return why_not;
    }
    let is_going = !finder.state.find.get().is_empty();
    let told = if is_going { "…" } else { "" };
    vec![el("span", "note").attr("role", "status").child(told).into()]
}

/// What follows the state, for as long as it is kept. Then the search ends, and lets go of the trace.
pub(super) fn follow(finder: Rc<Finder>) -> Box<dyn Any> {
    let is_on = !finder.state.find.get_untracked().is_empty();
    finder.find.0.is_open.set(is_on);
    let state = finder.clone();
    let watched = watch(Box::new(move || state.look()));
    Box::new(Kept {
        finder,
        _watched: watched,
    })
}

struct Kept {
    finder: Rc<Finder>,
    _watched: Watch,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.finder.find.0.later.set(None);
        // Another trace may be searched already.
        let mut running = self.finder.find.0.running.borrow_mut();
        if running
            .as_ref()
            .is_some_and(|it| it.current == self.finder.current)
        {
            *running = None;
            drop(running);
            self.finder.find.no_rows();
        }
    }
}

fn input(finder: &Rc<Finder>) -> Node {
    let (typed, pressed, made) = (finder.clone(), finder.clone(), finder.clone());
    el("input", "")
        .attr("type", "search")
        .attr("aria-label", Phrase::find)
        .attr("placeholder", Phrase::find_everything)
        .attr("spellcheck", "false")
        .attr("autocomplete", "off")
        .attr("maxlength", Query::MOST.to_string())
        .on("input", move |event| {
            let input = event.current_target();
            if let Some(input) = input.and_then(|it| it.dyn_into::<HtmlInputElement>().ok()) {
                typed.find.0.is_typed.set(true);
                (typed.act)(Change::Find(input.value()));
            }
        })
        .on("keydown", move |event| {
            let key: &web_sys::KeyboardEvent = event.unchecked_ref();
            match key.key().as_str() {
                "Enter" => pressed.find.step(!key.shift_key(), &pressed.wish),
                "Escape" => pressed.close(event),
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        })
        .mounted(move |input| {
            if let Ok(input) = input.clone().dyn_into::<HtmlInputElement>() {
                input.set_value(&made.state.find.get_untracked());
                made.find.0.input.replace(Some(input));
            }
            Box::new(())
        })
        .into()
}

fn close(finder: &Rc<Finder>) -> Node {
    let finder = finder.clone();
    button("plain", "×", move |event| finder.close(event))
        .attr("aria-label", Phrase::close_find)
        .into()
}
