use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "inspect",
    folders: &["inspect"],
    by_hand: |file| {
        let mut counts = Counts::default();
        for log in values(file) {
            let samples = items(&log["samples"]);
            samples
                .flat_map(|it| items(&it["events"]))
                .for_each(|it| count(it, &mut counts));
        }
        counts
    },
    others: &[
        // Archives: who unpacks them gives their members.
        (
            "inspect/2025-02-11T15-18-04-05-00_popularity_mj7khqpMM4GBCfVQozKgzB.eval",
            "not-json",
        ),
        ("inspect/log_formats.eval", "not-json"),
        ("inspect/log_read_sample.eval", "not-json"),
        ("inspect/log_streaming.eval", "not-json"),
    ],
    differences: &[],
};

fn count(event: &Value, counts: &mut Counts) {
    counts.records += 1;
    counts.tool_calls += u64::from(event["event"] == "tool");
    if event["event"] == "model" {
        counts.llm_calls += 1;
        let usage = &event["output"]["usage"];
        counts.input_tokens += ["", "_cache_read", "_cache_write"]
            .iter()
            .map(|it| number(&usage[format!("input_tokens{it}")]))
            .sum::<u64>();
        counts.output_tokens += number(&usage["output_tokens"]);
    }
}
