//! Trace Tab.
pub mod analysis;
pub mod import;
pub mod layout;
pub mod model;
pub mod payload;
pub mod state;
pub mod text;
