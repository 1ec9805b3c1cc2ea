//! What files that leave are called.

use crate::model::{ByteRange, Json, value_end};
use crate::view::Shown;

/// Whether the file is one value a line.
pub(super) fn is_lines(shown: &Shown) -> bool {
    let head = shown.trace.source.slice(ByteRange {
        start: 0,
        len: 1 << 16,
    });
    let first = head.lines().next().unwrap_or_default();
    let head = Json::new(first).text();
    !head.is_empty()
        && head.len() < shown.trace.source.len() as usize - 2
        && value_end(head.as_bytes(), 0) == head.len()
        && head.ends_with('}')
}

/// A name without what a file system or a terminal could take amiss.
pub(super) fn safe(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|it| {
            if it.is_control() || "/\\:*?\"<>|".contains(it) {
                '-'
            } else {
                it
            }
        })
        .take(120)
        .collect();
    let clean = clean.trim().trim_start_matches('.').trim();
    if clean.is_empty() {
        "trace".to_owned()
    } else {
        clean.to_owned()
    }
}
