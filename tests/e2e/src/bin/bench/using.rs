//! What it is like to use a trace of each size: scrolling, selecting, folding, brushing, finding.

use super::reading::task;
use super::{MEGABYTE, measure, number, print_row, text};
use e2e::Outcome;
use e2e::generate::{Shape, lines, otlp};
use e2e::page::Page;
use serde_json::{Value, json};

const SCRIPT: &str = include_str!("using.js");

/// Nodes that may be in the page at any size.
const MOST_NODES: f64 = 3_000.0;

/// Uses a trace of each size.
pub(crate) async fn using(page: &Page, quick: bool) -> Outcome<Vec<Value>> {
    println!(
        "\nuse, milliseconds; frames are medians (worst in brackets), longest tasks over each kind of use"
    );
    let titles = [
        "rows",
        "wheel",
        "drag",
        "select",
        "fold",
        "brush",
        "find, first",
        "find, MB/s",
        "longest task",
        "nodes",
    ];
    print_row("", &titles);
    let shape = |seed, spans, words| Shape { seed, spans, words };
    let mut found = Vec::new();
    found.push(
        one(
            page,
            "sample",
            page.site.published("sample.json")?,
            "PostHog",
        )
        .await?,
    );
    found.push(
        one(
            page,
            "lines, 10,000 spans",
            lines(&shape(3, 10_000, 60)),
            "read_file",
        )
        .await?,
    );
    if !quick {
        found.push(
            one(
                page,
                "OTLP, 100,000 spans",
                otlp(&shape(5, 100_000, 60)),
                "read_file",
            )
            .await?,
        );
        found.push(
            one(
                page,
                "lines, 1,000,000 spans",
                lines(&shape(7, 1_000_000, 2)),
                "read_file",
            )
            .await?,
        );
    }
    Ok(found)
}

async fn one(page: &Page, name: &str, file: Vec<u8>, word: &str) -> Outcome<Value> {
    let arg = json!({ "frames": 120, "word": word });
    let found = measure(page, SCRIPT, file, arg).await?;
    let of = |at: &str| number(&found, at);
    let frames = |what: &str| {
        format!(
            "{:.1} ({:.0})",
            of(&format!("/{what}/median")),
            of(&format!("/{what}/worst"))
        )
    };
    let tasks = [
        "loading",
        "scrolling",
        "select",
        "collapse",
        "brush",
        "find",
    ]
    .map(|it| of(&format!("/{it}Task")));
    let longest = tasks.into_iter().reduce(f64::max).unwrap_or(f64::NAN);
    let through = of("/bytes") / MEGABYTE / (of("/find/through") / 1000.0);
    print_row(
        name,
        &[
            text(&found, "rows"),
            frames("wheel"),
            frames("drag"),
            format!("{:.1}", of("/select")),
            format!("{:.1}", of("/collapse")),
            frames("brush"),
            format!("{:.1}", of("/find/first")),
            format!("{through:.0}"),
            task(longest),
            text(&found, "nodes"),
        ],
    );
    let lost = if of("/reached") < of("/rows") {
        Some(format!(
            "{name}: only row {} of {} can be reached",
            of("/reached"),
            of("/rows")
        ))
    } else if of("/nodes") > MOST_NODES {
        Some(format!("{name}: {} nodes in the page", of("/nodes")))
    } else {
        None
    };
    Ok(json!({ "name": name, "found": found, "findMegabytesASecond": through, "lost": lost }))
}
