//! Where a part of the viewer begins: code that is fetched when it is needed.
//!
//! What only the body of such a function reaches is cut out of the wasm by `xtask/src/parts.rs`, and
//! works in the same memory once `src/web/parts.js` has fetched it. The body puts what the part can do
//! where the rest looks for it, so that nothing calls into what is not there.

use std::cell::Cell;
use std::hint::black_box;

/// Whether this build is to be cut.
pub(crate) const IN_PARTS: bool = cfg!(all(feature = "parts", target_arch = "wasm32"));

/// Where what a part can do is looked for: it is there once the part has come, and from the start in a
/// build that is not cut.
pub(crate) struct Slot<T>(Cell<Option<T>>);

impl<T: Copy> Slot<T> {
    /// For this, once it is there.
    pub(crate) const fn new(it: T) -> Self {
        Slot(Cell::new(if IN_PARTS { None } else { Some(it) }))
    }

    /// What is there.
    pub(crate) fn get(&self) -> Option<T> {
        self.0.get()
    }

    /// As before it came.
    #[cfg(test)]
    pub(crate) fn empty(&self) {
        self.0.set(None);
    }

    /// It is there. Unseen by the compiler, which would put what can only be this in place of looking.
    pub(crate) fn fill(&self, it: T) {
        self.0.set(black_box(Some(it)));
    }
}

/// A function of no arguments that the part begins with. Calling it before the part is there stops the
/// wasm. `id`: 32 hexadecimal digits, another for each.
#[cfg(all(feature = "parts", target_arch = "wasm32"))]
macro_rules! part {
    ($(#[$doc:meta])* $part:literal, $id:literal, fn $name:ident() $body:block) => {
        $(#[$doc])*
        #[expect(unsafe_code, reason = "the two ends of the cut have names that the linker knows")]
        pub(crate) fn $name() {
            #[link(wasm_import_module = "__wasm_split_placeholder__")]
            unsafe extern "C" {
                #[link_name = concat!("__wasm_split_00", $part, "00_import_", $id)]
                safe fn import();
            }
            #[unsafe(export_name = concat!("__wasm_split_00", $part, "00_export_", $id))]
            extern "C" fn export() $body
            import();
        }
    };
}

/// All of it is in one piece.
#[cfg(not(all(feature = "parts", target_arch = "wasm32")))]
macro_rules! part {
    ($(#[$doc:meta])* $part:literal, $id:literal, fn $name:ident() $body:block) => {
        $(#[$doc])*
        #[allow(dead_code, reason = "everything is there already")]
        pub(crate) fn $name() $body
    };
}

pub(crate) use part;
