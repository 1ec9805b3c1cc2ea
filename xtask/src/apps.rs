//! `cargo xtask apps`: the small apps of `tests/apps`, each with the packed package in it, as one
//! that uses it would build them. `tests/e2e` opens them in the browser.

use crate::dist::{self, dist_dir};
use crate::run::{Outcome, cargo, output, program, root, run};
use crate::tools::{self, WASM_TARGET};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Apps that Vite builds.
const VITE: [&str; 4] = ["react", "react-router", "vue", "svelte"];
/// The app that uses the crate, and not the package.
const LEPTOS: &str = "leptos-app";

/// Builds all of them into `target/apps`, with what is in `dist/`.
pub(crate) fn apps() -> Outcome {
    dist::ensure_fresh()?;
    tools::ensure_node()?;
    tools::ensure_target()?;
    tools::ensure_wasm_bindgen()?;
    let built = root().join("target").join("apps");
    let _ = fs::remove_dir_all(&built);
    fs::create_dir_all(&built).map_err(|error| format!("target/apps: {error}."))?;
    install(&pack(&built)?)?;
    for name in VITE {
        let mut vite = app(
            "npx",
            &["vite", "build", name, "--config", "vite.config.js"],
        );
        vite.args(["--logLevel", "warn", "--outDir"]);
        run(
            vite.arg(built.join(name)),
            &format!("Building the app {name}"),
        )?;
    }
    next(&built)?;
    leptos(&built.join("leptos"))
}

/// A program, run among the apps.
fn app(name: &str, arguments: &[&str]) -> Command {
    let mut command = program(name);
    command
        .args(arguments)
        .current_dir(root().join("tests/apps"));
    command
}

/// Packs `dist/` as it would be published; returns the package.
fn pack(built: &Path) -> Outcome<PathBuf> {
    let mut pack = program("npm");
    pack.args(["pack", "--pack-destination"]).arg(built);
    let name = output(pack.current_dir(dist_dir()));
    let name = name.ok_or("`npm pack` of dist/ failed. Try it there by hand.")?;
    let name = name.lines().last().unwrap_or_default();
    Ok(built.join(name))
}

/// Installs what the lockfile says, and the package. No package may run a script of its own.
fn install(package: &Path) -> Outcome {
    let lock = root().join("tests/apps/package-lock.json");
    let locked = lock.with_file_name("node_modules").join(".locked");
    let same = fs::read(&lock).ok().filter(|it| !it.is_empty()) == fs::read(&locked).ok();
    if !same {
        println!("Installing the frameworks of tests/apps (about 30 seconds, once)…");
        run(
            &mut app("npm", &["ci", "--ignore-scripts"]),
            "`npm ci` in tests/apps",
        )?;
        let copied = fs::copy(&lock, &locked);
        copied.map_err(|error| format!("{}: {error}.", locked.display()))?;
    }
    let mut install = app("npm", &["install", "--no-save", "--ignore-scripts"]);
    let install = install.arg("--prefer-offline").arg(package);
    run(install, "`npm install` of the package")
}

/// Next.js writes inside its own folder only.
fn next(built: &Path) -> Outcome {
    let mut next = app("npx", &["next", "build", "next"]);
    next.env("NEXT_TELEMETRY_DISABLED", "1");
    run(&mut next, "Building the app next")?;
    fs::rename(root().join("tests/apps/next/out"), built.join("next"))
        .map_err(|error| format!("tests/apps/next/out cannot be moved to target/apps: {error}."))
}

/// With the profile of tests: what it needs is there then, of the tests in wasm.
fn leptos(built: &Path) -> Outcome {
    let mut build = cargo(&["build", "--profile", "test", "--package", LEPTOS]);
    let folder = root().join("target");
    build
        .args(["--target", WASM_TARGET, "--target-dir"])
        .arg(&folder);
    run(&mut build, "Building the app leptos")?;
    let wasm = folder.join(WASM_TARGET).join("debug");
    let wasm = wasm.join(format!("{LEPTOS}.wasm"));
    let mut bind = program("wasm-bindgen");
    bind.args(["--target", "web", "--no-typescript", "--out-dir"]);
    run(bind.arg(built).arg(wasm), "`wasm-bindgen`")?;
    for name in ["index.html", "start.js"] {
        let from = root().join("tests/apps/leptos").join(name);
        fs::copy(from, built.join(name)).map_err(|error| format!("{name}: {error}."))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> String {
        fs::read_to_string(root().join("tests/apps").join(name)).unwrap()
    }

    #[test]
    fn every_version_is_pinned() {
        let package = read("package.json");
        let (_, listed) = package.split_once("\"devDependencies\": {\n").unwrap();
        let lines = listed.lines().take_while(|it| !it.contains('}'));
        let lock = read("package-lock.json");
        for line in lines {
            let mut words = line.split('"').skip(1).step_by(2);
            let (name, version) = (words.next().unwrap(), words.next().unwrap());
            let exact = |it: char| it.is_ascii_digit() || it == '.';
            assert!(version.chars().all(exact), "{name} {version}");
            let locked = format!("\"node_modules/{name}\": {{\n      \"version\": \"{version}\"");
            assert!(
                lock.contains(&locked),
                "{name} {version} is not in the lockfile"
            );
        }
    }

    /// The lockfile is good with any registry, and the package itself is not in it.
    #[test]
    fn the_lockfile_names_no_registry() {
        let lock = read("package-lock.json");
        assert!(!lock.contains("\"resolved\""));
        assert!(!lock.contains("node_modules/trace-tab"));
    }
}
