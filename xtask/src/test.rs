//! `cargo xtask test`: everything that must hold, in one go.

use crate::apps;
use crate::browser::{ENGINES, Engine};
use crate::dist;
use crate::run::{Outcome, cargo, run};
use crate::size;
use crate::tools::{self, WASM_TARGET};
use std::process::Command;
use std::time::{Duration, Instant};

/// A check's name, and how it is done.
type Step<'a> = (&'a str, &'a dyn Fn() -> Outcome);

const FORMAT: Step = ("format", &|| {
    run(
        &mut cargo(&["fmt", "--all", "--check"]),
        "`cargo fmt --check`",
    )
    .map_err(|error| format!("{error} `cargo fmt --all` sets it right."))
});
const LINT_CORE: Step = ("clippy, core", &|| {
    clippy(&[
        "--package",
        "trace-tab",
        "--no-default-features",
        "--all-targets",
    ])
});
const LINT_REST: Step = ("clippy, the rest", &|| {
    clippy(&[
        "--package",
        "xtask",
        "--package",
        "e2e",
        "--package",
        "trace-tab-zstd",
        "--package",
        "trace-tab-languages",
        "--all-targets",
    ])
});
const LINT_WASM: Step = ("clippy, wasm", &|| {
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
const TEST_CORE: Step = ("tests, core", &|| {
    cargo_run(&["test", "--package", "trace-tab", "--no-default-features"])
});
const TEST_XTASK: Step = ("tests, the rest", &|| {
    cargo_run(&[
        "test",
        "--package",
        "xtask",
        "--package",
        "trace-tab-zstd",
        "--package",
        "trace-tab-languages",
    ])
});
const DOCS: Step = ("docs", &docs);
const DIST: Step = ("release build", &dist::dist);
const APPS: Step = ("apps", &apps::apps);
const TEST_WASM: Step = ("tests, wasm", &|| {
    let mut command = cargo(&[
        "test",
        "--package",
        "trace-tab",
        "--target",
        WASM_TARGET,
        "--test",
        "web",
    ]);
    run(with_browser(&mut command, chromium())?, "The wasm tests")
});
/// Fails where something is lost (rows, nodes, memory), not on time.
const BENCH: Step = ("bench, small", &|| bench(&["--quick"]));
const SIZE: Step = ("size", &size::report);

/// All checks, those in a browser in every engine that there is for this system, or with
/// `--engines chromium,firefox` in some. The tools and the browsers come first, so that a missing one is found at once.
pub(crate) fn all(arguments: &[&str]) -> Outcome {
    let engines = engines(arguments, &here())?;
    let tools: Step = ("tools", &|| {
        tools::ensure_for_page(true)?;
        // The wasm tests run in Chromium always.
        let mut all = engines.iter().copied().chain([chromium()]);
        all.try_for_each(|it| it.ensure().map(drop))
    });
    let in_engines: Vec<(String, _)> = engines
        .iter()
        .map(|it| (format!("end to end, {}", it.name), || end_to_end(it)))
        .collect();
    let in_engines: Vec<Step> = in_engines
        .iter()
        .map(|(name, step)| (name.as_str(), step as &dyn Fn() -> Outcome))
        .collect();
    let before = [
        tools, FORMAT, LINT_CORE, LINT_REST, LINT_WASM, TEST_CORE, TEST_XTASK, DOCS, DIST,
        TEST_WASM, APPS,
    ];
    run_all(&[&before[..], &in_engines, &[BENCH, SIZE]].concat())
}

/// The end-to-end tests alone, on a fresh `dist/`; in Chromium, if no engine is named.
pub(crate) fn e2e_alone(arguments: &[&str]) -> Outcome {
    let engines = engines(arguments, &[chromium()])?;
    dist::ensure_fresh()?;
    engines.into_iter().try_for_each(end_to_end)
}

fn end_to_end(engine: &Engine) -> Outcome {
    let mut test = cargo(&["test", "--package", "e2e"]);
    run(
        with_browser(&mut test, engine)?,
        &format!("The end-to-end tests in {}", engine.name),
    )
}

/// What `--engines` says; these if it says nothing.
fn engines(arguments: &[&str], otherwise: &[&'static Engine]) -> Outcome<Vec<&'static Engine>> {
    match arguments {
        [] => Ok(otherwise.to_vec()),
        ["--engines", "all"] => Ok(ENGINES.iter().collect()),
        ["--engines", names] => names.split(',').map(Engine::named).collect(),
        other => Err(format!(
            "`{}` is not understood: it is `--engines` and names with commas between, or nothing.",
            other.join(" ")
        )),
    }
}

/// The engines that there are for this system.
fn here() -> Vec<&'static Engine> {
    let is_here = |it: &&Engine| cfg!(target_os = "linux") || !it.is_for_linux_only();
    ENGINES.iter().filter(is_here).collect()
}

fn chromium() -> &'static Engine {
    let [chromium, ..] = &ENGINES;
    chromium
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

/// The benchmark, on a fresh `dist/`, in Chromium or with `--engine=firefox` in another.
pub(crate) fn bench(arguments: &[&str]) -> Outcome {
    let named = arguments.iter().find_map(|it| it.strip_prefix("--engine="));
    let engine = named.map_or(Ok(chromium()), Engine::named)?;
    dist::ensure_fresh()?;
    let sizes = size::measure()?.into_iter().map(|(name, sizes)| {
        let numbers = sizes.map(|it| it.to_string()).join(",");
        format!("--size={name}:{numbers}")
    });
    let arguments = arguments.iter().filter(|it| !it.starts_with("--engine="));
    let mut bench = cargo(&e2e("bench"));
    e2e_program(bench.args(arguments).args(sizes), engine)
}

/// The pictures in `docs/`, of a fresh `dist/`.
pub(crate) fn shots() -> Outcome {
    dist::ensure_fresh()?;
    e2e_program(&mut cargo(&e2e("shots")), chromium())
}

/// How one of the programs in `tests/e2e` is run. Not optimized: the browser does the work.
fn e2e(name: &str) -> [&str; 6] {
    ["run", "--package", "e2e", "--bin", name, "--"]
}

fn e2e_program(command: &mut Command, engine: &Engine) -> Outcome {
    run(with_browser(command, engine)?, "The program in tests/e2e")
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

/// What a test in a browser needs to find it.
fn with_browser<'a>(command: &'a mut Command, engine: &Engine) -> Outcome<&'a mut Command> {
    Ok(command
        .envs(engine.ensure()?)
        // In seconds. The default of 20 is short for a debug build on a small machine.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_at_the_first_failure() {
        let good: Step = ("good", &|| Ok(()));
        let bad: Step = ("bad", &|| Err("It rained.".into()));
        let never: Step = ("never", &|| unreachable!());
        assert_eq!(run_all(&[good]), Ok(()));
        let error = run_all(&[good, bad, never]).unwrap_err();
        assert_eq!(error, "FAILED at \"bad\": It rained.");
    }

    #[test]
    fn engines_are_named() {
        let names = |arguments: &[&str]| {
            let found = engines(arguments, &[chromium()]);
            found.map(|found| found.iter().map(|it| it.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&[]).unwrap(), ["chromium"]);
        assert_eq!(here().len(), if cfg!(target_os = "linux") { 3 } else { 2 });
        let all = names(&["--engines", "all"]).unwrap();
        assert_eq!(all, ["chromium", "firefox", "webkit"]);
        assert_eq!(
            names(&["--engines", "webkit,firefox"]).unwrap(),
            ["webkit", "firefox"]
        );
        assert!(names(&["--engines", "lynx"]).unwrap_err().contains("lynx"));
        assert!(names(&["--engine", "firefox"]).is_err());
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
