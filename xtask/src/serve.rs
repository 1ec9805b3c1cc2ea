//! `cargo xtask serve`: the page, on this machine, rebuilt on change.

use crate::dist;
use crate::run::{Outcome, is_ci, not_started};
use crate::tools;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

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
        trunk.arg("--release");
    }
    if flags.open && has_browser() {
        trunk.arg("--open");
    }
    let mut server = trunk.spawn().map_err(|error| not_started(&trunk, &error))?;
    thread::spawn(move || announce(port, &url));
    let status = server
        .wait()
        .map_err(|error| format!("Waiting for Trunk failed: {error}."))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!(
            "Trunk stopped ({status}); its own words are above. A compiler error needs fixing; \
             with a missing crate, check the network and run `cargo fetch`."
        ))
    }
}

/// Says where the page is as soon as it is there.
fn announce(port: u16, url: &str) {
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        thread::sleep(Duration::from_millis(300));
    }
    println!("\nTrace Tab is at {url}\n");
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
