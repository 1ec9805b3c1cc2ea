use super::{Count, Counts, number, values};

pub(super) const COUNT: Count = Count {
    format: "kimi",
    folders: &["other-cli/kimi"],
    by_hand: |file| {
        let mut counts = Counts::default();
        for line in values(file) {
            counts.records += 1;
            let event = &line["event"];
            counts.llm_calls += u64::from(line["type"] == "llm.request");
            counts.tool_calls += u64::from(event["type"] == "tool.call");
            let usage = &event["usage"];
            for key in ["inputOther", "inputCacheRead", "inputCacheCreation"] {
                counts.input_tokens += number(&usage[key]);
            }
            counts.output_tokens += number(&usage["output"]);
        }
        counts
    },
    others: &[],
    differences: &[],
};
