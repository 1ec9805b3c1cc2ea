//! Files that belong together, and those that do not.

use trace_tab::import::import_files;

use crate::dump;
use crate::files::root;

/// What is seen of these fixtures when they are given together.
fn together(names: &[&str]) -> String {
    let folder = root().join("tests/fixtures");
    let files = names.iter().map(|it| {
        let bytes = std::fs::read(folder.join(it)).unwrap();
        (*it, bytes)
    });
    let imported = import_files(files).unwrap();
    assert!(imported.unread.is_empty());
    dump::traces(&imported.traces)
}

fn check(snapshot: &str, names: &[&str]) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(snapshot, together(names)));
}

#[test]
fn a_trajectory_in_parts_and_its_sub_agents_are_one_trace() {
    let parts = [
        "atif/summarized.json",
        "atif/summarized-continued.json",
        "atif/summarized-sub-agent.json",
    ];
    check("together@atif", &parts);
    let mut backward = parts;
    backward.reverse();
    check("together@atif-backward", &backward);
    check(
        "together@atif-tool-call",
        &[
            "atif/starts-and-durations.json",
            "atif/starts-and-durations-sub-agent.json",
        ],
    );
}

#[test]
fn a_journal_and_that_of_its_sub_agent_are_one_trace() {
    let journals = ["kimi/retries-and-agents.jsonl", "kimi/sub-agent.jsonl"];
    check("together@kimi", &journals);
    check("together@kimi-backward", &[journals[1], journals[0]]);
}

#[test]
fn others_are_traces_of_their_own() {
    let others = [
        "atif/no-metrics.json",
        "atif/summarized.json",
        "kimi/retries-and-agents.jsonl",
        "pi/openclaw.jsonl",
        "pi/branches-and-compaction.jsonl",
    ];
    let folder = root().join("tests/fixtures");
    let files = others
        .iter()
        .map(|it| (*it, std::fs::read(folder.join(it)).unwrap()));
    assert_eq!(import_files(files).unwrap().traces.len(), others.len());
}
