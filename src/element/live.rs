//! A trace that is shown while it comes.

use wasm_bindgen::prelude::*;

use super::js::read_error;
use super::loading::Loading;
use super::{Viewer, now};
use crate::import::ImportError;
use crate::state::ViewState;
use crate::view::{Current, Screen, Shown};

#[wasm_bindgen]
impl Viewer {
    /// Begins a trace that is shown while it comes: after the one that is shown, where `goes_on`.
    /// Throws where nothing can be added to that.
    pub fn begin_live(&self, name: Option<String>, goes_on: bool) -> Result<(), JsValue> {
        if !goes_on {
            self.begin(name, None)?;
            self.loading.replace(Some(Loading::live(None)));
            self.waits();
            return Ok(());
        }
        let Some(shown) = self.shown() else {
            return Err(JsValue::NULL);
        };
        if shown.given.traces.len() > 1 || shown.trace.source.files().count() > 1 {
            let several = ImportError::NotLive("several files or traces");
            return Err(read_error(&several));
        }
        let source = shown.trace.source.clone();
        self.loading.replace(Some(Loading::live(Some(source))));
        Ok(())
    }

    /// Reads what has come for about `millis`, and shows it. Whether all of it was read; throws where
    /// it cannot be shown while it comes.
    pub fn follow(&self, millis: f64) -> Result<bool, JsValue> {
        self.at_work();
        let mut borrowed = self.loading.borrow_mut();
        let Some(loading) = borrowed.as_mut() else {
            return Ok(true);
        };
        let until = now() + millis;
        loop {
            if !loading.import.step(|| now() < until) {
                return Ok(false);
            }
            if !loading.take_again() {
                break;
            }
            if now() > until {
                return Ok(false);
            }
        }
        let is_live = loading.import.is_live().map_err(|it| read_error(&it))?;
        if is_live {
            self.grow(loading);
        }
        Ok(true)
    }

    /// Shows what was read.
    fn grow(&self, loading: &mut Loading) {
        let import = &mut loading.import;
        if let Some(it) = self.signals.current().filter(|it| it.now().is_live) {
            it.grow(&self.signals.state, |trace| import.grow(trace));
            return;
        }
        let mut growing = Shown::growing();
        if growing.grow(|trace| import.grow(trace)).is_none() {
            return;
        }
        // What is looked at of a trace that was shown before stays.
        match self.signals.current() {
            Some(current) => {
                let query = self.state();
                let state = ViewState::from_query(&query, &growing.trace, &growing.rounds);
                current.replace(growing);
                self.signals.state.set(state);
            }
            None => {
                let current = Current::new(growing);
                self.signals.screen.set(Screen::Ready(current));
            }
        }
    }

    /// Shows no more of what comes.
    pub fn stop_live(&self) {
        self.loading.take();
    }
}
