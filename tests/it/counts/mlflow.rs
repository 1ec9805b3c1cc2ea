use super::otlp::{Flat, of_spans, plain, text};
use super::{Count, items, values};

pub(super) const COUNT: Count = Count {
    format: "mlflow",
    folders: &["mlflow"],
    count: |file| {
        let values = values(file);
        let spans = values
            .iter()
            .flat_map(items)
            .flat_map(|it| items(&it["data"]["spans"]));
        let spans = spans.map(|it| {
            let attributes = it["attributes"].as_object().into_iter().flatten();
            let attributes = attributes.map(|it| (it.0.clone(), plain(it.1)));
            Flat {
                trace: text(&it["trace_id"]),
                id: text(&it["span_id"]),
                parent: text(&it["parent_span_id"]),
                attributes: attributes
                    .chain([("name".to_owned(), text(&it["name"]))])
                    .collect(),
                ..Flat::default()
            }
        });
        of_spans(&spans.collect::<Vec<_>>())
    },
    others: &[],
    differences: &[],
};
