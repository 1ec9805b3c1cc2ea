//! `cargo xtask serve`: the page, on this machine, rebuilt on change.

use crate::dist;
#[cfg(unix)]
use crate::run::not_started;
#[cfg(not(unix))]
use crate::run::run;
use crate::run::{Outcome, is_ci};
use crate::tools;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

/// Tells the bundling step, which runs after each build, where the page is served.
pub(crate) const URL_VARIABLE: &str = "TRACE_TAB_URL";

const PORT: u16 = 8080;
const PORTS_TRIED: u16 = 20;

#[derive(Debug, PartialEq)]
struct Flags {
    port: u16,
    release: bool,
    open: bool,
}

/// Installs what is missing, builds, serves, opens the browser; runs until it is stopped.
pub(crate) fn serve(flags: &[&str]) -> Outcome {
    let flags = parse(flags)?;
    tools::ensure_for_page(flags.release)?;
    let port = free_port(flags.port)?;
    let url = format!("http://127.0.0.1:{port}/");
    println!(
        "Building the page (the first time takes a few minutes); it will be at {url}, Ctrl-C stops it."
    );

    let mut trunk = dist::trunk("serve")?;
    // Not dist/: that holds the release build, which the end-to-end tests use.
    trunk.args(["--dist", "target/serve", "--port", &port.to_string()]);
    if flags.release {
        dist::for_release(trunk.arg("--release"));
    }
    if flags.open && has_browser() {
        trunk.arg("--open");
    }
    trunk.env(URL_VARIABLE, &url); // the hook says it after each build
    become_trunk(&mut trunk)
}

/// Trunk takes this process over, so that whatever stops `xtask` stops the server too.
#[cfg(unix)]
fn become_trunk(trunk: &mut Command) -> Outcome {
    use std::os::unix::process::CommandExt;
    let error = trunk.exec(); // returns only if it fails
    Err(not_started(trunk, &error))
}

#[cfg(not(unix))]
fn become_trunk(trunk: &mut Command) -> Outcome {
    run(trunk, "`trunk serve`")
}

fn parse(flags: &[&str]) -> Outcome<Flags> {
    let mut parsed = Flags {
        port: PORT,
        release: false,
        open: true,
    };
    let mut words = flags.iter();
    while let Some(&word) = words.next() {
        match word {
            "--release" => parsed.release = true,
            "--no-open" => parsed.open = false,
            "--port" => {
                parsed.port = words
                    .next()
                    .and_then(|number| number.parse().ok())
                    .ok_or("`--port` needs a number after it, for example `--port 8090`.")?;
            }
            other => {
                return Err(format!(
                    "`cargo xtask serve` does not know `{other}`, only --port N, --release and --no-open."
                ));
            }
        }
    }
    Ok(parsed)
}

/// The port asked for, or the next one that nobody listens on.
fn free_port(first: u16) -> Outcome<u16> {
    (first..first.saturating_add(PORTS_TRIED))
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        .ok_or_else(|| {
            format!(
                "The ports from {first} on are all taken. Try another with `cargo xtask serve --port N`."
            )
        })
}

/// Whether a browser can be expected to open here.
fn has_browser() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let display =
        cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY");
    display && !is_ci() && !set("SSH_CONNECTION")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags() {
        let parsed = parse(&["--port", "9000", "--no-open", "--release"]).unwrap();
        let expected = Flags {
            port: 9000,
            release: true,
            open: false,
        };
        assert_eq!(parsed, expected);
        assert!(parse(&["--port"]).unwrap_err().contains("needs a number"));
        assert!(parse(&["--fast"]).unwrap_err().contains("`--fast`"));
    }

    #[test]
    fn a_taken_port_is_passed_over() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(free_port(port).unwrap(), port);
    }
}
