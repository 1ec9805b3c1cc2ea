use super::{Count, Counts, items, values};

pub(super) const COUNT: Count = Count {
    format: "antigravity",
    folders: &["other-cli/antigravity"],
    by_hand: |file| {
        let mut counts = Counts::default();
        // Tool calls that wait for a result.
        let mut n_open = 0_u64;
        for line in values(file) {
            counts.records += 1;
            let (source, kind) = (line["source"].as_str(), line["type"].as_str());
            match (source.unwrap_or_default(), kind.unwrap_or_default()) {
                (_, "USER_INPUT") => n_open = 0,
                ("SYSTEM", _) => {}
                (_, "PLANNER_RESPONSE") => {
                    counts.llm_calls += 1;
                    n_open += items(&line["tool_calls"]).count() as u64;
                    counts.tool_calls += items(&line["tool_calls"]).count() as u64;
                }
                _ if n_open > 0 => n_open -= 1,
                _ => counts.tool_calls += 1,
            }
        }
        counts
    },
    others: &[],
    differences: &[],
};
