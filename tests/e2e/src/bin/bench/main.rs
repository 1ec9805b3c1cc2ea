//! `cargo xtask bench`: how fast and how large the built viewer is, in headless Chromium, or in the engine that the
//! variable `TRACE_TAB_ENGINE` names.
//!
//! The measure of time is what a page without the viewer would need at least: to decode and parse the same bytes
//! with what the browser has. Both are timed in one page, in turns, so that the machine matters little to their ratio.
//! It fails where something is lost: rows that cannot be reached, too many nodes, too much memory. No time fails.

mod living;
mod reading;
mod starting;
mod using;

use e2e::engine::Engine;
use e2e::page::{Host, Page};
use e2e::server::Answer;
use e2e::{Outcome, root};
use serde_json::{Value, json};
use std::fmt::Write;

const MEGABYTE: f64 = 1_048_576.0;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.iter().any(|it| it == "--quick");
    let sizes: Vec<Value> = arguments.iter().filter_map(|it| size(it)).collect();
    let engine = Engine::chosen()?;
    let page = Page::start(engine).await?;
    println!("in {}", engine.name());
    let starting = starting::starting(&page).await?;
    // The glue keeps the memory to itself; the copy that is measured hands out its size.
    page.site.edit("trace-tab.js", |bytes| {
        [
            &bytes[..],
            b"\nexport const wasmBytes = () => wasm.memory.buffer.byteLength;\n",
        ]
        .concat()
    })?;
    let times = reading::times(&page, quick).await?;
    let memory = reading::memory(&page, quick).await?;
    page.stop().await?;
    // What the browser has to put away after hundreds of megabytes is in nobody's frames.
    let page = Page::start(engine).await?;
    let using = using::using(&page, quick).await?;
    page.stop().await?;
    let living = living::living(engine, quick).await?;
    print_sizes(&sizes);
    let lost = [&memory[..], &using[..], &living[..]].concat();
    let lost: Vec<_> = lost
        .iter()
        .filter_map(|it| it.get("lost")?.as_str())
        .collect();
    let all = json!({ "engine": engine.name(), "starting": starting, "times": times, "memory": memory, "using": using, "living": living, "sizes": sizes });
    let name = match engine {
        Engine::Chromium => "target/bench.json",
        Engine::Firefox => "target/bench-firefox.json",
        Engine::WebKit => "target/bench-webkit.json",
    };
    std::fs::write(root().join(name), format!("{all:#}\n"))?;
    println!("\nAll of it is in {name}.");
    if lost.is_empty() {
        return Ok(());
    }
    Err(format!("The viewer does not do what it must: {lost:?}").into())
}

fn print_sizes(sizes: &[Value]) {
    if sizes.is_empty() {
        return;
    }
    println!("\nsize, bytes (the style sheet is in the wasm)");
    print_row("", &["as it is", "gzip", "brotli"]);
    for it in sizes {
        let cells = ["raw", "gzip", "brotli"].map(|what| text(it, what));
        print_row(&text(it, "name"), &cells);
    }
}

/// Opens a fresh page with an empty element, so with fresh memory, and runs a script there.
async fn measure(page: &Page, script: &str, file: Vec<u8>, arg: Value) -> Outcome<Value> {
    page.site.set("/trace", Answer::json(file));
    page.host(&Host::default()).await?;
    page.run("await until(() => el.matches(':state(empty)') && el.shadowRoot.querySelector('h2'))")
        .await?;
    page.run_with(script, arg).await
}

fn number(value: &Value, at: &str) -> f64 {
    value
        .pointer(at)
        .and_then(Value::as_f64)
        .unwrap_or(f64::NAN)
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

/// A row of a table: a name and what there is to say of it.
fn print_row(name: &str, cells: &[impl AsRef<str>]) {
    let mut row = format!("  {name:<26}");
    for cell in cells {
        let _ = write!(row, "{:>17}", cell.as_ref());
    }
    println!("{}", row.trim_end());
}

/// `--size=trace-tab.js:3,2,1`, as `cargo xtask bench` measures them.
fn size(argument: &str) -> Option<Value> {
    let (name, numbers) = argument.strip_prefix("--size=")?.split_once(':')?;
    let mut numbers = numbers.split(',').filter_map(|it| it.parse::<u64>().ok());
    let mut next = || numbers.next();
    Some(json!({ "name": name, "raw": next()?, "gzip": next()?, "brotli": next()? }))
}
