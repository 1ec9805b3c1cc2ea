//! `cargo xtask dist`: the published files, and the bundling step that Trunk calls on the way.
//!
//! Trunk compiles the wasm, writes its JS glue and the page. Its hook then calls [`bundle_for_trunk`],
//! which makes one module of the glue and the element, pins the wasm's hash in it and puts the other
//! published files beside it.

use crate::extras::{self, EXTRAS};
use crate::parts::{self, PARTS};
use crate::run::{Outcome, program, root, run};
use crate::script::{as_function, fill_in, is_import, shrink, with_texts, without_comments};
use crate::serve::URL_VARIABLE;
use crate::tools;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha384};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The module that a page includes.
pub(crate) const SCRIPT: &str = "trace-tab.js";
/// What it fetches when the first element is there.
pub(crate) const WASM: &str = "trace-tab_bg.wasm";

/// The version of everything that is published.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Appended to the glue in this order; they share its scope.
pub(crate) const SCRIPT_PARTS: [&str; 8] = [
    "src/web/start.js",
    "src/web/panic.js",
    "src/web/input.js",
    "src/web/containers.js",
    "src/web/parts.js",
    "src/web/languages.js",
    "src/web/files.js",
    "src/web/element.js",
];

/// Published as they stand: where they are, and what they are called in `dist/`.
const COPIED: [(&str, &str); 17] = [
    ("src/web/page.js", "page.js"),
    ("style/page.css", "page.css"),
    ("src/web/sample.json", "sample.json"),
    ("src/web/showcase/showcase.html", "showcase.html"),
    ("src/web/showcase/showcase.css", "showcase/showcase.css"),
    ("src/web/showcase/showcase.js", "showcase/showcase.js"),
    (
        "src/web/showcase/conversations.js",
        "showcase/conversations.js",
    ),
    ("src/web/showcase/light.css", "showcase/light.css"),
    ("src/web/showcase/dark.css", "showcase/dark.css"),
    ("src/web/showcase/terminal.css", "showcase/terminal.css"),
    ("src/web/trace-tab.d.ts", "trace-tab.d.ts"),
    ("src/web/custom-elements.json", "custom-elements.json"),
    ("src/web/package.json", "package.json"),
    ("src/web/trace.schema.json", "trace.schema.json"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("README.md", "README.md"),
];

/// Where the published files are.
pub(crate) fn dist_dir() -> PathBuf {
    root().join("dist")
}

/// Builds the published files.
pub(crate) fn dist() -> Outcome {
    tools::ensure_for_page(true)?;
    println!("Building dist/ (a release build, about 3 minutes)…");
    run(
        for_release(trunk("build")?.arg("--release")),
        "`trunk build --release`",
    )?;
    check_import()?;
    println!("Built dist/: any static host can serve it, from any folder.");
    Ok(())
}

/// Builds the published files if a source is newer than they are.
pub(crate) fn ensure_fresh() -> Outcome {
    let built = fs::metadata(dist_dir().join("integrity.json")).and_then(|file| file.modified());
    let sources = [
        "src",
        "style",
        "zstd",
        "languages",
        "index.html",
        "build.rs",
        "Trunk.toml",
        "Cargo.toml",
        "Cargo.lock",
    ];
    let newest = sources.iter().map(|name| newest(&root().join(name))).max();
    match (built, newest) {
        (Ok(built), Some(newest)) if built >= newest => Ok(()),
        _ => dist(),
    }
}

/// When the youngest file in a folder was written; long ago if it cannot be told.
fn newest(path: &Path) -> SystemTime {
    let own = fs::metadata(path).and_then(|file| file.modified());
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .map(|entry| newest(&entry.path()))
        .chain(own.ok())
        .max()
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Trunk, told which program its hook is to call.
pub(crate) fn trunk(command: &str) -> Outcome<Command> {
    let this = env::current_exe()
        .map_err(|error| format!("The path of xtask itself cannot be had: {error}."))?;
    let mut trunk = program("trunk");
    trunk
        .arg(command)
        // Without this the hook would start cargo, and wait for the lock of whoever runs xtask.
        .env("TRACE_TAB_XTASK", this)
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        .env(FLAGS, CUT)
        .env_remove("NO_COLOR"); // Trunk 0.21 refuses NO_COLOR=1
    Ok(trunk)
}

/// Flags beside those of `.cargo/config.toml`.
pub(crate) const FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";
/// What `parts.rs` cuts by.
pub(crate) const CUT: &str = "-C link-args=--emit-relocs";

/// The standard library is compiled for size as well, and a panic stops the wasm without the text of
/// it: 5 % less to download. Both are unstable in cargo; a compiler that does not know them any more says so.
pub(crate) fn for_release(trunk: &mut Command) -> &mut Command {
    if !tools::has_std_source() {
        return trunk;
    }
    trunk
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
        .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size")
        .env(
            FLAGS,
            format!("{CUT} -Z unstable-options -C panic=immediate-abort -Z location-detail=none"),
        )
}

/// The module must load where there is no browser, too: on servers that render pages.
fn check_import() -> Outcome {
    let script = format!("await import({:?})", format!("./dist/{SCRIPT}"));
    run(
        program("node").args(["--input-type=module", "--eval", &script]),
        &format!("Importing dist/{SCRIPT} in Node"),
    )
}

/// Trunk's post-build hook.
pub(crate) fn bundle_for_trunk() -> Outcome {
    let staging = env::var_os("TRUNK_STAGING_DIR").ok_or(
        "`cargo xtask bundle` is a part of the build and called by Trunk. You want `cargo xtask dist`.",
    )?;
    let texts = extras::build(Path::new(&staging))?;
    parts::cut(Path::new(&staging), is_release())?;
    bundle(&root(), Path::new(&staging), &texts)?;
    if let Ok(url) = env::var(URL_VARIABLE) {
        println!("\nTrace Tab is at {url}\n");
    }
    Ok(())
}

/// Whether Trunk builds what is published.
fn is_release() -> bool {
    env::var("TRUNK_PROFILE").is_ok_and(|it| it == "release")
}

/// What the script fetches when it is needed, and the constants that have the hashes.
pub(crate) fn fetched() -> impl Iterator<Item = (&'static str, &'static str)> {
    let parts = PARTS.iter().map(|it| (it.file, it.hash));
    parts.chain(EXTRAS.iter().map(|it| (it.file, it.hash)))
}

/// Makes the published files of what Trunk built, and of the texts of the script.
fn bundle(root: &Path, staging: &Path, texts: &str) -> Outcome {
    let manifest = read(&root.join("src/web/package.json"))?;
    if !manifest.contains(&format!("\"version\": \"{VERSION}\"")) {
        return Err(format!(
            "src/web/package.json has another version than Cargo.toml ({VERSION}). Write the same in both."
        ));
    }
    let glue = read(&staging.join(SCRIPT))?;
    if staging.join("snippets").exists() || glue.lines().any(is_import) {
        return Err(format!(
            "The wasm-bindgen glue imports JS snippets, but {SCRIPT} must stay one file. Find the \
             dependency that brings them (`inline_js` or `module = …`) and do without it."
        ));
    }
    let wasm = sri(&bytes(&staging.join(WASM))?);
    let hashed = fetched().map(|(file, name)| Ok((file, name, sri(&bytes(&staging.join(file))?))));
    let hashed = hashed.collect::<Outcome<Vec<_>>>()?;
    let languages = index_of_languages(staging)?;
    let mut own = String::new();
    for part in SCRIPT_PARTS {
        own.push('\n');
        own.push_str(&read(&root.join(part))?);
    }
    let own = with_texts(&without_comments(&own), texts)?;
    let script = without_comments(&as_function(&glue)) + "\n" + &own;
    let quoted = |value: &str| format!("\"{value}\"");
    let script = fill_in(&script, "WASM_SRI", &quoted(&wasm))?;
    let mut script = fill_in(&script, "VERSION", &quoted(VERSION))?;
    for (_, name, hash) in &hashed {
        script = fill_in(&script, name, &quoted(hash))?;
    }
    let script = fill_in(&script, "LANGUAGES_SRI", &quoted(&languages))?;
    write(&staging.join(SCRIPT), &script)?;
    if is_release() {
        shrink(&staging.join(SCRIPT))?;
    }
    let script = sri(&bytes(&staging.join(SCRIPT))?);
    let hashes = [(SCRIPT, &script), (WASM, &wasm)].into_iter();
    let hashes = hashes.chain(hashed.iter().map(|(file, _, hash)| (*file, hash)));
    let hashes = hashes.map(|(name, hash)| format!("  \"{name}\": \"{hash}\""));
    let hashes = hashes.collect::<Vec<_>>();
    let integrity = format!("{{\n{}\n}}\n", hashes.join(",\n"));
    write(&staging.join("integrity.json"), &integrity)?;
    for (from, to) in COPIED {
        let to = staging.join(to);
        fs::create_dir_all(to.parent().unwrap_or(staging))
            .and_then(|()| fs::copy(root.join(from), to))
            .map_err(|error| format!("{from} cannot be published: {error}."))?;
    }
    Ok(())
}

/// Writes a file with what a page in English never asks for, and so need not be in its download: the hashes
/// of the languages, and how `Intl` is asked for a date. Returns the hash of that file.
fn index_of_languages(staging: &Path) -> Outcome<String> {
    /// What is shorter, Vite makes a `data:` URL, which a strict policy of the page forbids.
    const LEAST: usize = 4096;
    const DATE: &str = r#"{"year":"numeric","month":"2-digit","day":"2-digit","hour":"2-digit","minute":"2-digit","hourCycle":"h23"}"#;
    let folder = staging.join("languages");
    let hashes = extras::LANGUAGES.iter().map(|name| {
        let hash = sri(&bytes(&folder.join(format!("{name}.json")))?);
        Ok(format!("\"{name}\":\"{hash}\""))
    });
    let hashes = hashes.collect::<Outcome<Vec<_>>>()?.join(",");
    let index = format!("{{\"date\":{DATE},{hashes}}}");
    let index = format!("{index:<LEAST$}\n");
    write(&folder.join("index.json"), &index)?;
    Ok(short_sri(index.as_bytes()))
}

/// A file's hash, as `integrity` attributes have it.
fn sri(bytes: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)))
}

