use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "har",
    folders: &["har"],
    count: |file| {
        let mut counts = Counts::default();
        for entry in values(file)
            .iter()
            .flat_map(|it| items(&it["log"]["entries"]))
        {
            counts.records += 1;
            counts.llm_calls += 1;
            let text = entry["response"]["content"]["text"].as_str().unwrap_or("");
            let bodies = text
                .lines()
                .map(|it| it.strip_prefix("data: ").unwrap_or(it));
            let bodies: Vec<Value> = bodies
                .filter_map(|it| serde_json::from_str(it).ok())
                .collect();
            let (mut input, mut output) = (0, 0);
            for body in &bodies {
                for usage in [&body["usage"], &body["message"]["usage"]] {
                    let sum =
                        |keys: &[&str]| keys.iter().map(|it| number(&usage[*it])).sum::<u64>();
                    input = input.max(sum(&[
                        "prompt_tokens",
                        "input_tokens",
                        "cache_read_input_tokens",
                        "cache_creation_input_tokens",
                    ]));
                    output = output.max(sum(&["completion_tokens", "output_tokens"]));
                }
                let calls = items(&body["choices"][0]["message"]["tool_calls"]).count();
                let begun = body["content_block"]["type"] == "tool_use";
                counts.tool_calls += calls as u64 + u64::from(begun);
            }
            counts.input_tokens += input;
            counts.output_tokens += output;
        }
        counts
    },
    others: &[],
    differences: &[],
};
