use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use trace_tab::analysis;
use trace_tab::import::import_files;
use trace_tab::model::IssueKind;

use super::{Count, Counts, items, values};
use crate::files::{self, File};

pub(super) const COUNT: Count = Count {
    format: "otlp",
    folders: &[
        "otlp-genai-semconv",
        "otlp-genai-old",
        "otlp-openinference",
        "otlp-openllmetry",
        "otlp-pydantic-ai",
        "otlp-vercel-ai",
        "otlp-large",
        "otlp-misc",
    ],
    by_hand: count,
    others: &[
        ("otlp-misc/otel-python-console.txt", "otel-python"),
        (
            "otlp-vercel-ai/openinference-vercel_spans-by-operation.json",
            "otel-js",
        ),
    ],
    differences: &[
        (ANTHROPIC, "LLM calls", 5, 4, TWICE),
        (ANTHROPIC, "input tokens", 440, 411, TWICE),
        (ANTHROPIC, "output tokens", 145, 116, TWICE),
    ],
};

const ANTHROPIC: &str = "otlp-openinference/openinference-anthropic.jsonl";
const TWICE: &str = "the streamed call was recorded by two instrumentations side by side, not one \
    in the other: same times, model and tokens";

fn count(file: &File) -> Counts {
    let spans: Vec<Flat> = spans(file).iter().map(Flat::of_otlp).collect();
    let mut counts = of_spans(&spans);
    let logs = logs(file);
    if spans.is_empty() {
        counts = of_logs(&logs);
    }
    counts.records = (spans.len() + logs.len()) as u64;
    counts
}

/// One of OTLP's values without its types.
fn untyped(value: &Value) -> Value {
    if let Some(list) = value["arrayValue"]["values"].as_array() {
        return list.iter().map(untyped).collect();
    }
    if let Some(list) = value["kvlistValue"]["values"].as_array() {
        let pairs = list
            .iter()
            .map(|it| (text(&it["key"]), untyped(&it["value"])));
        return Value::Object(pairs.collect());
    }
    let plain = value.as_object().and_then(|it| it.values().next());
    plain.cloned().unwrap_or_default()
}

/// All log records of a file.
fn logs(file: &File) -> Vec<Value> {
    let mut logs = Vec::new();
    for document in values(file) {
        for resource in items(&document["resourceLogs"]) {
            for scope in items(&resource["scopeLogs"]) {
                logs.extend(items(&scope["logRecords"]).cloned());
            }
        }
    }
    logs
}

/// What there is in log records alone: an LLM call a span in which one is about one, and the tool
/// calls that it asks for, of which no record can be that of a run.
fn of_logs(logs: &[Value]) -> Counts {
    let mut counts = Counts::default();
    let mut spans = BTreeSet::new();
    for log in logs {
        let attributes = typed(&log["attributes"]);
        let of = |key: &str| attributes.get(key).map_or("", String::as_str);
        let name = log["eventName"].as_str().unwrap_or(of("event.name"));
        if !name.starts_with("gen_ai.") {
            continue;
        }
        spans.insert(text(&log["spanId"]));
        counts.input_tokens += of("gen_ai.usage.input_tokens").parse::<u64>().unwrap_or(0);
        counts.output_tokens += of("gen_ai.usage.output_tokens").parse::<u64>().unwrap_or(0);
        if name == "gen_ai.choice" {
            let body = untyped(&log["body"]);
            counts.tool_calls += items(&body["message"]["tool_calls"]).count() as u64;
        }
        let all = items(&log["attributes"]);
        let mut outputs = all.filter(|it| it["key"] == "gen_ai.output.messages");
        let output = outputs
            .next()
            .map_or(Value::Null, |it| untyped(&it["value"]));
        for message in items(&output) {
            let parts = items(&message["parts"]).filter(|it| it["type"] == "tool_call");
            counts.tool_calls += parts.count() as u64;
        }
    }
    counts.llm_calls = spans.len() as u64;
    counts
}

/// All spans of a file, whatever number of documents it is.
fn spans(file: &File) -> Vec<Value> {
    let mut spans = Vec::new();
    let values = values(file);
    // An array of requests, or requests.
    for document in values
        .iter()
        .flat_map(|it| it.as_array().map_or(vec![it], |it| it.iter().collect()))
    {
        for resource in items(&document["resourceSpans"]) {
            for scope in items(&resource["scopeSpans"]) {
                spans.extend(items(&scope["spans"]).cloned());
            }
        }
    }
    spans
}

