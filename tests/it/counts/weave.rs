use super::{Count, Counts, number, values};

pub(super) const COUNT: Count = Count {
    format: "weave",
    folders: &["weave"],
    count: |file| {
        let mut counts = Counts::default();
        for call in values(file) {
            counts.records += 1;
            if call["attributes"]["weave"]["kind"] == "llm" {
                counts.llm_calls += 1;
                let usage = &call["output"]["usage"];
                counts.input_tokens += number(&usage["prompt_tokens"]);
                counts.output_tokens += number(&usage["completion_tokens"]);
            }
            // The tools of this file's one agent have no kind.
            let name = call["op_name"].as_str().unwrap();
            counts.tool_calls += u64::from(name.contains("/op/get_weather:"));
        }
        counts
    },
    others: &[],
    differences: &[],
};
