use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "har",
    folders: &["har"],
    by_hand: |file| {
        let mut counts = Counts::default();
        for value in values(file) {
            for entry in items(&value["log"]["entries"]) {
                counts.records += 1;
                let url = entry["request"]["url"].as_str().unwrap();
                let ends = ["/chat/completions", "/messages", "/responses"];
                if !ends.iter().any(|it| url.ends_with(it)) {
                    continue;
                }
                counts.llm_calls += 1;
                let text = entry["response"]["content"]["text"].as_str().unwrap();
                let lines = text.lines().filter_map(|it| it.strip_prefix("data: "));
                let events: Vec<Value> = lines
                    .filter_map(|it| serde_json::from_str(it).ok())
                    .collect();
                match serde_json::from_str(text) {
                    Ok(body) => response(&mut counts, &body),
                    Err(_) => stream(&mut counts, &events),
                }
            }
        }
        counts
    },
    others: &[],
    differences: &[],
};

fn response(counts: &mut Counts, body: &Value) {
    let calls = items(&body["choices"]).flat_map(|it| items(&it["message"]["tool_calls"]));
    let outputs = items(&body["output"]).filter(|it| it["type"] == "function_call");
    counts.tool_calls += (calls.count() + outputs.count()) as u64;
    usage(counts, &body["usage"]);
}

fn stream(counts: &mut Counts, events: &[Value]) {
    for event in events {
        counts.tool_calls += u64::from(event["content_block"]["type"] == "tool_use");
        let chunks = items(&event["choices"]).flat_map(|it| items(&it["delta"]["tool_calls"]));
        counts.tool_calls += chunks.filter(|it| it["id"].is_string()).count() as u64;
        if event["type"] == "message_start" {
            // What is sent at the end has the output of all of it.
            let start = &event["message"]["usage"];
            for key in [
                "input_tokens",
                "cache_read_input_tokens",
                "cache_creation_input_tokens",
            ] {
                counts.input_tokens += number(&start[key]);
            }
        } else if event["type"] == "message_delta" {
            counts.output_tokens += number(&event["usage"]["output_tokens"]);
        } else {
            usage(counts, &event["usage"]);
        }
    }
}

fn usage(counts: &mut Counts, usage: &Value) {
    for key in ["prompt_tokens", "input_tokens"] {
        counts.input_tokens += number(&usage[key]);
    }
    for key in ["completion_tokens", "output_tokens"] {
        counts.output_tokens += number(&usage[key]);
    }
}

#[test]
fn no_range_contains_a_key() {
    let name = "tests/fixtures/har/session.json";
    let bytes = std::fs::read(crate::files::root().join(name)).unwrap();
    let imported = trace_tab::import::import(&bytes).unwrap();
    let trace = &imported.traces[0];
    let mut ranges = Vec::new();
    for (id, _) in trace.iter() {
        ranges.extend(trace.records_of(id));
        ranges.push(trace.error(id));
    }
    for call in &trace.llm_calls {
        ranges.extend(trace.inputs_of(call));
        ranges.extend(trace.outputs_of(call));
        ranges.extend([call.system, call.tools, call.request, call.response_id]);
    }
    let secret = |it: &str| it.contains("not-to-be-shown") || it.contains("Bearer");
    assert!(secret(&String::from_utf8_lossy(&bytes)));
    for range in ranges {
        assert!(!secret(&trace.source.slice(range)));
    }
}
