//! The parts of the viewer's wasm that are fetched when they are needed: cut out of what the compiler
//! made, before wasm-bindgen writes its glue.
//!
//! `src/part.rs` marks where a part begins. wasm-split finds what only that reaches, by the
//! relocations that the linker leaves (`--emit-relocs`), and moves it into a wasm of its own, which
//! works in the memory of the first and fills its place in the table of functions.

use crate::dist::{SCRIPT, WASM};
use crate::run::{Outcome, program, root, run};
use crate::script::plain_names;
use crate::tools::WASM_TARGET;
use std::fs;
use std::iter::successors;
use std::path::{Path, PathBuf};

/// A part: what it is called in `src/part.rs`, its file, and the constant of `start.js` that has its hash.
pub(crate) struct Part {
    name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) hash: &'static str,
    /// The part that always comes before it, as `src/web/parts.js` has it too: it has what both need.
    after: &'static str,
}

/// All of them.
pub(crate) const PARTS: [Part; 8] = [
    Part {
        name: "detail",
        file: "trace-tab-detail.wasm",
        hash: "DETAIL_SRI",
        after: SHAPES,
    },
    Part {
        name: "find",
        file: "trace-tab-find.wasm",
        hash: "FIND_SRI",
        after: SHARED,
    },
    Part {
        name: "live",
        file: "trace-tab-live.wasm",
        hash: "LIVE_SRI",
        after: SHAPES,
    },
    Part {
        name: "formats",
        file: "trace-tab-formats.wasm",
        hash: "FORMATS_SRI",
        after: "sessions",
    },
    Part {
        name: "json",
        file: "trace-tab-json.wasm",
        hash: "JSON_SRI",
        after: SHAPES,
    },
    Part {
        name: "sessions",
        file: "trace-tab-sessions.wasm",
        hash: "SESSIONS_SRI",
        after: SHAPES,
    },
    Part {
        name: SHAPES,
        file: "trace-tab-shapes.wasm",
        hash: "SHAPES_SRI",
        after: SHARED,
    },
    Part {
        name: SHARED,
        file: "trace-tab-shared.wasm",
        hash: "SHARED_SRI",
        after: "",
    },
];

/// What comes before each of the others, once.
const SHARED: &str = "shared";

/// What comes before those that read messages: it has what reads every shape of them.
const SHAPES: &str = "shapes";

/// What the compiler's wasm is called.
const BUILT: &str = "trace_tab.wasm";

/// Puts the wasm, its glue and its parts into `staging`, in place of the whole that Trunk has put there.
pub(crate) fn cut(staging: &Path, is_release: bool) -> Outcome {
    let profile = if is_release { "release" } else { "debug" };
    let built = root().join("target").join(WASM_TARGET);
    let built = built.join(profile).join(BUILT);
    let work = root().join("target/parts");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).map_err(|it| format!("{} cannot be made: {it}.", work.display()))?;
    let mut split = program("wasm-split-cli");
    split.arg(&built).arg(&work).args(["--out-name", "main"]);
    run(&mut split, "`wasm-split-cli`")?;
    let mut bind = program("wasm-bindgen");
    bind.args([
        "--target",
        "web",
        "--no-typescript",
        "--out-name",
        "trace-tab",
    ]);
    bind.arg("--out-dir").arg(&work).arg(work.join("main.wasm"));
    // The table of functions, which the parts fill.
    bind.arg("--keep-lld-exports");
    run(&mut bind, "`wasm-bindgen`")?;
    let glue = read(&work.join(SCRIPT))?;
    let mut bytes = bytes(&work.join(WASM))?;
    write(
        &staging.join(SCRIPT),
        plain_names(&glue, &mut bytes).as_bytes(),
    )?;
    write(&work.join(WASM), &bytes)?;
    finish(&work.join(WASM), &staging.join(WASM), is_release)?;
    let loader = read(&work.join("__wasm_split.js"))?;
    let chunks = chunks(&loader);
    for part in &PARTS {
        let own = work.join(format!("split_{}.wasm", part.name));
        let in_it = chunks.iter().filter(|it| it.home() == part.name);
        let files = in_it.map(|it| work.join(format!("chunk_{}.wasm", it.number)));
        let files: Vec<_> = Some(own)
            .filter(|it| it.exists())
            .into_iter()
            .chain(files)
            .collect();
        let published = staging.join(part.file);
        let joined = work.join(part.file);
        join(&files, &joined)?;
        if is_release {
            finish(&joined, &published, true)?;
        } else {
            without_unused(&joined, &published)?;
        }
        pad(&published)?;
    }
    Ok(())
}

