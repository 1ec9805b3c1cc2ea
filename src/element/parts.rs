//! The parts of the viewer that were fetched (see `part.rs`), and what of them the element uses.
#![expect(unreachable_pub, reason = "what JavaScript calls must be public")]

use wasm_bindgen::prelude::*;

use super::Viewer;
use super::live::Live;
use crate::export::trace_tab_json_in_slices;
use crate::import::{formats, sessions};
use crate::model::Task;
use crate::part::{Slot, part};
use crate::payload::shapes;
use crate::view::{Shared, Shown, later};

/// A part is there: it can be used from now on.
#[wasm_bindgen]
pub fn join_part(name: &str) {
    match name {
        "sessions" => sessions::join(),
        "live" => join_live(),
        shapes::NAME => shapes::join(),
        "formats" => formats::join(),
        "json" => join_json(),
        "detail" => later::join_detail(),
        "find" => later::join_find(),
        _ => {} // of another version: the script checks that
    }
}

#[wasm_bindgen]
impl Viewer {
    /// A part is there that it asked for.
    pub fn part_came(&self, name: &str) {
        self.signals.shapes.came(name);
    }

    /// A part could not be had, without which it goes on: says why.
    pub fn part_failed(&self, name: &str, why: String) {
        if name == shapes::NAME {
            self.signals.shapes.failed(why);
        } else {
            later::failed(name, why);
        }
    }
}

type Written = fn(Shared<Shown>) -> Task<Vec<Vec<u8>>>;

thread_local! {
    static LIVE: Slot<Live> = const { Slot::new(Live::HERE) };
    static WRITTEN: Slot<Written> = const { Slot::new(written) };
}

/// What lets a trace grow, if that part is there.
pub(super) fn live() -> Option<Live> {
    LIVE.with(Slot::get)
}

/// Writes a trace as Trace Tab JSON, if that part is there.
pub(super) fn writer() -> Option<Written> {
    WRITTEN.with(Slot::get)
}

fn written(shown: Shared<Shown>) -> Task<Vec<Vec<u8>>> {
    Task::new(async move { trace_tab_json_in_slices(&shown.trace, &shown.rounds).await })
}

part! {
    "live", "11fe0911fe0911fe0911fe0911fe0903",
    fn join_live() {
        LIVE.with(|it| it.fill(Live::HERE));
    }
}

part! {
    "json", "1503a5501503a5501503a5501503a504",
    fn join_json() {
        WRITTEN.with(|it| it.fill(written));
    }
}
