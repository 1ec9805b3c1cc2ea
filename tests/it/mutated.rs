//! Files as a bug, a crash or an attacker might leave them: real ones with members dropped, doubled,
//! swapped, of another type, cut off. Whatever comes of it, the invariants hold.

use serde_json::{Value, json};
use trace_tab::import::import;

use crate::files::{self, File};
use crate::invariants::check_trace;

/// Mutations of each file.
const FIXTURE: usize = 60;
const CORPUS: usize = 6;
/// Of larger files only the beginning: what goes wrong, goes wrong there as well.
const LONGEST: usize = 60_000;

#[test]
fn mutated_fixtures_are_well_formed() {
    for file in files::fixtures() {
        check(&file, FIXTURE);
    }
}

#[test]
fn mutated_files_of_the_corpus_are_well_formed() {
    for file in files::all_of_the_corpus() {
        check(&file, CORPUS);
    }
}

fn check(file: &File, n: usize) {
    let Some(values) = values(file) else { return };
    let mut random = Random(file.bytes.len() as u64);
    for round in 0..n {
        let mut values = values.clone();
        for _ in 0..=random.below(4) {
            mutate(&mut values, &mut random);
        }
        let lines: Vec<String> = values.iter().map(Value::to_string).collect();
        let mut bytes = lines.join("\n").into_bytes();
        if random.below(4) == 0 {
            bytes.truncate(random.below(bytes.len() + 1));
        }
        let name = format!("{}, mutation {round}", file.name);
        let found = std::panic::catch_unwind(|| {
            if let Ok(imported) = import(&bytes) {
                imported.traces.iter().for_each(check_trace);
            }
        });
        if found.is_err() {
            let path = std::env::temp_dir().join("trace-tab-mutated.json");
            std::fs::write(&path, &bytes).unwrap();
            panic!("{name}: see {}", path.display());
        }
    }
}

/// The values of a file: one document, or one a line; `None` if it is neither, or too long for one.
fn values(file: &File) -> Option<Vec<Value>> {
    if file.bytes.len() <= LONGEST
        && let Ok(value) = serde_json::from_slice(&file.bytes)
    {
        return Some(vec![value]);
    }
    let text = String::from_utf8_lossy(&file.bytes);
    let mut length = 0;
    let lines = text.lines().take_while(|it| {
        length += it.len();
        length <= LONGEST
    });
    let values = lines.map(serde_json::from_str::<Value>);
    let values: Vec<Value> = values.filter_map(Result::ok).collect();
    (!values.is_empty()).then_some(values)
}

fn mutate(values: &mut Vec<Value>, random: &mut Random) {
    if values.len() > 1 && random.below(3) == 0 {
        return mutate_list(values, random);
    }
    let at = random.below(values.len());
    if let Some(mut it) = values.get_mut(at) {
        // A few steps down.
        for _ in 0..random.below(9) {
            let n = match it {
                Value::Array(items) => items.len(),
                Value::Object(members) => members.len(),
                _ => 0,
            };
            if n == 0 {
                break;
            }
            let at = random.below(n);
            it = match it {
                Value::Array(items) => &mut items[at],
                Value::Object(members) => members.values_mut().nth(at).unwrap(),
                _ => break,
            };
        }
        mutate_value(it, random);
    }
}

fn mutate_list(items: &mut Vec<Value>, random: &mut Random) {
    if items.is_empty() {
        return;
    }
    let (a, b) = (random.below(items.len()), random.below(items.len()));
    match random.below(3) {
        0 if items.len() > 1 => drop(items.remove(a)),
        1 => items.insert(b, items[a].clone()),
        _ => items.swap(a, b),
    }
}

fn mutate_value(it: &mut Value, random: &mut Random) {
    match it {
        Value::Array(items) if random.below(3) > 0 => return mutate_list(items, random),
        Value::Object(members) if random.below(3) > 0 && !members.is_empty() => {
            let key = |at: usize| members.keys().nth(at).unwrap().clone();
            let (a, b) = (
                key(random.below(members.len())),
                key(random.below(members.len())),
            );
            let value = members.remove(&a).unwrap();
            if random.below(2) == 0 {
                members.insert(b, value);
            }
            return;
        }
        _ => {}
    }
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1.5e300),
        json!(u64::MAX),
        json!(""),
        json!("\u{0}\u{fffd}\u{202e}<script>"),
        json!("2026-02-31T99:99:99Z"),
        json!([]),
        json!({}),
        json!([[[[{}]]]]),
        json!({"type": "text", "text": {"a": [1]}}),
        Value::String(it.to_string()),
    ];
    *it = odd[random.below(odd.len())].clone();
}

/// Knuth's MMIX generator.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}
