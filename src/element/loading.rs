//! A file that is being loaded, and when what has come of it is shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::js::{figure, object, read_error};
use super::{Viewer, now};
use crate::import::{Import, ImportError, Imported};
use crate::model::{Source, Task, pause};
use crate::payload::shapes;
use crate::state::ViewState;
use crate::view::{Coming, Given, Screen, Shared, Shown, Unread};

/// A file that is being loaded.
pub(super) struct Loading {
    pub(super) import: Import,
    /// All was read, and is made a trace.
    finishing: Option<Task<Result<Shown, ImportError>>>,
    /// How many spans there were when that began.
    read_spans: usize,
    /// Files that could not even be had.
    pub(super) unread: Vec<Unread>,
    pub(super) bytes: u64,
    pub(super) total: Option<u64>,
    begun: f64,
    pub(super) painted: f64,
    /// Spans of what is shown already; of what is live, of what was shown first.
    pub(super) shown: usize,
    /// Whether all that comes is shown at once, as long as it comes.
    pub(super) is_live: bool,
    /// A trace that was shown before it grows is read once more: its source, and how many pieces of
    /// it were taken.
    again: Option<(Arc<Source>, usize)>,
}

impl Loading {
    /// Nothing has come yet, of so many bytes.
    pub(super) fn new(total: Option<u64>) -> Self {
        Loading {
            import: Import::default(),
            finishing: None,
            read_spans: 0,
            unread: Vec::new(),
            bytes: 0,
            total,
            begun: now(),
            painted: now(),
            shown: 0,
            is_live: false,
            again: None,
        }
    }

    /// What is shown while it grows, after what there is of it already.
    pub(super) fn live(again: Option<Arc<Source>>) -> Self {
        Loading {
            import: Import::live(),
            bytes: again.as_ref().map_or(0, |it| it.n_bytes()),
            is_live: true,
            again: again.map(|it| (it, 0)),
            ..Loading::new(None)
        }
    }

    /// No more is read of what grows: it is as it was shown, and whole.
    pub(super) fn stopping(whole: impl Future<Output = Shown> + 'static) -> Self {
        Loading {
            finishing: Some(Task::new(async { Ok(whole.await) })),
            ..Loading::live(None)
        }
    }

    /// Takes the next piece of what was there already. Whether there was one.
    pub(super) fn take_again(&mut self) -> bool {
        let Some((source, taken)) = &mut self.again else {
            return false;
        };
        if *taken == 0 {
            let name = source.files().next().map_or("", |it| it.1);
            self.import.begin_file(name);
        }
        let pieces = source.pieces();
        let Some(piece) = pieces.get(*taken) else {
            self.again = None;
            return false;
        };
        *taken += 1;
        self.import.push(piece);
        true
    }

    /// Reads on what has come, of what grows. Whether all of it was read by then: what takes longer is
    /// shown in a frame of its own.
    pub(super) fn reads_on(&mut self, until: f64) -> bool {
        while self.import.step(|| now() < until) && self.import.needs().is_none() {
            if now() > until {
                return false;
            }
            if !self.take_again() {
                return true;
            }
        }
        false
    }

    /// Of what grows: whether there is something to show, and nothing is shown yet of it or of what
    /// was there before.
    pub(super) fn has_first(&self) -> bool {
        self.shown == 0 && self.import.n_spans() > 0 && self.again.is_none()
    }

    /// Whether nothing of it is shown yet.
    pub(super) fn is_first(&self) -> bool {
        self.shown == 0 && !self.is_live
    }

    pub(super) fn coming(&self) -> Coming {
        Coming {
            bytes: self.bytes,
            // What is unpacked is more than what was given.
            total: self.total.filter(|it| *it >= self.bytes),
            spans: self.n_spans(),
        }
    }

    pub(super) fn n_spans(&self) -> usize {
        self.import.n_spans().max(self.read_spans)
    }

    /// Makes traces of what was read for about `millis`. The one to show, or why there is none, once
    /// that is done.
    pub(super) fn finish(&mut self, millis: f64) -> Option<Result<Shown, ImportError>> {
        if self.finishing.is_none() {
            let import = std::mem::take(&mut self.import);
            self.read_spans = import.n_spans();
            self.shows(import.finish_in_slices());
        }
        let until = now() + millis;
        let go_on = || now() < until && !shapes::is_wanted();
        self.finishing.as_mut()?.step(go_on)
    }

