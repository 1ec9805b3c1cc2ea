use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "pydantic-ai",
    folders: &["pydantic-ai-messages"],
    by_hand: |file| {
        let mut counts = Counts::default();
        let values = values(file);
        for message in values.iter().flat_map(items) {
            counts.records += 1;
            if message["kind"] == "response" {
                counts.llm_calls += 1;
                counts.input_tokens += number(&message["usage"]["input_tokens"]);
                counts.output_tokens += number(&message["usage"]["output_tokens"]);
            }
            let is_call = |it: &&Value| it["part_kind"] == "tool-call";
            counts.tool_calls += items(&message["parts"]).filter(is_call).count() as u64;
        }
        counts
    },
    others: &[],
    differences: &[],
};
