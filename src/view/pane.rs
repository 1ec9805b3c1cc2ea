//! How high rows and the panes that they are in are, in CSS pixels.

/// How tall a row is, in CSS pixels. The style sheet says the same.
pub(crate) const ROW_HEIGHT: u64 = 28;

/// How high a pane of rows is where nothing else says so: see [`pane_height`].
pub(crate) const PANE_HEIGHT: &str = "contain-intrinsic-block-size";

/// As high as its heads and rows, which are `rows` pixels, but no higher than the window: all rows
/// of a pane are in view, and so in the document, that is as high as they are.
pub(crate) fn pane_height(rows: f64) -> String {
    format!("min({}px, 100vh)", ROW_HEIGHT + rows as u64)
}