    /// Has what was read shown.
    pub(super) fn shows(
        &mut self,
        imported: impl Future<Output = Result<Imported, ImportError>> + 'static,
    ) {
        let unread = std::mem::take(&mut self.unread);
        self.finishing = Some(Task::new(async {
            let imported = imported.await?;
            let more = imported.unread.into_iter().map(|it| Unread {
                name: it.name,
                why: it.error.to_string(),
            });
            let unread = unread.into_iter().chain(more).collect();
            // What the list says of each trace may take them.
            if imported.traces.len() > 1 {
                shapes::ask();
                while shapes::is_wanted() {
                    pause().await;
                }
            }
            let given = Given::in_slices(imported.traces, unread).await;
            let shown = Shown::in_slices(Shared::new(given), 0).await;
            shown.title(None);
            if !shapes::is_wanted() {
                return Ok(shown);
            }
            while shapes::is_wanted() {
                pause().await;
            }
            Ok(shown.read_again().await)
        }));
    }

    /// Whether to show what has come so far: the rest takes a while, there is four times as much as
    /// when it was last shown, and it is not so much that drawing it takes long.
    pub(super) fn is_worth_showing(&self) -> bool {
        // Milliseconds that the rest takes: longer than to draw the first rows, and so long that one
        // sees that there are more.
        const FIRST: f64 = 12.0;
        const MORE: f64 = 100.0;
        const MOST: usize = 5_000;
        let spans = self.import.n_spans();
        let took = now() - self.begun;
        let bytes = self.bytes as f64;
        let rest = self
            .total
            .map_or(f64::INFINITY, |total| (total as f64 - bytes) * took / bytes);
        let least = if self.shown == 0 { FIRST } else { MORE };
        rest > least && (1..MOST).contains(&spans) && spans / 4 >= self.shown
    }
}

#[wasm_bindgen]
impl Viewer {
    /// Begins a new load. What is shown stays until there is something of it to show, or
    /// [`waits`](Self::waits) says that this takes a while.
    /// Throws if there is no memory for so many bytes.
    pub fn begin(&self, name: Option<String>, total_bytes: Option<f64>) -> Result<(), JsValue> {
        /// Of a file that large and the one that is shown there is room for one.
        const LARGE: u64 = 64 << 20;
        let total = total_bytes.map(|it| it as u64);
        self.file_name.replace(name);
        shapes::hope();
        self.loading.replace(Some(Loading::new(total)));
        self.signals.coming.set(None);
        let Some(total) = total else { return Ok(()) };
        if total >= LARGE {
            self.waits();
        }
        let mut borrowed = self.loading.borrow_mut();
        let expected = borrowed.as_mut().map(|it| it.import.expect(total));
        expected.unwrap_or(Ok(())).map_err(|it| read_error(&it))
    }

    /// Shows that something is being loaded, in place of what was shown.
    pub fn waits(&self) {
        let borrowed = self.loading.borrow();
        let coming = borrowed.as_ref().filter(|it| it.shown == 0);
        let Some(coming) = coming.map(Loading::coming) else {
            return;
        };
        drop(borrowed);
        self.signals.state.set(ViewState::default());
        self.signals.screen.set(Screen::Loading(coming));
    }

    /// Begins a file: of several, each.
    pub fn begin_file(&self, name: &str) {
        if let Some(loading) = self.loading.borrow_mut().as_mut() {
            loading.import.begin_file(name);
        }
    }

    /// Takes note of a file that could not be had.
    pub fn unread(&self, name: String, why: String) {
        if let Some(loading) = self.loading.borrow_mut().as_mut() {
            loading.unread.push(Unread { name, why });
        }
    }

    /// Takes more bytes of the file.
    pub fn push(&self, chunk: &Uint8Array) {
        if let Some(loading) = self.loading.borrow_mut().as_mut() {
            loading.bytes += u64::from(chunk.length());
            let len = chunk.length() as usize;
            loading.import.push_with(len, |room| chunk.copy_to(room));
        }
    }

