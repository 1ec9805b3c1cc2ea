//! How long reading takes, and what it keeps.

use super::{MEGABYTE, measure, median, number, print_row, text};
use e2e::Outcome;
use e2e::generate::{Shape, lines, otlp, otlp_of_size};
use e2e::page::Page;
use serde_json::{Value, json};

const SCRIPT: &str = include_str!("reading.js");

/// Of so many groups of runs the means are taken, and the median of those: whether a frame more was waited for is a
/// matter of chance, and a median alone would jump from the one to the other.
const GROUPS: usize = 5;

/// Runs before the ones that count: the browser optimizes what runs often.
const WARM_UP: usize = 3;

/// Bytes of memory beside the file that a trace may take: so many a span, and so many more.
const BYTES_A_SPAN: f64 = 260.0;
const BYTES_BESIDE: f64 = 16.0 * MEGABYTE;

/// What is read: its name, whether each line is a value, and how often.
struct Case {
    name: &'static str,
    is_lines: bool,
    runs: usize,
    /// Whether the baseline is timed, too.
    baseline: bool,
}

/// Words in a message: a span of them is 1 to 2 kB, as in real traces, or as small as can be.
const REAL: usize = 60;
const SMALL: usize = 2;

fn shape(seed: u64, spans: usize, words: usize) -> Shape {
    Shape { seed, spans, words }
}

/// How long it takes to read files of all sizes, against what parsing them takes.
pub(crate) async fn times(page: &Page, quick: bool) -> Outcome<Vec<Value>> {
    println!(
        "\ntime, median of {GROUPS} groups of runs after {WARM_UP} (first run in brackets), milliseconds"
    );
    let titles = [
        "bytes",
        "spans",
        "parse",
        "first rows",
        "all rows",
        "over parse",
        "longest task",
    ];
    print_row("", &titles);
    let case = |name, is_lines, runs| Case {
        name,
        is_lines,
        runs,
        baseline: true,
    };
    let mut found = Vec::new();
    for (case, file) in [
        (
            case("sample", false, 35),
            page.site.published("sample.json")?,
        ),
        (
            case("OTLP, 1,000 spans", false, 35),
            otlp(&shape(1, 1_000, REAL)),
        ),
        (
            case("OTLP, 10 MB", false, 35),
            otlp_of_size(2, REAL, 10_000_000),
        ),
        (
            case("lines, 10,000 spans", true, 35),
            lines(&shape(3, 10_000, REAL)),
        ),
    ] {
        found.push(time(page, &case, file).await?);
    }
    if quick {
        return Ok(found);
    }
    found.push(
        time(
            page,
            &case("OTLP, 100,000 spans", false, 7),
            otlp(&shape(5, 100_000, REAL)),
        )
        .await?,
    );
    found.push(
        time(
            page,
            &case("lines, 100,000 spans", true, 7),
            lines(&shape(6, 100_000, REAL)),
        )
        .await?,
    );
    found.push(
        time(
            page,
            &case("lines, 1,000,000 spans", true, 5),
            lines(&shape(7, 1_000_000, SMALL)),
        )
        .await?,
    );
    Ok(found)
}

async fn time(page: &Page, case: &Case, file: Vec<u8>) -> Outcome<Value> {
    // Of what takes a second each, no run is for warming up but the first.
    let warm_up = if case.runs < 9 { 1 } else { WARM_UP };
    let arg = json!({ "runs": case.runs + warm_up, "lines": case.is_lines, "baseline": case.baseline, "rest": 100 });
    let found = measure(page, SCRIPT, file, arg).await?;
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
    let warm = |what: &str| {
        let runs: Vec<_> = all(what).into_iter().skip(warm_up).collect();
        let means = runs.chunks((runs.len() / GROUPS).max(1));
        median(
            means
                .map(|it| it.iter().sum::<f64>() / it.len() as f64)
                .collect(),
        )
    };
    let cold = |what: &str| all(what).first().copied().unwrap_or(f64::NAN);
    let both = |what| format!("{:.1} ({:.1})", warm(what), cold(what));
    let longest = all("longest")
        .into_iter()
        .reduce(f64::max)
        .unwrap_or(f64::NAN);
    let ratio = |what: &str| warm(what) / warm("baseline");
    let (first, painted) = (ratio("first"), ratio("painted"));
    print_row(
        case.name,
        &[
            text(&found, "bytes"),
            text(&found, "actions"),
            both("baseline"),
            both("first"),
            both("painted"),
            format!("{first:.2}, {painted:.2}"),
            task(longest),
        ],
    );
    Ok(json!({
        "name": case.name, "bytes": found.get("bytes"), "actions": found.get("actions"), "issues": found.get("issues"),
        "parse": warm("baseline"), "firstRows": warm("first"), "loaded": warm("loaded"), "allRows": warm("painted"),
        "ratioFirstRows": first, "ratioAllRows": painted,
        "cold": { "parse": cold("baseline"), "firstRows": cold("first"), "allRows": cold("painted") },
        "longestTask": longest, "runs": runs,
    }))
}

/// A long task; a browser tells of none that is shorter, and some tell of none.
pub(crate) fn task(millis: f64) -> String {
    if millis.is_nan() {
        "not told".to_owned()
    } else if millis > 0.0 {
        format!("{millis:.0}")
    } else {
        "under 50".to_owned()
    }
}

/// What memory a trace takes beside its file.
pub(crate) async fn memory(page: &Page, quick: bool) -> Outcome<Vec<Value>> {
    println!("\nmemory of the wasm over the file; at most {BYTES_A_SPAN} bytes a span plus 16 MB");
    print_row(
        "",
        &[
            "spans",
            "file, MB",
            "over it, MB",
            "bytes a span",
            "of the limit",
        ],
    );
    let mut found = Vec::new();
    let sizes: &[usize] = if quick {
        &[100_000]
    } else {
        &[100_000, 1_000_000]
    };
    for spans in sizes {
        let shape = shape(4, *spans, SMALL);
        found.push(keep(page, "OTLP", *spans, otlp(&shape), false).await?);
        found.push(keep(page, "Trace Tab lines", *spans, lines(&shape), true).await?);
    }
    Ok(found)
}

async fn keep(
    page: &Page,
    name: &str,
    spans: usize,
    file: Vec<u8>,
    is_lines: bool,
) -> Outcome<Value> {
    let arg = json!({ "runs": 1, "lines": is_lines, "baseline": false, "rest": 100 });
    let found = measure(page, SCRIPT, file, arg).await?;
    let over = number(&found, "/full") - number(&found, "/empty") - number(&found, "/bytes");
    let share = over / (BYTES_A_SPAN * spans as f64 + BYTES_BESIDE);
    print_row(
        name,
        &[
            spans.to_string(),
            format!("{:.1}", number(&found, "/bytes") / MEGABYTE),
            format!("{:.1}", over / MEGABYTE),
            format!("{:.0}", over / spans as f64),
            format!("{share:.2}"),
        ],
    );
    let lost =
        (share > 1.0).then(|| format!("{name}, {spans} spans: memory is {share:.2} of the limit"));
    Ok(json!({
        "name": name, "spans": spans, "bytes": found.get("bytes"), "over": over, "ofTheLimit": share, "lost": lost,
    }))
}
