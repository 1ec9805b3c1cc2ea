use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "langsmith",
    folders: &["langsmith"],
    by_hand: |file| {
        let mut counts = Counts::default();
        for run in values(file).iter().flat_map(items) {
            counts.records += 1;
            match run["run_type"].as_str() {
                Some("llm") => {
                    counts.llm_calls += 1;
                    let generation = &run["outputs"]["generations"][0][0];
                    let usage = &generation["message"]["kwargs"]["usage_metadata"];
                    counts.input_tokens += number(&usage["input_tokens"]);
                    counts.output_tokens += number(&usage["output_tokens"]);
                }
                Some("tool") => counts.tool_calls += 1,
                _ => {}
            }
        }
        counts
    },
    others: &[],
    differences: &[],
};
