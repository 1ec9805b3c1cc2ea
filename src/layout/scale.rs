//! Time to pixels and back, and round numbers for a time axis.

use std::ops::Range;

use crate::model::Nanos;
use crate::state::Window;

/// A window drawn `width` CSS pixels wide.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// What is drawn.
    pub window: Window,
    /// How wide.
    pub width: f64,
}

impl Scale {
    /// Where a moment is drawn.
    pub fn x_of(self, time: Nanos) -> f64 {
        time.saturating_sub(self.window.start) as f64 / self.window.len() as f64 * self.width
    }

    /// What moment is drawn at `x`.
    pub fn time_at(self, x: f64) -> Nanos {
        let share = if self.width > 0.0 {
            x / self.width
        } else {
            0.0
        };
        self.window
            .start
            .saturating_add((share * self.window.len() as f64).round() as Nanos)
    }

    /// Left edge and width of a bar, cut to the window (with a little over, so that cut edges are
    /// not seen); `None` if it lies outside. Never narrower than two pixels, also where it ends with
    /// the window.
    pub fn bar(self, start: Nanos, duration: Nanos) -> Option<(f64, f64)> {
        const OVER: f64 = 4.0;
        const LEAST: f64 = 2.0;
        let (mut left, stop) = (self.x_of(start), self.x_of(start.saturating_add(duration)));
        if stop <= self.width {
            left = left.min(self.width - LEAST);
        }
        let right = stop.max(left + LEAST);
        if right < 0.0 || left > self.width {
            return None;
        }
        let left = left.max(-OVER);
        Some((left, right.min(self.width + OVER) - left))
    }
}

/// Moments for the ticks of an axis: round numbers, at most `max` of them, and the step between.
pub fn ticks(window: Window, max: usize) -> (Vec<Nanos>, Nanos) {
    let rough = (window.len() / max.max(1) as i64).max(1);
    let mut step = 1_i64;
    // 1, 2, 5, 10, …; above a minute 1, 2, 5, 10, 15, 30 of the next unit.
    const UNITS: [i64; 14] = [
        60_000_000_000,
        120_000_000_000,
        300_000_000_000,
        600_000_000_000,
        900_000_000_000,
        1_800_000_000_000,
        3_600_000_000_000,
        7_200_000_000_000,
        21_600_000_000_000,
        43_200_000_000_000,
        86_400_000_000_000,
        172_800_000_000_000,
        604_800_000_000_000,
        2_592_000_000_000_000,
    ];
    if rough > 30_000_000_000 {
        step = UNITS
            .into_iter()
            .find(|it| *it >= rough)
            .unwrap_or_else(|| rough.saturating_add(1));
    } else {
        while step < rough {
            step = [2, 5, 10]
                .into_iter()
                .map(|it| step * it)
                .find(|it| *it >= rough)
                .unwrap_or(step * 10);
        }
    }
    let first = window
        .start
        .div_euclid(step)
        .saturating_add(i64::from(window.start.rem_euclid(step) != 0));
    let ticks = (0..=max as i64 + 1)
        .map(|it| first.saturating_add(it).saturating_mul(step))
        .take_while(|it| *it <= window.end)
        .collect();
    (ticks, step)
}

/// A window `factor` times as long as this, with the moment `at` where it was. All of the time, which
/// is `whole`, is `None`.
pub fn zoomed(window: Window, whole: Window, at: Nanos, factor: f64) -> Option<Window> {
    /// There is nothing shorter to be seen.
    const SHORTEST: f64 = 4.0;
    let (len, all) = (window.len() as f64, whole.len() as f64);
    let new_len = (len * factor).max(SHORTEST);
    if new_len >= all {
        return None;
    }
    let share = (at.saturating_sub(window.start) as f64 / len).clamp(0.0, 1.0);
    let start = window
        .start
        .saturating_add((share * (len - new_len)) as Nanos);
    let end = start.saturating_add(new_len as Nanos);
    Some(moved(Window::new(start, end), whole, 0))
}

/// A window as long as this, later by so much, within `whole`.
pub fn moved(window: Window, whole: Window, by: Nanos) -> Window {
    let len = window.len();
    let last = whole.end.saturating_sub(len).max(whole.start);
    let start = window.start.saturating_add(by).clamp(whole.start, last);
    Window::new(start, start.saturating_add(len))
}

