use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "smolagents",
    folders: &["smolagents"],
    count: |file| {
        let mut counts = Counts::default();
        for step in values(file).iter().flat_map(items) {
            counts.records += 1;
            let usage = &step["token_usage"];
            let asked = [&step["model_output_message"], usage];
            counts.llm_calls += u64::from(asked.iter().any(|it| !it.is_null()));
            counts.input_tokens += number(&usage["input_tokens"]);
            counts.output_tokens += number(&usage["output_tokens"]);
            counts.tool_calls += items(&step["tool_calls"]).count() as u64;
        }
        counts
    },
    others: &[],
    differences: &[],
};
