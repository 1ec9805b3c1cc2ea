//! The style sheet without what only its readers need: it is a part of every download.

use std::path::Path;
use std::{env, fs, io};

const SHEETS: [&str; 3] = ["style/viewer.css", "style/media.css", "style/tokens.css"];

fn main() -> io::Result<()> {
    let mut all = String::new();
    for sheet in SHEETS {
        println!("cargo::rerun-if-changed={sheet}");
        all.push_str(&plain(&fs::read_to_string(sheet)?));
    }
    let folder = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(Path::new(&folder).join("viewer.css"), all)
}

/// A sheet without its comments, and its lines joined.
fn plain(css: &str) -> String {
    let parts = css.split("/*").enumerate();
    let code = parts.map(|(at, it)| match it.split_once("*/") {
        Some((_, code)) if at > 0 => code,
        _ => it,
    });
    let code: String = code.collect();
    code.lines().map(str::trim).collect()
}
