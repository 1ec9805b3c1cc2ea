//! What calls were sent and answered, where that stands in the file in an unusual way.

use trace_tab::analysis::{self, Rounds, conversation};
use trace_tab::import::import;
use trace_tab::model::Trace;
use trace_tab::payload::{Message, Part};

use crate::files::root;

fn fixture(name: &str) -> Trace {
    let bytes = std::fs::read(root().join("tests/fixtures").join(name)).unwrap();
    import(bytes).unwrap().traces.remove(0)
}

/// Each message as its role and the kinds of its parts.
fn shape(messages: &[Message]) -> Vec<String> {
    let kind = |it: &Part| match it {
        Part::Text(_) => "text",
        Part::Reasoning(_) => "reasoning",
        Part::ToolCall { .. } => "call",
        Part::ToolResult { .. } => "result",
        Part::Media { .. } | Part::Other { .. } => "else",
    };
    let line = |it: &Message| {
        let parts: Vec<&str> = it.parts.iter().map(kind).collect();
        format!("{}: {}", it.role, parts.join(" "))
    };
    messages.iter().map(line).collect()
}

/// Pydantic AI until version 1 of its instrumentation: one list of events, in a string.
#[test]
fn a_list_of_events_is_what_was_sent_and_what_was_said() {
    let trace = fixture("otlp/pydantic-ai-1.json");
    let rounds = Rounds::new(&trace);
    let [first, second] = trace.llm_calls.as_slice() else {
        panic!("{} LLM calls", trace.llm_calls.len());
    };
    let said = conversation(&trace, &rounds, first);
    assert_eq!(shape(&said.new), ["system: text", "user: text"]);
    assert_eq!(
        said.new[1].parts,
        [Part::Text("Weather in \"Paris\"?".to_owned())]
    );
    assert_eq!(shape(&said.output), ["assistant: text call"]);
    let said = conversation(&trace, &rounds, second);
    assert_eq!(said.earlier.len(), 3);
    assert_eq!(shape(&said.new), ["tool: result"]);
    assert_eq!(shape(&said.output), ["assistant: text"]);
}

#[test]
fn what_copilot_chat_reasoned_is_part_of_the_answer() {
    let trace = fixture("otlp/copilot-chat.json");
    let output = analysis::output(&trace, &trace.llm_calls[0]);
    assert_eq!(shape(&output), ["assistant: text call reasoning"]);
}

/// Shapes that no writer of today has, and log records without a span.
#[test]
fn what_is_told_in_older_ways_is_what_was_said() {
    for (name, sent, said) in [
        (
            "codex/items-with-created-at.jsonl",
            ["user: text", "tool: result"].as_slice(),
            ["assistant: call", "assistant: text"].as_slice(),
        ),
        (
            "gemini-cli/history.json",
            &["user: text else"],
            &["assistant: text"],
        ),
        (
            "otlp/log-records-of-unknown-spans.jsonl",
            &["user: text"],
            &["assistant: text"],
        ),
    ] {
        let trace = fixture(name);
        let rounds = Rounds::new(&trace);
        let (mut all_sent, mut all_said) = (Vec::new(), Vec::new());
        for call in &trace.llm_calls {
            let it = conversation(&trace, &rounds, call);
            all_sent.extend(shape(&it.new));
            all_said.extend(shape(&it.output));
        }
        assert_eq!((all_sent, all_said), (owned(sent), owned(said)), "{name}");
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|it| (*it).to_owned()).collect()
}
