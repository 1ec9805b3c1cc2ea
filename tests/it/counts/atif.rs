use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "atif",
    folders: &["atif"],
    by_hand: |file| {
        let mut counts = Counts::default();
        let mut open = values(file);
        while let Some(trajectory) = open.pop() {
            open.extend(items(&trajectory["subagent_trajectories"]).cloned());
            count(&trajectory, &mut counts);
        }
        counts
    },
    others: &[
        ("atif/openhands__hello-world.traces.json", "harbor-traces"),
        (
            "atif/terminus_2__hello-world-context-summarization.traces.json",
            "harbor-traces",
        ),
        // Read by their own formats, where there is one.
        ("atif/rfc-examples/gemini-cli-trajectory.json", "gemini-cli"),
        ("atif/rfc-examples/mini-swe-agent-trajectory.json", "chat"),
        ("atif/rfc-examples/openhands_trajectory.json", "openhands"),
    ],
    differences: &[],
};

fn count(trajectory: &Value, counts: &mut Counts) {
    let steps: Vec<&Value> = items(&trajectory["steps"]).collect();
    counts.records += steps.len() as u64;
    let is_counted = steps.iter().any(|it| it["metrics"].is_object());
    let mut before: Option<&Value> = None;
    for step in steps {
        if step["source"] == "agent" && step["is_copied_context"] != true {
            let metrics = &step["metrics"];
            // A response in several steps is counted in the first.
            let goes_on = match before {
                Some(before) if is_counted => before["source"] == "agent",
                Some(before) => before["source"] == "agent" && before["observation"].is_null(),
                None => false,
            };
            counts.llm_calls += u64::from(metrics.is_object() || !goes_on);
            counts.tool_calls += items(&step["tool_calls"]).count() as u64;
            counts.input_tokens += number(&metrics["prompt_tokens"]);
            counts.output_tokens += number(&metrics["completion_tokens"]);
        }
        before = Some(step);
    }
}
