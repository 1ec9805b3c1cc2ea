//! All native tests: what holds for every file, golden snapshots, and the rules of this repository.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop where something is not as it should be"
)]

mod claude_counts;
mod counts;
mod dump;
mod files;
mod generated;
mod invariants;
mod round_trip;
mod tidy;
