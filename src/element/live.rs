//! A trace that is shown while it comes.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::js::read_error;
use super::loading::Loading;
use super::{Viewer, now, parts};
use crate::import::ImportError;
use crate::state::ViewState;
use crate::view::{Current, Screen, Shown};

/// What of it is in a part that is fetched when a trace grows.
#[derive(Clone, Copy)]
pub(super) struct Live {
    begin: fn(&Viewer, Option<String>, bool) -> Result<(), JsValue>,
    follow: fn(&Viewer, f64) -> Result<bool, JsValue>,
}

impl Live {
    pub(super) const HERE: Live = Live {
        begin: Viewer::begins_live,
        follow: Viewer::follows,
    };
}

#[wasm_bindgen]
impl Viewer {
    /// Begins a trace that is shown while it comes: after the one that is shown, where `goes_on`.
    /// Whether the part "live" is there, which it takes. Throws where nothing can be added to that.
    pub fn begin_live(&self, name: Option<String>, goes_on: bool) -> Result<bool, JsValue> {
        parts::live().map_or(Ok(false), |it| {
            (it.begin)(self, name, goes_on).map(|()| true)
        })
    }

    /// Reads what has come for about `millis`, and shows it. Whether all of it was read; throws where
    /// it cannot be shown while it comes.
    pub fn follow(&self, millis: f64) -> Result<bool, JsValue> {
        parts::live().map_or(Ok(false), |it| (it.follow)(self, millis))
    }

    /// Shows no more of what comes: what is shown of it is all there is. Whether any of it is; then it
    /// is to be [finished](Self::finish).
    pub fn stop_live(&self) -> bool {
        let current = self.signals.current().filter(|it| it.now().is_live);
        let stopping = current.map(|it| Loading::stopping(it.now().whole()));
        let is_shown = stopping.is_some();
        self.loading.replace(stopping);
        is_shown
    }

    /// The bytes that have come and are not shown yet, in pieces. There is no reading on after this.
    pub fn unshown(&self) -> Array {
        let Some(loading) = self.loading.take() else {
            return Array::new();
        };
        let source = loading.import.into_source();
        let mut shown = self
            .shown()
            .map_or(0, |it| it.trace.source.n_bytes() as usize);
        let pieces = source.pieces().into_iter();
        let rest = pieces.filter_map(|piece| {
            let rest = piece.get(shown..);
            shown = shown.saturating_sub(piece.len());
            rest.filter(|it| !it.is_empty()).map(Uint8Array::from)
        });
        rest.collect()
    }
}

impl Viewer {
    fn begins_live(&self, name: Option<String>, goes_on: bool) -> Result<(), JsValue> {
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

    fn follows(&self, millis: f64) -> Result<bool, JsValue> {
        self.speaks();
        let mut borrowed = self.loading.borrow_mut();
        let Some(loading) = borrowed.as_mut() else {
            return Ok(true);
        };
        let is_live = |it: &Loading| it.import.is_live().map_err(|it| read_error(&it));
        // The first rows are shown in a frame of their own, before the rest is read.
        if loading.has_first() && is_live(loading)? {
            self.grow(loading);
            return Ok(false);
        }
        if !loading.reads_on(now() + millis) || loading.has_first() && is_live(loading)? {
            return Ok(false);
        }
        if is_live(loading)? {
            let current = self.signals.current().filter(|_| loading.shown > 0);
            if current.is_some_and(|it| it.make_room(loading.import.n_spans())) {
                return Ok(false); // shown in the next frame
            }
            self.grow(loading);
        }
        Ok(true)
    }

    /// Shows what was read.
    fn grow(&self, loading: &mut Loading) {
        let import = &mut loading.import;
        if let Some(it) = self.signals.current().filter(|_| loading.shown > 0) {
            it.grow(&self.signals.state, |trace| import.grow(trace));
            return;
        }
        let mut growing = Shown::growing();
        if growing.grow(|trace| import.grow(trace)).is_none() {
            return;
        }
        loading.shown = import.n_spans().max(1);
        // What was packed is longer than its file now, and no longer packed.
        if let Some((_, name)) = growing.trace.source.files().next()
            && !name.is_empty()
        {
            self.file_name.replace(Some(name.to_owned()));
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
}
