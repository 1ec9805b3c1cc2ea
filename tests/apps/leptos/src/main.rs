//! An app of Leptos with the Trace tab in it, without the custom element.

use std::rc::Rc;

use leptos::prelude::*;
use trace_tab::import::import;
use trace_tab::text::Language;
use trace_tab::view::{Given, Screen, Shared, Signals, TracePanel, Wish};
use trace_tab_languages::dictionary;

/// What it switches between.
const TRACES: [&[u8]; 2] = [
    include_bytes!("../../../fixtures/trace-tab/one-line.json"),
    include_bytes!("../../../fixtures/trace-tab/sub-agent-and-parallel.json"),
];

fn main() {
    mount_to_body(App);
}

/// Reads a file and shows its first trace; returns what there is to say of it.
fn show(signals: &Signals, bytes: &[u8]) -> String {
    match import(bytes) {
        Ok(read) => {
            let given = Shared::new(Given::new(read.traces, Vec::new()));
            signals.show(given, 0, "");
        }
        Err(error) => signals.screen.set(Screen::Failed(error.to_string())),
    }
    let shown = signals.shown();
    shown.map_or_else(String::new, |it| {
        format!("{}: {}", it.title(None), it.totals.summary.rounds)
    })
}

/// German, with how the page writes its figures.
fn german() -> Language {
    let figures = ["de", ",", ".", ".", "other", "{2}.{1}.{0}, {3}:{4}"];
    let phrases = dictionary("de").into_iter().flatten();
    let phrases = phrases.flat_map(|(english, german)| [english, german]);
    let lines: Vec<_> = figures.into_iter().chain(phrases).collect();
    Language::learn(lines.join("\n"))
}

#[component]
fn App() -> impl IntoView {
    let signals = Signals::default();
    let heard = RwSignal::new(show(&signals, TRACES[0]));
    let is_there = RwSignal::new(true);
    let language = RwSignal::new(Language::default());
    let switched = signals.clone();
    let mut at = 0;
    let next = move |_| {
        at = (at + 1) % TRACES.len();
        let bytes = TRACES.get(at).copied().unwrap_or_default();
        heard.set(show(&switched, bytes));
    };
    // What belongs to this page's only thread, as a closure of Leptos may hold it.
    let signals = StoredValue::new_local(signals);
    let wish: Rc<dyn Fn(Wish)> = Rc::new(move |wish| {
        if let Wish::Selected(row) = wish {
            heard.set(format!("selected {row:?}"));
        }
    });
    let wish = StoredValue::new_local(wish);
    let panel = move || {
        let language = language.get();
        is_there.get().then(|| {
            view! { <TracePanel signals=signals.get_value() wish=wish.get_value() language=language/> }
        })
    };
    view! {
        <button id="next" on:click=next>"Next trace"</button>
        <button id="toggle" on:click=move |_| is_there.update(|it| *it = !*it)>"Show or hide"</button>
        <button id="german" on:click=move |_| language.set(german())>"German"</button>
        <output id="heard">{heard}</output>
        {panel}
    }
}
