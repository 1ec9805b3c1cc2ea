//! Where a part of the viewer begins: code that is fetched when it is needed.
//!
//! What only the body of such a function reaches is cut out of the wasm by `xtask/src/parts.rs`, and
//! works in the same memory once `src/web/parts.js` has fetched it. The body puts what the part can do
//! where the rest looks for it, so that nothing calls into what is not there.

/// Whether this build is to be cut.
pub(crate) const IN_PARTS: bool = cfg!(all(feature = "parts", target_arch = "wasm32"));

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
