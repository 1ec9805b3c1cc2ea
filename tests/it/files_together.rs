//! Files that belong together are one trace, whatever their order; others are traces of their own.
//!
//! `tests/fixtures-together/<format>/<case>/` has the files of a case, and in `expected.txt` what
//! is seen of them, written as `dump.rs` does it (anew with `INSTA_UPDATE=always`).

use std::collections::BTreeMap;
use std::path::Path;

use trace_tab::import::import_files;
use trace_tab::model::{Trace, Work};

use crate::files::{File, below, corpus, root};
use crate::{dump, invariants};

fn read(files: &[File]) -> Vec<Trace> {
    let files = files.iter().map(|it| (it.name.as_str(), &it.bytes));
    let imported = import_files(files).unwrap();
    assert!(imported.unread.is_empty(), "{:?}", imported.unread);
    imported.traces.iter().for_each(invariants::check_trace);
    imported.traces
}

/// What is seen, but for what follows from the order of the files: numbers of LLM calls, places of
/// issues, which trace is first.
fn seen(traces: &[Trace]) -> String {
    let mut each: Vec<String> = traces.iter().map(seen_of).collect();
    each.sort();
    each.join("\n")
}

fn seen_of(trace: &Trace) -> String {
    let text = dump::traces(std::slice::from_ref(trace));
    let mut order: Vec<&str> = Vec::new();
    let is_number = |it: &str| {
        it.strip_prefix('#')
            .is_some_and(|it| it.parse::<u32>().is_ok())
    };
    for word in text.split(' ') {
        let number = word.split('\n').next().unwrap();
        if is_number(number) && !order.contains(&number) {
            order.push(number);
        }
    }
    let number = |word: &str| {
        let (first, rest) = word.split_at(word.find('\n').unwrap_or(word.len()));
        match order.iter().position(|it| *it == first) {
            Some(at) => format!("#{}{rest}", at + 1),
            None => word.to_owned(),
        }
    };
    let words: Vec<String> = text.split(' ').map(number).collect();
    let text = words.join(" ");
    let (mut issues, lines): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|it| it.starts_with("! "));
    issues
        .iter_mut()
        .for_each(|it| *it = it.split(" at ").next().unwrap());
    issues.sort_unstable();
    [lines, issues].concat().join("\n") + "\n"
}

/// Every order of a few, each file in the first place of many.
fn orders(files: Vec<File>) -> Vec<Vec<File>> {
    let n = files.len();
    let turned = (0..n).map(|by| {
        let mut files: Vec<File> = files.iter().map(File::clone).collect();
        files.rotate_left(by);
        files
    });
    let mut orders: Vec<Vec<File>> = turned.collect();
    let mut back = files;
    back.reverse();
    orders.push(back);
    orders
}

fn case(folder: &Path) -> Vec<File> {
    let mut paths = below(folder);
    paths.retain(|it| !it.ends_with("expected.txt"));
    let file = |path: &std::path::PathBuf| File {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        bytes: std::fs::read(path).unwrap(),
    };
    paths.iter().map(file).collect()
}

#[test]
fn files_of_one_run_are_one_trace_in_any_order() {
    let mut folders: Vec<_> = below(&root().join("tests/fixtures-together"));
    folders
        .iter_mut()
        .for_each(|it| *it = it.parent().unwrap().to_owned());
    folders.dedup();
    assert!(!folders.is_empty());
    for folder in folders {
        let files = case(&folder);
        let found = seen(&read(&files));
        let expected = folder.join("expected.txt");
        if std::env::var("INSTA_UPDATE").is_ok_and(|it| it == "always") {
            std::fs::write(&expected, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(found, expected, "{}", folder.display());
        for files in orders(files) {
            let names: Vec<&str> = files.iter().map(|it| it.name.as_str()).collect();
            assert_eq!(seen(&read(&files)), expected, "{names:?}");
        }
    }
}

fn fixtures<const N: usize>(names: [&str; N]) -> [File; N] {
    names.map(|name| File {
        name: name.to_owned(),
        bytes: std::fs::read(root().join("tests/fixtures").join(name)).unwrap(),
    })
}

/// A sub-agent's file that says nothing of its parent comes after the file that refers to it.
#[test]
fn what_is_referred_to_lies_where_it_is_referred_to() {
    let files = fixtures([
        "atif/starts-and-durations.json",
        "atif/starts-and-durations-sub-agent.json",
    ]);
    let traces = read(&files);
    assert_eq!(traces.len(), 1);
    let agents = traces[0].iter();
    let agents: Vec<_> = agents
        .filter(|it| matches!(it.1.work, Work::Agent(_)))
        .collect();
    let is_in_tool =
        |it: &trace_tab::model::Span| traces[0].tool_call(it.parent.unwrap()).is_some();
    assert!(!agents.is_empty() && agents.iter().all(|it| is_in_tool(it.1)));
}

#[test]
fn others_are_traces_of_their_own() {
    let files = fixtures([
        "atif/no-metrics.json",
        "atif/summarized.json",
        "kimi/retries-and-agents.jsonl",
        "pi/openclaw.jsonl",
        "pi/branches-and-compaction.jsonl",
    ]);
    assert_eq!(read(&files).len(), files.len());
}

/// Sessions of the corpus with the files of their sub-agents: each lies in the call that started
/// it, or in the compaction that it is, and no call is lost or counted twice.
#[test]
fn sub_agents_of_the_corpus_lie_in_their_sessions() {
    let mut sessions: BTreeMap<String, Vec<File>> = BTreeMap::new();
    for file in corpus(&["claude-code/spotter"]) {
        let session = file.name.split('/').nth(2).unwrap();
        let session = session.trim_end_matches(".jsonl").to_owned();
        sessions.entry(session).or_default().push(file);
    }
    for (session, files) in sessions {
        let alone = files.iter().flat_map(|it| read(std::slice::from_ref(it)));
        let n_llm_calls: usize = alone.map(|it| it.llm_calls.len()).sum();
        let is_main = |it: &&File| !it.name.contains("/subagents/");
        let has_main = files.iter().any(|it| is_main(&it));
        let n_agents = files.len() - usize::from(has_main);
        let traces = read(&files);
        assert_eq!(traces.len(), 1, "{session}");
        let trace = &traces[0];
        assert_eq!(trace.llm_calls.len(), n_llm_calls, "{session}");
        println!("{session}: {n_agents} sub-agents, {n_llm_calls} LLM calls");
        if has_main {
            assert_eq!(trace.agents.len(), n_agents, "{session}");
        }
        for (_, span) in trace.iter() {
            let Work::Agent(agent) = span.work else {
                continue;
            };
            let parent = span.parent.unwrap();
            let is_compaction = trace.text(trace.agents[agent.index()].name) == "compaction";
            assert_eq!(trace.tool_call(parent).is_none(), is_compaction);
            let name = trace.text(trace.span(parent).unwrap().name);
            assert!(matches!(name, "Task" | "compact_boundary"), "{name}");
        }
        let expected = seen(&traces);
        for files in orders(files) {
            assert!(seen(&read(&files)) == expected, "{session}");
        }
    }
}
