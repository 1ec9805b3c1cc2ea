use serde_json::Value;

use super::otlp::{Flat, of_spans, plain, text};
use super::{Count, items, values};

pub(super) const COUNT: Count = Count {
    format: "jaeger",
    folders: &["jaeger"],
    count: |file| {
        let values = values(file);
        let mut spans: Vec<&Value> = Vec::new();
        for value in &values {
            spans.extend(items(&value["data"]).flat_map(|it| items(&it["spans"])));
            spans.extend(items(&value["spans"]));
            spans.extend(items(value));
        }
        of_spans(&spans.into_iter().map(flat).collect::<Vec<_>>())
    },
    others: &[
        // What its API v3 answers is OTLP.
        ("jaeger/FindTraces.json", "otlp"),
        ("jaeger/GetTrace.json", "otlp"),
    ],
    differences: &[],
};

fn flat(span: &Value) -> Flat {
    Flat {
        trace: text(&span["traceID"]),
        id: text(&span["spanID"]),
        parent: text(&span["references"][0]["spanID"]),
        attributes: items(&span["tags"])
            .map(|it| (text(&it["key"]), plain(&it["value"])))
            .collect(),
        ..Flat::default()
    }
}
