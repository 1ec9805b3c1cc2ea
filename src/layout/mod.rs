//! Where things go, in numbers.

mod only;
mod overview;
mod row_tree;
mod rows;
mod scale;
mod scroll;
mod settled;

pub use only::{Only, has_hit};
pub use overview::{Lanes, Overview, overview};
pub use rows::{Row, Rows};
pub use scale::{Scale, moved, ticks, window_of_rows, zoomed};
pub use scroll::Scroll;
pub use settled::{SettledPart, Whole};
