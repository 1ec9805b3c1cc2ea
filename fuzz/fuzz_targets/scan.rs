//! Any text as JSON: the quick way of finding its values and the lenient one find the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_tab::model::{Index, Json};

fn check(quick: Json<'_>, lenient: Json<'_>, depth: u8) {
    assert_eq!(quick.text(), lenient.text());
    assert_eq!(quick.str(), lenient.str());
    if depth == 0 {
        return;
    }
    let members: Vec<_> = quick.members().collect();
    let others: Vec<_> = lenient.members().collect();
    assert_eq!(members.len(), others.len());
    for ((key, value), (other_key, other)) in members.into_iter().zip(others) {
        assert_eq!(key, other_key);
        check(value, other, depth - 1);
    }
    let items: Vec<_> = quick.items().collect();
    let others: Vec<_> = lenient.items().collect();
    assert_eq!(items.len(), others.len());
    for (value, other) in items.into_iter().zip(others) {
        check(value, other, depth - 1);
    }
}

fuzz_target!(|text: &str| {
    let index = Index::of(text);
    check(index.json(text), Json::new(text), 8);
});
