//! `cargo xtask fuzz`: random files, guided by what of the code they reach, for a bounded time.

use crate::run::{Outcome, cargo, output, program, root, run, tools_dir};
use std::fs;
use std::path::{Path, PathBuf};

/// The version of cargo-fuzz that is known to work with this.
const CARGO_FUZZ: &str = "0.13.1";

const TARGETS: [&str; 4] = ["scan", "payload", "import", "formats"];

/// Each target for so many seconds (60 unless said otherwise), or one of them.
pub(crate) fn fuzz(words: &[&str]) -> Outcome {
    let seconds = words.iter().find_map(|it| it.parse::<u32>().ok());
    let seconds = seconds.unwrap_or(60);
    let named = |it: &&&str| {
        words.is_empty() || !words.iter().any(|it| TARGETS.contains(it)) || words.contains(*it)
    };
    ensure()?;
    for target in TARGETS.iter().filter(named) {
        println!("\n== {target}, {seconds} s");
        let found = root().join("target/fuzz").join(target);
        let seeds = seeds(target, &found.join("seeds"))?;
        let corpus = found.join("corpus");
        fs::create_dir_all(&corpus)
            .map_err(|error| format!("{} cannot be made: {error}.", corpus.display()))?;
        let mut fuzz = cargo(&[
            "fuzz",
            "run",
            "--fuzz-dir",
            "fuzz",
            "--sanitizer",
            "none",
            target,
        ]);
        fuzz.args([&corpus, &seeds]);
        fuzz.args([
            "--",
            "-max_len=8192",
            "-timeout=10",
            "-print_final_stats=1",
            "-verbosity=1",
        ]);
        fuzz.arg(format!("-max_total_time={seconds}"));
        // Stable Rust: without the sanitizers, which find nothing where there is no unsafe code.
        fuzz.env("RUSTC_BOOTSTRAP", "1");
        run(&mut fuzz, &format!("Fuzzing `{target}`")).map_err(|error| {
            format!("{error} What it found is in fuzz/artifacts/{target}: make a fixture of it.")
        })?;
    }
    println!("\nnothing found");
    Ok(())
}

fn ensure() -> Outcome {
    if output(program("cargo-fuzz").arg("--version")).is_some() {
        return Ok(());
    }
    println!("Installing cargo-fuzz {CARGO_FUZZ} into target/tools (about 1 minute, once)…");
    let tools = tools_dir();
    let mut install = cargo(&["install", "--locked", "cargo-fuzz"]);
    install
        .args(["--version", CARGO_FUZZ, "--root"])
        .arg(&tools);
    install.arg("--target-dir").arg(tools.join("build"));
    install.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    run(&mut install, "Installing cargo-fuzz")
}

/// Where to begin: the fixtures. For the target that reads a file as any format, the first byte
/// says as which.
fn seeds(target: &str, folder: &Path) -> Outcome<PathBuf> {
    let told = |error: std::io::Error| format!("The seeds cannot be written: {error}.");
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(told)?;
    let mut folders = vec![root().join("tests/fixtures")];
    let mut n = 0_u8;
    while let Some(from) = folders.pop() {
        for entry in fs::read_dir(from).map_err(told)?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut bytes = fs::read(&path).map_err(told)?;
            if target == "formats" {
                bytes.insert(0, n);
            }
            n = n.wrapping_add(1);
            fs::write(folder.join(n.to_string()), bytes).map_err(told)?;
        }
    }
    Ok(folder.to_owned())
}
