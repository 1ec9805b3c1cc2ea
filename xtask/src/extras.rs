//! What is fetched when it is needed: the wasm for Zstandard, and languages besides English.

use crate::dist::{CUT, FLAGS};
use crate::parts::SHRINK;
use crate::run::{Outcome, cargo, output, program, root, run};
use crate::tools::WASM_TARGET;
use std::env;
use std::fs;
use std::path::Path;

/// A wasm besides that of the viewer.
pub(crate) struct Extra {
    /// Its package in the workspace.
    pub(crate) package: &'static str,
    /// What it is called where it is published.
    pub(crate) file: &'static str,
    /// The constant of `start.js` that has its hash.
    pub(crate) hash: &'static str,
}

/// All of them.
pub(crate) const EXTRAS: [Extra; 1] = [Extra {
    package: "trace-tab-zstd",
    file: "trace-tab-zstd.wasm",
    hash: "ZSTD_SRI",
}];

/// The languages besides English, as `languages/` has them.
pub(crate) const LANGUAGES: [&str; 5] = ["de", "es", "fr", "ja", "zh"];

/// Builds them into `staging`. Returns what the script says in English, a line each: its key, and the text.
pub(crate) fn build(staging: &Path) -> Outcome<String> {
    let mut languages = cargo(&["run", "--quiet", "--package", "trace-tab-languages", "--"]);
    languages.arg(staging.join("languages"));
    // It runs here, whatever the wasms are compiled for.
    languages
        .env_remove("CARGO_BUILD_TARGET")
        .current_dir(root());
    let texts = output(&mut languages);
    let texts = texts.ok_or(
        "The languages cannot be written: `cargo check --package trace-tab-languages` says why.",
    )?;
    EXTRAS.iter().try_for_each(|it| it.build(staging))?;
    Ok(texts)
}

impl Extra {
    fn build(&self, staging: &Path) -> Outcome {
        let folder = root().join("target").join(self.package);
        let mut build = cargo(&["build", "--quiet", "--release", "--package", self.package]);
        build
            .args(["--target", WASM_TARGET, "--target-dir"])
            .arg(&folder);
        // Nothing is cut out of it.
        let flags = env::var(FLAGS).unwrap_or_default();
        build.env(FLAGS, flags.replace(CUT, ""));
        // Nor are the viewer's flags for it, which are for speed.
        build.env("RUSTFLAGS", "");
        run(&mut build, &format!("Building {}", self.file))?;
        let built = folder.join(WASM_TARGET).join("release");
        let built = built.join(format!("{}.wasm", self.package.replace('-', "_")));
        let published = staging.join(self.file);
        if env::var("TRUNK_PROFILE").is_ok_and(|it| it == "release") {
            let mut shrink = program("wasm-opt");
            shrink.args(SHRINK).arg(&built).arg("-o").arg(&published);
            return run(&mut shrink, "`wasm-opt`");
        }
        fs::copy(&built, &published)
            .map(drop)
            .map_err(|error| format!("{} cannot be published: {error}.", built.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_knows_the_languages() {
        let script = fs::read_to_string(root().join("src/web/languages.js")).unwrap();
        let listed = format!("/^({}(?!", LANGUAGES.join("|"));
        assert!(script.contains(&listed), "{listed}");
        for name in LANGUAGES.iter().chain(&["index"]) {
            let address = format!("{name}: () => new URL(\"languages/{name}.json\", ");
            assert!(script.contains(&address), "{address}");
        }
    }
}
