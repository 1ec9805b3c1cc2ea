//! A trace that grows by 5,000 spans a second, while one looks at its end.

use super::reading::task;
use super::{measure, number, print_row, text};
use e2e::Outcome;
use e2e::engine::Engine;
use e2e::generate::{Shape, lines};
use e2e::page::Page;
use serde_json::{Value, json};

const SCRIPT: &str = include_str!("living.js");

/// Spans that come at a time, and how often they do, in milliseconds.
const LINES: usize = 100;
const EVERY: usize = 20;
/// For so many seconds.
const SECONDS: usize = 5;

/// Lets traces of both sizes grow.
///
/// Each in a browser of its own: what the collector has to do after a trace of hundreds of megabytes is no
/// part of what an append takes, and would drop a frame.
pub(crate) async fn living(engine: Engine, quick: bool) -> Outcome<Vec<Value>> {
    println!("\nlive, milliseconds: what an append costs, and the frames meanwhile");
    let titles = [
        "spans a second",
        "append",
        "frame",
        "worst",
        "dropped",
        "of frames",
        "late by",
        "longest task",
    ];
    print_row("", &titles);
    let sizes = if quick {
        &[1_000][..]
    } else {
        &[1_000, 500_000]
    };
    let mut all = Vec::new();
    for before in sizes {
        let spans = before + SECONDS * 1000 / EVERY * LINES;
        let file = lines(&Shape {
            seed: 8,
            spans,
            words: 2,
        });
        let arg = json!({ "before": before, "lines": LINES, "every": EVERY });
        let page = Page::start(engine).await?;
        let found = measure(&page, SCRIPT, file, arg).await?;
        page.stop().await?;
        let of = |at: &str| number(&found, at);
        print_row(
            &format!("after {before} spans"),
            &[
                format!("{:.0}", of("/aSecond")),
                format!("{:.1}", of("/append")),
                format!("{:.1}", of("/frame")),
                format!("{:.0}", of("/worst")),
                text(&found, "dropped"),
                text(&found, "frames"),
                format!("{:.0}", of("/late")),
                task(of("/task")),
            ],
        );
        let is_lost = of("/rows") < (spans - LINES) as f64;
        let lost = is_lost.then(|| format!("live: only {} rows of {spans} spans", of("/rows")));
        all.push(json!({ "found": found, "lost": lost }));
    }
    Ok(all)
}
