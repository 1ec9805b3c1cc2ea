//! What only a browser has: the view, mounted. What it is to look like is tested on the built page (`tests/e2e`).
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    reason = "a test may stop where something is not as it should be"
)]

use std::cell::RefCell;
use std::rc::Rc;

use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use leptos::task::tick;
use trace_tab::import::import;
use trace_tab::state::ViewState;
use trace_tab::view::{Coming, Current, Given, Screen, Shared, Shown, Signals, TraceTab, Wish};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

wasm_bindgen_test_configure!(run_in_browser);

const SAMPLE: &[u8] = include_bytes!("../src/web/sample.json");

/// A mounted view, as the element has one.
struct Mounted {
    place: HtmlElement,
    signals: Signals,
    wishes: Rc<RefCell<Vec<Wish>>>,
    handle: Option<UnmountHandle<<AnyView as Render>::State>>,
}

impl Mounted {
    fn new() -> Self {
        let place: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        document().body().unwrap().append_child(&place).unwrap();
        let signals = Signals::default();
        let wishes = Rc::new(RefCell::new(Vec::new()));
        let (given, heard) = (signals.clone(), wishes.clone());
        let handle = mount_to(place.clone(), move || {
            let wish = Rc::new(move |wish| heard.borrow_mut().push(wish));
            view! { <TraceTab signals=given wish=wish/> }.into_any()
        });
        Mounted {
            place,
            signals,
            wishes,
            handle: Some(handle),
        }
    }

    async fn show(&self, screen: Screen) {
        self.signals.screen.set(screen);
        tick().await;
    }

    fn all(&self, selector: &str) -> Vec<Element> {
        let list = self.place.query_selector_all(selector).unwrap();
        (0..list.length())
            .filter_map(|it| list.get(it))
            .map(JsCast::unchecked_into)
            .collect()
    }

    fn text(&self) -> String {
        self.place.text_content().unwrap_or_default()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(self.handle.take());
        self.place.remove();
    }
}

fn sample() -> Screen {
    let imported = import(SAMPLE).unwrap();
    let given = Shared::new(Given::new(imported.traces, Vec::new()));
    Screen::Ready(Current::new(Shown::new(given, 0)))
}

fn coming(bytes: u64, spans: usize) -> Coming {
    Coming {
        bytes,
        total: Some(2_000),
        spans,
    }
}

fn loading(bytes: u64, spans: usize) -> Screen {
    Screen::Loading(coming(bytes, spans))
}

#[wasm_bindgen_test]
async fn what_has_come_so_far_is_shown() {
    let it = Mounted::new();
    it.show(sample()).await;
    it.signals.coming.set(Some(coming(1_500, 7)));
    tick().await;
    assert!(it.text().contains("7 spans"), "{}", it.text());
    assert!(!it.text().contains("Download"), "it is not all there");
    let rows = it.all("[data-row]");
    it.signals.coming.set(None);
    tick().await;
    assert!(it.text().contains("Download") && it.all("progress").is_empty());
    assert_eq!(rows, it.all("[data-row]"), "the same rows");
}

#[wasm_bindgen_test]
async fn each_screen_takes_the_place_of_the_one_before() {
    let it = Mounted::new();
    tick().await;
    assert!(it.text().contains("No trace"), "{}", it.text());
    it.show(loading(1_000, 3)).await;
    assert!(
        it.text().contains("3 spans") && !it.text().contains("No trace"),
        "{}",
        it.text()
    );
    let bar = it.all("progress");
    it.show(loading(2_000, 4)).await;
    assert_eq!(bar, it.all("progress"), "the same bar, further");
    it.show(Screen::Failed("No luck.".to_owned())).await;
    assert!(it.text().contains("No luck.") && it.all("progress").is_empty());
    it.show(sample()).await;
    assert!(!it.text().contains("No luck."));
    assert_eq!(it.all(".viewer").len(), 1);
    it.show(Screen::Empty).await;
    assert!(it.text().contains("No trace") && it.all(".viewer").is_empty());
}

#[wasm_bindgen_test]
async fn a_row_for_a_turn_its_rounds_and_their_calls() {
    let it = Mounted::new();
    it.show(sample()).await;
    // Without a style sheet nothing is virtual: 800 px of rows at least, and here all of them.
    let rows = it.all("[role=row][data-row]");
    let grid = it.all("[role=treegrid]");
    let count = grid
        .first()
        .and_then(|it| it.get_attribute("aria-rowcount"));
    assert_eq!(
        count.as_deref(),
        Some("34"),
        "a head, a turn, 11 rounds, 21 actions"
    );
    assert!(rows.len() > 20, "{}", rows.len());
    let kinds: Vec<_> = rows
        .iter()
        .take(4)
        .filter_map(|it| it.get_attribute("data-kind"))
        .collect();
    assert_eq!(kinds, ["turn", "round", "llm", "tool"]);
}

#[wasm_bindgen_test]
async fn a_click_selects() {
    let it = Mounted::new();
    it.show(sample()).await;
    let selected = || {
        it.all("[aria-selected=true][data-row]")
            .iter()
            .filter_map(|it| it.get_attribute("data-kind"))
            .collect::<Vec<_>>()
    };
    assert!(selected().is_empty() && it.all(".detail").is_empty());
    for kind in ["llm", "tool"] {
        let row = it
            .all(&format!("[data-kind={kind}] .what"))
            .first()
            .cloned()
            .unwrap();
        row.unchecked_into::<HtmlElement>().click();
        tick().await;
        assert_eq!(selected(), [kind]);
        assert_eq!(it.all(".detail").len(), 1);
    }
    // That there may be something to look for is nothing a user hears of.
    let mut wishes = it.wishes.borrow().clone();
    wishes.retain(|it| *it != Wish::Work);
    assert!(
        matches!(
            wishes.as_slice(),
            [
                Wish::Selected(_),
                Wish::Moved,
                Wish::Selected(_),
                Wish::Moved
            ]
        ),
        "{wishes:?}"
    );
    // What the host sets is no wish of the user's.
    it.signals.state.set(ViewState::default());
    tick().await;
    assert!(selected().is_empty());
    let mut wishes = it.wishes.borrow().clone();
    wishes.retain(|it| *it != Wish::Work);
    assert_eq!(wishes.len(), 4);
}

#[wasm_bindgen_test]
async fn unmounted_nothing_is_left() {
    let it = Mounted::new();
    it.show(sample()).await;
    let place = it.place.clone();
    let signals = it.signals.clone();
    drop(it);
    assert_eq!(place.child_element_count(), 0);
    // Somebody who was still loading may come late.
    signals.screen.set(Screen::Failed("late".to_owned()));
    tick().await;
    assert_eq!(place.child_element_count(), 0);
}
