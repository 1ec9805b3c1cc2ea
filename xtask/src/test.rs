//! `cargo xtask test`: everything that must hold, in one go.

use crate::apps;
use crate::browser;
use crate::dist;
use crate::run::{Outcome, cargo, run};
use crate::size;
use crate::tools::{self, WASM_TARGET};
use std::process::Command;
use std::time::{Duration, Instant};

/// A check's name, and how it is done.
type Step = (&'static str, fn() -> Outcome);

const FORMAT: Step = ("format", || {
    run(
        &mut cargo(&["fmt", "--all", "--check"]),
        "`cargo fmt --check`",
    )
    .map_err(|error| format!("{error} `cargo fmt --all` sets it right."))
});
const LINT_CORE: Step = ("clippy, core", || {
    clippy(&[
        "--package",
        "trace-tab",
        "--no-default-features",
        "--all-targets",
    ])
});
const LINT_REST: Step = ("clippy, the rest", || {
    clippy(&[
        "--package",
        "xtask",
        "--package",
        "e2e",
        "--package",
        "trace-tab-zstd",
        "--package",
        "trace-tab-formats",
        "--all-targets",
    ])
});
const LINT_WASM: Step = ("clippy, wasm", || {
    clippy(&[
        "--package",
        "trace-tab",
        "--package",
        "leptos-app",
        "--target",
        WASM_TARGET,
        "--lib",
        "--bins",
        "--test",
        "web",
    ])
});
const TEST_CORE: Step = ("tests, core", || {
    cargo_run(&["test", "--package", "trace-tab", "--no-default-features"])
});
const TEST_XTASK: Step = ("tests, the rest", || {
    cargo_run(&["test", "--package", "xtask", "--package", "trace-tab-zstd"])
});
const DOCS: Step = ("docs", docs);
const DIST: Step = ("release build", dist::dist);
const APPS: Step = ("apps", apps::apps);
const TEST_WASM: Step = ("tests, wasm", || {
    let mut command = cargo(&[
        "test",
        "--package",
        "trace-tab",
        "--target",
        WASM_TARGET,
        "--test",
        "web",
    ]);
    run(with_browser(&mut command)?, "The wasm tests")
});
const TEST_E2E: Step = ("tests, end to end", || {
    run(
        with_browser(&mut cargo(&["test", "--package", "e2e"]))?,
        "The end-to-end tests",
    )
});
const SIZE: Step = ("size", size::report);

/// All checks; the tools and the browser come first, so that a missing one is found at once.
pub(crate) fn all() -> Outcome {
    let tools: Step = ("tools", || {
        tools::ensure_for_page(true)?;
        browser::ensure().map(drop)
    });
    run_all(&[
        tools, FORMAT, LINT_CORE, LINT_REST, LINT_WASM, TEST_CORE, TEST_XTASK, DOCS, DIST,
        TEST_WASM, APPS, TEST_E2E, SIZE,
    ])
}

/// What needs no browser and no Leptos: seconds, for everyday use.
pub(crate) fn core() -> Outcome {
    run_all(&[FORMAT, LINT_CORE, TEST_CORE])
}

/// Makes the table of real files in the README anew.
pub(crate) fn conformance() -> Outcome {
    let mut test = cargo(&["test", "--package", "trace-tab", "--no-default-features"]);
    test.args(["--test", "it", "conformance"])
        .env("TRACE_TAB_CONFORMANCE", "1");
    run(&mut test, "Making the table")
}

/// The benchmark, on a fresh `dist/`.
pub(crate) fn bench(arguments: &[&str]) -> Outcome {
    dist::ensure_fresh()?;
    let sizes = size::measure()?.into_iter().map(|(name, sizes)| {
        let numbers = sizes.map(|it| it.to_string()).join(",");
        format!("--size={name}:{numbers}")
    });
    e2e_program(cargo(&[]).args(e2e("bench")).args(arguments).args(sizes))
}

/// The pictures in `docs/`, of a fresh `dist/`.
pub(crate) fn shots() -> Outcome {
    dist::ensure_fresh()?;
    e2e_program(cargo(&[]).args(e2e("shots")))
}

/// How one of the programs in `tests/e2e` is run. Not optimized: the browser does the work.
fn e2e(name: &str) -> [&str; 6] {
    ["run", "--package", "e2e", "--bin", name, "--"]
}

fn e2e_program(command: &mut Command) -> Outcome {
    run(with_browser(command)?, "The program in tests/e2e")
}

fn run_all(steps: &[Step]) -> Outcome {
    let mut done = Vec::new();
    for &(name, step) in steps {
        println!("\n== {name}");
        let start = Instant::now();
        let outcome = step();
        done.push((name, start.elapsed()));
        if let Err(error) = outcome {
            print!("{}", table(&done));
            return Err(format!("FAILED at \"{name}\": {error}"));
        }
    }
    print!("{}\nall passed\n", table(&done));
    Ok(())
}

fn table(done: &[(&str, Duration)]) -> String {
    let total = done.iter().map(|(_, time)| *time).sum();
    let rows = done.iter().copied().chain([("together", total)]);
    let lines = rows.map(|(name, time)| format!("  {name:<24} {:>7.1} s\n", time.as_secs_f64()));
    format!("\n{}", lines.collect::<String>())
}

fn cargo_run(arguments: &[&str]) -> Outcome {
    let what = format!("`cargo {}`", arguments.join(" "));
    run(&mut cargo(arguments), &what)
}

fn clippy(arguments: &[&str]) -> Outcome {
    let all = [&["clippy"], arguments, &["--", "--deny", "warnings"]].concat();
    cargo_run(&all)
}

fn docs() -> Outcome {
    let native = [
        "--package",
        "trace-tab",
        "--package",
        "xtask",
        "--no-default-features",
    ];
    let wasm = ["--package", "trace-tab", "--target", WASM_TARGET];
    for arguments in [native.as_slice(), &wasm] {
        let mut command = cargo(&["doc", "--no-deps", "--document-private-items"]);
        command
            .args(arguments)
            .env("RUSTDOCFLAGS", "--deny warnings");
        run(
            &mut command,
            &format!("`cargo doc {}`", arguments.join(" ")),
        )?;
    }
    Ok(())
}

/// What a test in the browser needs to find it.
fn with_browser(command: &mut Command) -> Outcome<&mut Command> {
    Ok(command
        .env("CHROMEDRIVER", browser::ensure()?)
        // In seconds. The default of 20 is short for a debug build on a small machine.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_at_the_first_failure() {
        let good: Step = ("good", || Ok(()));
        let bad: Step = ("bad", || Err("It rained.".into()));
        let never: Step = ("never", || unreachable!());
        assert_eq!(run_all(&[good]), Ok(()));
        let error = run_all(&[good, bad, never]).unwrap_err();
        assert_eq!(error, "FAILED at \"bad\": It rained.");
    }

    #[test]
    fn the_table_adds_up() {
        let table = table(&[
            ("a", Duration::from_millis(1500)),
            ("b", Duration::from_mins(1)),
        ]);
        assert!(
            table.ends_with("together                    61.5 s\n"),
            "{table}"
        );
    }
}
