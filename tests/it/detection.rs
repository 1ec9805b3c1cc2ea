//! Every file is tried against every format: only the right one takes it.

use trace_tab::import::{formats_of, import};

use crate::files::{self, File};

/// As much as is looked at, at the most.
const HEAD: usize = 1 << 20;

/// Formats that take a file of another, but come after it: which, whose, and why.
const OVERLAPS: &[(&str, &str, &str)] = &[
    (
        "claude-stream-json",
        "droid",
        "a stream with the same types of events",
    ),
    ("chat", "harbor-traces", "each row has a conversation"),
    ("chat", "hermes", "a session has its messages"),
    (
        "llm-api",
        "autogen",
        "an event of a call has the messages and the response",
    ),
    (
        "chat",
        "codex",
        "before it had an envelope, a rollout was the messages",
    ),
    (
        "chat",
        "gemini-stream-json",
        "its events of type message have a role and a content",
    ),
    (
        "chat",
        "llm-api",
        "a response is a message with more around it",
    ),
];

#[test]
fn only_the_right_format_takes_a_file() {
    let mut wrong = Vec::new();
    for file in files::fixtures() {
        // A folder of fixtures has the name of their format.
        let folder = file.name.split('/').next();
        check(&file, folder.filter(|it| *it != "bad"), &mut wrong);
    }
    for file in files::all_of_the_corpus() {
        check(&file, None, &mut wrong);
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn check(file: &File, expected: Option<&str>, wrong: &mut Vec<String>) {
    let text = String::from_utf8_lossy(&file.bytes[..file.bytes.len().min(HEAD)]);
    let taken_by = formats_of(&text);
    let [first, others @ ..] = taken_by.as_slice() else {
        return;
    };
    if expected.is_some_and(|it| it != *first) {
        wrong.push(format!("{}: taken by {first}", file.name));
    }
    let known = |it: &&&str| {
        OVERLAPS
            .iter()
            .any(|known| (known.0, known.1) == (**it, *first))
    };
    for other in others.iter().filter(|it| !known(it)) {
        wrong.push(format!("{}: {first}, and {other} takes it too", file.name));
    }
    if let Ok(imported) = import(&file.bytes) {
        assert_eq!(imported.traces[0].format, *first, "{}", file.name);
    }
}
