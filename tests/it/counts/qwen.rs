use std::collections::HashSet;

use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "qwen",
    folders: &["other-cli/qwen"],
    by_hand: |file| {
        let mut counts = Counts::default();
        let mut answers = HashSet::new();
        for line in values(file) {
            counts.records += 1;
            if line["type"] != "assistant" {
                continue;
            }
            answers.insert(line["uuid"].to_string());
            let usage = &line["usageMetadata"];
            counts.input_tokens += number(&usage["promptTokenCount"]);
            counts.output_tokens += number(&usage["candidatesTokenCount"]);
            counts.output_tokens += number(&usage["thoughtsTokenCount"]);
            let is_call = |it: &&Value| it["functionCall"].is_object();
            counts.tool_calls += items(&line["message"]["parts"]).filter(is_call).count() as u64;
        }
        counts.llm_calls = answers.len() as u64;
        counts
    },
    others: &[],
    differences: &[],
};
