//! Trace Tab.
pub mod analysis;
#[cfg(all(feature = "view", target_arch = "wasm32"))]
pub mod element;
pub mod export;
pub mod import;
pub mod layout;
pub mod model;
pub mod payload;
pub mod state;
pub mod text;
#[cfg(feature = "view")]
pub mod view;
