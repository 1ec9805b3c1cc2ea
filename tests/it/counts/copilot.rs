use std::collections::HashMap;

use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "copilot",
    folders: &["other-cli/copilot"],
    by_hand: |file| {
        let mut counts = Counts::default();
        // Whether a tool call was asked for, by id.
        let mut asked: HashMap<String, bool> = HashMap::new();
        let id = |it: &Value| it["toolCallId"].as_str().unwrap_or_default().to_owned();
        for line in values(file) {
            counts.records += 1;
            let data = &line["data"];
            match line["type"].as_str().unwrap_or_default() {
                "assistant.message" => {
                    counts.llm_calls += 1;
                    counts.output_tokens += number(&data["outputTokens"]);
                    for request in items(&data["toolRequests"]) {
                        // One that runs already is no other.
                        let ran = asked.insert(id(request), true) == Some(false);
                        counts.tool_calls += u64::from(!ran);
                    }
                }
                "tool.execution_start" | "tool.execution_complete" => {
                    if let std::collections::hash_map::Entry::Vacant(it) = asked.entry(id(data)) {
                        it.insert(false);
                        counts.tool_calls += 1;
                    }
                }
                _ => {}
            }
        }
        counts
    },
    others: &[],
    differences: &[],
};
