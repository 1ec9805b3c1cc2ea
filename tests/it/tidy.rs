//! The rules of this repository that a compiler does not know.

use std::collections::BTreeSet;
use std::path::Path;

use trace_tab::import::{COMMON, formats};

use crate::files::{below, root};

/// Each layer, and the layers it may name. Nothing else may be named.
const LAYERS: &[(&str, &[&str])] = &[
    ("part", &[]),
    ("model", &[]),
    ("payload", &["model", "part"]),
    ("import", &["model", "payload", "text", "part"]),
    ("analysis", &["model", "payload"]),
    ("state", &["model", "analysis"]),
    ("text", &["model", "analysis"]),
    ("export", &["model", "payload", "analysis"]),
    ("layout", &["model", "analysis", "state"]),
    (
        "view",
        &[
            "model", "payload", "analysis", "state", "text", "layout", "part",
        ],
    ),
    (
        "element",
        &[
            "model", "payload", "import", "analysis", "state", "text", "export", "layout", "view",
            "part",
        ],
    ),
];

/// Files that are longer than 400 lines without their tests, how long they may be, and why.
const LONG_FILES: &[(&str, usize, &str)] = &[
    ("src/view/detail.rs", 450, "the tabs of one pane"),
    (
        "src/payload/mod.rs",
        520,
        "how a value is read, whatever shape recognizes it",
    ),
    ("src/import/records/mod.rs", 520, "one state machine"),
    (
        "src/model/trace.rs",
        500,
        "the types of a trace, in one place",
    ),
];

const MOST_LINES: usize = 400;

#[track_caller]
fn check(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

/// Path below the root, with slashes.
fn name(path: &Path) -> String {
    let name = path.strip_prefix(root()).unwrap().to_string_lossy();
    name.replace('\\', "/")
}

/// Files below a folder with one of these endings: name and text.
fn texts(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let ends = |it: &&std::path::PathBuf| {
        let ending = it.extension().unwrap_or_default().to_string_lossy();
        endings.contains(&ending.as_ref())
    };
    let read = |it: &std::path::PathBuf| (name(it), std::fs::read_to_string(it).unwrap());
    let files = below(&root().join(folder));
    files.iter().filter(ends).map(read).collect()
}

/// The lines of a Rust file, with their numbers, up to its tests and without comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|it| (it.0 + 1, it.1));
    lines
        .take_while(|it| it.1 != "#[cfg(test)]")
        .filter(|it| !it.1.trim_start().starts_with("//"))
}

/// What follows each `before` in a line.
fn after<'a>(line: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    line.match_indices(before)
        .map(move |it| &line[it.0 + before.len()..])
}

/// The name that a text begins with.
fn word(text: &str) -> &str {
    let end = text.find(|it: char| !it.is_alphanumeric() && it != '_');
    &text[..end.unwrap_or(text.len())]
}

#[test]
fn layers_name_only_what_is_left_of_them() {
    let mut broken = Vec::new();
    for (file, text) in texts("src", &["rs"]) {
        let layer = word(file.strip_prefix("src/").unwrap());
        if layer == "lib" {
            continue;
        }
        let Some((_, may_name)) = LAYERS.iter().find(|it| it.0 == layer) else {
            broken.push(format!("{file}: `{layer}` is in no layer"));
            continue;
        };
        for (number, line) in code(&text) {
            let is_layer = |it: &&str| LAYERS.iter().any(|layer| layer.0 == *it);
            // `super::` reaches the root of the crate from a layer's own file.
            let by_super = after(line, "super::").map(word).filter(is_layer);
            let by_super = by_super.filter(|it| line.contains(&format!("super::{it}::")));
            for named in after(line, "crate::").map(word).chain(by_super) {
                if named != layer && !may_name.contains(&named) {
                    broken.push(format!("{file}:{number}: {layer} names `{named}`: {line}"));
                }
            }
        }
    }
    check(&broken);
}

#[test]
fn importing_keeps_no_document() {
    let files = texts("src/import", &["rs"]).into_iter();
    let mut broken = Vec::new();
    for (file, text) in files.chain(texts("src/model", &["rs"])) {
        let bad = |line: &str| line.contains("serde_json") && line.contains("Value");
        let lines = code(&text).filter(|it| bad(it.1));
        broken.extend(lines.map(|it| format!("{file}:{}: {}", it.0, it.1)));
    }
    check(&broken);
}

