//! `cargo xtask bench`: how fast and how large the built viewer is, in headless Chromium.
//!
//! The measure of time is what a page without the viewer would need at least: to decode and parse the same bytes
//! with what the browser has. Both are timed in one page, in turns, so that the machine matters little to their ratio.

use e2e::generate::{Shape, lines, otlp, otlp_of_size};
use e2e::page::{Host, Page};
use e2e::server::Answer;
use e2e::{Outcome, root};
use serde_json::{Value, json};
use std::fmt::Write;

const SCRIPT: &str = include_str!("bench.js");
const MEGABYTE: f64 = 1_048_576.0;

/// Runs before the ones that count: the browser optimizes what runs often.
const WARM_UP: usize = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.iter().any(|it| it == "--quick");
    let sizes: Vec<Value> = arguments.iter().filter_map(|it| size(it)).collect();
    let page = Page::start().await?;
    // The glue keeps the memory to itself; the copy that is measured hands out its size.
    page.site.edit("trace-tab.js", |bytes| {
        [
            &bytes[..],
            b"\nexport const wasmBytes = () => wasm.memory.buffer.byteLength;\n",
        ]
        .concat()
    })?;

    println!("\ntime, median of the runs after {WARM_UP} (first run in brackets), milliseconds");
    println!(
        "{}",
        row(&[
            "",
            "bytes",
            "parse",
            "first rows",
            "all rows",
            "over parse",
            "longest task"
        ])
    );
    let mut times = Vec::new();
    for (name, file, is_lines, runs) in [
        ("sample", page.site.published("sample.json")?, false, 15),
        ("OTLP, 1 MB", otlp_of_size(1, 60, 1_000_000), false, 11),
        ("OTLP, 10 MB", otlp_of_size(2, 60, 10_000_000), false, 9),
        (
            "Trace Tab lines, 10 MB",
            lines(&Shape {
                seed: 3,
                spans: 11_500,
                words: 60,
            }),
            true,
            9,
        ),
    ] {
        times.push(time(&page, name, file, is_lines, runs).await?);
    }

    println!("\nmemory of the wasm over the file; at most 300 bytes a span plus 16 MB");
    println!(
        "{}",
        row(&[
            "",
            "spans",
            "file, MB",
            "over it, MB",
            "bytes a span",
            "of the limit",
            "painted, ms"
        ])
    );
    let mut memory = Vec::new();
    let shape = |spans| Shape {
        seed: 4,
        spans,
        words: 4,
    };
    memory.push(keep(&page, "OTLP", 100_000, otlp(&shape(100_000)), false).await?);
    memory.push(
        keep(
            &page,
            "Trace Tab lines",
            100_000,
            lines(&shape(100_000)),
            true,
        )
        .await?,
    );
    if !quick {
        memory.push(
            keep(
                &page,
                "Trace Tab lines",
                1_000_000,
                lines(&shape(1_000_000)),
                true,
            )
            .await?,
        );
        memory.push(keep(&page, "OTLP", 1_000_000, otlp(&shape(1_000_000)), false).await?);
    }

    if !sizes.is_empty() {
        println!("\nsize, bytes (the style sheet is in the wasm); brotli: at most 260,000");
        println!("{}", row(&["", "as it is", "gzip", "brotli", "", "", ""]));
        for it in &sizes {
            println!(
                "{}",
                row(&[
                    &text(it, "name"),
                    &text(it, "raw"),
                    &text(it, "gzip"),
                    &text(it, "brotli"),
                    "",
                    "",
                    ""
                ])
            );
        }
    }
    let all = json!({ "times": times, "memory": memory, "sizes": sizes });
    std::fs::write(root().join("target/bench.json"), format!("{all:#}\n"))?;
    println!("\nAll of it is in target/bench.json.");
    page.stop().await
}

/// Opens a fresh page with an empty element, so with fresh memory, and measures there.
async fn measure(page: &Page, file: Vec<u8>, arg: Value) -> Outcome<Value> {
    page.site.set("/trace", Answer::json(file));
    page.host(&Host::default()).await?;
    page.run("await until(() => el.matches(':state(empty)') && el.shadowRoot.querySelector('h2'))")
        .await?;
    page.run_with(SCRIPT, arg).await
}

