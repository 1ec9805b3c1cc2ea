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
            counts.records += items(&value["samples"]).count() as u64;
            let frames = value["stackFrames"].as_object();
            counts.records += frames.map_or(0, |it| it.len() as u64);
        }
        counts
    },
    others: &[],
    differences: &[],
};
