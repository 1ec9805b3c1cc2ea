//! The sessions of coding agents that the viewer reads itself: in a part of it that is fetched when
//! one comes.

use super::{Open, claude_code, codex};
use crate::part::{Slot, part};

/// How each is read, by its place.
const OPEN: [Open; 2] = [claude_code::open, codex::open];

thread_local! {
    static SLOT: Slot<[Open; 2]> = const { Slot::new(OPEN) };
}

/// What the part is called for the element.
pub(super) const NAME: &str = "sessions";

/// One of them.
#[derive(Clone, Copy)]
pub(super) enum Session {
    ClaudeCode,
    Codex,
}

/// How to read one, if that is there.
pub(super) fn open(session: Session) -> Option<Open> {
    SLOT.with(Slot::get)?.get(session as usize).copied()
}

part! {
    /// They can be read from now on.
    "sessions", "5e5510a5c0de5e5510a5c0de5e551001",
    fn join() {
        SLOT.with(|it| it.fill(OPEN));
    }
}
