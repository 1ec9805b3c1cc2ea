use super::otlp::{Flat, of_spans, plain, text};
use super::{Count, values};

pub(super) const COUNT: Count = Count {
    format: "otel-python",
    folders: &["otlp-misc/otel-python-console.txt"],
    count: |file| {
        let spans = values(file);
        let spans = spans.iter().map(|it| Flat {
            trace: text(&it["context"]["trace_id"]),
            id: text(&it["context"]["span_id"]),
            parent: text(&it["parent_id"]),
            attributes: it["attributes"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|it| (it.0.clone(), plain(it.1)))
                .collect(),
            ..Flat::default()
        });
        of_spans(&spans.collect::<Vec<_>>())
    },
    others: &[],
    differences: &[],
};
