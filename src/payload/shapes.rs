//! What reads every shape of messages: in a part of the viewer that is fetched when one is met that
//! `common.rs` does not read. Until it comes, such messages are shown as what stands in the file, and
//! it is known that it is wanted.
#![cfg_attr(
    not(feature = "element"),
    allow(dead_code, reason = "only the element fetches parts")
)]

use std::borrow::Cow;
use std::cell::Cell;

use super::{Message, ToolDefinition, common, stream, tools};
use crate::model::Json;
use crate::part::{Slot, part};

/// What the part is called for the element.
pub(crate) const NAME: &str = "shapes";

/// What can be done once it is there.
#[derive(Clone, Copy)]
struct Shapes {
    read: fn(Json<'_>) -> Vec<Message>,
    is_stream: fn(&[Cow<'_, str>]) -> bool,
    toolbelt: fn(&str) -> Vec<ToolDefinition>,
}

const HERE: Shapes = Shapes {
    read: super::read,
    is_stream: stream::is_stream,
    toolbelt: tools::toolbelt,
};

/// Whether something was met that takes the part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    No,
    Yes,
    /// It could not be had.
    InVain,
}

thread_local! {
    static SLOT: Slot<Shapes> = const { Slot::new(HERE) };
    static WANTED: Cell<Wanted> = const { Cell::new(Wanted::No) };
}

part! {
    /// Every shape can be read from now on.
    "shapes", "54a9e554a9e554a9e554a9e554a9e505",
    fn join() {
        SLOT.with(|it| it.fill(HERE));
        WANTED.set(Wanted::No);
    }
}

/// As before it came.
#[cfg(test)]
pub(crate) fn leave() {
    SLOT.with(Slot::empty);
}

/// Whether something was met that takes the part, and it may still come.
pub(crate) fn is_wanted() -> bool {
    WANTED.get() == Wanted::Yes
}

/// The part could not be had: all goes on without it.
pub(crate) fn give_up() {
    WANTED.set(Wanted::InVain);
}

/// Whether it could not be had.
pub(crate) fn is_in_vain() -> bool {
    WANTED.get() == Wanted::InVain
}

/// It may be asked for once more.
pub(crate) fn hope() {
    if is_in_vain() {
        WANTED.set(Wanted::No);
    }
}

/// What is there of it.
fn here() -> Option<Shapes> {
    SLOT.with(Slot::get)
}

/// Nothing; takes note that the part is wanted.
fn want<T>() -> Option<T> {
    if WANTED.get() == Wanted::No {
        WANTED.set(Wanted::Yes);
    }
    None
}

/// Takes note that the part is wanted, if it is not there.
pub(crate) fn ask() {
    if here().is_none() {
        want::<()>();
    }
}

/// The messages in a value; nothing where it takes the part to read them, and that is not there.
pub fn messages_now(json: Json<'_>) -> Option<Vec<Message>> {
    match here() {
        Some(it) => Some((it.read)(json)),
        None => common::messages(json).or_else(want),
    }
}

/// The messages in a value. See [`messages`](super::messages).
pub fn messages_in(json: Json<'_>) -> Vec<Message> {
    messages_now(json).unwrap_or_else(|| vec![super::unread(json)])
}

/// Whether several texts are pieces of a stream.
pub fn is_stream(pieces: &[Cow<'_, str>]) -> bool {
    let is_stream = here().map(|it| (it.is_stream)(pieces));
    is_stream.or_else(want) == Some(true)
}

/// The names of the tools in a slice of the source; nothing where it takes the part to read them, and
/// that is not there.
pub fn tool_names(slice: &str) -> Option<Vec<String>> {
    match here() {
        Some(it) => {
            let belt = (it.toolbelt)(slice).into_iter();
            Some(belt.map(|it| it.name).collect())
        }
        None => common::tool_names(Json::new(slice)).or_else(want),
    }
}
