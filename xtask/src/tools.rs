//! The tools that a build needs: which, in which version, and how they are installed.
//!
//! This is the one place where the versions are pinned. `Trunk.toml` has to repeat two of them and
//! `Cargo.toml` one; the tests below hold them together.

use crate::run::{Outcome, cargo, output, program, run, tools_dir};

/// Builds and serves the page.
pub(crate) const TRUNK: &str = "0.21.14";
/// Writes the JS glue; must equal the crate `wasm-bindgen` in `Cargo.lock`.
pub(crate) const WASM_BINDGEN: &str = "0.2.129";
/// Cuts the wasm into parts.
pub(crate) const WASM_SPLIT: &str = "0.2.4";
/// The npm package with `wasm-merge` and `wasm-opt`, Node programs.
pub(crate) const BINARYEN: &str = "132.0.0";
/// The npm package that makes the script small.
pub(crate) const TERSER: &str = "5.51.4";
/// Drives Firefox.
pub(crate) const GECKODRIVER: &str = "0.37.1";
/// What the viewer is compiled for.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Installs everything that building the page takes.
pub(crate) fn ensure_for_page(release: bool) -> Outcome {
    ensure_target()?;
    ensure_wasm_bindgen()?;
    ensure_crate("trunk", "trunk", TRUNK, "about 4 minutes")?;
    ensure_wasm_split()?;
    // Every build joins pieces of wasm with Binaryen; only a release is made small.
    ensure_npm_tools()?;
    if release {
        ensure_std_source();
    }
    remove_leftovers();
    Ok(())
}

/// Installs the compiler's target for wasm.
pub(crate) fn ensure_target() -> Outcome {
    let libraries =
        output(program("rustc").args(["--print", "target-libdir", "--target", WASM_TARGET]));
    if libraries.is_some_and(|path| std::path::Path::new(&path).is_dir()) {
        return Ok(());
    }
    println!("Installing Rust's target {WASM_TARGET} (about 20 seconds, once)…");
    let by_hand = format!(
        "Rust's target {WASM_TARGET} is missing and could not be installed. With rustup and a \
         network: `rustup target add {WASM_TARGET}`. With Rust from a distribution: its package \
         for this target (Debian: libstd-rust-dev-wasm32)."
    );
    run(
        program("rustup").args(["target", "add", WASM_TARGET]),
        "`rustup target add`",
    )
    .map_err(|error| format!("{error}\n{by_hand}"))
}

/// Whether the source of the standard library is there, which a release then compiles for size.
pub(crate) fn has_std_source() -> bool {
    let sysroot = output(program("rustc").args(["--print", "sysroot"])).unwrap_or_default();
    std::path::Path::new(&sysroot)
        .join("lib/rustlib/src/rust/library")
        .is_dir()
}

/// Installs the source of the standard library. A release can do without, and is larger then.
fn ensure_std_source() {
    if has_std_source() {
        return;
    }
    println!("Installing the source of Rust's standard library (about 5 seconds, once)…");
    let add = run(
        program("rustup").args(["component", "add", "rust-src"]),
        "`rustup component add rust-src`",
    );
    if let Err(error) = add {
        println!(
            "{error}\nThe wasm becomes 5 % larger without it. With rustup and a network: \
             `rustup component add rust-src`."
        );
    }
}

/// Installs `wasm-bindgen` and the runner of wasm tests.
pub(crate) fn ensure_wasm_bindgen() -> Outcome {
    ensure_crate(
        "wasm-bindgen-cli",
        "wasm-bindgen-test-runner",
        WASM_BINDGEN,
        "about 2 minutes",
    )
}

/// Installs what cuts the wasm into parts. It does not say its version; cargo has noted what it installed.
fn ensure_wasm_split() -> Outcome {
    let package = "wasm_split_cli_support";
    let noted = std::fs::read_to_string(tools_dir().join(".crates.toml")).unwrap_or_default();
    if noted.contains(&format!("\"{package} {WASM_SPLIT} ")) {
        return Ok(());
    }
    let features = ["--features", "build-binary"];
    install_crate(
        package,
        "wasm-split-cli",
        WASM_SPLIT,
        "about 30 seconds",
        &features,
    )
}

/// Installs the driver of Firefox.
pub(crate) fn ensure_geckodriver() -> Outcome {
    ensure_crate("geckodriver", "geckodriver", GECKODRIVER, "about 2 minutes")?;
    remove_leftovers();
    Ok(())
}

