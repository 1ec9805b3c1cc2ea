//! The members of an Inspect AI archive, given as files: each is taken, each sample is a trace.

use trace_tab::analysis;
use trace_tab::import::import_files;
use trace_tab::model::Trace;
use trace_tab::payload::Part;

const START: &str =
    r#"{"version":2,"eval":{"eval_id":"e1","task":"probe","model":"a/m"},"plan":{"steps":[]}}"#;
const HEADER: &str = r#"{"version":2,"status":"success","eval":{"eval_id":"e1","task":"probe","model":"a/m"},"plan":{"steps":[]},"results":{"scores":[{"value":NaN}]},"stats":{}}"#;
const SUMMARIES: &str = r#"[{"id":"s1","epoch":1,"input":"Hi","target":"x","scores":{}}]"#;
const REDUCTIONS: &str = r#"[{"scorer":"match","samples":[{"value":1.0,"sample_id":"s1"}]}]"#;

/// A sample with one LLM call, that was sent a long text.
fn sample(id: &str, said: &str) -> String {
    const SAMPLE: &str = r#"{"id":"ID","epoch":1,"input":"Hi","target":"x","messages":[],"events":[
        {"event":"model","timestamp":"2026-11-23T16:14:01+00:00","completed":"2026-11-23T16:14:02+00:00","model":"a/m","input":[],"input_refs":[[0,1]],"output":{"choices":[]}}],
        "attachments":{"hash":"SAID"},"events_data":{"messages":[{"role":"user","content":"attachment://hash"}],"calls":[]}}"#;
    SAMPLE.replace("SAID", said).replace("ID", id)
}

fn sent(trace: &Trace) -> Vec<Part> {
    let calls = trace.llm_calls.iter();
    let messages = calls.flat_map(|it| analysis::input(trace, it));
    messages.flat_map(|it| it.parts).collect()
}

#[test]
fn the_members_of_an_archive_are_its_samples() {
    let sample = sample("s1", r#"a \"long\" text"#);
    let files = [
        ("_journal/start.json", START),
        ("samples/s1_epoch_1.json", &sample),
        ("_journal/summaries/1.json", SUMMARIES),
        ("summaries.json", SUMMARIES),
        ("reductions.json", REDUCTIONS),
        ("header.json", HEADER),
    ];
    let imported = import_files(files).unwrap();
    assert!(imported.unread.is_empty());
    let [trace] = imported.traces.as_slice() else {
        panic!("{} traces", imported.traces.len());
    };
    assert_eq!(trace.format, "inspect");
    assert_eq!(trace.name.as_deref(), Some("probe s1, epoch 1"));
    assert_eq!(sent(trace), [Part::Text("a \"long\" text".to_owned())]);
    assert_eq!(trace.issues.total(), 0);
}

#[test]
fn archives_one_after_another_stay_apart() {
    let (one, two) = (sample("s1", "one"), sample("s2", "two"));
    let other = START.replace("e1", "e2").replace("probe", "other");
    let files = [
        ("_journal/start.json", START),
        ("samples/s1_epoch_1.json", &one),
        ("_journal/start.json", &other),
        ("samples/s2_epoch_1.json", &two),
    ];
    let imported = import_files(files).unwrap();
    let names = imported.traces.iter().map(|it| it.name.as_deref());
    let expected = [Some("probe s1, epoch 1"), Some("other s2, epoch 1")];
    assert_eq!(names.collect::<Vec<_>>(), expected);
}

/// A sample that is a folder of members: what is in them is no trace by itself.
#[test]
fn samples_in_chunks_are_said_to_be_such() {
    const SHELL: &str = r#"{"id":"s2","epoch":1,"input":"Hi","target":"x","message_refs":[[0,1]]}"#;
    let shell = ("samples/s2_epoch_1/sample.json", SHELL);
    let start = ("_journal/start.json", START);
    let refused = import_files([start, shell]).unwrap_err();
    assert_eq!(refused.code(), "not-a-trace");
    let sample = sample("s1", "one");
    let imported = import_files([start, ("samples/s1_epoch_1.json", &sample), shell]).unwrap();
    assert_eq!(imported.traces[0].issues.total(), 1);
}
