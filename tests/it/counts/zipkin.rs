use super::{Count, Counts, items, values};

pub(super) const COUNT: Count = Count {
    format: "zipkin",
    folders: &["zipkin"],
    count: |file| Counts {
        // None of these files is about a model.
        records: values(file).iter().flat_map(items).count() as u64,
        ..Counts::default()
    },
    others: &[],
    differences: &[],
};
