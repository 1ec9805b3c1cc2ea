use super::{Count, Counts, items, number, values};

pub(super) const COUNT: Count = Count {
    format: "google-adk",
    folders: &["google-adk"],
    count: |file| {
        let mut counts = Counts::default();
        let values = values(file);
        for event in values.iter().flat_map(|it| items(&it["events"])) {
            counts.records += 1;
            counts.llm_calls += u64::from(event["content"]["role"] == "model");
            let calls = items(&event["content"]["parts"]);
            counts.tool_calls += calls.filter(|it| it.get("functionCall").is_some()).count() as u64;
            let usage = &event["usageMetadata"];
            counts.input_tokens += number(&usage["promptTokenCount"]);
            // The total of these files counts thoughts among the candidates.
            counts.output_tokens += number(&usage["candidatesTokenCount"]);
        }
        counts
    },
    others: &[],
    differences: &[],
};
