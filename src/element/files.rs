//! What leaves the viewer as a file.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::naming::{is_lines, safe};
use super::{Viewer, now, parts};
use crate::model::Task;
use crate::view::{Shared, Shown};

#[wasm_bindgen]
impl Viewer {
    /// The bytes of a file as they came, in order. Which, counts from 0.
    pub fn source(&self, file: usize) -> Array {
        let Some(shown) = self.shown() else {
            return Array::new();
        };
        let source = &shown.trace.source;
        let file = source.files().nth(file).map(|it| it.0).unwrap_or_default();
        let pieces = source.pieces_of(file).into_iter();
        pieces.map(Uint8Array::from).collect()
    }

    /// The trace that is shown now, to be written as Trace Tab JSON; nothing where there is none.
    pub fn json(&self) -> Option<Writing> {
        let shown = self.shown()?;
        Some(Writing {
            whole: shown.is_live.then(|| Task::new(shown.whole())),
            shown,
            task: None,
        })
    }

    /// What a download of this kind is called.
    pub fn file_name(&self, kind: &str) -> String {
        let given = self
            .signals
            .name
            .get_untracked()
            .filter(|it| !it.trim().is_empty());
        let file = self
            .file_name
            .borrow()
            .clone()
            .filter(|it| !it.trim().is_empty());
        if kind == "source"
            && given.is_none()
            && let Some(file) = &file
        {
            return safe(file);
        }
        let own = || self.shown().map(|it| it.title(None));
        let stem = given
            .or(file)
            .or_else(own)
            .unwrap_or_else(|| "trace".to_owned());
        let stem = safe(&stem);
        let stem = stem
            .rsplit_once('.')
            .filter(|it| matches!(it.1, "json" | "jsonl"))
            .map_or(stem.as_str(), |it| it.0);
        let stem = stem.trim_end_matches(".trace-tab");
        match (kind, self.shown().is_some_and(|it| is_lines(&it))) {
            ("json", _) => format!("{stem}.trace-tab.json"),
            ("zip", _) => format!("{stem}.zip"),
            (_, true) => format!("{stem}.jsonl"),
            _ => format!("{stem}.json"),
        }
    }
}

/// A trace that is being written as a file.
#[wasm_bindgen]
pub struct Writing {
    shown: Shared<Shown>,
    /// Of one that grows, what is to be written in its place.
    whole: Option<Task<Shown>>,
    /// Once that has begun.
    task: Option<Task<Vec<Vec<u8>>>>,
}

#[wasm_bindgen]
impl Writing {
    /// Writes on for about `millis`, with the part "json". The file in pieces, once all of it is written;
    /// there is no writing on after that.
    pub fn step(&mut self, millis: f64) -> Option<Array> {
        let until = now() + millis;
        let write = parts::writer()?;
        if let Some(whole) = &mut self.whole {
            self.shown = Shared::new(whole.step(|| now() < until)?);
            self.whole = None;
        }
        let task = self.task.get_or_insert_with(|| write(self.shown.clone()));
        let pieces = task.step(|| now() < until)?;
        Some(
            pieces
                .iter()
                .map(|it| Uint8Array::from(it.as_slice()))
                .collect(),
        )
    }
}
