//! The chores of Trace Tab, from a machine with only Rust, Node and a C compiler:
//! `cargo xtask serve | test | dist | bench | fuzz | shots`. It installs what is missing into
//! `target/tools`, at pinned versions, and then calls cargo, Trunk and the browser.

mod apps;
mod browser;
#[cfg(test)]
mod contract;
mod dist;
mod extras;
mod fuzz;
mod parts;
mod run;
mod script;
mod serve;
mod size;
mod test;
#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "the languages use the rest")]
#[path = "../../src/text/script.rs"]
mod texts;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <command>

  serve [--port N] [--release] [--no-open]
              build the page, serve it on this machine, rebuild on change
  test [--engines NAMES]
              everything: format, lints, tests, docs, release build, browser tests, size; in
              chromium, firefox and (on Linux) webkit, or in those named
  test core   the quick part of it: format, lints and tests without a browser
  test e2e [--engines NAMES]
              the end-to-end tests alone; in chromium, or in those named (or all)
  dist        the published files, in dist/
  apps        small apps with them, one a framework, for the browser tests
  size        their sizes, as they are and compressed
  bench [--quick] [--engine=firefox]
              the benchmark, in headless Chromium or in another engine; quick: without
              the large files
  fuzz [SECONDS] [TARGET]
              random files, guided by what of the code they reach
  conformance the table of real files in the README
  shots       screenshots of the built page

What a command needs and the machine lacks is installed into target/tools first.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["serve", flags @ ..] => serve::serve(flags),
        ["test", "core"] => test::core(),
        ["test", "e2e", rest @ ..] => test::e2e_alone(rest),
        ["test", rest @ ..] => test::all(rest),
        ["dist"] => dist::dist(),
        ["apps"] => apps::apps(),
        ["bundle"] => dist::bundle_for_trunk(), // called by Trunk's hook only
        ["size"] => size::report(),
        ["bench", rest @ ..] => test::bench(rest),
        ["conformance"] => test::conformance(),
        ["fuzz", rest @ ..] => fuzz::fuzz(rest),
        ["shots"] => test::shots(),
        [] | ["help" | "--help" | "-h", ..] => {
            println!("{USAGE}");
            Ok(())
        }
        other => Err(format!(
            "There is no command `{}`.\n\n{USAGE}",
            other.join(" ")
        )),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\n{message}");
            ExitCode::FAILURE
        }
    }
}
