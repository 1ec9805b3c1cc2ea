//! Every file of the corpus, counted a second time by small readers that share no code with the
//! importers. What differs is listed, each with its reason.
//!
//! To add a format: `counts/<name>.rs` with a `COUNT`, and its line in [`ALL`].

mod antigravity;
mod atif;
mod autogen;
mod braintrust;
mod chrome_trace;
mod claude_code;
mod claude_stream_json;
mod codex;
mod copilot;
mod cursor;
mod droid;
mod gemini_cli;
mod google_adk;
mod grok;
mod har;
mod harbor_traces;
mod hermes;
mod inspect;
mod jaeger;
mod kimi;
mod langchain;
mod langfuse;
mod langsmith;
mod llm_api;
mod mlflow;
mod openai_agents;
mod opencode;
mod openhands;
mod opik;
mod otel_js;
mod otel_python;
mod otlp;
mod pi;
mod pydantic_ai;
mod qwen;
mod smolagents;
mod swe_agent;
mod weave;
mod zipkin;

use serde_json::Value;
use trace_tab::import::Imported;
use trace_tab::model::{Count as Tokens, Trace};

use crate::archives;
use crate::files::{self, File};

/// How the files of a format are counted.
pub(crate) struct Count {
    /// The id of the format.
    pub(crate) format: &'static str,
    /// The folders of the corpus that have its files, or single files.
    pub(crate) folders: &'static [&'static str],
    /// Counts a file.
    by_hand: fn(&File) -> Counts,
    /// Files in these folders that are something else: the id of another format, or the code of an
    /// error.
    others: &'static [(&'static str, &'static str)],
    /// What is counted otherwise than it is read: which file, what, by hand, ours, and why.
    differences: &'static [(&'static str, &'static str, u64, u64, &'static str)],
}

/// All of them, a line a format.
pub(crate) const ALL: &[&Count] = &[
    &llm_api::COUNT,
    &pydantic_ai::COUNT,
    &smolagents::COUNT,
    &langchain::COUNT,
    &google_adk::COUNT,
    &autogen::COUNT,
    &swe_agent::COUNT,
    &openhands::COUNT,
    &jaeger::COUNT,
    &mlflow::COUNT,
    &otel_js::COUNT,
    &otel_python::COUNT,
    &otlp::COUNT,
    &zipkin::COUNT,
    &claude_code::COUNT,
    &claude_stream_json::COUNT,
    &codex::COUNT,
    &codex::EXEC,
    &gemini_cli::COUNT,
    &gemini_cli::STREAM,
    &opencode::COUNT,
    &inspect::COUNT,
    &antigravity::COUNT,
    &atif::COUNT,
    &copilot::COUNT,
    &cursor::COUNT,
    &droid::COUNT,
    &grok::COUNT,
    &harbor_traces::COUNT,
    &hermes::COUNT,
    &kimi::COUNT,
    &pi::COUNT,
    &qwen::COUNT,
    &braintrust::COUNT,
    &chrome_trace::COUNT,
    &har::COUNT,
    &langfuse::COUNT,
    &langsmith::COUNT,
    &openai_agents::COUNT,
    &opik::COUNT,
    &weave::COUNT,
];

/// What there is in a file. Tokens have our meaning: input with what was cached, output with what
/// was reasoned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    llm_calls: u64,
    tool_calls: u64,
    input_tokens: u64,
    output_tokens: u64,
    /// Records at the path where the format has them.
    records: u64,
}

impl Counts {
    fn named(self) -> [(&'static str, u64); 5] {
        [
            ("LLM calls", self.llm_calls),
            ("tool calls", self.tool_calls),
            ("input tokens", self.input_tokens),
            ("output tokens", self.output_tokens),
            ("records", self.records),
        ]
    }
}

#[test]
fn every_file_of_the_corpus_adds_up() {
    let mut wrong = Vec::new();
    for format in ALL {
        for file in files::corpus(format.folders) {
            check(format, &file, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn check(format: &Count, file: &File, wrong: &mut Vec<String>) {
    let other = format.others.iter().find(|it| it.0 == file.name);
    let expected = other.map_or(format.format, |it| it.1);
    let imported = match archives::import(file) {
        Ok(imported) => imported,
        Err(error) if error.code() == expected => return,
        Err(error) => return wrong.push(format!("{}: {error}", file.name)),
    };
    let found = imported.traces[0].format;
    if found != expected {
        return wrong.push(format!("{}: read as {found}, not {expected}", file.name));
    }
    if other.is_some() {
        return;
    }
    let (by_hand, ours) = ((format.by_hand)(file), ours(&imported));
    println!("{}: {by_hand:?}", file.name);
    let pairs = by_hand.named().into_iter().zip(ours.named());
    for ((what, by_hand), (_, ours)) in pairs {
        let mut known = format.differences.iter();
        let is_known =
            known.any(|it| (it.0, it.1, it.2, it.3) == (&file.name, what, by_hand, ours));
        if by_hand != ours && !is_known {
            wrong.push(format!("{}: {by_hand} {what}, read {ours}", file.name));
        }
    }
}

fn ours(imported: &Imported) -> Counts {
    let traces = &imported.traces;
    let sum = |of: &dyn Fn(&Trace) -> u64| traces.iter().map(of).sum();
    let tokens = |it: Tokens| it.get().unwrap_or(0);
    Counts {
        llm_calls: sum(&|it| it.llm_calls.len() as u64),
        tool_calls: sum(&|it| it.tool_calls.len() as u64),
        input_tokens: sum(&|it| it.llm_calls.iter().map(|it| tokens(it.tokens.input)).sum()),
        output_tokens: sum(&|it| it.llm_calls.iter().map(|it| tokens(it.tokens.output)).sum()),
        // The traces of one file share its tally.
        records: traces[0].tally.total().into(),
    }
}

/// All JSON values of a file: one document, one a line, one after another. Lines that are none are
/// left out.
fn values(file: &File) -> Vec<Value> {
    let whole = serde_json::Deserializer::from_slice(&file.bytes).into_iter::<Value>();
    if let Ok(values) = whole.collect::<Result<Vec<_>, _>>() {
        return values;
    }
    let text = String::from_utf8_lossy(&file.bytes);
    let lines = text.lines().map(serde_json::from_str);
    lines.filter_map(Result::ok).collect()
}

/// The items of an array; nothing of anything else.
fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A number, or 0.
fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}
