//! A long conversation of whose messages each call has the last ones alone, as OpenTelemetry leaves
//! them: its beginning is put together from the calls before.

use serde_json::{Value, json};
use trace_tab::analysis::{Conversation, Rounds, conversation};
use trace_tab::import::import;
use trace_tab::payload::{Message, Part};

use crate::files;

/// How many messages of each call are left, the first without its role.
const KEPT: usize = 5;

fn attribute(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

/// A call that was sent so many messages, of a conversation that says `word`.
fn call(n_messages: usize, word: &str) -> Value {
    let first = n_messages.saturating_sub(KEPT);
    let mut attributes = vec![attribute("openinference.span.kind", "LLM")];
    for n in first..n_messages {
        let key = |rest: &str| format!("llm.input_messages.{n}.message.{rest}");
        if n == 0 || n > first {
            let role = if n % 2 == 0 { "user" } else { "assistant" };
            attributes.push(attribute(&key("role"), role));
        }
        attributes.push(attribute(&key("content"), &format!("{word} {n}")));
    }
    let start = 1_795_449_600_000_000_000 + n_messages as u64 * 1_000_000;
    json!({
        "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": format!("{n_messages:016x}"),
        "name": "ChatCompletion", "attributes": attributes,
        "startTimeUnixNano": start, "endTimeUnixNano": start + 500_000,
    })
}

/// The conversations of all calls, in order.
fn read(calls: &[Value]) -> Vec<Conversation> {
    let file = json!({"resourceSpans": [{"scopeSpans": [{"spans": calls}]}]});
    let trace = import(file.to_string()).unwrap().traces.remove(0);
    let rounds = Rounds::new(&trace);
    let calls = trace.llm_calls.iter();
    calls.map(|it| conversation(&trace, &rounds, it)).collect()
}

fn texts(messages: &[Message]) -> Vec<String> {
    let parts = messages.iter().flat_map(|it| &it.parts);
    let text = |it: &Part| match it {
        Part::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    parts.map(text).collect()
}

#[test]
fn the_beginning_is_put_together_from_the_calls_before() {
    let calls: Vec<Value> = (0..20).map(|it| call(1 + 2 * it, "message")).collect();
    for (i, said) in read(&calls).iter().enumerate() {
        let n = 1 + 2 * i;
        let all = [said.earlier.as_slice(), &said.new].concat();
        let expected: Vec<String> = (0..n).map(|it| format!("message {it}")).collect();
        assert_eq!(texts(&all), expected);
        assert!(all.iter().all(|it| !it.role.is_empty()));
        // The first that is left is not whole.
        let left_out = if n > KEPT { n - KEPT + 1 } else { 0 };
        assert_eq!(said.rebuilt, left_out);
        assert_eq!(texts(&said.new), expected[if i == 0 { 0 } else { n - 1 }..]);
    }
}

#[test]
fn another_conversation_is_no_beginning() {
    let said = read(&[call(5, "other"), call(7, "message")]);
    assert_eq!(said[1].rebuilt, 0);
    assert_eq!(texts(&said[1].earlier), Vec::<String>::new());
    assert_eq!(said[1].new.len(), KEPT);
}

/// The long session of the corpus: all that each call was sent is there.
#[test]
fn no_message_of_the_long_session_is_missing() {
    for file in files::corpus(&["otlp-large/openinference-long-agent-128limit.jsonl"]) {
        let trace = import(file.bytes).unwrap().traces.remove(0);
        let rounds = Rounds::new(&trace);
        for call in &trace.llm_calls {
            let sent = trace.source.content(call.input);
            let key = sent.rsplit("llm.input_messages.").next().unwrap();
            let last: usize = key.split('.').next().unwrap().parse().unwrap();
            let said = conversation(&trace, &rounds, call);
            assert_eq!(said.earlier.len() + said.new.len(), last + 1);
        }
    }
}
