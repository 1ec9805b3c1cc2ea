use std::collections::HashSet;

use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "openhands",
    folders: &["openhands"],
    count: |file| {
        let mut counts = Counts::default();
        for value in values(file) {
            count(value.get("history").unwrap_or(&value), &mut counts);
        }
        counts
    },
    others: &[],
    differences: &[],
};

fn count(events: &Value, counts: &mut Counts) {
    let mut seen = HashSet::new();
    let acts = [
        "run",
        "run_ipython",
        "edit",
        "read",
        "think",
        "finish",
        "message",
    ];
    for (at, event) in items(events).enumerate() {
        counts.records += 1;
        let about = &event["tool_call_metadata"];
        let action = event["action"].as_str().unwrap_or_default();
        let is_agent = event.get("source").map_or(at > 0, |it| it == "agent");
        if !is_agent || !acts.contains(&action) {
            continue;
        }
        let is_call = about.is_object() || !["finish", "message"].contains(&action);
        counts.tool_calls += u64::from(is_call);
        let response = &about["model_response"];
        if response.is_null() || seen.insert(response["id"].as_str()) {
            counts.llm_calls += 1;
            counts.input_tokens += number(&response["usage"]["prompt_tokens"]);
            counts.output_tokens += number(&response["usage"]["completion_tokens"]);
        }
    }
}
