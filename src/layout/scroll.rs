//! Scrolling through more rows than a browser lets an element be high: 33.5 million pixels in
//! Chromium, 17.9 million in Firefox, which is 640,000 rows.
//!
//! Where the rows are higher than [`Scroll::HIGHEST`], the pane's own scroll position stands for
//! a place among them by its share of the whole. Within a pane's height a move of the position is
//! a move of as many pixels, so that wheel, keys and touch feel as they should; a longer one (a drag of the
//! scroll bar) goes by the share.

use std::ops::Range;

/// Where a pane of rows is scrolled to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scroll {
    /// Pixels from the first row to what is at the top of the pane.
    pub top: f64,
    /// The pane's own scroll position that stands for it.
    pub position: f64,
    /// How high the pane is.
    pub height: f64,
}

impl Scroll {
    /// As high as an element is made, in CSS pixels.
    pub const HIGHEST: f64 = 8_000_000.0;

    /// How high the element with all rows is, where they are `all` pixels high.
    pub fn element_height(all: f64) -> f64 {
        all.min(Self::HIGHEST)
    }

    /// The farthest that rows of `all` pixels can be scrolled, and that the pane can be.
    fn ends(self, all: f64) -> (f64, f64) {
        let end = |height: f64| (height - self.height).max(0.0);
        (end(all), end(Self::element_height(all)))
    }

    /// Whether positions stand for places by their share, and not one to one.
    fn is_scaled(all: f64) -> bool {
        all > Self::HIGHEST
    }

    /// The position that stands for a place.
    pub fn position_of(self, top: f64, all: f64) -> f64 {
        let (end, position_end) = self.ends(all);
        let top = top.clamp(0.0, end);
        if Self::is_scaled(all) && end > 0.0 {
            top / end * position_end
        } else {
            top
        }
    }

    /// The pane was scrolled to `position`.
    #[must_use]
    pub fn moved(self, position: f64, all: f64) -> Scroll {
        let (end, position_end) = self.ends(all);
        let by = position - self.position;
        let at_end = position <= 0.0 || position >= position_end;
        let top = if !Self::is_scaled(all) {
            position
        } else if by.abs() <= self.height && !at_end {
            self.top + by
        } else if position_end > 0.0 {
            position / position_end * end
        } else {
            0.0
        };
        Scroll {
            top: top.clamp(0.0, end),
            position,
            ..self
        }
    }

    /// Scrolled to a place among the rows.
    #[must_use]
    pub fn to(self, top: f64, all: f64) -> Scroll {
        Scroll {
            top: top.clamp(0.0, self.ends(all).0),
            position: self.position_of(top, all),
            ..self
        }
    }

    /// Where in the element a row is drawn that is `y` pixels below the first.
    pub fn y_of(self, y: f64) -> f64 {
        y - self.top + self.position
    }

    /// Which of `n` rows of `row_height` are in view, with some over.
    pub fn rows(self, row_height: f64, n: usize) -> Range<usize> {
        super::window_of_rows(self.top, self.height, row_height, n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANE: Scroll = Scroll {
        top: 0.0,
        position: 0.0,
        height: 600.0,
    };

    #[test]
    fn few_rows_scroll_as_ever() {
        let all = 28_000.0;
        let it = PANE.moved(1_234.0, all);
        assert_eq!((it.top, it.y_of(1_240.0)), (1_234.0, 1_240.0));
        assert_eq!(it.moved(27_400.0, all).top, 27_400.0);
        assert_eq!(it.to(99_999.0, all).position, 27_400.0);
    }

    #[test]
    fn every_row_of_three_million_can_be_reached() {
        let (n, height) = (3_000_000_usize, 28.0);
        let all = n as f64 * height;
        assert!(Scroll::element_height(all) <= 17_000_000.0);
        for row in [0, 1, 999, 1_000_000, 1_234_567, n - 20, n - 1] {
            let it = PANE.to(row as f64 * height, all);
            assert!(it.rows(height, n).contains(&row), "{row}");
            let y = it.y_of(row as f64 * height) - it.position;
            assert!((-0.5..PANE.height).contains(&y), "{row} is drawn at {y}");
        }
        // A drag to the middle and to the end.
        let end = Scroll::HIGHEST - PANE.height;
        let middle = PANE.moved(end / 2.0, all).rows(height, n);
        assert!(
            middle.contains(&(n / 2 - 5)) || middle.contains(&(n / 2)),
            "{middle:?}"
        );
        assert_eq!(PANE.moved(end, all).rows(height, n).end, n);
    }

    #[test]
    fn a_wheel_moves_by_pixels_and_the_ends_are_the_ends() {
        let all = 84_000_000.0;
        let mut it = PANE.to(40_000_000.0, all);
        let before = it.top;
        for _ in 0..10 {
            it = it.moved(it.position + 100.0, all);
        }
        assert_eq!(it.top, before + 1_000.0);
        assert_eq!(it.moved(0.0, all).top, 0.0);
        // What small moves have put out of proportion is set right without a jump.
        let right = it.to(it.top, all);
        assert_eq!(right.top, it.top);
        assert!((right.y_of(it.top) - right.position).abs() < 1e-6);
    }
}
