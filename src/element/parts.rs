//! The parts of the viewer that were fetched (see `part.rs`).

#![expect(unreachable_pub, reason = "what JavaScript calls must be public")]

use wasm_bindgen::prelude::*;

use crate::import::sessions;
use crate::view::later;

/// A part is there: it can be used from now on.
#[wasm_bindgen]
pub fn join_part(name: &str) {
    match name {
        "sessions" => sessions::join(),
        _ => later::join(),
    }
}

/// The part with the detail could not be had: says why in its place.
#[wasm_bindgen]
pub fn part_failed(why: String) {
    later::failed(why);
}
