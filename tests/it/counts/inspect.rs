use serde_json::Value;

use crate::archives;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "inspect",
    folders: &["inspect"],
    by_hand: |file| {
        let mut counts = Counts::default();
        for member in archives::members(file) {
            for log in values(&member) {
                let samples = items(&log["samples"]);
                let samples = samples.chain([&log]);
                samples
                    .flat_map(|it| items(&it["events"]))
                    .for_each(|it| count(it, &mut counts));
            }
        }
        counts
    },
    others: &[],
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
