//! How the wheel and keys zoom and move the window.

use web_sys::wasm_bindgen::JsCast;

use super::Act;
use crate::layout::{Scale, moved, zoomed};
use crate::state::{Change, Window};

/// What is looked at of how much.
#[derive(Clone, Copy)]
pub(super) struct Zoom {
    /// All of the time.
    pub(super) whole: Window,
    /// What of it is shown.
    pub(super) window: Window,
}

impl Zoom {
    /// Ctrl or Cmd and the wheel zoom round the pointer, Shift and the wheel move; the wheel alone is
    /// left to scroll. `drawn` is the time that `track` is as wide as.
    pub(super) fn wheel(
        self,
        event: &web_sys::Event,
        track: &web_sys::Element,
        drawn: Window,
        act: &Act,
    ) {
        /// Pixels of a line, where the wheel counts those.
        const LINE: f64 = 16.0;
        const NOTCH: f64 = 120.0;
        let wheel: &web_sys::WheelEvent = event.unchecked_ref();
        let zooms = wheel.ctrl_key() || wheel.meta_key();
        let rect = track.get_bounding_client_rect();
        if !zooms && !wheel.shift_key() || rect.width() <= 0.0 {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        let unit = if wheel.delta_mode() == 0 { 1.0 } else { LINE };
        // Browsers turn the wheel's direction while Shift is down, or do not.
        let by = (wheel.delta_x() + wheel.delta_y()) * unit;
        if zooms {
            // As a share: to cut to a width that is not known would bring in how numbers are written.
            let x = (f64::from(wheel.client_x()) - rect.left()) / rect.width();
            let scale = Scale {
                window: drawn,
                width: 1.0,
            };
            let by = by.clamp(-NOTCH, NOTCH) / 250.0;
            self.round(scale.time_at(x.clamp(0.0, 1.0)), by, act);
        } else {
            self.by(by / rect.width() * drawn.len() as f64, act);
        }
    }

    /// Zooms round a moment: out by a share of the window, or in where that is less than 0.
    pub(super) fn round(self, at: i64, by: f64, act: &Act) {
        let factor = if by < 0.0 { 1.0 / (1.0 - by) } else { 1.0 + by };
        act(Change::Zoom(zoomed(self.window, self.whole, at, factor)));
    }

    /// Moves the window by so much time.
    pub(super) fn by(self, by: f64, act: &Act) {
        if self.window != self.whole {
            act(Change::Zoom(Some(moved(
                self.window,
                self.whole,
                by as i64,
            ))));
        }
    }

    /// What a key does, if it is one of those that zoom and move: + and - round the middle.
    pub(super) fn press(self, key: &str, shift: bool, act: &Act) -> bool {
        let len = self.window.len();
        let middle = self.window.start.saturating_add(len / 2);
        match (key, shift) {
            ("+" | "=", _) => self.round(middle, -0.5, act),
            ("-", _) => self.round(middle, 0.5, act),
            ("ArrowLeft", true) => self.by(len as f64 / -8.0, act),
            ("ArrowRight", true) => self.by(len as f64 / 8.0, act),
            _ => return false,
        }
        true
    }
}