    /// Takes note that no more bytes will come.
    pub fn end(&self) {
        if let Some(loading) = self.loading.borrow_mut().as_mut() {
            loading.import.end();
        }
    }

    /// Reads for about `millis`, and shows what was read where it is worth it. Whether there is nothing
    /// more to do with what has come.
    pub fn step(&self, millis: f64) -> bool {
        /// Milliseconds of reading at a time while nothing is to be seen of it: the first rows are to be
        /// in the next frame.
        const UNSEEN: f64 = 3.0;
        static HAS_SHOWN: AtomicBool = AtomicBool::new(false);
        self.speaks();
        let mut borrowed = self.loading.borrow_mut();
        let Some(loading) = borrowed.as_mut() else {
            return true;
        };
        if !loading.is_worth_showing() {
            let begun = now();
            let limit = if loading.is_first() { UNSEEN } else { millis };
            let done = loading.import.step(|| now() - begun < limit);
            if !loading.is_worth_showing() {
                drop(borrowed);
                self.tells();
                return done;
            }
            // Code is compiled when it first runs: a task for what reads, and one for what shows.
            if !HAS_SHOWN.swap(true, Relaxed) {
                return false;
            }
        }
        let is_first = loading.is_first();
        let so_far = loading.import.so_far().map(|it| {
            let given = Given::new(vec![it], Vec::new());
            Shown::new(Shared::new(given), 0)
        });
        so_far.iter().for_each(|it| drop(it.title(None)));
        if shapes::is_wanted() {
            return false; // first that
        }
        let coming = loading.coming();
        loading.shown = coming.spans;
        loading.painted = now();
        drop(borrowed);
        self.signals.coming.set(Some(coming));
        if let Some(shown) = so_far {
            self.show(shown, is_first);
        }
        false
    }

    /// Shows how much has come, now and then.
    fn tells(&self) {
        const EVERY_MILLIS: f64 = 100.0;
        let mut borrowed = self.loading.borrow_mut();
        let Some(loading) = borrowed.as_mut() else {
            return;
        };
        if now() - loading.painted <= EVERY_MILLIS {
            return;
        }
        loading.painted = now();
        let (coming, is_shown) = (loading.coming(), loading.shown > 0);
        drop(borrowed);
        if is_shown {
            self.signals.coming.set(Some(coming));
        } else {
            self.waits();
        }
    }

    /// Shows a trace. If it is not the first of its load, the view stays where it is.
    fn show(&self, shown: Shown, is_first: bool) {
        if is_first {
            self.signals.begin(shown, "");
            self.signals.shapes.begin();
        } else {
            self.signals.show_more(shown, &self.state());
        }
    }

    /// How far the load is: `{ loadedBytes, totalBytes, spans }`.
    pub fn progress(&self) -> JsValue {
        let borrowed = self.loading.borrow();
        let Some(loading) = borrowed.as_ref() else {
            return JsValue::NULL;
        };
        object(&[
            ("loadedBytes", JsValue::from_f64(loading.bytes as f64)),
            ("totalBytes", figure(loading.total)),
            ("spans", JsValue::from_f64(loading.n_spans() as f64)),
        ])
    }

    /// Makes a trace of what was loaded for about `millis`. Once that is done, shows it and returns its
    /// summary; throws why it is none.
    pub fn finish(&self, millis: f64) -> Result<JsValue, JsValue> {
        self.speaks();
        let mut borrowed = self.loading.borrow_mut();
        let loading = borrowed.as_mut().ok_or(JsValue::NULL)?;
        let Some(shown) = loading.finish(millis) else {
            return Ok(JsValue::UNDEFINED);
        };
        let is_first = loading.is_first();
        *borrowed = None;
        drop(borrowed);
        let shown = shown.map_err(|it| read_error(&it))?;
        let several = shown.given.traces.len() > 1;
        self.show(shown, is_first);
        if several {
            self.signals.list();
        }
        self.signals.coming.set(None);
        Ok(self.summary())
    }

    /// Which part of the viewer the reading waits for.
    pub fn needs(&self) -> Option<String> {
        let borrowed = self.loading.borrow();
        let part = borrowed.as_ref()?.import.needs();
        let shapes = || shapes::is_wanted().then_some(shapes::NAME);
        part.or_else(shapes).map(str::to_owned)
    }
}
