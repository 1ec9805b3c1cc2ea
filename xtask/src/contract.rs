//! The element, its types and its manifest must say the same.

use crate::run::root;
use std::collections::BTreeSet;
use std::fs;

const ATTRIBUTES: [&str; 7] = [
    "crossorigin",
    "droppable",
    "lang",
    "name",
    "src",
    "state",
    "theme",
];
const EVENTS: [&str; 5] = [
    "trace-tab-error",
    "trace-tab-load",
    "trace-tab-progress",
    "trace-tab-select",
    "trace-tab-state",
];
const MEMBERS: [&str; 12] = [
    "append",
    "crossOrigin",
    "data",
    "download",
    "droppable",
    "end",
    "load",
    "name",
    "src",
    "state",
    "summary",
    "theme",
];

fn read(name: &str) -> String {
    fs::read_to_string(root().join("src/web").join(name)).unwrap()
}

/// The names in one list of the manifest, in which an entry has a line.
fn manifest(list: &str) -> BTreeSet<String> {
    let text = read("custom-elements.json");
    let start = text.find(&format!("\"{list}\": [")).unwrap();
    let end = text[start..].find("\n          ]").unwrap();
    let names = text[start..start + end].lines().filter_map(|line| {
        line.trim_start()
            .strip_prefix("{ \"name\": \"")?
            .split('"')
            .next()
    });
    names.map(str::to_owned).collect()
}

#[track_caller]
fn check(list: &str, expected: &[&str]) {
    let found = manifest(list);
    let expected: BTreeSet<String> = expected.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected, "{list} in custom-elements.json");
}

#[test]
fn attributes() {
    check("attributes", &ATTRIBUTES);
    let element = read("element.js");
    for name in ATTRIBUTES.iter().filter(|name| **name != "lang") {
        assert!(element.contains(&format!("\"{name}\"")), "{name}");
    }
}

#[test]
fn events() {
    check("events", &EVENTS);
    let (element, types) = (read("element.js"), read("trace-tab.d.ts"));
    for name in EVENTS {
        assert!(element.contains(&format!("\"{name}\"")), "{name}");
        assert!(
            types.contains(&format!("  \"{name}\": CustomEvent<")),
            "{name}"
        );
    }
}

#[test]
fn members() {
    let element = read("element.js");
    let types = read("trace-tab.d.ts");
    for name in MEMBERS {
        let forms = [
            format!("  get {name}()"),
            format!("  {name}("),
            format!("  async {name}("),
        ];
        assert!(forms.iter().any(|form| element.contains(form)), "{name}");
        let declared = [
            format!(" {name}:"),
            format!(" {name}("),
            format!(" get {name}("),
        ];
        assert!(declared.iter().any(|form| types.contains(form)), "{name}");
        assert!(
            read("custom-elements.json").contains(&format!("\"name\": \"{name}\"")),
            "{name}"
        );
    }
}

/// What a host may set is listed with its default, in the README and in the manifest.
#[test]
fn custom_properties() {
    let tokens = fs::read_to_string(root().join("style/tokens.css")).unwrap();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let elements = read("custom-elements.json");
    let own = tokens.lines().filter_map(|line| {
        let own = line.split_once(": var(--trace-tab-")?.1;
        own.strip_suffix(");")?.split_once(", ")
    });
    let own: Vec<_> = own.collect();
    assert_eq!(own.len(), 14);
    for (name, default) in &own {
        let row = |line: &&str| line.starts_with(&format!("| `--trace-tab-{name}` | "));
        let row = readme.lines().find(row).unwrap_or_default();
        assert!(row.ends_with(&format!(" | `{default}` |")), "{name}");
        let entry = |line: &&str| line.contains(&format!("\"name\": \"--trace-tab-{name}\","));
        let entry = elements.lines().find(entry).unwrap_or_default();
        let default = default.replace('"', "\\\"");
        assert!(
            entry.contains(&format!("\"default\": \"{default}\"")),
            "{name}"
        );
    }
    let listed = manifest("cssProperties");
    assert_eq!(listed.len(), own.len(), "{listed:?}");
}
