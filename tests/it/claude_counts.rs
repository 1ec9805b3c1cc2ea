//! Claude Code sessions counted a second way: with serde_json, by groups at the end, not in passing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use trace_tab::import::import;
use trace_tab::model::{Count, Tokens, Trace};

use crate::files;

/// What there is to count, and what the importer must find.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    llm_calls: usize,
    tool_calls: usize,
    input: u64,
    cached: u64,
    cache_write: u64,
    output: u64,
    records: usize,
}

/// All values of a file, and how many lines end in something that is none: of a web export its
/// lines, else what stands on each line.
fn values(text: &str) -> (Vec<Value>, usize) {
    if let Ok(Value::Object(whole)) = serde_json::from_str(text)
        && let Some(Value::Array(lines)) = whole.get("loglines")
    {
        return (lines.clone(), 0);
    }
    let (mut values, mut n_broken) = (Vec::new(), 0);
    for line in text.lines().filter(|it| !it.trim().is_empty()) {
        for value in serde_json::Deserializer::from_str(line).into_iter::<Value>() {
            match value {
                // An array at the top is what its items are.
                Ok(Value::Array(items)) => values.extend(items),
                Ok(value) => values.push(value),
                Err(_) => n_broken += 1,
            }
        }
    }
    (values, n_broken)
}

/// The records of LLM calls, by response and request; those without an id are each a call.
fn llm_calls(values: &[Value]) -> BTreeMap<String, Vec<&Value>> {
    let mut calls: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for (i, value) in values.iter().enumerate().filter(|it| is_answer(it.1)) {
        let group = match value["message"]["id"].as_str() {
            Some(id) => format!("{id} {}", value["requestId"].as_str().unwrap_or_default()),
            None => i.to_string(),
        };
        calls.entry(group).or_default().push(value);
    }
    calls
}

fn is_answer(value: &Value) -> bool {
    let message = &value["message"];
    value["type"] == "assistant" && message.is_object() && message["model"] != "<synthetic>"
}

/// Tool calls by the ids of requests and results. Of those without an id, each is one, but a
/// request and a result go together.
fn n_tool_calls(values: &[Value]) -> usize {
    let (mut ids, mut n_requests, mut n_results) = (BTreeSet::new(), 0, 0);
    for value in values
        .iter()
        .filter(|it| is_answer(it) || it["type"] == "user")
    {
        for block in value["message"]["content"].as_array().into_iter().flatten() {
            let (id, nameless) = match block["type"].as_str() {
                Some("tool_use" | "server_tool_use" | "mcp_tool_use") => {
                    (&block["id"], &mut n_requests)
                }
                Some(kind) if kind.ends_with("tool_result") => {
                    (&block["tool_use_id"], &mut n_results)
                }
                _ => continue,
            };
            match id.as_str() {
                Some(id) => drop(ids.insert(id)),
                None => *nameless += 1,
            }
        }
    }
    ids.len() + n_requests.max(n_results)
}

/// The file as it stands.
fn counted(bytes: &[u8]) -> Counts {
    let (values, n_broken) = values(&String::from_utf8_lossy(bytes));
    let calls = llm_calls(&values);
    let sum = |keys: &[&str]| {
        let used = |it: &Value| {
            keys.iter()
                .filter_map(|key| it["message"]["usage"][key].as_u64())
                .sum::<u64>()
        };
        calls
            .values()
            .filter_map(|it| it.iter().map(|it| used(it)).max())
            .sum()
    };
    Counts {
        llm_calls: calls.len(),
        tool_calls: n_tool_calls(&values),
        input: sum(&[
            "input_tokens",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
        ]),
        cached: sum(&["cache_read_input_tokens"]),
        cache_write: sum(&["cache_creation_input_tokens"]),
        output: sum(&["output_tokens"]),
        records: values.len() + n_broken,
    }
}

/// The file as it was imported.
fn imported(trace: &Trace) -> Counts {
    let sum = |count: fn(&Tokens) -> Count| {
        trace
            .llm_calls
            .iter()
            .filter_map(|it| count(&it.tokens).get())
            .sum()
    };
    Counts {
        llm_calls: trace.llm_calls.len(),
        tool_calls: trace.tool_calls.len(),
        input: sum(|it| it.input),
        cached: sum(|it| it.cached),
        cache_write: sum(|it| it.cache_write),
        output: sum(|it| it.output),
        records: trace.tally.total() as usize,
    }
}

#[test]
fn every_session_of_the_corpus_adds_up() {
    let (mut n_llm_calls, mut n_tool_calls) = (0, 0);
    for file in files::corpus(&["claude-code"]) {
        let expected = counted(&file.bytes);
        let traces = import(file.bytes).unwrap().traces;
        assert_eq!(
            (traces.len(), traces[0].format),
            (1, "claude-code"),
            "{}",
            file.name
        );
        let found = imported(&traces[0]);
        assert_eq!(found, expected, "{}", file.name);
        println!("{}: {found:?}", file.name);
        n_llm_calls += found.llm_calls;
        n_tool_calls += found.tool_calls;
    }
    println!("{n_llm_calls} LLM calls, {n_tool_calls} tool calls");
}

/// Fixtures too, so that the count itself is tested where there is no corpus.
#[test]
fn every_session_among_the_fixtures_adds_up() {
    let mut files = files::fixtures();
    files.retain(|it| it.name.starts_with("claude-code/"));
    assert!(!files.is_empty());
    for file in files {
        let mut expected = counted(&file.bytes);
        // A line that the file ends in is no bad record: it may be whole where it came from.
        expected.records -= usize::from(file.name.ends_with("broken-line.jsonl"));
        let found = imported(&import(file.bytes).unwrap().traces[0]);
        assert_eq!(found, expected, "{}", file.name);
    }
}

/// By content: no file of another format, of the fixtures or the corpus, is a session.
#[test]
fn no_other_format_is_taken_for_a_session() {
    let other = |it: &files::File| !it.name.starts_with("claude-code/");
    for file in files::fixtures()
        .into_iter()
        .chain(files::corpus(&["."]))
        .filter(other)
    {
        let format = import(file.bytes).map_or("", |it| it.traces[0].format);
        assert_ne!(format, "claude-code", "{}", file.name);
    }
}
