use super::{Count, Counts, items, values};

pub(super) const COUNT: Count = Count {
    format: "chrome-trace",
    folders: &["chrome-trace"],
    by_hand: |file| {
        let mut counts = Counts::default();
        for value in values(file) {
            let events = if value.is_array() {
                &value
            } else {
                &value["traceEvents"]
            };
            counts.records += items(events).count() as u64;
        }
        counts
    },
    // Names of threads and samples, and nothing with a length.
    others: &[
        ("chrome-trace/no-arg-data.json", "no-spans"),
        ("chrome-trace/simple-with-samples.json", "no-spans"),
    ],
    differences: &[],
};
