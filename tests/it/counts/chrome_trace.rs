use super::{Count, Counts, items, values};

pub(super) const COUNT: Count = Count {
    format: "chrome-trace",
    folders: &["chrome-trace"],
    count: |file| {
        let events = |it: &serde_json::Value| match it.get("traceEvents") {
            Some(events) => items(events).count(),
            None => items(it).count(),
        };
        Counts {
            records: values(file).iter().map(events).sum::<usize>() as u64,
            ..Counts::default()
        }
    },
    // Samples of a profiler alone.
    others: &[
        ("chrome-trace/no-arg-data.json", "no-spans"),
        ("chrome-trace/simple-with-samples.json", "no-spans"),
    ],
    differences: &[],
};
