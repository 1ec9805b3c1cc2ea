use super::{Count, Counts, items, values};

pub(super) const COUNT: Count = Count {
    format: "grok",
    folders: &["other-cli/grok"],
    by_hand: |file| {
        let mut counts = Counts::default();
        // Whether an answer has begun.
        let mut is_open = false;
        for line in values(file) {
            counts.records += 1;
            let kind = line["type"].as_str().unwrap_or_default();
            let is_part = matches!(kind, "reasoning" | "backend_tool_call");
            counts.llm_calls += u64::from((is_part || kind == "assistant") && !is_open);
            is_open = is_part;
            counts.tool_calls += u64::from(kind == "backend_tool_call");
            counts.tool_calls += items(&line["tool_calls"]).count() as u64;
        }
        counts
    },
    others: &[],
    differences: &[],
};
