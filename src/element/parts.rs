//! The parts of the viewer that were fetched (see `part.rs`), and what of them the element uses.
#![expect(unreachable_pub, reason = "what JavaScript calls must be public")]

use wasm_bindgen::prelude::*;

use super::Viewer;
use super::loading::Loading;
use crate::import::{ImportError, Imported, sessions};
use crate::model::Source;
use crate::part::{Slot, part};
use crate::view::later;

/// A part is there: it can be used from now on.
#[wasm_bindgen]
pub fn join_part(name: &str) {
    match name {
        "sessions" => sessions::join(),
        "live" => join_live(),
        "rare" => join_rare(),
        "detail" => later::join(),
        _ => {} // of another version: the script checks that
    }
}

/// The part with the detail could not be had: says why in its place.
#[wasm_bindgen]
pub fn part_failed(why: String) {
    later::failed(why);
}

type Grow = fn(&Viewer, &mut Loading);
type Unpacked = fn(Source, &[u8]) -> Result<Imported, ImportError>;

thread_local! {
    static GROW: Slot<Grow> = const { Slot::new(Viewer::grow) };
    static UNPACKED: Slot<Unpacked> = const { Slot::new(crate::import::unpacked) };
}

/// Shows what was read of a trace that grows, if that part is there.
pub(super) fn grow() -> Option<Grow> {
    GROW.with(Slot::get)
}

/// Reads what another wasm has read, if that part is there.
pub(super) fn unpacked() -> Option<Unpacked> {
    UNPACKED.with(Slot::get)
}

part! {
    "live", "11fe0911fe0911fe0911fe0911fe0903",
    fn join_live() {
        GROW.with(|it| it.fill(Viewer::grow));
    }
}

part! {
    "rare", "4a4e4a4e4a4e4a4e4a4e4a4e4a4e4a04",
    fn join_rare() {
        UNPACKED.with(|it| it.fill(crate::import::unpacked));
    }
}
