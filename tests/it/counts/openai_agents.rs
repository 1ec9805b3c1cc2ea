use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "openai-agents",
    folders: &["openai-agents"],
    by_hand: |file| {
        let mut counts = Counts::default();
        for value in values(file) {
            let lists = if value["data"].is_array() {
                items(&value["data"]).cloned().collect()
            } else {
                vec![value]
            };
            for record in lists {
                counts.records += 1;
                let data = &record["span_data"];
                match data["type"].as_str() {
                    Some("generation" | "response") => {
                        counts.llm_calls += 1;
                        counts.input_tokens += number(&data["usage"]["input_tokens"]);
                        counts.output_tokens += number(&data["usage"]["output_tokens"]);
                    }
                    Some("function" | "handoff") => counts.tool_calls += 1,
                    _ => {}
                }
            }
        }
        counts
    },
    others: &[],
    differences: &[],
};
