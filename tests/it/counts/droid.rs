use serde_json::Value;

use super::{Count, Counts, items, values};

pub(super) const COUNT: Count = Count {
    format: "droid",
    folders: &["other-cli/droid"],
    by_hand: |file| {
        let mut counts = Counts::default();
        // Whether the model has spoken since it was last told something.
        let mut has_spoken = false;
        for line in values(file) {
            counts.records += 1;
            let is_answer = line["role"] == "assistant" || line["message"]["role"] == "assistant";
            let spoke = match line["type"].as_str().unwrap_or_default() {
                "message" => {
                    counts.llm_calls += u64::from(is_answer);
                    is_answer
                }
                "tool_call" => {
                    counts.tool_calls += 1;
                    counts.llm_calls += u64::from(!has_spoken);
                    true
                }
                "completion" => {
                    counts.llm_calls += u64::from(!has_spoken);
                    true
                }
                "tool_result" => false,
                _ => has_spoken,
            };
            has_spoken = spoke;
            let is_call = |it: &&Value| it["type"] == "tool_use";
            let content = items(&line["message"]["content"]);
            counts.tool_calls += content.filter(is_call).count() as u64;
        }
        counts
    },
    others: &[],
    differences: &[],
};