/// A span without what it is wrapped in.
#[derive(Default)]
pub(super) struct Flat {
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    /// Attributes as text.
    pub(super) attributes: BTreeMap<String, String>,
    /// Attributes of its `gen_ai.choice` events.
    pub(super) choices: Vec<BTreeMap<String, String>>,
}

impl Flat {
    fn of_otlp(span: &Value) -> Flat {
        let text = |key: &str| span[key].as_str().unwrap_or_default().to_owned();
        let choices = items(&span["events"]).filter(|it| it["name"] == "gen_ai.choice");
        Flat {
            trace: text("traceId"),
            id: text("spanId"),
            parent: text("parentSpanId"),
            attributes: typed(&span["attributes"]),
            choices: choices.map(|it| typed(&it["attributes"])).collect(),
        }
    }

    /// The first of some attributes, or "".
    pub(super) fn get(&self, keys: &[&str]) -> &str {
        let found = keys.iter().find_map(|it| self.attributes.get(*it));
        found.map_or("", String::as_str)
    }

    fn is_llm_call(&self) -> bool {
        let operation = self.get(&["gen_ai.operation.name"]);
        let kind = self.get(&["openinference.span.kind", "mlflow.spanType"]);
        let step = self.get(&["ai.operationId"]);
        ["chat", "generate_content", "text_completion", "llm_call"].contains(&operation)
            || ["LLM", "CHAT_MODEL"].contains(&kind.trim_matches('"'))
            || ["chat", "completion"].contains(&self.get(&["llm.request.type"]))
            || step.ends_with(".doGenerate")
            || step.ends_with(".doStream")
    }

    fn is_tool_call(&self) -> bool {
        let kind = self.get(&["openinference.span.kind", "mlflow.spanType"]);
        ["execute_tool", "tool_call"].contains(&self.get(&["gen_ai.operation.name"]))
            || kind.trim_matches('"') == "TOOL"
            || self.get(&["traceloop.span.kind"]) == "tool"
            || self.get(&["ai.operationId"]) == "ai.toolCall"
    }

    /// Ids and names of the tool calls that it asks for.
    fn asked(&self) -> Vec<(String, String)> {
        let mut asked = Vec::new();
        let json = |key: &str| parse(self.get(&[key]));
        for message in items(&json("gen_ai.output.messages")) {
            let parts = items(&message["parts"]).filter(|it| it["type"] == "tool_call");
            asked.extend(parts.map(|it| (text(&it["id"]), text(&it["name"]))));
        }
        for choice in &self.choices {
            let parts = parse(choice.get("message").map_or("", String::as_str));
            let uses = items(&parts).map(|it| &it["toolUse"]);
            let uses = uses.filter(|it| it.is_object());
            asked.extend(uses.map(|it| (text(&it["toolUseId"]), text(&it["name"]))));
        }
        let calls = json("ai.response.toolCalls");
        asked.extend(items(&calls).map(|it| (text(&it["toolCallId"]), text(&it["toolName"]))));
        let response = json("mlflow.spanOutputs");
        for choice in items(&response["choices"]) {
            let calls = items(&choice["message"]["tool_calls"]);
            asked.extend(calls.map(|it| (text(&it["id"]), text(&it["function"]["name"]))));
        }
        for (begin, id, name) in [
            (
                "llm.output_messages.",
                ".tool_call.id",
                ".tool_call.function.name",
            ),
            ("gen_ai.completion.", ".id", ".name"),
        ] {
            for (key, value) in &self.attributes {
                let is_call = key.starts_with(begin) && key.contains(".tool_calls.");
                if let Some(key) = key.strip_suffix(id).filter(|_| is_call) {
                    let name = self.get(&[&format!("{key}{name}")]).to_owned();
                    asked.push((value.clone(), name));
                }
            }
        }
        asked
    }
}

