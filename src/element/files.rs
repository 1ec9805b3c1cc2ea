//! What leaves the viewer as a file.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::Viewer;
use super::naming::{is_lines, safe};
use crate::model::Source;

#[wasm_bindgen]
impl Viewer {
    /// The bytes of a file as they came, in order. Which, counts from 0.
    pub fn source(&self, file: usize) -> Array {
        let Some(shown) = self.shown() else {
            return Array::new();
        };
        pieces(&shown.trace.source, file)
    }

    /// The names of the files of [`source`](Self::source).
    pub fn source_names(&self) -> Array {
        let shown = self.shown();
        let names = shown.as_ref().map(|it| names(&it.trace.source));
        names.unwrap_or_default()
    }

    /// Which of the traces that were given is shown, counted from 0.
    pub fn at(&self) -> usize {
        self.shown().map_or(0, |it| it.at)
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

/// The names of the files.
pub(super) fn names(source: &Source) -> Array {
    source.files().map(|it| JsValue::from_str(it.1)).collect()
}

/// The bytes of a file, by its number.
pub(super) fn pieces(source: &Source, file: usize) -> Array {
    let file = source.files().nth(file).map(|it| it.0).unwrap_or_default();
    let pieces = source.pieces_of(file).into_iter();
    pieces.map(Uint8Array::from).collect()
}