/// What several parts need and the viewer itself does not: wasm-split makes a wasm of it.
#[derive(Debug, PartialEq)]
struct Chunk<'a> {
    number: &'a str,
    users: Vec<&'a str>,
}

impl Chunk<'_> {
    /// The part that it goes with: one of its users that comes before all others, else what comes before
    /// every part.
    fn home(&self) -> &str {
        let mut users = self.users.iter();
        let before = |name: &&str| {
            let part = PARTS.iter().find(|it| it.name == *name);
            part.map(|it| it.after)
        };
        let all_before = |user: &str| successors(before(&user), before);
        let is_first = |it: &&&str| {
            let mut others = self.users.iter().filter(|user| user != it);
            others.all(|user| all_before(user).any(|before| before == **it))
        };
        users.find(is_first).copied().unwrap_or(SHARED)
    }
}

/// The chunks, by what wasm-split says of them: `/* detail, json */` and `const __chunk_9 = …`.
fn chunks(loader: &str) -> Vec<Chunk<'_>> {
    let lines = loader.lines().zip(loader.lines().skip(1));
    lines.filter_map(|it| chunk(it.0, it.1)).collect()
}

fn chunk<'a>(users: &'a str, name: &'a str) -> Option<Chunk<'a>> {
    let users = users.strip_prefix("/* ")?.strip_suffix(" */")?;
    let number = name.strip_prefix("const __chunk_")?.split(' ').next()?;
    Some(Chunk {
        number,
        users: users.split(", ").collect(),
    })
}

/// Makes one wasm of several; without any, an empty one.
fn join(files: &[PathBuf], joined: &Path) -> Outcome {
    const EMPTY: &[u8] = b"\0asm\x01\0\0\0";
    match files {
        [] => write(joined, EMPTY),
        [only] => place(only, joined),
        several => {
            let mut merge = program("wasm-merge");
            for (name, file) in (b'a'..).zip(several) {
                merge.arg(file).arg(char::from(name).to_string());
            }
            // Each of them imports the one memory: as two, no browser takes it.
            let text = joined.with_extension("wat");
            merge.args(["-S", "--all-features", "-o"]).arg(&text);
            run(&mut merge, "`wasm-merge`")?;
            write(&text, once(&read(&text)?).as_bytes())?;
            finish(&text, joined, true)
        }
    }
}

fn bytes(file: &Path) -> Outcome<Vec<u8>> {
    fs::read(file).map_err(|error| format!("{} cannot be read: {error}.", file.display()))
}

fn read(file: &Path) -> Outcome<String> {
    fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}.", file.display()))
}

fn write(file: &Path, bytes: &[u8]) -> Outcome {
    fs::write(file, bytes)
        .map_err(|error| format!("{} cannot be written: {error}.", file.display()))
}

/// The text of a wasm with each import once, whatever it is called where.
fn once(text: &str) -> String {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut twice: Vec<(&str, &str)> = Vec::new();
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let import = line.strip_prefix(" (import ").and_then(|it| {
            let (what, how) = it.split_once(" (")?;
            Some((what, how.split([' ', ')']).find(|it| it.starts_with('$'))?))
        });
        if let Some((what, name)) = import {
            if let Some(first) = seen.iter().find(|it| it.0 == what) {
                twice.push((name, first.1));
                continue;
            }
            seen.push((what, name));
        }
        out.push_str(line);
        out.push('\n');
    }
    for (name, first) in twice {
        for end in [" ", ")", "\n"] {
            out = out.replace(&format!("{name}{end}"), &format!("{first}{end}"));
        }
    }
    out
}