/// Installs a program from crates.io, unless the PATH has just this version of it.
fn ensure_crate(package: &str, binary: &str, version: &str, time: &str) -> Outcome {
    let found = output(program(binary).arg("--version"));
    if found.is_some_and(|line| line.split_whitespace().any(|word| word == version)) {
        return Ok(());
    }
    install_crate(package, binary, version, time, &[])
}

fn install_crate(
    package: &str,
    binary: &str,
    version: &str,
    time: &str,
    features: &[&str],
) -> Outcome {
    println!("Installing {package} {version} into target/tools ({time}, once)…");
    let tools = tools_dir();
    let mut install = cargo(&["install", "--locked", "--force"]);
    install
        .arg(format!("{package}@{version}"))
        .args(features)
        .arg("--root")
        .arg(&tools)
        .arg("--target-dir")
        .arg(tools.join("build"))
        // A tool that runs for a second need not be optimized for ten minutes.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false");
    run(&mut install, &format!("Installing {package}")).map_err(|error| {
        format!(
            "{error}\nIt needs a network that reaches crates.io and a C compiler (Debian: \
             `apt-get install build-essential`). By hand: \
             `cargo install --locked {package}@{version}`, and have `{binary}` on the PATH."
        )
    })
}

/// Installs Binaryen and `terser`: together, as npm takes away what another install has put there.
pub(crate) fn ensure_npm_tools() -> Outcome {
    ensure_node()?;
    let major = BINARYEN.split('.').next().unwrap_or(BINARYEN);
    let is_there = |(binary, version): (&str, &str)| {
        let found = output(program(binary).arg("--version"));
        found.is_some_and(|line| line.split_whitespace().any(|word| word == version))
    };
    if [("wasm-opt", major), ("terser", TERSER)]
        .into_iter()
        .all(is_there)
    {
        return Ok(());
    }
    println!(
        "Installing wasm-opt (npm binaryen {BINARYEN}) and terser {TERSER} into target/tools \
         (about 15 seconds, once)…"
    );
    let mut install = program("npm");
    install
        .args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--prefix",
        ])
        .arg(tools_dir())
        .arg(format!("binaryen@{BINARYEN}"))
        .arg(format!("terser@{TERSER}"));
    run(&mut install, "`npm install binaryen terser`").map_err(|error| {
        format!(
            "{error}\nIt needs npm and a network that reaches npm's registry. By hand: \
             `npm install --prefix target/tools --no-save binaryen@{BINARYEN} terser@{TERSER}`, \
             or have Binaryen {major}'s `wasm-opt` and `terser` {TERSER} on the PATH."
        )
    })
}

/// Checks that there is Node: wasm-opt is a Node program, and the size report uses its brotli.
pub(crate) fn ensure_node() -> Outcome {
    match output(program("node").arg("--version")) {
        Some(_) => Ok(()),
        None => Err(
            "Node is missing. Install version 20 or newer (Debian: `apt-get install nodejs npm`; \
             elsewhere: nodejs.org), then run this again."
                .into(),
        ),
    }
}

/// What `cargo install` compiled on the way is of no more use.
fn remove_leftovers() {
    // A failure costs disk space only.
    let _ = std::fs::remove_dir_all(tools_dir().join("build"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::root;

    fn read(name: &str) -> String {
        std::fs::read_to_string(root().join(name)).unwrap()
    }

    /// The version in the `[[package]]` of `Cargo.lock` that has this name.
    fn locked(name: &str) -> Option<String> {
        let lock = read("Cargo.lock");
        let package = lock.split("[[package]]").find(|package| {
            package
                .lines()
                .any(|line| line == format!("name = \"{name}\""))
        })?;
        let line = package.lines().find(|line| line.starts_with("version"))?;
        Some(line.split('"').nth(1)?.to_owned())
    }

    #[test]
    fn trunk_toml_agrees() {
        let trunk = read("Trunk.toml");
        assert!(trunk.contains(&format!("\nwasm_bindgen = \"{WASM_BINDGEN}\"\n")));
    }

    #[test]
    fn the_locked_wasm_bindgen_agrees() {
        assert_eq!(locked("wasm-bindgen").as_deref(), Some(WASM_BINDGEN));
    }
}
