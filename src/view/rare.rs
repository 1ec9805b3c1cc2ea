//! Rows of rarer messages, which it takes a part of the viewer to read (see `payload/shapes.rs`): they
//! are drawn once more when that comes.

use std::rc::Rc;

use super::live::Live;
use super::node::{Draw, Node, el};
use super::{Ask, Wish};
use crate::payload::shapes;

thread_local! {
    /// Why it could not be had. Tells also of its coming.
    static FAILED: Live<Option<String>> = Live::default();
}

/// It is there.
#[cfg(feature = "element")]
pub(crate) fn came() {
    FAILED.with(|it| it.update(|it| *it = None));
}

/// Another trace is shown: which may do without it.
#[cfg(feature = "element")]
pub(crate) fn begin() {
    if !shapes::is_in_vain() {
        FAILED.with(|it| it.set(None));
    }
}

/// It could not be had.
#[cfg(feature = "element")]
pub(crate) fn failed(why: String) {
    FAILED.with(|it| it.set(Some(why)));
}

/// What draws messages, with the part where it takes that.
pub(super) fn with_part(draw: Draw, wish: Ask) -> Draw {
    Rc::new(move || {
        FAILED.with(|it| it.with(|_| ()));
        let drawn = draw();
        if shapes::is_wanted() {
            wish(Wish::Part(shapes::NAME));
        }
        drawn
    })
}

/// Why messages are shown as the file has them, where they are.
pub(super) fn note() -> Option<Node> {
    let why = FAILED.with(Live::get)?;
    Some(el("span", "").attr("role", "alert").child(why).into())
}
