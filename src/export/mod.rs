//! Files that leave the viewer. The file that came in needs no export: the [`Source`] still has it.
//!
//! To add one: write `export/<name>.rs` with a function from [`Trace`] to pieces of text.
//!
//! [`Source`]: crate::model::Source
//! [`Trace`]: crate::model::Trace

mod agents;
mod calls;
mod contents;
mod ids;
mod json;
mod messages;
mod shared;
mod trace_tab;

pub use trace_tab::{trace_tab_json, trace_tab_json_in_slices};
