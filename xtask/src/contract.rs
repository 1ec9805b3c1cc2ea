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
const MEMBERS: [&str; 10] = [
    "crossOrigin",
    "data",
    "download",
    "droppable",
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
