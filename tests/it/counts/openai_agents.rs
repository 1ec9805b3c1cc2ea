use serde_json::Value;

use super::{Count, Counts, number, values};

pub(super) const COUNT: Count = Count {
    format: "openai-agents",
    folders: &["openai-agents"],
    count: |file| {
        let mut counts = Counts::default();
        let values = values(file);
        let all = values.iter().flat_map(|it| match it["data"].as_array() {
            Some(data) => data.iter().collect::<Vec<&Value>>(),
            None => vec![it],
        });
        for object in all {
            counts.records += 1;
            let data = &object["span_data"];
            match data["type"].as_str() {
                Some("generation" | "response") => {
                    counts.llm_calls += 1;
                    counts.input_tokens += number(&data["usage"]["input_tokens"]);
                    counts.output_tokens += number(&data["usage"]["output_tokens"]);
                }
                // A handoff is the tool call that asks for it.
                Some("function" | "handoff") => counts.tool_calls += 1,
                _ => {}
            }
        }
        counts
    },
    others: &[],
    differences: &[],
};
