use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "braintrust",
    folders: &["braintrust"],
    by_hand: |file| {
        let mut counts = Counts::default();
        for value in values(file) {
            for row in items(&value) {
                counts.records += 1;
                match &row["span_attributes"]["type"] {
                    Value::String(it) if it == "llm" => counts.llm_calls += 1,
                    Value::String(it) if it == "tool" => counts.tool_calls += 1,
                    _ => continue,
                }
                counts.input_tokens += number(&row["metrics"]["prompt_tokens"]);
                counts.output_tokens += number(&row["metrics"]["completion_tokens"]);
            }
        }
        counts
    },
    others: &[],
    differences: &[],
};