/// Makes a wasm at least so long that Vite does not put it into the script as a `data:` URL, which a
/// strict policy of the page forbids. The zeros cost a few bytes of a compressed download.
fn pad(wasm: &Path) -> Outcome {
    const LEAST: usize = 4096;
    /// A custom section of as many zeros, without a name; its size in two bytes of LEB128.
    const SECTION: [u8; 3] = [0, 0x80, 0x20];
    let told = |error| format!("{} cannot be made longer: {error}.", wasm.display());
    let mut bytes = fs::read(wasm).map_err(told)?;
    if bytes.len() <= LEAST {
        bytes.extend(SECTION);
        bytes.resize(bytes.len() + LEAST, 0);
        fs::write(wasm, bytes).map_err(told)?;
    }
    Ok(())
}

fn finish(from: &Path, to: &Path, is_release: bool) -> Outcome {
    if !is_release {
        return place(from, to);
    }
    let mut shrink = program("wasm-opt");
    shrink.arg(from).arg("-o").arg(to).args(SHRINK);
    run(&mut shrink, "`wasm-opt`")
}

/// A part as it is, but for what nothing uses: wasm-split leaves an import in it that nobody gives it, and
/// a browser would take none.
fn without_unused(from: &Path, to: &Path) -> Outcome {
    let mut clean = program("wasm-opt");
    clean.arg(from).arg("-o").arg(to);
    clean.args(["-g", "--remove-unused-module-elements"]);
    clean.args(SHRINK.iter().filter(|it| it.starts_with("--enable")));
    run(&mut clean, "`wasm-opt`")
}

/// How a wasm is made small: for size, until nothing changes, with what `isModern` asks of a browser.
pub(crate) const SHRINK: [&str; 10] = [
    "-Oz",
    "--converge",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-simd",
];

fn place(from: &Path, to: &Path) -> Outcome {
    fs::copy(from, to)
        .map(drop)
        .map_err(|error| format!("{} cannot be published: {error}.", from.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The script fetches the same files, in the same order.
    #[test]
    fn the_script_knows_them() {
        let script = read(&root().join("src/web/parts.js")).unwrap();
        let after = script.lines().find(|it| it.starts_with("const AFTER = "));
        let after = after.unwrap();
        for part in &PARTS {
            let Part {
                name, file, hash, ..
            } = part;
            let fetched =
                format!("  {name}: () => [new URL(\"{file}\", import.meta.url), {hash}],");
            assert!(script.contains(&fetched), "{fetched}");
            let told = match part.after {
                "" => format!(" {name}: undefined"),
                before => format!(" {name}: \"{before}\""),
            };
            assert_eq!(after.contains(&told), part.after != SHAPES, "{name}");
        }
    }

    #[test]
    fn what_parts_share() {
        let loader = "x\n/* detail, formats, shapes */\nconst __chunk_4 = y\n/* formats, sessions */\nconst __chunk_13 = makeLoad(() => {\n/* a note */\n\n/* detail, sessions */\nconst __chunk_2 = y\n";
        let found = chunks(loader);
        let homes: Vec<_> = found.iter().map(|it| (it.number, it.home())).collect();
        assert_eq!(homes, [("4", SHAPES), ("13", "sessions"), ("2", SHARED)]);
    }

    #[test]
    fn one_memory() {
        let two = r#"(module
 (import "__wasm_split" "memory" (memory $a 17))
 (import "__wasm_split" "memory" (memory $a_1 17))
 (import "__wasm_split" "table" (table $t 8 funcref))
 (data $d (memory $a_1) (i32.const 8) "x")
 (func $f
  (i32.load $a_1
  (i32.load $a_10
"#;
        let one = r#"(module
 (import "__wasm_split" "memory" (memory $a 17))
 (import "__wasm_split" "table" (table $t 8 funcref))
 (data $d (memory $a) (i32.const 8) "x")
 (func $f
  (i32.load $a
  (i32.load $a_10
"#;
        assert_eq!(once(two), one);
    }
}
