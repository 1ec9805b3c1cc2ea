//! Facts that follow from a trace.

mod rounds;
mod totals;

pub use rounds::{Round, RoundId, Rounds, Scope};
pub use totals::{Cost, Summary, Totals, totals};
