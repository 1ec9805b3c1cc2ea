use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "braintrust",
    folders: &["braintrust"],
    count: |file| {
        let mut counts = Counts::default();
        for row in values(file).iter().flat_map(items) {
            counts.records += 1;
            match row["span_attributes"]["type"].as_str() {
                Some("llm") => {
                    counts.llm_calls += 1;
                    counts.input_tokens += number(&row["metrics"]["prompt_tokens"]);
                    counts.output_tokens += number(&row["metrics"]["completion_tokens"]);
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
