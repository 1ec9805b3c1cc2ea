//! A file that is being loaded, and when what has come of it is shown.

use std::sync::Arc;

use super::now;
use crate::import::{Import, ImportError, Imported};
use crate::model::{Source, Task, pause};
use crate::payload::shapes;
use crate::view::{Coming, Given, Shared, Shown, Unread};

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