#[test]
fn nothing_panics_on_purpose() {
    let mut broken = Vec::new();
    for (file, text) in texts("src", &["rs"]) {
        // `.expect(` with a message: a method of our own may be called that, with another argument.
        let bad = |line: &str| line.contains(".unwrap()") || line.contains(".expect(\"");
        let lines = code(&text).filter(|it| bad(it.1));
        broken.extend(lines.map(|it| format!("{file}:{}: {}", it.0, it.1)));
    }
    check(&broken);
}

#[test]
fn files_are_of_a_size_to_read() {
    let mut broken = Vec::new();
    for (file, text) in texts("src", &["rs"]) {
        let n_lines = text.lines().take_while(|it| *it != "#[cfg(test)]").count();
        let exception = LONG_FILES.iter().find(|it| it.0 == file);
        let most = exception.map_or(MOST_LINES, |it| it.1);
        if n_lines > most {
            broken.push(format!("{file}: {n_lines} lines, {most} at most"));
        }
        if exception.is_some() && n_lines + 50 < MOST_LINES {
            broken.push(format!("{file}: {n_lines} lines: no exception any more"));
        }
    }
    for path in below(&root().join("tests/fixtures")) {
        let len = path.metadata().unwrap().len();
        if len > 20_000 {
            broken.push(format!("{}: {len} bytes, 20,000 at most", name(&path)));
        }
    }
    for (file, text) in texts("tests/it/snapshots", &["snap"]) {
        let n_lines = text.lines().count();
        if n_lines > 200 {
            broken.push(format!("{file}: {n_lines} lines, 200 at most"));
        }
    }
    check(&broken);
}

/// A phrase that nobody says would be in every language and in the download.
#[test]
fn every_phrase_is_said() {
    let sources = texts("src", &["rs"]);
    let said: BTreeSet<&str> = sources
        .iter()
        .flat_map(|(_, text)| after(text, "Phrase::").map(word))
        .collect();
    let (_, list) = sources
        .iter()
        .find(|it| it.0.ends_with("phrases.rs"))
        .unwrap();
    let phrases = list.lines().filter_map(|it| it.trim().split_once(": \""));
    let silent = phrases.filter(|it| !said.contains(it.0));
    check(&silent.map(|it| it.0.to_owned()).collect::<Vec<_>>());
}

#[test]
fn every_snapshot_has_its_fixture() {
    let mut broken = Vec::new();
    for (file, _) in texts("tests/it/snapshots", &["snap"]) {
        let snapshot = file.rsplit('/').next().unwrap();
        let fixture = snapshot
            .strip_prefix("dump@")
            .and_then(|it| it.strip_suffix(".snap"))
            .map(|it| it.replacen("__", "/", 1));
        let there = |it: &String| root().join("tests/fixtures").join(it).exists();
        if !fixture.as_ref().is_some_and(there) {
            broken.push(format!("{snapshot}: no fixture {fixture:?}"));
        }
    }
    check(&broken);
}

/// `tokens.css` has the colors. The page around the element has its own few.
#[test]
fn colors_are_in_one_file() {
    let mut broken = Vec::new();
    for (file, text) in texts("style", &["css"]) {
        if file.ends_with("/tokens.css") || file.ends_with("/page.css") {
            continue;
        }
        for (number, line) in without_comments(&text).lines().enumerate() {
            // Of a selector there is nothing after a colon but the name of a state.
            let value = line.split_once(':').map_or("", |it| it.1);
            if let Some(color) = color(value) {
                broken.push(format!("{file}:{}: `{color}` in {line}", number + 1));
            }
        }
    }
    let files = texts("src/view", &["rs"]).into_iter();
    for (file, text) in files.chain(texts("src/element", &["rs"])) {
        for (number, line) in code(&text) {
            let hex = |it: &str| is_hex(word(it)) && it[word(it).len()..].starts_with('"');
            if has_function(line) || after(line, "\"#").any(hex) {
                broken.push(format!("{file}:{number}: {line}"));
            }
        }
    }
    check(&broken);
}

/// CSS with its comments blanked out, line for line.
fn without_comments(text: &str) -> String {
    let mut out = String::new();
    for (i, part) in text.split("/*").enumerate() {
        let (comment, rest) = match part.split_once("*/") {
            Some(parts) if i > 0 => parts,
            _ => ("", part),
        };
        out.extend(comment.chars().filter(|it| *it == '\n'));
        out.push_str(rest);
    }
    out
}

fn is_hex(word: &str) -> bool {
    matches!(word.len(), 3 | 4 | 6 | 8) && word.bytes().all(|it| it.is_ascii_hexdigit())
}

