use std::collections::BTreeSet;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "weave",
    folders: &["weave"],
    by_hand: |file| {
        let mut counts = Counts::default();
        let calls = values(file);
        // Tools are what models asked for.
        let mut tools = BTreeSet::new();
        for call in &calls {
            let asked = items(&call["output"]["choices"][0]["message"]["tool_calls"]);
            tools.extend(asked.map(|it| it["function"]["name"].as_str().unwrap()));
        }
        for call in &calls {
            counts.records += 1;
            if call["attributes"]["weave"]["kind"] == "llm" {
                counts.llm_calls += 1;
                let usage = &call["output"]["usage"];
                counts.input_tokens += number(&usage["prompt_tokens"]);
                counts.output_tokens += number(&usage["completion_tokens"]);
            }
            let op = call["op_name"].as_str().unwrap().rsplit('/').next();
            let name = op.unwrap().split(':').next().unwrap();
            counts.tool_calls += u64::from(tools.contains(name));
        }
        counts
    },
    others: &[],
    differences: &[],
};
