use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "gemini-cli",
    folders: &["gemini-cli", "atif/rfc-examples/gemini-cli-trajectory.json"],
    by_hand: |file| {
        let lines = values(file);
        let mut lists = ["messages", "history"].iter().map(|it| &lines[0][*it]);
        let document = lists.find(|it| it.is_array() && lines.len() == 1);
        let records = document.map_or(lines.len(), |it| items(it).count());
        let (mut last, mut tools) = (BTreeMap::new(), BTreeSet::new());
        for line in &lines {
            let patched = items(&line["$set"]["messages"]).chain(items(&line["messages"]));
            for message in patched.chain([line]) {
                let kind = message["type"].as_str();
                if matches!(kind, Some("gemini" | "model")) {
                    last.insert(message["id"].as_str().unwrap(), &message["tokens"]);
                    let calls = items(&message["toolCalls"]);
                    tools.extend(calls.map(|it| it["id"].as_str().unwrap()));
                }
            }
        }
        let said = items(&lines[0]["history"]).filter(|it| it["role"] == "gemini");
        let sum = |keys: &[&str]| -> u64 {
            let used = |it: &&Value| -> u64 { keys.iter().map(|key| number(&it[key])).sum() };
            last.values().map(used).sum()
        };
        Counts {
            llm_calls: (last.len() + said.count()) as u64,
            tool_calls: tools.len() as u64,
            input_tokens: sum(&["input", "tool"]),
            output_tokens: sum(&["output", "thoughts"]),
            records: records as u64,
        }
    },
    others: &[
        ("gemini-cli/gemini-stream.jsonl", "gemini-stream-json"),
        ("gemini-cli/gemini-telemetry.log", "otel-js"),
    ],
    differences: &[],
};

/// The LLM calls of a stream are what lies between results; what they used is stated as one sum.
pub(super) const STREAM: Count = Count {
    format: "gemini-stream-json",
    folders: &["gemini-cli/gemini-stream.jsonl"],
    by_hand: |file| {
        let lines = values(file);
        let says = |it: &Value| it["type"] == "tool_use" || it["role"] == "assistant";
        let mut n_llm_calls = 0;
        for pair in lines.windows(2) {
            n_llm_calls += u64::from(!says(&pair[0]) && says(&pair[1]));
        }
        Counts {
            llm_calls: n_llm_calls,
            tool_calls: lines.iter().filter(|it| it["type"] == "tool_use").count() as u64,
            records: lines.len() as u64,
            ..Counts::default()
        }
    },
    others: &[],
    differences: &[],
};
