//! The sessions of coding agents that the viewer reads itself: in a part of it that is fetched when
//! one comes.

use std::cell::Cell;
use std::hint::black_box;

use super::{Open, claude_code, codex};
use crate::part::part;

thread_local! {
    /// How to read them, once that is there.
    static OPEN: Cell<[Option<Open>; 2]> = const { Cell::new([None; 2]) };
}

/// One of them, by its place.
#[derive(Clone, Copy)]
pub(super) enum Session {
    ClaudeCode,
    Codex,
}

/// How to read one, if that is there.
pub(super) fn open(session: Session) -> Option<Open> {
    OPEN.get().get(session as usize).copied().flatten()
}

part! {
    /// They can be read from now on.
    "sessions", "5e5510a5c0de5e5510a5c0de5e551001",
    fn join() {
        // Unseen by the compiler: it would put what can only be these in place of looking.
        OPEN.set(black_box([Some(claude_code::open), Some(codex::open)]));
    }
}
