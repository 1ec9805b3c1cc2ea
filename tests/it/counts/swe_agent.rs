use super::{Count, Counts, items, values};

pub(super) const COUNT: Count = Count {
    format: "swe-agent",
    folders: &["swe-agent"],
    count: |file| {
        let mut counts = Counts::default();
        for run in values(file) {
            let is_demo = |it: &&serde_json::Value| it["is_demo"] == true;
            let answers =
                items(&run["history"]).filter(|it| it["role"] == "assistant" && !is_demo(it));
            let steps = items(&run["trajectory"]).count();
            counts.records += (steps + items(&run["history"]).count()) as u64;
            // Each step is one answer and one command, and stands among the messages again.
            counts.llm_calls += (steps.max(answers.count())) as u64;
            counts.tool_calls = counts.llm_calls;
        }
        counts
    },
    others: &[],
    differences: &[],
};
