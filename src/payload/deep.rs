//! How deep what was said may lie in what was said: a result in a result, a stream in a stream. Every
//! level is read by the same functions once more, and a hostile file has any number of them.

use std::cell::Cell;

/// Deeper than anyone writes, and far from the end of the stack.
const DEEPEST: u8 = 64;

thread_local! {
    static DEPTH: Cell<u8> = const { Cell::new(0) };
}

/// Reads what lies one level deeper; nothing where that is too deep.
pub(super) fn deeper<T>(read: impl FnOnce() -> T) -> Option<T> {
    let depth = DEPTH.get();
    if depth == DEEPEST {
        return None;
    }
    DEPTH.set(depth + 1);
    let found = read();
    DEPTH.set(depth);
    Some(found)
}
