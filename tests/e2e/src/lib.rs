//! What drives the built page in a real browser: a web server with switches, three engines, and
//! a generator of traces. Shared by the tests in `tests/browser`, the screenshots and the benchmark.

pub mod browser;
pub mod engine;
pub mod generate;
pub mod page;
pub mod server;

/// What a step ends with. An error ends the scenario.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The folder of the workspace.
pub fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
