use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "llm-api",
    folders: &[
        "provider-anthropic",
        "provider-google",
        "provider-openai-chat",
        "provider-openai-responses",
    ],
    count: |file| {
        let mut counts = Counts::default();
        let values = values(file);
        let records = values.iter().flat_map(|it| match it {
            Value::Array(items) => items.clone(),
            other => vec![other.clone()],
        });
        let records: Vec<Value> = records.collect();
        counts.records = records.len() as u64;
        if records.iter().all(|it| it["request"].is_object()) {
            for pair in records {
                let body = match &pair["response"]["body"] {
                    Value::Null => &pair["response"],
                    body => body,
                };
                match body {
                    Value::String(text) => stream(&mut counts, &data(text)),
                    body => response(&mut counts, body),
                }
            }
        } else if records.len() == 1 {
            response(&mut counts, &records[0]);
        } else {
            stream(&mut counts, &records);
        }
        counts
    },
    others: &[],
    differences: &[],
};

/// The values behind `data:`.
fn data(text: &str) -> Vec<Value> {
    let lines = text.lines().filter_map(|it| it.strip_prefix("data:"));
    lines.map(|it| serde_json::from_str(it).unwrap()).collect()
}

fn response(counts: &mut Counts, body: &Value) {
    counts.llm_calls += 1;
    usage(counts, &body["usage"]);
    usage(counts, &body["usageMetadata"]);
    let choices = items(&body["choices"]).flat_map(|it| items(&it["message"]["tool_calls"]));
    let parts = items(&body["candidates"]).flat_map(|it| items(&it["content"]["parts"]));
    let parts = parts.filter(|it| it["functionCall"].is_object());
    let blocks = items(&body["content"]).chain(items(&body["output"]));
    let blocks = blocks.filter(|it| is_call(it));
    counts.tool_calls += (choices.count() + parts.count() + blocks.count()) as u64;
}

fn is_call(item: &Value) -> bool {
    let kind = item["type"].as_str().unwrap();
    kind.ends_with("tool_use") || kind.ends_with("_call")
}

/// A stream of one answer.
fn stream(counts: &mut Counts, events: &[Value]) {
    let last = events.last().unwrap();
    if last["type"] == "response.completed" {
        return response(counts, &last["response"]);
    }
    counts.llm_calls += 1;
    for event in events {
        usage(counts, &event["interaction"]["usage"]);
        usage(counts, &event["usage"]);
        let begun = [&event["content_block"], &event["step"]];
        let begun = begun.into_iter().filter(|it| it.is_object() && is_call(it));
        let chunks = items(&event["choices"]).flat_map(|it| items(&it["delta"]["tool_calls"]));
        let chunks = chunks.filter(|it| it["id"].is_string());
        counts.tool_calls += (begun.count() + chunks.count()) as u64;
    }
}

fn usage(counts: &mut Counts, usage: &Value) {
    // A context that was summed up: the sum of the parts is what was paid for.
    for part in items(&usage["iterations"]) {
        self::usage(counts, part);
    }
    if usage["iterations"].is_array() {
        return;
    }
    let input = [
        "prompt_tokens",
        "input_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "promptTokenCount",
        "total_input_tokens",
        "total_tool_use_tokens",
    ];
    let output = [
        "completion_tokens",
        "output_tokens",
        "candidatesTokenCount",
        "thoughtsTokenCount",
        "total_output_tokens",
        "total_thought_tokens",
    ];
    counts.input_tokens += input.iter().map(|it| number(&usage[*it])).sum::<u64>();
    counts.output_tokens += output.iter().map(|it| number(&usage[*it])).sum::<u64>();
}
