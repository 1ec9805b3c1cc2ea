//! Where things go, in numbers.

mod overview;
mod rows;
mod scale;
mod scroll;

pub use overview::{Overview, overview};
pub use rows::{Row, Rows};
pub use scale::{Scale, ticks, window_of_rows};
pub use scroll::Scroll;
