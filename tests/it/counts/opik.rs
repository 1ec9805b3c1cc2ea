use std::collections::BTreeMap;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "opik",
    folders: &["opik"],
    count: |file| {
        let mut counts = Counts::default();
        let values = values(file);
        // The last record of a span has all of it.
        let mut spans = BTreeMap::new();
        for document in &values {
            counts.records += items(&document["traces"]).count() as u64;
            for span in items(&document["spans"]) {
                counts.records += 1;
                spans.insert(span["id"].as_str(), span);
            }
        }
        for span in spans.values() {
            match span["type"].as_str() {
                Some("llm") => {
                    counts.llm_calls += 1;
                    counts.input_tokens += number(&span["usage"]["prompt_tokens"]);
                    counts.output_tokens += number(&span["usage"]["completion_tokens"]);
                }
                Some("tool") => counts.tool_calls += 1,
                _ => {}
            }
        }
        counts
    },
    others: &[],
    differences: &[],
};
