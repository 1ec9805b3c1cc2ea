//! The Trace tab in an app of Leptos, without the custom element.
#![allow(unreachable_pub, reason = "what the macro makes of a component")]

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use js_sys::Array;
use leptos::prelude::*;
use web_sys::{ShadowRootInit, ShadowRootMode};

use super::live::Watch;
use super::node::{Draw, keep};
use super::{Ask, Signals, Wish, draw_screen, sheet};
use crate::text::Language;

/// The Trace tab in an app of Leptos, in a shadow root of its own: the styles of the app and those of
/// the tab do not meet. It is a `<div class="trace-tab">`; height, `attr:theme="dark"` and the custom
/// properties (`--trace-tab-*`) go there.
///
/// What is shown is in the signals: read a file with [`import`](crate::import::import()) and
/// [`show`](Signals::show) its traces. The list of several traces and the search work by themselves;
/// every other [`Wish`] is the app's to fulfil.
///
/// ```ignore
/// let signals = Signals::default();
/// match import(bytes) {
///     Ok(it) => signals.show(Shared::new(Given::new(it.traces, Vec::new())), 0, ""),
///     Err(error) => signals.screen.set(Screen::Failed(error.to_string())),
/// }
/// view! { <TracePanel signals=signals wish=Rc::new(|wish| leptos::logging::log!("{wish:?}"))/> }
/// ```
///
/// It speaks English, or the language that it is given: one that was [learned](Language::learn) of how it
/// writes figures, which `Intl` of the browser knows, and of a dictionary: `dictionary("de")` of the crate
/// in `languages/`, which has what the element fetches as `languages/de.json`. Why a file is no trace is
/// said in the language that is [spoken](Language::speak) when it is asked for.
///
/// ```ignore
/// let figures = ["de", ",", ".", ".", "other", "{2}.{1}.{0}, {3}:{4}"];
/// let phrases = dictionary("de").into_iter().flatten().flat_map(|(english, german)| [english, german]);
/// let lines: Vec<_> = figures.into_iter().chain(phrases).collect();
/// let language = Language::learn(lines.join("\n"));
/// view! { <TracePanel signals=signals language=language/> }
/// ```
#[component]
pub fn TracePanel(
    /// What is shown, and what of it is looked at.
    signals: Signals,
    /// Hears what the user asks and does.
    #[prop(optional)]
    wish: Option<Rc<dyn Fn(Wish)>>,
    /// What it speaks, for as long as it lives.
    #[prop(optional)]
    language: Language,
) -> impl IntoView {
    let own = signals.clone();
    let working = Rc::new(RefCell::new(None));
    let wish: Ask = Rc::new(move |asked| {
        let asked = if own.follow(asked) {
            work_on(own.clone(), language, working.clone());
            Wish::Moved
        } else {
            asked
        };
        match (asked, &wish) {
            (Wish::Work, _) => work_on(own.clone(), language, working.clone()),
            (_, Some(wish)) => wish(asked),
            _ => {}
        }
    });
    let draw = draw_screen(signals, wish);
    let drawn = (draw, language);
    view! { <div class="trace-tab" use:keep_in_shadow=drawn></div> }
}

/// Keeps what is in the shadow root of an element as `draw` has it, in a language, for as long as the
/// component lives.
fn keep_in_shadow(host: web_sys::Element, (draw, language): (Draw, Language)) {
    let kept = shadowed(&host, draw, language);
    on_cleanup(move || drop(kept));
}

/// `None` where an element can have no shadow root: this one can.
fn shadowed(host: &web_sys::Element, draw: Draw, language: Language) -> Option<Watch> {
    let root = match host.shadow_root() {
        // Of a component that is made anew Leptos keeps the element.
        Some(root) => {
            root.set_adopted_style_sheets(&Array::new());
            while let Some(child) = root.first_child() {
                root.remove_child(&child).ok()?;
            }
            root
        }
        None => {
            let open = ShadowRootInit::new(ShadowRootMode::Open);
            host.attach_shadow(&open).ok()?
        }
    };
    sheet::adopt(&root).ok()?;
    let container = sheet::container(&root).ok()?;
    let screen = document().create_element("div").ok()?;
    screen.set_class_name("screen");
    container.append_child(&screen).ok()?;
    container.set_attribute("lang", language.tag()).ok()?;
    language.speak();
    Some(keep(screen.into(), draw))
}

/// Works for a few milliseconds, lets the page work, and goes on.
fn work_on(signals: Signals, language: Language, working: Rc<RefCell<Option<Timeout>>>) {
    const SLICE: f64 = 8.0;
    let now = || window().performance().map_or(0.0, |it| it.now());
    let until = now() + SLICE;
    language.speak();
    if signals.work(&mut || now() < until) {
        working.take();
        return;
    }
    let next = working.clone();
    let timeout = Timeout::new(0, move || work_on(signals, language, next));
    working.replace(Some(timeout));
}
