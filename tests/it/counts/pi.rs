use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "pi",
    folders: &["other-cli/pi", "other-cli/openclaw"],
    by_hand: |file| {
        let mut counts = Counts::default();
        for line in values(file) {
            counts.records += 1;
            let message = &line["message"];
            if message["role"] != "assistant" {
                continue;
            }
            counts.llm_calls += 1;
            let usage = &message["usage"];
            for key in ["input", "cacheRead", "cacheWrite"] {
                counts.input_tokens += number(&usage[key]);
            }
            counts.output_tokens += number(&usage["output"]);
            let is_call = |it: &&Value| it["type"] == "toolCall";
            counts.tool_calls += items(&message["content"]).filter(is_call).count() as u64;
        }
        counts
    },
    others: &[],
    differences: &[],
};