fn has_function(value: &str) -> bool {
    let functions = [
        "rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "oklab(", "lch(", "oklch(",
    ];
    functions.iter().any(|it| value.contains(it))
}

/// A color in the value of a declaration.
fn color(value: &str) -> Option<&str> {
    if has_function(value) {
        return Some(value);
    }
    if let Some(hex) = after(value, "#").map(word).find(|it| is_hex(it)) {
        return Some(hex);
    }
    let words = value.split(|it: char| !it.is_ascii_alphanumeric() && it != '-' && it != '_');
    words
        .into_iter()
        .find(|it| NAMED.split(' ').any(|named| named == *it))
}

/// The named colors of CSS Color 4, but for the system's own, which follow the scheme.
const NAMED: &str = "aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond \
blue blueviolet brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson \
cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen \
darkorange darkorchid darkred darksalmon darkseagreen darkslateblue darkslategray darkslategrey \
darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite \
forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green greenyellow grey honeydew hotpink \
indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral \
lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen \
lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen magenta \
maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue \
mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin \
navajowhite navy oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen \
paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple rebeccapurple red \
rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue \
slategray slategrey snow springgreen steelblue tan teal thistle tomato turquoise violet wheat white \
whitesmoke yellow yellowgreen";

/// Colors, fonts and shadows come from `tokens.css`; geometry may be named where it is used.
#[test]
fn every_custom_property_is_defined() {
    let sheets = texts("style", &["css"]);
    let mut broken = Vec::new();
    let tokens = sheets.iter().find(|it| it.0.ends_with("/tokens.css"));
    let tokens = defined(tokens.map_or("", |it| it.1.as_str()));
    for (file, text) in &sheets {
        let own = defined(text);
        let public = |it: &str| it.starts_with("trace-tab-");
        for used in after(text, "var(--") {
            let end = used.find([',', ')']).unwrap_or(used.len());
            let used = used[..end].trim();
            if !(tokens.contains(used) || own.contains(used) || public(used)) {
                broken.push(format!("{file}: --{used} is defined nowhere"));
            }
        }
    }
    check(&broken);
}

/// The custom properties that a style sheet defines.
fn defined(text: &str) -> BTreeSet<&str> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter_map(|it| it.strip_prefix("--")?.split_once(':'));
    lines.map(|it| it.0.trim()).collect()
}

#[test]
fn versions_agree() {
    let package = root().join("src/web/package.json");
    let package = std::fs::read_to_string(package).unwrap();
    let package: serde_json::Value = serde_json::from_str(&package).unwrap();
    assert_eq!(package["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_readme_lists_every_format() {
    let Ok(readme) = std::fs::read_to_string(root().join("README.md")) else {
        return;
    };
    let mut broken = Vec::new();
    for format in formats() {
        let n_rows = readme.matches(&format!("\n| {} | ", format.name)).count();
        if n_rows != 1 {
            broken.push(format!("README.md: {n_rows} rows for {}", format.name));
        }
    }
    check(&broken);
}

/// "The first six are read by the viewer's own wasm": they are those that its build has.
#[test]
fn the_readme_says_which_formats_the_viewer_reads_by_itself() {
    const NUMBERS: &[&str] = &["two", "three", "four", "five", "six", "seven", "eight"];
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, said) = readme.split_once("\nThe first ").unwrap();
    let n = NUMBERS.iter().position(|it| *it == word(said)).unwrap() + 2;
    let (_, table) = said.split_once("\n|---|---|\n").unwrap();
    let rows = table.lines().filter_map(|it| it.split('|').nth(1));
    let first: BTreeSet<&str> = rows.take(n).map(str::trim).collect();
    let common: BTreeSet<&str> = COMMON.iter().map(|it| it.name).collect();
    assert_eq!(first, common);
}

/// The code in CONTRIBUTING.md is that of the importer it shows.
#[test]
fn the_example_is_the_code() {
    let guide = std::fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let code = std::fs::read_to_string(root().join("src/import/pydantic_ai.rs")).unwrap();
    let blocks = guide.split("```rust\n").skip(1);
    let lines = blocks.flat_map(|it| it.split("```").next().unwrap_or_default().lines());
    let missing = lines.filter(|it| !code.contains(it.trim()));
    check(
        &missing
            .map(|it| format!("CONTRIBUTING.md: not in the importer: {it}"))
            .collect::<Vec<_>>(),
    );
}
