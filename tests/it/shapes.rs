//! What is read of messages before the part is there that reads every shape of them.

use std::collections::BTreeSet;

use trace_tab::import::import;
use trace_tab::model::{ByteRange, Json, SpanId, Trace};
use trace_tab::payload::{common, messages_in, toolbelt};

use crate::files::{File, all_of_the_corpus, below, fixtures, root};

/// Whether a value is read without the part: then as all readers do.
#[track_caller]
fn is_common(text: &str, file: &str) -> bool {
    let json = Json::new(text);
    let said = common::messages(json);
    if let Some(said) = &said {
        assert_eq!(*said, messages_in(json), "{file}: {text}");
    }
    said.is_some()
}

/// The same of a toolbelt.
#[track_caller]
fn is_common_belt(text: &str, file: &str) -> bool {
    let names = common::tool_names(Json::new(text));
    if let Some(names) = &names {
        let all: Vec<String> = toolbelt(text).into_iter().map(|it| it.name).collect();
        assert_eq!(*names, all, "{file}: {text}");
    }
    names.is_some()
}

fn traces(file: &File) -> Vec<Trace> {
    import(&file.bytes).map_or_else(|_| Vec::new(), |it| it.traces)
}

/// Where a trace has messages that are read before anything is selected: what was asked and answered,
/// prompts, errors.
fn messages(trace: &Trace) -> Vec<ByteRange> {
    let mut all: Vec<ByteRange> = trace.turns.iter().map(|it| it.input).collect();
    for call in &trace.llm_calls {
        all.extend(trace.inputs_of(call));
        all.extend(trace.outputs_of(call));
        all.push(call.system);
    }
    all.extend((0..trace.spans.len()).map(|it| trace.error(SpanId::new(it))));
    all.retain(|it| !it.is_empty());
    all
}

fn belts(trace: &Trace) -> impl Iterator<Item = ByteRange> {
    let belts = trace.llm_calls.iter().map(|it| it.tools);
    belts.filter(|it| !it.is_empty())
}

/// Cuts a text in some places.
fn cuts(text: &str) -> impl Iterator<Item = &str> {
    let places = (1..8).map(|it| text.len() * it / 8);
    places.filter_map(|it| text.get(..it))
}

#[test]
fn what_is_common_is_read_as_all_readers_do() {
    const LONG: usize = 20_000;
    let (mut n, mut n_common) = (0, 0);
    for file in fixtures().iter().chain(&all_of_the_corpus()) {
        for trace in traces(file) {
            for at in messages(&trace) {
                let text = trace.source.content(at);
                n += 1;
                n_common += u32::from(is_common(&text, &file.name));
                for cut in cuts(&text).filter(|_| text.len() < LONG) {
                    is_common(cut, &file.name);
                }
            }
            for at in belts(&trace) {
                is_common_belt(&trace.source.content(at), &file.name);
            }
        }
    }
    println!("{n_common} of {n} are common");
    assert!(0 < n_common && n_common < n);
}

/// Values that are no messages at all are read so, too.
#[test]
fn any_value_of_a_file_is_read_as_all_readers_do() {
    const LONG: usize = 4_000;
    for file in fixtures() {
        let text = String::from_utf8_lossy(&file.bytes);
        let mut left: Vec<Json<'_>> = text.lines().map(Json::new).collect();
        left.push(Json::new(&text));
        while let Some(json) = left.pop() {
            if json.text().len() < LONG {
                is_common(json.text(), &file.name);
                is_common_belt(json.text(), &file.name);
            }
            left.extend(json.items().chain(json.members().map(|it| it.1)));
        }
    }
}

