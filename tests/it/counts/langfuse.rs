use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Count, Counts, File, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "langfuse",
    folders: &["langfuse"],
    by_hand: count,
    others: &[],
    differences: &[],
};

/// The observations of a file: each is in it twice, the second time with all of it.
fn observations(file: &File) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for document in values(file) {
        for list in [
            &document["trace"]["observations"],
            &document["observations"],
        ] {
            for it in items(list) {
                all.insert(it["id"].as_str().unwrap().to_owned(), it.clone());
            }
        }
    }
    all
}

/// JSON in a string, or as it is.
fn opened(value: &Value) -> Value {
    let text = value.as_str().and_then(|it| serde_json::from_str(it).ok());
    text.unwrap_or_else(|| value.clone())
}

fn attribute(observation: &Value, key: &str) -> String {
    let metadata = opened(&observation["metadata"]);
    let value = &metadata["attributes"][key];
    value.as_str().unwrap_or_default().to_owned()
}

fn scope(observation: &Value) -> String {
    let metadata = opened(&observation["metadata"]);
    metadata["scope"]["name"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// Whether one lies in the other.
fn lies_in(all: &BTreeMap<String, Value>, inner: &Value, outer: &Value) -> bool {
    let mut at = inner;
    while let Some(parent) = at["parentObservationId"]
        .as_str()
        .and_then(|it| all.get(it))
    {
        if parent["id"] == outer["id"] {
            return true;
        }
        at = parent;
    }
    false
}

fn count(file: &File) -> Counts {
    let all = observations(file);
    let mut counts = Counts {
        records: all.len() as u64,
        ..Counts::default()
    };
    let generations = || all.values().filter(|it| it["type"] == "GENERATION");
    let mut asked = BTreeSet::new();
    for it in generations() {
        let operation = attribute(it, "ai.operationId");
        if operation == "ai.streamText" || operation == "ai.generateText" {
            continue;
        }
        // A span around others, and no call.
        let is_bare = it["model"].is_null() && it["usageDetails"] == serde_json::json!({});
        if is_bare && generations().any(|inner| lies_in(&all, inner, it)) {
            continue;
        }
        // The same call, as another library saw it.
        let counted = |it: &Value| it["usageDetails"]["input"].is_u64();
        let is_second = |outer: &&Value| counted(outer) && scope(outer) != scope(it);
        if generations()
            .filter(is_second)
            .any(|outer| lies_in(&all, it, outer))
            && operation.is_empty()
        {
            continue;
        }
        counts.llm_calls += 1;
        counts.input_tokens += number(&it["usageDetails"]["input"]);
        counts.output_tokens += number(&it["usageDetails"]["output"]);
        let output = opened(&it["output"]).to_string();
        let name = |it: &str| it.split('"').next().unwrap_or_default().to_owned();
        asked.extend(output.split("\"name\":\"").skip(1).map(name));
    }
    for it in all.values() {
        let is_tool = it["type"] == "TOOL"
            || attribute(it, "openinference.span.kind") == "TOOL"
            || !attribute(it, "gen_ai.tool.name").is_empty()
            || (it["type"] == "SPAN" && asked.contains(it["name"].as_str().unwrap()));
        counts.tool_calls += u64::from(is_tool);
    }
    counts
}
