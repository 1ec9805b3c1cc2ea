//! Rows of rarer messages, which it takes a part of the viewer to read (see `payload/shapes.rs`): they
//! are drawn once more when that comes.

use std::rc::Rc;

use super::live::Live;
use super::node::{Draw, Node, el};
use super::{Ask, Wish};
use crate::payload::shapes::{self, NAME};

/// Why the part could not be had; tells also of its coming. Each viewer has its own: what all had would
/// remember every viewer that there was.
#[derive(Clone, Debug, Default)]
pub struct Shapes(Live<Option<String>>);

#[cfg(feature = "element")]
impl Shapes {
    /// A part is there.
    pub(crate) fn came(&self, part: &str) {
        if part == NAME || self.0.with_untracked(Option::is_some) {
            self.0.update(|it| *it = None);
        }
    }

    /// It could not be had.
    pub(crate) fn failed(&self, why: String) {
        shapes::give_up();
        self.0.set(Some(why));
    }

    /// Another trace is shown: which may do without it.
    pub(crate) fn begin(&self) {
        if !shapes::is_in_vain() {
            self.0.set(None);
        }
    }
}

impl Shapes {
    /// What draws messages, with the part where it takes that.
    pub(super) fn with_part(&self, draw: Draw, wish: Ask) -> Draw {
        let told = self.clone();
        Rc::new(move || {
            told.0.with(|_| ());
            let drawn = draw();
            if shapes::is_wanted() {
                wish(Wish::Part(NAME));
            }
            drawn
        })
    }

    /// Why messages are shown as the file has them, where they are.
    pub(super) fn note(&self) -> Option<Node> {
        let why = self.0.get()?;
        Some(el("span", "").attr("role", "alert").child(why).into())
    }
}
