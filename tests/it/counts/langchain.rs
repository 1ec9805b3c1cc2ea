use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "langchain",
    folders: &["langchain"],
    count: |file| {
        let mut counts = Counts::default();
        for value in values(file) {
            let Some(event) = value["event"].as_str() else {
                let list = value.get("messages").unwrap_or(&value);
                items(list).for_each(|it| message(it, &mut counts));
                continue;
            };
            counts.records += 1;
            counts.llm_calls += u64::from(event == "on_chat_model_start");
            counts.tool_calls += u64::from(event == "on_tool_start");
            if event == "on_chat_model_end" {
                tokens(&value["data"]["output"]["kwargs"], &mut counts);
            }
        }
        counts
    },
    others: &[],
    differences: &[],
};

fn message(it: &Value, counts: &mut Counts) {
    counts.records += 1;
    let said = it.get("kwargs").unwrap_or(&it["data"]);
    if said["type"] == "ai" {
        counts.llm_calls += 1;
        counts.tool_calls += items(&said["tool_calls"]).count() as u64;
        tokens(said, counts);
    }
}

fn tokens(said: &Value, counts: &mut Counts) {
    counts.input_tokens += number(&said["usage_metadata"]["input_tokens"]);
    counts.output_tokens += number(&said["usage_metadata"]["output_tokens"]);
}
