//! The table of the README: every real file, what it was read as and what was found in it. Made
//! with `cargo xtask conformance`; this test fails when it is stale.

use std::fmt::Write;

use trace_tab::analysis::{Rounds, totals};
use trace_tab::import::Imported;

use crate::archives;
use crate::files::{self, File};

const BEGIN: &str = "<!-- conformance: made by `cargo xtask conformance` -->\n";
const END: &str = "<!-- /conformance -->";

#[test]
fn the_readme_has_the_table_of_today() {
    let Some(table) = table() else {
        println!("skipped: without the corpus there is no table to compare with");
        return;
    };
    let path = files::root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("the README has the table");
    let (old, after) = rest.split_once(END).unwrap();
    if std::env::var_os("TRACE_TAB_CONFORMANCE").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert!(
        old == table,
        "the table in the README is stale: `cargo xtask conformance` makes it anew"
    );
}

/// Who wrote each file, by its name.
fn writers() -> Option<Vec<(String, String)>> {
    let list = std::fs::read_to_string(files::corpus_folder().join("PROVENANCE.tsv")).ok()?;
    let writer = |line: &str| {
        let mut cells = line.split('\t');
        let (file, _, repo, _, version) = (
            cells.next()?,
            cells.next()?,
            cells.next()?,
            cells.next()?,
            cells.next()?,
        );
        let is_version = |it: &str| !it.bytes().all(|it| it.is_ascii_hexdigit());
        let is_generated = repo.starts_with("GENERATED") && is_version(version);
        let writer = if is_generated { version } else { repo };
        Some((file.to_owned(), writer.replace('|', "/")))
    };
    Some(list.lines().skip(1).filter_map(writer).collect())
}

fn table() -> Option<String> {
    let writers = writers()?;
    let mut table = String::new();
    let (mut n_files, mut n_read) = (0, 0);
    for (name, writer) in &writers {
        let path = files::corpus_folder().join(name);
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        n_files += 1;
        let file = File {
            name: name.clone(),
            bytes,
        };
        let cells = match archives::import(&file) {
            Ok(imported) => {
                n_read += 1;
                found(&imported)
            }
            Err(error) => format!("| {} | | | | | | |", error.code()),
        };
        let _ = writeln!(table, "| {name} | {writer} {cells}");
    }
    let head = "| file | writer | format | traces | turns | rounds | actions | tokens in, out | issues |\n|---|---|---|---|---|---|---|---|---|\n";
    Some(format!(
        "\n<details><summary>{n_read} of {n_files} real files, each with what was found in it</summary>\n\n{head}{table}\n</details>\n\n"
    ))
}

fn found(imported: &Imported) -> String {
    let all = imported.traces.iter();
    let all: Vec<_> = all.map(|it| totals(it, &Rounds::new(it)).summary).collect();
    let sum = |of: fn(&trace_tab::analysis::Summary) -> u64| all.iter().map(of).sum::<u64>();
    let tokens = |of: fn(&trace_tab::analysis::Summary) -> Option<u64>| {
        let reported: Vec<u64> = all.iter().filter_map(of).collect();
        if reported.is_empty() {
            "–".to_owned()
        } else {
            reported.iter().sum::<u64>().to_string()
        }
    };
    format!(
        "| {} | {} | {} | {} | {} | {}, {} | {} |",
        imported.traces[0].format_name,
        all.len(),
        sum(|it| it.turns.into()),
        sum(|it| it.rounds.into()),
        sum(|it| it.actions.into()),
        tokens(|it| it.input_tokens),
        tokens(|it| it.output_tokens),
        // All traces of a file share its issues.
        imported.traces[0].issues.total(),
    )
}
