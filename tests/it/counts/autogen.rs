use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "autogen",
    folders: &["autogen"],
    count: |file| {
        let mut counts = Counts::default();
        for value in values(file) {
            if let Some(agents) = value["agent_states"].as_object() {
                let threads = agents.values().map(|it| &it["message_thread"]);
                for it in threads.flat_map(items) {
                    counts.records += 1;
                    message(it, &mut counts);
                }
            } else if value["messages"].is_array() && value["type"].is_null() {
                counts.records += items(&value["messages"]).count() as u64;
                items(&value["messages"]).for_each(|it| message(it, &mut counts));
            } else {
                counts.records += 1;
                counts.llm_calls += u64::from(value["type"] == "LLMCall");
                counts.tool_calls += u64::from(value["type"] == "ToolCall");
                counts.input_tokens += number(&value["prompt_tokens"]);
                counts.output_tokens += number(&value["completion_tokens"]);
            }
        }
        counts
    },
    others: &[],
    differences: &[],
};

fn message(it: &Value, counts: &mut Counts) {
    let usage = &it["models_usage"];
    counts.llm_calls += u64::from(!usage.is_null());
    counts.input_tokens += number(&usage["prompt_tokens"]);
    counts.output_tokens += number(&usage["completion_tokens"]);
    if it["type"] == "ToolCallRequestEvent" {
        counts.tool_calls += items(&it["content"]).count() as u64;
    }
}
