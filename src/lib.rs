//! Trace Tab.
pub mod import;
pub mod model;
