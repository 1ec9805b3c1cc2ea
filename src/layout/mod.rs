//! Where things go, in numbers.

mod overview;
mod rows;
mod scale;

pub use overview::{Overview, overview};
pub use rows::{Row, RowId, Rows};
pub use scale::{Scale, Window, ticks, window_of_rows};