/// Which of `n` rows of `row_height` a pane shows that is scrolled by `top`, with some over.
pub fn window_of_rows(top: f64, height: f64, row_height: f64, n: usize) -> Range<usize> {
    const OVER: usize = 8;
    let first = (top.max(0.0) / row_height) as usize;
    let shown = (height.max(0.0) / row_height).ceil() as usize + 1;
    let first = first.min(n);
    first.saturating_sub(OVER)..first.saturating_add(shown).saturating_add(OVER).min(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for window in [
            Window::new(0, 53_700_000_000),
            Window::new(-5, 7),
            Window::new(9, 9),
        ] {
            let scale = Scale {
                window,
                width: 640.0,
            };
            for x in [0.0, 1.0, 333.3, 640.0] {
                let width_of_a_nano = 640.0 / window.len() as f64;
                assert!((scale.x_of(scale.time_at(x)) - x).abs() <= width_of_a_nano.max(1.0));
            }
        }
    }

    #[test]
    fn ticks_are_round_and_few() {
        let (at, step) = ticks(Window::new(0, 53_700_000_000), 6);
        assert_eq!(step, 10_000_000_000);
        assert_eq!(at.len(), 6);
        let (at, step) = ticks(Window::new(3, 3_600_000_000_000 * 5), 6);
        assert_eq!(
            (at.first(), step),
            (Some(&3_600_000_000_000), 3_600_000_000_000)
        );
        for window in [
            Window::new(0, 1),
            Window::new(i64::MIN, i64::MAX),
            Window::new(0, i64::MAX),
            Window::new(7, 0),
        ] {
            assert!(ticks(window, 6).0.len() <= 8);
        }
    }

    #[test]
    fn bars_stay_in_the_pane() {
        let scale = Scale {
            window: Window::new(0, 1000),
            width: 100.0,
        };
        assert_eq!(scale.bar(100, 100), Some((10.0, 10.0)));
        assert_eq!(scale.bar(100, 0), Some((10.0, 2.0)));
        assert_eq!(scale.bar(-5000, 10_000), Some((-4.0, 108.0)));
        assert_eq!(scale.bar(1000, 0), Some((98.0, 2.0)));
        assert_eq!(scale.bar(995, 5), Some((98.0, 2.0)));
        assert_eq!(scale.bar(995, 6), Some((99.5, 2.0)));
        assert_eq!(scale.bar(5000, 10), None);
    }

    #[test]
    fn a_zoom_keeps_its_moment_where_it_was_and_stays_within() {
        let whole = Window::new(0, 1_000_000);
        let place = |it: Window, at: i64| (at - it.start) as f64 / it.len() as f64;
        let mut window = Window::new(200_000, 600_000);
        for _ in 0..200 {
            let next = zoomed(window, whole, 300_000, 0.9).unwrap();
            assert!(next.len() < window.len() || next.len() == 4);
            assert!(whole.start <= next.start && next.end <= whole.end);
            assert!(next.len() < 1_000 || (place(next, 300_000) - 0.25).abs() < 0.01);
            window = next;
        }
        assert_eq!(window.len(), 4);
        while let Some(next) = zoomed(window, whole, 0, 1.5) {
            assert!(next.len() > window.len() && next.end <= whole.end);
            window = next;
        }
        // What is out of the window is at its edge; what is wild is no harm.
        let edge = zoomed(Window::new(500, 600), whole, i64::MAX, 0.5);
        assert_eq!(edge, Some(Window::new(550, 600)));
        for window in [Window::new(i64::MIN, i64::MAX), Window::new(7, 0)] {
            for factor in [0.0, 1e300, f64::NAN, -1.0] {
                let it = zoomed(window, whole, i64::MIN, factor);
                assert!(it.is_none_or(|it| it.start < it.end));
            }
        }
    }

    #[test]
    fn a_move_ends_where_the_time_ends() {
        let whole = Window::new(0, 100);
        let window = Window::new(20, 50);
        for (by, start) in [
            (5, 25),
            (-5, 15),
            (60, 70),
            (-60, 0),
            (i64::MAX, 70),
            (i64::MIN, 0),
        ] {
            assert_eq!(moved(window, whole, by), Window::new(start, start + 30));
        }
        assert_eq!(moved(Window::new(-50, 200), whole, 3), Window::new(0, 250));
    }

    #[test]
    fn rows_in_a_scrolled_pane() {
        assert_eq!(window_of_rows(0.0, 280.0, 28.0, 1000), 0..19);
        assert_eq!(window_of_rows(2800.0, 280.0, 28.0, 1000), 92..119);
        assert_eq!(window_of_rows(1e9, 280.0, 28.0, 10), 2..10);
        assert_eq!(window_of_rows(0.0, 280.0, 28.0, 0), 0..0);
    }
}
