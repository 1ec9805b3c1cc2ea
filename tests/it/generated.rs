//! Files too large or too odd to keep: made here, never committed.

use std::fmt::Write;

use trace_tab::analysis::{Rounds, totals};
use trace_tab::import::{Import, import};
use trace_tab::layout::{Rows, overview};
use trace_tab::model::{IssueKind, Source, Trace};

use crate::dump;
use crate::invariants::check_trace;

/// 2026-11-23T16:00:00Z and so many milliseconds.
fn at(millis: usize) -> u64 {
    1_795_449_600_000_000_000 + millis as u64 * 1_000_000
}

/// A span of the only trace, as short as one can be.
fn span(id: usize, parent: Option<usize>, start: usize, stop: usize, rest: &str) -> String {
    let parent = parent.map_or_else(String::new, |it| format!(r#""parentSpanId":"{it}","#));
    let (start, stop) = (at(start), at(stop));
    format!(
        r#"{{"traceId":"t","spanId":"{id}",{parent}"startTimeUnixNano":{start},"endTimeUnixNano":{stop}{rest}}}"#
    )
}

/// Attributes of a span: keys and `AnyValue`s.
fn attributes(all: &[(&str, &str)]) -> String {
    let all: Vec<String> = all
        .iter()
        .map(|it| format!(r#"{{"key":"{}","value":{}}}"#, it.0, it.1))
        .collect();
    format!(r#","attributes":[{}]"#, all.join(","))
}

const CHAT: (&str, &str) = ("gen_ai.operation.name", r#"{"stringValue":"chat"}"#);
const TOOL: (&str, &str) = ("gen_ai.operation.name", r#"{"stringValue":"execute_tool"}"#);
const AGENT: (&str, &str) = ("gen_ai.operation.name", r#"{"stringValue":"invoke_agent"}"#);

/// One document with the spans of each scope.
fn otlp(scopes: &[(&str, Vec<String>)]) -> String {
    let scopes: Vec<String> = scopes
        .iter()
        .map(|(name, spans)| {
            let spans = spans.join(",");
            format!(r#"{{"scope":{{"name":"{name}"}},"spans":[{spans}]}}"#)
        })
        .collect();
    let scopes = scopes.join(",");
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{scopes}]}}]}}"#)
}

#[track_caller]
fn read(text: String) -> Trace {
    let mut traces = import(text.into_bytes()).unwrap().traces;
    assert_eq!(traces.len(), 1);
    traces.remove(0)
}

/// Everything that is done with a trace before it is seen, whatever its size.
fn show(trace: &Trace) -> (Rounds, Rows) {
    let rounds = Rounds::new(trace);
    let rows = Rows::new(trace, &rounds);
    totals(trace, &rounds);
    overview(trace, 1000);
    (rounds, rows)
}

#[track_caller]
fn n_issues(trace: &Trace, kind: IssueKind) -> u32 {
    let mut counts = trace.issues.counts();
    counts.find(|it| it.0 == kind).map_or(0, |it| it.1)
}

#[test]
fn nesting_100_000_deep_in_a_tool_call() {
    const DEEP: usize = 100_000;
    // OTLP's own nesting is opened 64 deep at most, and each level is looked through again.
    const OTLP_DEEP: usize = 200;
    let nest = |n: usize, open: &str, close: &str| open.repeat(n) + "1" + &close.repeat(n);
    let nested = |open: &str, close: &str| nest(DEEP, open, close);
    let arguments = [
        format!(r#"{{"stringValue":"{}"}}"#, nested("[", "]")),
        nest(OTLP_DEEP, r#"{"arrayValue":{"values":["#, "]}}"),
        nest(
            OTLP_DEEP,
            r#"{"kvlistValue":{"values":[{"key":"a","value":"#,
            "}]}}",
        ),
        // Cut off, as an SDK with a limit on lengths leaves it.
        format!(r#"{{"stringValue":"{}"}}"#, "[".repeat(DEEP)),
    ];
    for arguments in arguments {
        let messages = ("gen_ai.output.messages", arguments.as_str());
        let spans = vec![
            span(1, None, 0, 10, &attributes(&[CHAT, messages])),
            span(
                2,
                None,
                10,
                20,
                &attributes(&[
                    TOOL,
                    ("gen_ai.tool.call.arguments", &arguments),
                    ("gen_ai.tool.call.result", &arguments),
                ]),
            ),
        ];
        let trace = read(otlp(&[("", spans)]));
        check_trace(&trace);
        assert_eq!(trace.tool_calls.len(), 1);
    }
    for nested in [nested("[", "]"), nested(r#"{"a":"#, "}")] {
        let trace = read(format!(
            r#"{{"format":"trace-tab","agents":[],"turns":[{{"turn":1,"rounds":[{{"round":1,
            "llm_call":{{"output_message":{nested}}},
            "tool_calls":[{{"call_id":"c","name":"n","arguments":{nested},"result":{nested}}}]}}]}}]}}"#
        ));
        check_trace(&trace);
        let range = trace.tool_calls[0].input;
        assert_eq!(trace.source.slice(range), nested);
    }
}

