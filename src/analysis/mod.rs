//! Facts that follow from a trace.

mod conversation;
mod counted;
mod grow;
mod reported;
mod rounds;
mod totals;

pub use conversation::{Conversation, arguments, conversation, input, output, result, text};
pub use counted::Counted;
pub use reported::{Reported, Told, left_out, span_at};
pub use rounds::{Round, RoundId, Rounds, Scope};
pub use totals::{Cost, Summary, Sums, Totals, sums, totals};