/// The same of what a page in English never asks for: each byte of it is in every download.
fn short_sri(bytes: &[u8]) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(bytes)))
}

fn bytes(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}.", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that the script says.
    fn texts() -> String {
        let lines = crate::texts::SCRIPT
            .iter()
            .map(|it| format!("{} {}\n", it.0, it.1));
        lines.collect()
    }

    const GLUE: &str = "let wasm;\nexport class Viewer {}\nexport { __wbg_init as default };\n";
    const GLUE_IN_SCRIPT: &str = "function newGlue() {\nlet wasm;\nclass Viewer {}\nreturn {\n";

    /// A folder with what Trunk would have left, and one with the files to copy.
    fn folders(name: &str, glue: &str) -> (PathBuf, PathBuf) {
        let base = env::temp_dir().join(format!("trace-tab-{}-{name}", std::process::id()));
        let (source, staging) = (base.join("source"), base.join("staging"));
        let _ = fs::remove_dir_all(&base);
        fs::create_dir_all(&staging).unwrap();
        for name in COPIED.iter().map(|(from, _)| *from).chain(SCRIPT_PARTS) {
            let file = source.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            // Others' files may be unwritten yet; ours are taken as they are.
            fs::write(file, fs::read(root().join(name)).unwrap_or_default()).unwrap();
        }
        fs::write(staging.join(SCRIPT), glue).unwrap();
        fs::write(staging.join(WASM), b"\0asm").unwrap();
        for (file, name) in fetched() {
            fs::write(staging.join(file), name).unwrap();
        }
        fs::create_dir_all(staging.join("languages")).unwrap();
        for name in extras::LANGUAGES {
            fs::write(staging.join(format!("languages/{name}.json")), name).unwrap();
        }
        (source, staging)
    }

    #[test]
    fn one_module_with_the_hash_of_its_wasm() {
        let (source, staging) = folders("bundle", GLUE);
        bundle(&source, &staging, &texts()).unwrap();
        let script = read(&staging.join(SCRIPT)).unwrap();
        let wasm = sri(b"\0asm");
        assert!(script.starts_with(GLUE_IN_SCRIPT));
        assert!(script.contains(&format!("const WASM_SRI = \"{wasm}\";")));
        assert!(script.contains(&format!("const VERSION = \"{VERSION}\";")));
        let integrity = read(&staging.join("integrity.json")).unwrap();
        assert!(integrity.contains(&format!("\"{SCRIPT}\": \"{}\"", sri(script.as_bytes()))));
        assert!(integrity.contains(&format!("\"{WASM}\": \"{wasm}\"")));
        for (file, name) in fetched() {
            let hash = sri(name.as_bytes());
            assert!(integrity.contains(&format!("\"{file}\": \"{hash}\"")));
            assert!(script.contains(&format!("const {name} = \"{hash}\";")));
        }
        let index = read(&staging.join("languages/index.json")).unwrap();
        let pinned = short_sri(index.as_bytes());
        assert!(script.contains(&format!("const LANGUAGES_SRI = \"{pinned}\";")));
        for name in extras::LANGUAGES {
            let pinned = format!("\"{name}\":\"{}\"", sri(name.as_bytes()));
            assert!(index.contains(&pinned), "{name}");
        }
        assert!(script.contains(r#"say("The file")"#));
        for (_, name) in COPIED {
            assert!(staging.join(name).is_file(), "{name}");
        }
    }

    #[test]
    fn snippets_are_refused() {
        let glue = format!("import {{ x }} from './snippets/x.js';\n{GLUE}");
        let (source, staging) = folders("snippets", &glue);
        let error = bundle(&source, &staging, &texts()).unwrap_err();
        assert!(error.contains("must stay one file"), "{error}");
        assert_eq!(read(&staging.join(SCRIPT)).unwrap(), glue);
    }

    #[test]
    fn another_version_is_refused() {
        let (source, staging) = folders("version", GLUE);
        fs::write(
            source.join("src/web/package.json"),
            "{\"version\": \"9.9.9\"}",
        )
        .unwrap();
        let error = bundle(&source, &staging, &texts()).unwrap_err();
        assert!(error.contains("another version"), "{error}");
    }

    #[test]
    fn a_known_hash() {
        let empty = "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb";
        assert_eq!(sri(b""), empty);
    }
}