/// What there is in some spans.
pub(super) fn of_spans(spans: &[Flat]) -> Counts {
    let mut counts = Counts {
        records: spans.len() as u64,
        ..Counts::default()
    };
    let place = |it: &Flat, id: &str| (it.trace.clone(), id.to_owned());
    let llm_calls = || spans.iter().filter(|it| it.is_llm_call());
    let llm_ids: BTreeSet<_> = llm_calls().map(|it| place(it, &it.id)).collect();
    // By id where the span has one, else so many of a name in a trace.
    let mut ran = BTreeSet::new();
    let mut ran_of_name: BTreeMap<(String, String), u64> = BTreeMap::new();
    for span in spans.iter().filter(|it| it.is_tool_call()) {
        counts.tool_calls += 1;
        match span.get(&[
            "gen_ai.tool.call.id",
            "gen_ai.tool.call_id",
            "ai.toolCall.id",
        ]) {
            "" => *ran_of_name.entry(place(span, tool_name(span))).or_default() += 1,
            id => _ = ran.insert(place(span, id)),
        }
    }
    let mut asked = BTreeSet::new();
    for span in llm_calls() {
        // What lies in another is the same call, recorded twice.
        if !llm_ids.contains(&place(span, &span.parent)) {
            counts.llm_calls += 1;
            counts.input_tokens += tokens(span, INPUT, "input_tokens");
            counts.output_tokens += tokens(span, OUTPUT, "output_tokens");
        }
        let calls = span.asked().into_iter();
        asked.extend(calls.map(|it| (span.trace.clone(), it.0, it.1)));
    }
    for (trace, id, name) in asked {
        let same_name = ran_of_name
            .get_mut(&(trace.clone(), name))
            .filter(|it| **it > 0);
        if ran.contains(&(trace, id)) {
        } else if let Some(left) = same_name {
            *left -= 1;
        } else {
            counts.tool_calls += 1;
        }
    }
    counts
}

fn tool_name(span: &Flat) -> &str {
    let keys = ["gen_ai.tool.name", "tool.name", "traceloop.entity.name"];
    match span.get(&keys) {
        "" => span.get(&["name"]),
        name => name,
    }
}

const INPUT: &[&str] = &[
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
];
const OUTPUT: &[&str] = &[
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
];

fn tokens(span: &Flat, keys: &[&str], of_usage: &str) -> u64 {
    let usage = parse(span.get(&["mlflow.chat.tokenUsage"]));
    let own = span.get(keys).parse().ok();
    own.or(usage[of_usage].as_u64()).unwrap_or(0)
}

/// OTLP's attributes as text.
fn typed(attributes: &Value) -> BTreeMap<String, String> {
    let pair = |it: &Value| {
        let value = it["value"].as_object()?.values().next()?;
        Some((text(&it["key"]), plain(value)))
    };
    items(attributes).filter_map(pair).collect()
}

/// A string as it is, anything else as JSON.
pub(super) fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// Log records of one file tell the LLM calls of another what was sent and said.
#[test]
fn log_records_join_their_spans() {
    for (folder, name) in [
        ("otlp-genai-semconv", "genai-openai-v2-events"),
        ("otlp-genai-old", "genai-openai-v2-old"),
    ] {
        let files = files::corpus(&[folder]);
        let find = |ending: &str| {
            let path = format!("{folder}/{name}.{ending}.jsonl");
            files.iter().find(|it| it.name == path)
        };
        let (Some(spans), Some(logs)) = (find("spans"), find("logs")) else {
            continue;
        };
        let by_hand = messages_in_logs(logs);
        for order in [[spans, logs], [logs, spans]] {
            let files = order.map(|it| (it.name.as_str(), &it.bytes));
            let imported = import_files(files).unwrap();
            assert_eq!((imported.traces.len(), imported.unread.len()), (1, 0));
            let trace = &imported.traces[0];
            let mut issues = trace.issues.counts();
            assert!(issues.all(|it| it.0 != IssueKind::LogsAlone), "{name}");
            let calls = trace.llm_calls.iter();
            let said = calls.map(|it| {
                let (input, output) = (analysis::input(trace, it), analysis::output(trace, it));
                (input.len() + output.len()) as u64
            });
            assert_eq!(said.sum::<u64>(), by_hand, "{name}");
            let mut asked = trace.tool_calls.iter();
            assert!(asked.all(|it| it.requested_by.is_some() && !it.matched));
        }
    }
}

/// How many messages the log records of a file have: one each, or lists of them.
fn messages_in_logs(file: &File) -> u64 {
    let mut n = 0;
    for document in values(file) {
        let scopes = items(&document["resourceLogs"]).flat_map(|it| items(&it["scopeLogs"]));
        for record in scopes.flat_map(|it| items(&it["logRecords"])) {
            let lists = items(&record["attributes"]).filter(|it| {
                let key = text(&it["key"]);
                ["gen_ai.input.messages", "gen_ai.output.messages"].contains(&key.as_str())
            });
            let in_lists = lists.map(|it| items(&it["value"]["arrayValue"]["values"]).count());
            n += if record["body"]["kvlistValue"].is_object() {
                1
            } else {
                in_lists.sum::<usize>() as u64
            };
        }
    }
    n
}
