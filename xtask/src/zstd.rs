//! The second wasm: it unpacks Zstandard, and is fetched when a file is packed so.

use crate::run::{Outcome, cargo, program, root, run};
use crate::tools::WASM_TARGET;
use std::env;
use std::fs;
use std::path::Path;

/// What it is called where it is published.
pub(crate) const ZSTD_WASM: &str = "trace-tab-zstd.wasm";

/// Builds it into `staging`.
pub(crate) fn build(staging: &Path) -> Outcome {
    let mut build = cargo(&[
        "build",
        "--quiet",
        "--release",
        "--package",
        "trace-tab-zstd",
    ]);
    // Without the flags of the viewer, which is compiled for speed.
    build
        .args(["--target", WASM_TARGET, "--target-dir"])
        .arg(root().join("target/zstd"))
        .env("RUSTFLAGS", "");
    run(&mut build, "Building the wasm for Zstandard")?;
    let built = root()
        .join("target/zstd")
        .join(WASM_TARGET)
        .join("release/trace_tab_zstd.wasm");
    let published = staging.join(ZSTD_WASM);
    if env::var("TRUNK_PROFILE").is_ok_and(|it| it == "release") {
        let mut shrink = program("wasm-opt");
        shrink.args(["-Oz", "--enable-bulk-memory", "--enable-sign-ext"]);
        shrink.args([
            "--enable-nontrapping-float-to-int",
            "--enable-mutable-globals",
        ]);
        shrink.arg(&built).arg("-o").arg(&published);
        return run(&mut shrink, "`wasm-opt`");
    }
    fs::copy(&built, &published)
        .map(drop)
        .map_err(|error| format!("{} cannot be published: {error}.", built.display()))
}
