use serde_json::Value;

use super::otlp::{Flat, of_spans, plain, text};
use super::{Count, Counts, items, number, values};
use crate::files::File;

pub(super) const COUNT: Count = Count {
    format: "otel-js",
    folders: &[
        "gemini-cli/gemini-telemetry.log",
        "otlp-vercel-ai/openinference-vercel_spans-by-operation.json",
    ],
    count,
    others: &[],
    differences: &[],
};

fn count(file: &File) -> Counts {
    let values = values(file);
    let is_span = |it: &&Value| it["startTime"].is_array();
    let in_lists = values.iter().filter_map(Value::as_object);
    let in_lists = in_lists.flat_map(|it| it.values().flat_map(items));
    let spans = values.iter().chain(in_lists).filter(is_span);
    let spans: Vec<Flat> = spans.map(flat).collect();
    let mut counts = of_spans(&spans);
    let mut others = values
        .iter()
        .filter(|it| it["hrTime"].is_array() || it["scopeMetrics"].is_array());
    counts.records += others.by_ref().count() as u64;
    // Gemini CLI says in log records what its calls took; thoughts are beside its output.
    for log in &values {
        let said = &log["attributes"];
        if said["event.name"] != "gemini_cli.api_response" {
            continue;
        }
        let of = |key: &str| number(&said[key]);
        let (input, output) = (of("input_token_count"), of("output_token_count"));
        counts.input_tokens += input;
        counts.output_tokens += output + of("thoughts_token_count");
    }
    counts
}

fn flat(span: &Value) -> Flat {
    let context = ["_spanContext", "spanContext"];
    let context = context.iter().find_map(|it| span.get(*it)).unwrap();
    let attributes = span["attributes"].as_object().into_iter().flatten();
    Flat {
        trace: text(&context["traceId"]),
        id: text(&context["spanId"]),
        parent: text(&span["parentSpanContext"]["spanId"]),
        attributes: attributes.map(|it| (it.0.clone(), plain(it.1))).collect(),
        ..Flat::default()
    }
}