async fn time(
    page: &Page,
    name: &str,
    file: Vec<u8>,
    is_lines: bool,
    runs: usize,
) -> Outcome<Value> {
    let arg = json!({ "runs": runs + WARM_UP, "lines": is_lines, "baseline": true, "rest": 100 });
    let found = measure(page, file, arg).await?;
    let empty = Vec::new();
    let runs = found
        .get("runs")
        .and_then(Value::as_array)
        .unwrap_or(&empty);
    let all = |what: &str| {
        runs.iter()
            .filter_map(|it| it.get(what)?.as_f64())
            .collect::<Vec<_>>()
    };
    let warm = |what: &str| median(all(what).into_iter().skip(WARM_UP).collect());
    let cold = |what: &str| all(what).first().copied().unwrap_or(f64::NAN);
    let both = |what| format!("{:.1} ({:.1})", warm(what), cold(what));
    let longest = all("longest").into_iter().fold(0.0, f64::max);
    let ratio = |what: &str| warm(what) / warm("baseline");
    let (first, painted) = (ratio("first"), ratio("painted"));
    let bytes = text(&found, "bytes");
    let ratios = format!("{first:.2}, {painted:.2}");
    let task = if longest > 0.0 {
        format!("{longest:.0}")
    } else {
        "under 50".to_owned()
    };
    println!(
        "{}",
        row(&[
            name,
            &bytes,
            &both("baseline"),
            &both("first"),
            &both("painted"),
            &ratios,
            &task
        ])
    );
    Ok(json!({
        "name": name, "bytes": found.get("bytes"), "actions": found.get("actions"), "issues": found.get("issues"),
        "parse": warm("baseline"), "firstRows": warm("first"), "loaded": warm("loaded"), "allRows": warm("painted"),
        "ratioFirstRows": first, "ratioAllRows": painted,
        "cold": { "parse": cold("baseline"), "firstRows": cold("first"), "allRows": cold("painted") },
        "longestTask": longest,
    }))
}

async fn keep(
    page: &Page,
    name: &str,
    spans: u32,
    file: Vec<u8>,
    is_lines: bool,
) -> Outcome<Value> {
    let arg = json!({ "runs": 1, "lines": is_lines, "baseline": false, "rest": 100 });
    let found = measure(page, file, arg).await?;
    let number = |what: &str| found.get(what).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let over = number("full") - number("empty") - number("bytes");
    let limit = 300.0 * f64::from(spans) + 16.0 * MEGABYTE;
    let painted = found
        .pointer("/runs/0/painted")
        .and_then(Value::as_f64)
        .unwrap_or(f64::NAN);
    println!(
        "{}",
        row(&[
            name,
            &spans.to_string(),
            &format!("{:.1}", number("bytes") / MEGABYTE),
            &format!("{:.1}", over / MEGABYTE),
            &format!("{:.0}", over / f64::from(spans)),
            &format!("{:.2}", over / limit),
            &format!("{painted:.0}"),
        ])
    );
    Ok(json!({
        "name": name, "spans": spans, "bytes": number("bytes"), "over": over, "bytesASpan": over / f64::from(spans),
        "ofTheLimit": over / limit, "painted": painted, "longestTask": found.pointer("/runs/0/longest"),
    }))
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

fn text(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn row<T: AsRef<str>>(cells: &[T; 7]) -> String {
    let [name, cells @ ..] = cells;
    let mut row = format!("  {:<24}", name.as_ref());
    for cell in cells {
        let _ = write!(row, "{:>18}", cell.as_ref());
    }
    row.truncate(row.trim_end().len());
    row
}

/// `--size=trace-tab.js:3,2,1`, as `cargo xtask bench` measures them.
fn size(argument: &str) -> Option<Value> {
    let (name, numbers) = argument.strip_prefix("--size=")?.split_once(':')?;
    let mut numbers = numbers.split(',').filter_map(|it| it.parse::<u64>().ok());
    let mut next = || numbers.next();
    Some(json!({ "name": name, "raw": next()?, "gzip": next()?, "brotli": next()? }))
}
