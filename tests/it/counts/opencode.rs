use std::collections::BTreeSet;

use serde_json::Value;

use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "opencode",
    folders: &["opencode"],
    by_hand: |file| {
        let lines = values(file);
        let messages = || lines.iter().flat_map(|it| items(&it["messages"]));
        let events = || lines.iter().map(|it| &it["part"]);
        let parts = || {
            messages()
                .flat_map(|it| items(&it["parts"]))
                .chain(events())
        };
        let of = |kind: &'static str| parts().filter(move |it| it["type"] == kind);
        let mut counts = Counts {
            records: (messages().count() + events().filter(|it| it.is_object()).count()) as u64,
            ..Counts::default()
        };
        let ids: BTreeSet<_> = of("tool")
            .map(|it| it["callID"].as_str().unwrap())
            .collect();
        counts.tool_calls = ids.len() as u64;
        for step in of("step-finish") {
            counts.llm_calls += 1;
            add(&mut counts, &step["tokens"]);
        }
        // Of messages without steps, their own.
        for message in messages().filter(|it| it["info"]["role"] == "assistant") {
            let mut steps = items(&message["parts"]).filter(|it| it["type"] == "step-finish");
            if steps.next().is_none() {
                counts.llm_calls += 1;
                add(&mut counts, &message["info"]["tokens"]);
            }
        }
        counts
    },
    others: &[],
    differences: &[],
};

fn add(counts: &mut Counts, tokens: &Value) {
    let cache = &tokens["cache"];
    counts.input_tokens +=
        number(&tokens["input"]) + number(&cache["read"]) + number(&cache["write"]);
    counts.output_tokens += number(&tokens["output"]) + number(&tokens["reasoning"]);
}
