//! LLM calls, tool calls and tokens of the OTLP files of the corpus, counted again from plain
//! JSON by a reader that shares no code with the importer.

use std::collections::BTreeSet;

use serde_json::Value;
use trace_tab::import::import;
use trace_tab::model::Trace;

use crate::files::{self, File};

const FOLDERS: &[&str] = &["otlp-genai-semconv", "otlp-genai-old", "otlp-misc"];

/// Files that are counted otherwise than we read them: which, what, by hand, ours, and why.
const DIFFERENCES: &[(&str, &str, u64, u64, &str)] = &[];

/// Files without spans, and what is said about them.
const NO_TRACE: &[(&str, &str)] = &[
    (
        "otlp-genai-semconv/genai-openai-v2-events.logs.jsonl",
        "not-a-trace",
    ),
    (
        "otlp-genai-semconv/genai-openai-v2-new.logs.jsonl",
        "not-a-trace",
    ),
    (
        "otlp-genai-old/genai-openai-v2-old.logs.jsonl",
        "not-a-trace",
    ),
    ("otlp-misc/logs.json", "not-a-trace"),
    // What the console exporter of the Python SDK prints: spans, but not OTLP.
    ("otlp-misc/otel-python-console.txt", "unknown-format"),
];

#[derive(Debug, Default, PartialEq)]
struct Counts {
    spans: u64,
    llm_calls: u64,
    tool_calls: u64,
    input_tokens: u64,
    output_tokens: u64,
}

impl Counts {
    fn named(&self) -> [(&'static str, u64); 5] {
        [
            ("spans", self.spans),
            ("LLM calls", self.llm_calls),
            ("tool calls", self.tool_calls),
            ("input tokens", self.input_tokens),
            ("output tokens", self.output_tokens),
        ]
    }
}

#[test]
fn every_file_of_the_corpus_adds_up() {
    let files = files::corpus(FOLDERS);
    if files.is_empty() {
        return;
    }
    let mut differences = Vec::new();
    for file in &files {
        let spans = spans(file);
        let imported = match import(file.bytes.clone()) {
            Ok(imported) => imported,
            Err(error) => {
                assert!(spans.is_empty(), "{}: {error}", file.name);
                let expected = NO_TRACE.iter().find(|it| it.0 == file.name);
                assert_eq!(Some(error.code()), expected.map(|it| it.1), "{}", file.name);
                continue;
            }
        };
        let (by_hand, ours) = (by_hand(&spans), ours(&imported.traces));
        println!("{}: {by_hand:?}", file.name);
        let pairs = by_hand.named().into_iter().zip(ours.named());
        for ((what, by_hand), (_, ours)) in pairs.filter(|it| it.0 != it.1) {
            differences.push((file.name.clone(), what, by_hand, ours));
        }
    }
    let expected = DIFFERENCES.iter();
    let expected: Vec<_> = expected
        .map(|it| (it.0.to_owned(), it.1, it.2, it.3))
        .collect();
    assert_eq!(differences, expected);
}

fn ours(traces: &[Trace]) -> Counts {
    let mut counts = Counts::default();
    for trace in traces {
        // Of spans that the file has twice the last counts; a call that never ran has none.
        let n_more = trace
            .iter()
            .map(|it| trace.records_of(it.0).len() as u64 - 1);
        let never_ran = trace
            .iter()
            .filter(|it| is_request_alone(trace, it.0))
            .count() as u64;
        counts.spans += trace.spans.len() as u64 + n_more.sum::<u64>() - never_ran;
        counts.llm_calls += trace.llm_calls.len() as u64;
        counts.tool_calls += trace.tool_calls.len() as u64;
        for call in &trace.llm_calls {
            counts.input_tokens += call.tokens.input.get().unwrap_or(0);
            counts.output_tokens += call.tokens.output.get().unwrap_or(0);
        }
    }
    counts
}

fn is_request_alone(trace: &Trace, id: trace_tab::model::SpanId) -> bool {
    let marks = trace.span(id).unwrap().marks;
    marks.has(trace_tab::model::Marks::REQUESTED)
}

/// All spans of a file, whatever number of documents it is.
fn spans(file: &File) -> Vec<Value> {
    let documents = serde_json::Deserializer::from_slice(&file.bytes).into_iter::<Value>();
    let mut spans = Vec::new();
    for document in documents.map_while(Result::ok) {
        for resource in items(&document["resourceSpans"]) {
            for scope in items(&resource["scopeSpans"]) {
                spans.extend(items(&scope["spans"]).cloned());
            }
        }
    }
    spans
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn by_hand(spans: &[Value]) -> Counts {
    let mut counts = Counts {
        spans: spans.len() as u64,
        ..Counts::default()
    };
    let mut ran = BTreeSet::new();
    for span in spans {
        if operation(span) == "execute_tool" {
            counts.tool_calls += 1;
            ran.insert((
                span["traceId"].to_string(),
                attribute(span, "gen_ai.tool.call.id"),
            ));
        }
    }
    let llm_operations = ["chat", "generate_content", "text_completion"];
    for span in spans {
        if !llm_operations.contains(&operation(span).as_str()) {
            continue;
        }
        counts.llm_calls += 1;
        let tokens = |key| attribute(span, key).parse().unwrap_or(0_u64);
        counts.input_tokens += tokens("gen_ai.usage.input_tokens");
        counts.output_tokens += tokens("gen_ai.usage.output_tokens");
        for id in requested(span) {
            let call = (span["traceId"].to_string(), id);
            counts.tool_calls += u64::from(!ran.contains(&call));
        }
    }
    counts
}

fn operation(span: &Value) -> String {
    attribute(span, "gen_ai.operation.name")
}

/// The text of an attribute of a span or event, or "".
fn attribute(of: &Value, key: &str) -> String {
    let found = items(&of["attributes"]).find(|it| it["key"] == key);
    let value = found.map_or(&Value::Null, |it| &it["value"]);
    let value = ["stringValue", "intValue"]
        .iter()
        .find_map(|it| value.get(it));
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

/// The ids of the tool calls that an LLM call asked for.
fn requested(span: &Value) -> Vec<String> {
    let mut ids = Vec::new();
    let parse = |text: String| serde_json::from_str::<Value>(&text).unwrap_or_default();
    for message in items(&parse(attribute(span, "gen_ai.output.messages"))) {
        let parts = items(&message["parts"]).filter(|it| it["type"] == "tool_call");
        ids.extend(parts.filter_map(|it| it["id"].as_str().map(str::to_owned)));
    }
    for event in items(&span["events"]).filter(|it| it["name"] == "gen_ai.choice") {
        let parts = parse(attribute(event, "message"));
        let ids_of = items(&parts).filter_map(|it| it["toolUse"]["toolUseId"].as_str());
        ids.extend(ids_of.map(str::to_owned));
    }
    ids
}