/// Whatever word of some reader stands where it may mean something.
#[test]
fn words_of_readers_are_not_taken_for_others() {
    let mut words = BTreeSet::new();
    for path in below(&root().join("src/payload")) {
        let code = std::fs::read_to_string(path).unwrap();
        let code = code.split("#[cfg(test)]").next().unwrap();
        let quoted = code.split('"').skip(1).step_by(2);
        let is_word = |it: &&str| it.len() < 40 && !it.contains(['\n', '\\']);
        words.extend(quoted.filter(is_word).map(str::to_owned));
    }
    assert!(words.contains("tool_use") && words.contains("backend_tool_call"));
    let around = [
        r#"{"type":"WORD","message":"m"}"#,
        r#"{"type":"WORD_error","message":"m"}"#,
        r#"{"type":"WORDerror","message":"m"}"#,
        r#"{"type":"WORD","content":"m"}"#,
        r#"{"type":"WORD","text":"m"}"#,
        r#"{"type":"WORD","content":"m","role":"user"}"#,
        r#"{"role":"WORD","content":"m"}"#,
        r#"{"role":"user","content":"m","WORD":"x"}"#,
        r#"{"role":"user","content":"m","WORD":{"a":1}}"#,
        r#"{"role":"user","content":"m","WORD":[{"type":"text","text":"a"}]}"#,
        r#"{"role":"tool","tool_call_id":"1","content":[{"WORD":"x"}]}"#,
        r#"{"role":"tool","tool_call_id":"1","content":[{"a":1,"WORD":{"text":"x"}}]}"#,
        r#"{"type":"text","text":"m","WORD":"x"}"#,
        r#"{"type":"text","content":"m","WORD":{"a":1}}"#,
        r#"{"type":"tool_use","id":"1","name":"n","input":{},"WORD":"x"}"#,
        r#"{"type":"tool_call","id":"1","name":"n","arguments":{},"WORD":"x"}"#,
        r#"{"type":"tool_result","tool_use_id":"1","content":"m","WORD":"x"}"#,
        r#"{"type":"function","id":"1","function":{"name":"n","arguments":"{}"},"WORD":"x"}"#,
        r#"{"id":"1","function":{"name":"n","arguments":"{}","WORD":"x"}}"#,
        r#"{"WORD":"x","message":"m"}"#,
        r#"{"type":"function","name":"n","WORD":{"name":"m"}}"#,
        r#"{"name":"n","WORD":[{"name":"m"}]}"#,
        "WORD",
        r#""WORD: m""#,
    ];
    for word in &words {
        for value in around.map(|it| it.replace("WORD", word)) {
            let list = format!("[{value}]");
            for value in [value, list] {
                is_common(&value, word);
                is_common_belt(&value, word);
            }
        }
    }
}

#[test]
fn errors_are_common() {
    for kind in ["tool_error", "429", "upstream_unavailable", "ToolTimeout"] {
        let error = format!(r#"{{"type":"{kind}","message":"m"}}"#);
        assert!(is_common(&error, kind));
    }
    assert!(is_common(r#"{"message":"m","stack":"s"}"#, "no type"));
}

/// A trace that follows the conventions takes no part to be shown.
#[test]
fn what_follows_the_conventions_is_common() {
    const NAMES: &[&str] = &[
        "src/web/sample.json",
        "tests/fixtures/otlp/new-conventions.jsonl",
        "tests/fixtures/otlp/pydantic-ai-2.jsonl",
        "tests/fixtures/otlp/sub-agent-in-tool.json",
        "tests/fixtures/trace-tab/retry.json",
        "tests/fixtures/trace-tab/sub-agent-and-parallel.json",
    ];
    for name in NAMES {
        let bytes = std::fs::read(root().join(name)).unwrap();
        for trace in import(bytes).unwrap().traces {
            for at in messages(&trace) {
                let text = trace.source.content(at);
                assert!(is_common(&text, name), "{name}: {text}");
            }
            for at in belts(&trace) {
                let text = trace.source.content(at);
                assert!(is_common_belt(&text, name), "{name}: {text}");
            }
        }
    }
}

/// However deep what was said lies in what was said, there is an end to the stack.
#[test]
fn nothing_is_too_deep() {
    const DEEP: usize = 20_000;
    for (before, after) in [
        (r#"{"type":"tool_call_response","response":["#, "]}"),
        (
            r#"{"type":"tool_result","tool_use_id":"1","content":["#,
            "]}",
        ),
        (r#"{"message_content":"#, "}"),
        (
            r#"{"type":"response.completed","response":{"output":["#,
            "]}}",
        ),
    ] {
        let text = [&before.repeat(DEEP), "1", &after.repeat(DEEP)].concat();
        for text in [format!("[{text}]"), text] {
            assert_eq!(messages_in(Json::new(&text)).len(), 1);
            is_common(&text, before);
        }
    }
}
