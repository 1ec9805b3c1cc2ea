//! Reads the formats that the viewer's wasm leaves out: together they are as large as the viewer, and
//! few pages need one of them. So this is a wasm of its own, which is fetched when such a file comes
//! (`src/web/formats.js`). It also writes Trace Tab JSON, of any format: for that it reads the files
//! once more.
//!
//! The boundary is a few functions over plain memory: the files go in through [`room`], and what
//! was read of them comes out of [`result`], for `trace_tab::import::unpacked`. Each job has an
//! instance of its own, so there is one of everything; a panic stops this instance alone.
#![allow(
    unsafe_code,
    reason = "names of functions that are exported count as unsafe; nothing here dereferences a pointer"
)]

use std::cell::RefCell;
use std::mem;

use trace_tab::analysis::Rounds;
use trace_tab::export::trace_tab_json;
use trace_tab::import::{Import, packed};
use trace_tab::text::learn;

/// Files that are being read.
#[derive(Default)]
struct Reading {
    import: Import,
    room: Vec<u8>,
    result: Vec<u8>,
}

thread_local! {
    static READING: RefCell<Reading> = RefCell::default();
}

fn reading<T>(work: impl FnOnce(&mut Reading) -> T) -> T {
    READING.with_borrow_mut(work)
}

/// Makes room for `len` bytes, and says where.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn room(len: usize) -> *mut u8 {
    reading(|it| {
        it.room.clear();
        it.room.resize(len, 0);
        it.room.as_mut_ptr()
    })
}

/// Says why a file is no trace in the language whose lines are in the room.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn speak() {
    let lines = reading(|it| String::from_utf8_lossy(&it.room).into_owned());
    if let Some(language) = learn(lines) {
        language.speak();
    }
}

/// Begins a file. Its name is in the room.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn begin_file() {
    reading(|it| it.import.begin_file(&String::from_utf8_lossy(&it.room)));
}

/// Takes more bytes of the file. They are in the room.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn push() {
    reading(|it| it.import.push(&it.room));
}

/// Takes note that no more bytes of the file will come.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn end() {
    reading(|it| it.import.end());
}

/// Reads some records. 1 if all that has come was read.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn step() -> i32 {
    reading(|it| it.import.step(|| false).into())
}

/// Reads to the end. How many bytes the result has.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn finish() -> usize {
    reading(|it| {
        it.result = packed(&mem::take(&mut it.import).finish());
        it.result.len()
    })
}

/// Reads to the end, and writes a trace as Trace Tab JSON. Which, counts from 0. How many bytes the
/// result has: none if there is no such trace.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn json(at: usize) -> usize {
    reading(|it| {
        let imported = mem::take(&mut it.import).finish();
        let traces = imported.map(|it| it.traces).unwrap_or_default();
        let trace = traces.get(at);
        let pieces = trace.map(|it| trace_tab_json(it, &Rounds::new(it)));
        it.result = pieces.unwrap_or_default().concat();
        it.result.len()
    })
}

/// Where the result is.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn result() -> *const u8 {
    reading(|it| it.result.as_ptr())
}
