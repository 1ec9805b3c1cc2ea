use super::{Count, Counts, items, values};

pub(super) const COUNT: Count = Count {
    format: "hermes",
    folders: &["other-cli/hermes"],
    by_hand: |file| {
        let mut counts = Counts::default();
        for message in values(file).iter().flat_map(|it| items(&it["messages"])) {
            counts.records += 1;
            counts.llm_calls += u64::from(message["role"] == "assistant");
            counts.tool_calls += items(&message["tool_calls"]).count() as u64;
        }
        counts
    },
    others: &[],
    differences: &[],
};
