//! Claude Code sessions counted by groups at the end, not in passing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Count, Counts, items, number};
use crate::files::File;

pub(super) const COUNT: Count = Count {
    format: "claude-code",
    folders: &["claude-code"],
    by_hand,
    others: &[],
    differences: &[],
};

fn by_hand(file: &File) -> Counts {
    let (values, n_broken) = values(&String::from_utf8_lossy(&file.bytes));
    let calls = llm_calls(&values);
    let sum = |keys: &[&str]| {
        let used = |it: &Value| -> u64 {
            let usage = &it["message"]["usage"];
            keys.iter().map(|key| number(&usage[key])).sum()
        };
        let most = |records: &Vec<&Value>| records.iter().map(|it| used(it)).max();
        calls.values().filter_map(most).sum()
    };
    Counts {
        llm_calls: calls.len() as u64,
        tool_calls: n_tool_calls(&values),
        input_tokens: sum(&[
            "input_tokens",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
        ]),
        output_tokens: sum(&["output_tokens"]),
        records: values.len() as u64 + n_broken,
    }
}

/// All values of a file, and how many lines end in something that is none: of a web export its
/// lines, else what stands on each line.
fn values(text: &str) -> (Vec<Value>, u64) {
    if let Ok(Value::Object(whole)) = serde_json::from_str(text)
        && let Some(Value::Array(lines)) = whole.get("loglines")
    {
        return (lines.clone(), 0);
    }
    let (mut values, mut n_broken) = (Vec::new(), 0);
    for line in text.lines().filter(|it| !it.trim().is_empty()) {
        for value in serde_json::Deserializer::from_str(line).into_iter::<Value>() {
            match value {
                // An array at the top is what its items are.
                Ok(Value::Array(items)) => values.extend(items),
                Ok(value) => values.push(value),
                Err(_) => n_broken += 1,
            }
        }
    }
    (values, n_broken)
}

/// The records of LLM calls, by response and request; those without an id are each a call.
fn llm_calls(values: &[Value]) -> BTreeMap<String, Vec<&Value>> {
    let mut calls: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for (i, value) in values.iter().enumerate().filter(|it| is_answer(it.1)) {
        let group = match value["message"]["id"].as_str() {
            Some(id) => format!("{id} {}", value["requestId"].as_str().unwrap_or_default()),
            None => i.to_string(),
        };
        calls.entry(group).or_default().push(value);
    }
    calls
}

fn is_answer(value: &Value) -> bool {
    let message = &value["message"];
    value["type"] == "assistant" && message.is_object() && message["model"] != "<synthetic>"
}

/// Tool calls by the ids of requests and results. Of those without an id, each is one, but a
/// request and a result go together.
fn n_tool_calls(values: &[Value]) -> u64 {
    let (mut ids, mut n_requests, mut n_results) = (BTreeSet::new(), 0, 0);
    for value in values
        .iter()
        .filter(|it| is_answer(it) || it["type"] == "user")
    {
        for block in items(&value["message"]["content"]) {
            let (id, nameless) = match block["type"].as_str() {
                Some("tool_use" | "server_tool_use" | "mcp_tool_use") => {
                    (&block["id"], &mut n_requests)
                }
                Some(kind) if kind.ends_with("tool_result") => {
                    (&block["tool_use_id"], &mut n_results)
                }
                _ => continue,
            };
            match id.as_str() {
                Some(id) => drop(ids.insert(id)),
                None => *nameless += 1,
            }
        }
    }
    ids.len() as u64 + n_requests.max(n_results)
}
