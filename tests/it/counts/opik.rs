use std::collections::BTreeMap;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "opik",
    folders: &["opik"],
    by_hand: |file| {
        let mut counts = Counts::default();
        // What is there twice was sent again: the last one counts.
        let mut spans = BTreeMap::new();
        for value in values(file) {
            counts.records += items(&value["traces"]).count() as u64;
            for span in items(&value["spans"]) {
                counts.records += 1;
                spans.insert(span["id"].to_string(), span.clone());
            }
        }
        for span in spans.values() {
            counts.llm_calls += u64::from(span["type"] == "llm");
            counts.tool_calls += u64::from(span["type"] == "tool");
            counts.input_tokens += number(&span["usage"]["prompt_tokens"]);
            counts.output_tokens += number(&span["usage"]["completion_tokens"]);
        }
        counts
    },
    others: &[],
    differences: &[],
};