#[test]
fn nesting_100_000_deep_as_a_whole_file() {
    for (open, close, code) in [
        ("[", "]", "unknown-format"),
        (r#"{"a":"#, "}", "unknown-format"),
        (r#"{"resourceSpans":["#, "]}", "no-spans"),
        (r#"{"spans":[{"resourceSpans":["#, "]}]}", "unknown-format"),
    ] {
        let whole = open.repeat(100_000) + "1" + &close.repeat(100_000);
        let error = import(whole.clone().into_bytes()).unwrap_err();
        assert_eq!(error.code(), code, "{open}");
        let cut = import(&whole.into_bytes()[..open.len() * 90_000]).unwrap_err();
        let codes = ["unknown-format", "cut", "not-json", "no-spans"];
        assert!(codes.contains(&cut.code()), "{open}: {cut}");
    }
}

#[test]
fn spans_70_000_deep() {
    const N: usize = 70_000;
    let spans = (0..N).map(|i| span(i, i.checked_sub(1), i, 3 * N - i, ""));
    let trace = read(otlp(&[("", spans.collect())]));
    let (_, rows) = show(&trace);
    assert_eq!(rows.rows.len(), N);
    assert_eq!(trace.spans.last().map(|it| it.depth), Some(65_535));
}

#[test]
fn llm_calls_5_000_deep_by_two_instrumentations() {
    let spans = |odd: usize| {
        let ids = (0..5_000).filter(move |i| i % 2 == odd);
        ids.map(|i| span(i, i.checked_sub(1), i, 30_000 - i, &attributes(&[CHAT])))
            .collect()
    };
    let trace = read(otlp(&[("a", spans(0)), ("b", spans(1))]));
    show(&trace);
    assert_eq!(n_issues(&trace, IssueKind::RecordedTwice), 4_999);
    assert_eq!(trace.llm_calls.len(), 1);
}

#[test]
fn a_result_of_50_mb() {
    const LEN: usize = 50_000_000;
    let mut text = String::with_capacity(LEN + 1000);
    text.push_str(
        r#"{"format":"trace-tab","agents":[],"turns":[{"turn":1,"rounds":[{"round":1,
        "llm_call":{},"tool_calls":[{"call_id":"c","name":"n","result":""#,
    );
    let start = text.len();
    let line = r#"0123456789 \"quoted\" and ünïcödé\n"#;
    text.extend(std::iter::repeat_n(line, LEN / line.len()));
    let len = text.len() - start + 2;
    text.push_str(r#""}]}]}]}"#);
    let trace = read(text);
    let call = trace.tool_calls[0];
    assert_eq!(
        (call.output.start, call.output.len),
        (start as u32 - 1, len as u32)
    );
    show(&trace);
    let preview = trace_tab::payload::preview(&trace.source.slice(call.output), 200);
    assert!(preview.starts_with("0123456789 \"quoted\"") && preview.len() < 250);
}

#[test]
fn many_tiny_spans() {
    const N: usize = 200_000;
    let spans = (0..N).map(|i| span(i, (i > 0).then_some(0), i, i + 1, ""));
    let trace = read(otlp(&[("", spans.collect())]));
    let (_, rows) = show(&trace);
    assert_eq!(rows.rows.len(), N);
}

#[test]
fn many_duplicate_ids() {
    let same = (0..20_000).map(|i| span(7, Some(8), i, i + 1, ""));
    let spans = same.chain([span(8, None, 0, 30_000, "")]).collect();
    let trace = read(otlp(&[("", spans)]));
    show(&trace);
    assert_eq!(trace.spans.len(), 2);
    assert_eq!(n_issues(&trace, IssueKind::DuplicateId), 19_999);
    let records = trace.iter().map(|it| trace.records_of(it.0).len());
    assert_eq!(records.sum::<usize>(), 20_001);
    check_trace(&trace);
}

#[test]
fn many_calls_recorded_twice() {
    const N: usize = 20_000;
    let spans = |first: usize, slack: usize| {
        let all = (0..N).map(move |i| {
            let tokens = format!(r#"{{"intValue":{}}}"#, i + 1);
            let facts = [
                CHAT,
                ("gen_ai.usage.input_tokens", tokens.as_str()),
                ("gen_ai.usage.output_tokens", tokens.as_str()),
            ];
            let (start, stop) = (i * 1000 + slack, i * 1000 + 900 - slack);
            span(first + i, None, start, stop, &attributes(&facts))
        });
        all.collect()
    };
    let trace = read(otlp(&[("a", spans(0, 0)), ("b", spans(N, 5))]));
    let (rounds, _) = show(&trace);
    assert_eq!(n_issues(&trace, IssueKind::RecordedTwice), N as u32);
    assert_eq!((trace.llm_calls.len(), rounds.rounds.len()), (N, N));
}

#[test]
fn many_requests_without_an_id() {
    const N: usize = 5_000;
    let output = r#"{"stringValue":"[{\"role\":\"assistant\",\"parts\":[{\"type\":\"tool_call\",\"name\":\"f\"}]}]"}"#;
    let name = ("gen_ai.tool.name", r#"{"stringValue":"f"}"#);
    let spans = (0..N).flat_map(|i| {
        let chat = attributes(&[CHAT, ("gen_ai.output.messages", output)]);
        let (start, middle, stop) = (i * 20, i * 20 + 10, i * 20 + 20);
        [
            span(2 * i, None, start, middle, &chat),
            span(2 * i + 1, None, middle, stop, &attributes(&[TOOL, name])),
        ]
    });
    // The file is in no order: what is exported last comes first.
    let mut spans: Vec<String> = spans.collect();
    spans.reverse();
    let trace = read(otlp(&[("", spans)]));
    let (rounds, _) = show(&trace);
    assert_eq!((rounds.rounds.len(), trace.tool_calls.len()), (N, N));
    assert!(trace.tool_calls.iter().all(|it| it.matched));
    let in_place =
        |it: &trace_tab::model::ToolCall| rounds.of(it.span) == rounds.of(asked(&trace, it));
    assert!(trace.tool_calls.iter().all(in_place));
    assert!(rounds.rounds.iter().all(|it| rounds.members(it).len() == 2));
}

fn asked(trace: &Trace, call: &trace_tab::model::ToolCall) -> trace_tab::model::SpanId {
    trace.llm_calls[call.requested_by.unwrap().index()].span
}

#[test]
fn turns_5_000() {
    let mut document =
        r#"{"format":"trace-tab","agents":[{"id":"a","name":"A"}],"turns":["#.to_owned();
    let mut spans = Vec::new();
    for i in 0..5_000 {
        let comma = if i > 0 { "," } else { "" };
        let _ = write!(
            document,
            r#"{comma}{{"turn":{},"agent_id":"a","rounds":[{{"round":1,"llm_call":{{
            "start_time_unix_nano":"{}","end_time_unix_nano":"{}"}}}}]}}"#,
            i + 1,
            at(i * 10),
            at(i * 10 + 5)
        );
        let conversation = ("gen_ai.conversation.id", r#"{"stringValue":"c"}"#);
        let agent = span(
            i,
            None,
            i * 10,
            i * 10 + 5,
            &attributes(&[AGENT, conversation]),
        );
        spans.push(agent.replace(r#""traceId":"t""#, &format!(r#""traceId":"t{i}""#)));
    }
    document.push_str("]}");
    // OTLP: each turn is a trace of its own, the last one sent first.
    spans.reverse();
    for text in [document, otlp(&[("", spans)])] {
        let trace = read(text);
        assert_eq!(trace.turns.len(), 5_000);
        assert!(trace.spans.is_sorted_by_key(|it| it.start));
        check_trace(&trace);
    }
}

/// Bytes between the records, and where chunks end, change nothing about the file or what is read.
#[test]
fn garbage_between_records_in_chunks() {
    let name = r#","name":"a@b""#;
    let one = otlp(&[("a", vec![span(1, None, 0, 9, name)])]);
    let two = otlp(&[("a", vec![span(2, Some(1), 1, 2, name)])]);
    let text = format!("{one}\n%%% tüb @ %%%\n{two}\n}}\n\u{feff}{one} @ stop");
    // Bytes that are no UTF-8, in strings and between values.
    let odd = b"\xff\xff\xe2\x82\xff\xf0\x9f\x98".as_slice();
    let parts: Vec<&[u8]> = text.split('@').map(str::as_bytes).collect();
    let bytes = parts.join(odd);
    let whole = dump::file(bytes.clone());
    assert!(
        whole.contains("Malformed") && whole.contains("InvalidUtf8"),
        "{whole}"
    );
    for chunk in 1..40 {
        let mut import = Import::default();
        for chunk in bytes.chunks(chunk) {
            import.push(chunk);
            import.step(|| true);
        }
        import.end();
        assert_eq!(bytes_of(&import.source()), bytes, "in chunks of {chunk}");
        let imported = import.finish().unwrap();
        assert_eq!(bytes_of(&imported.traces[0].source), bytes);
        assert_eq!(
            dump::traces(&imported.traces),
            whole,
            "in chunks of {chunk}"
        );
    }
}

fn bytes_of(source: &Source) -> Vec<u8> {
    source.pieces().concat()
}

/// More than is looked at to tell the format: reading begins while bytes still come.
#[test]
fn documents_one_after_another_in_chunks() {
    let pretty = |from: usize| {
        let spans = (from..from + 400).map(|i| span(i, (i > from).then_some(from), i, i + 1, ""));
        let text = otlp(&[("a", spans.collect())]);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        serde_json::to_string_pretty(&json).unwrap()
    };
    let text = format!("{}\n{}\n{}\n", pretty(0), pretty(400), pretty(800));
    let whole = dump::file(text.clone().into_bytes());
    assert!(whole.contains("1200 read, 0 other, 0 bad"), "{whole}");
    for chunk in [1000, 4096, 65_536] {
        let mut import = Import::default();
        for chunk in text.as_bytes().chunks(chunk) {
            import.push(chunk);
            import.step(|| true);
        }
        import.end();
        let imported = import.finish().unwrap();
        assert_eq!(
            dump::traces(&imported.traces),
            whole,
            "in chunks of {chunk}"
        );
    }
}
