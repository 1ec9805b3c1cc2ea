use std::collections::{BTreeMap, BTreeSet};

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "claude-stream-json",
    folders: &["claude-stream-json"],
    by_hand: |file| {
        let lines = values(file);
        let (mut calls, mut tools) = (BTreeMap::new(), BTreeSet::new());
        for line in lines.iter().filter(|it| it["type"] == "assistant") {
            let message = &line["message"];
            let used = |keys: &[&str]| -> u64 {
                keys.iter().map(|it| number(&message["usage"][it])).sum()
            };
            let input = [
                "input_tokens",
                "cache_read_input_tokens",
                "cache_creation_input_tokens",
            ];
            let call = calls.entry(message["id"].as_str()).or_insert((0, 0));
            call.0 = used(&input).max(call.0);
            call.1 = used(&["output_tokens"]).max(call.1);
            let requests = items(&message["content"]).filter(|it| it["type"] == "tool_use");
            tools.extend(requests.map(|it| it["id"].as_str().unwrap()));
        }
        Counts {
            llm_calls: calls.len() as u64,
            tool_calls: tools.len() as u64,
            input_tokens: calls.values().map(|it| it.0).sum(),
            output_tokens: calls.values().map(|it| it.1).sum(),
            records: lines.len() as u64,
        }
    },
    others: &[],
    differences: &[],
};
