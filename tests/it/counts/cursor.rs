use serde_json::Value;

use super::{Count, Counts, items, values};

pub(super) const COUNT: Count = Count {
    format: "cursor",
    folders: &["other-cli/cursor"],
    by_hand: |file| {
        let mut counts = Counts::default();
        for line in values(file) {
            counts.records += 1;
            counts.llm_calls += u64::from(line["role"] == "assistant");
            let is_call = |it: &&Value| it["type"] == "tool_use";
            let content = items(&line["message"]["content"]);
            counts.tool_calls += content.filter(is_call).count() as u64;
        }
        counts
    },
    others: &[],
    differences: &[],
};
