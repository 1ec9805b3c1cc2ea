//! Facts that follow from a trace.

mod around;
mod calls;
mod conversation;
mod counted;
mod dropped;
mod grow;
mod places;
mod query;
mod reported;
mod rounds;
mod scopes;
mod search;
mod totals;

pub use around::Around;
pub use conversation::{
    Conversation, answer, arguments, conversation, input, output, result, returned, text,
};
pub use counted::Counted;
pub use places::{Place, Role, Whose, place_at};
pub use query::Query;
pub use reported::{Reported, Told, span_at};
pub use rounds::{Round, RoundId, Rounds};
pub use scopes::Scope;
pub use search::{Next, Search, Seen};
pub use totals::{Cost, Summary, Sums, Totals, sums, totals};
