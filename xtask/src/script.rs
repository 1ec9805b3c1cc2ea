//! The steps that make one small module of the wasm-bindgen glue and what is written by hand.

use crate::run::{Outcome, program, run};
use std::collections::BTreeMap;
use std::path::Path;

/// What the function of the glue returns. `start` takes what the wasm comes from, and what makes the
/// exports that the glue is to call of those of the wasm. `raw` are those themselves, for other wasm.
const GLUE_END: &str = "\
return {
Viewer,
version,
join_part,
async start(source, guard) {
const { instance, module } = await __wbg_load(source, __wbg_get_imports());
this.raw = __wbg_finalize_init(instance, module);
wasm = guard(this.raw);
return { module, exports: wasm };
},
};
}
";

/// The glue as a function: after a panic, the next wasm gets a glue that shares nothing with the last.
pub(crate) fn as_function(glue: &str) -> String {
    let mut out = String::from("function newGlue() {\n");
    for line in glue.lines().filter(|it| !it.starts_with("export {")) {
        out.push_str(line.strip_prefix("export ").unwrap_or(line));
        out.push('\n');
    }
    out + GLUE_END
}

/// The glue with zeros in place of the hashes in the names by which the wasm knows its functions, and
/// `wasm` with the same names: nothing compresses a hash, and each is in both downloads.
pub(crate) fn plain_names(glue: &str, wasm: &mut [u8]) -> String {
    const HASH: usize = 16;
    let mut plain = glue.to_owned();
    let mut known: Vec<String> = Vec::new();
    let words = glue.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
    for name in words.filter(|it| it.starts_with("__wbg_") && it.len() > HASH) {
        let (stem, hash) = name.split_at(name.len() - HASH);
        let is_hash = hash.bytes().all(|it| it.is_ascii_hexdigit());
        if !is_hash || !plain.contains(name) {
            continue;
        }
        // Several may differ by their hashes alone.
        let n = known.iter().filter(|it| *it == stem).count();
        known.push(stem.to_owned());
        let new = format!("{stem}{n:0HASH$}");
        plain = plain.replace(name, &new);
        replace(wasm, name.as_bytes(), new.as_bytes());
    }
    plain
}

/// Replaces bytes by as many others, wherever they stand.
fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    let mut rest = bytes;
    while let Some(at) = rest.windows(old.len()).position(|it| it == old) {
        let (found, after) = rest.split_at_mut(at).1.split_at_mut(new.len());
        found.copy_from_slice(new);
        rest = after;
    }
}

/// What terser may do: no browser that runs the wasm lacks what the script would be written in.
const COMPRESS: &str = "passes=2,ecma=2022,keep_fargs=false";

/// Makes the script small. The name `wasm` stays: tests measure the memory by it.
pub(crate) fn shrink(script: &Path) -> Outcome {
    let mut terser = program("terser");
    terser
        .arg(script)
        .args(["--module", "--compress", COMPRESS])
        .args(["--mangle", "reserved=['wasm']"]);
    run(terser.arg("--output").arg(script), "`terser`")
}

/// The script without the comments and blank lines that stand on lines of their own: they are for
/// who reads the sources, and a quarter of the download.
pub(crate) fn without_comments(script: &str) -> String {
    let mut out = String::with_capacity(script.len());
    let mut in_comment = false;
    for line in script.lines() {
        let code = line.trim_start();
        if in_comment || code.starts_with("/*") {
            in_comment = !code.contains("*/");
            // Code after a comment on its line stays, comment and all.
            if in_comment || code.ends_with("*/") {
                continue;
            }
        }
        if !code.is_empty() && !code.starts_with("//") {
            out.push_str(code);
            out.push('\n');
        }
    }
    out
}

/// Whether a line of a module is a static import (`import(…)` and `import.meta` are not).
pub(crate) fn is_import(line: &str) -> bool {
    line.trim_start()
        .strip_prefix("import")
        .is_some_and(|rest| rest.starts_with([' ', '{', '*', '"', '\'']))
}

/// The script with the English of each text in the place of its key: `say("The file")` for `say.the_file()`.
/// `texts`: a line each, its key and the text.
pub(crate) fn with_texts(script: &str, texts: &str) -> Outcome<String> {
    const LIST: &str = "src/text/script.rs";
    let texts: BTreeMap<_, _> = texts.lines().filter_map(|it| it.split_once(' ')).collect();
    let mut unused = texts.clone();
    let mut parts = script.split("say.");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (key, rest) = part.split_once('(').unwrap_or((part, ""));
        let Some(english) = texts.get(key) else {
            return Err(format!(
                "The script has `say.{key}`, and {LIST} no such text."
            ));
        };
        unused.remove(key);
        let more = if rest.starts_with(')') { "" } else { ", " };
        out.extend(["say(", &format!("{english:?}"), more, rest]);
    }
    match unused.keys().next() {
        Some(key) => Err(format!("{LIST} has `{key}`, which the script never says.")),
        None => Ok(out),
    }
}

/// Gives a constant of the element its value.
pub(crate) fn fill_in(script: &str, name: &str, value: &str) -> Outcome<String> {
    let blank = format!("\nconst {name} = undefined;\n");
    if script.matches(&blank).count() != 1 {
        return Err(format!(
            "The line `const {name} = undefined;`, which the bundle fills in, must stand in src/web/start.js once."
        ));
    }
    Ok(script.replace(&blank, &format!("\nconst {name} = {value};\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports() {
        assert!(is_import("import { a } from 'b';"));
        assert!(is_import("  import*as a from 'b';"));
        assert!(!is_import("import.meta.url"));
        assert!(!is_import("imports.wbg = {};"));
    }

    #[test]
    fn names_without_hashes() {
        let glue = "__wbg_new_0123456789abcdef: a, __wbg_new_fedcba9876543210: b, __wbg_new: c";
        let mut wasm = glue.as_bytes().to_vec();
        let plain = plain_names(glue, &mut wasm);
        let expected = "__wbg_new_0000000000000000: a, __wbg_new_0000000000000001: b, __wbg_new: c";
        assert_eq!(plain, expected);
        assert_eq!(wasm, expected.as_bytes());
    }

    #[test]
    fn texts_in_the_place_of_keys() {
        let texts = "late No answer from {0}.\nfile The \"file\"\n";
        let said = with_texts("a(say.late(url), say.file());", texts);
        let expected = r#"a(say("No answer from {0}.", url), say("The \"file\""));"#;
        assert_eq!(said.unwrap(), expected);
        let error = with_texts("say.file()", texts).unwrap_err();
        assert!(error.contains("`late`"), "{error}");
        let error = with_texts("say.file() say.late() say.never()", texts).unwrap_err();
        assert!(error.contains("`say.never`"), "{error}");
    }

    #[test]
    fn comments_on_their_own_lines_go() {
        let script =
            "/**\n * Doc.\n */\nlet a = 1; // stays\n  // goes\n\n/* pure */ b();\nc(`//x`);\n";
        let bare = "let a = 1; // stays\n/* pure */ b();\nc(`//x`);\n";
        assert_eq!(without_comments(script), bare);
    }
}
