//! All native tests: what holds for every file, golden snapshots, and the rules of this repository.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop where something is not as it should be"
)]

mod archives;
mod conformance;
mod counts;
mod detection;
mod dropped;
mod dump;
mod files;
mod files_together;
mod generated;
mod inspect_members;
mod invariants;
mod live;
mod mutated;
mod round_trip;
mod said;
mod shapes;
mod tidy;
