//! `cargo xtask size`: what an embedding page downloads, and its budget.

use crate::dist::fetched;
use crate::dist::{SCRIPT, WASM};
use crate::run::{Outcome, output, program};
use crate::tools;

/// At most so many bytes, compressed with brotli, for the script and the wasm that every page with a
/// trace fetches, together.
const BUDGET: u64 = 200_000;

/// And for the script alone, which is all that comes before there is an element.
const SCRIPT_BUDGET: u64 = 15_000;

/// Node has both compressors built in, and fast ones.
const MEASURE: &str = r#"
const zlib = require("node:zlib");
for (const file of process.argv.slice(1)) {
  const bytes = require("node:fs").readFileSync(file);
  console.log(bytes.length, zlib.gzipSync(bytes, { level: 9 }).length, zlib.brotliCompressSync(bytes).length);
}"#;

/// Bytes of a file: as it is, with gzip, with brotli.
pub(crate) type Sizes = [u64; 3];

/// The sizes of what a page downloads, and last of all of it together.
pub(crate) fn measure() -> Outcome<Vec<(&'static str, Sizes)>> {
    let files = [SCRIPT, WASM];
    let sizes = sizes(&files)?;
    let total = sizes.iter().fold([0; 3], add);
    let all = files.into_iter().chain(["together"]);
    Ok(all.zip(sizes.into_iter().chain([total])).collect())
}

fn sizes(files: &[&str]) -> Outcome<Vec<Sizes>> {
    tools::ensure_node()?;
    let mut node = program("node");
    node.args(["--eval", MEASURE]);
    node.args(files.iter().map(|name| format!("dist/{name}")));
    let printed = output(&mut node)
        .ok_or("dist/ holds no build to measure. Build one with `cargo xtask dist`.")?;
    Ok(printed.lines().filter_map(parse).collect())
}

/// Prints the sizes; fails if they are over the budget.
pub(crate) fn report() -> Outcome {
    let all = measure()?;
    println!("{}", row("", ["bytes", "gzip", "brotli"].map(String::from)));
    for (name, sizes) in &all {
        println!("{}", row(name, sizes.map(grouped)));
    }
    let extras: Vec<_> = fetched().map(|(file, _)| file).collect();
    println!("fetched when it is needed");
    for (name, sizes) in extras.iter().zip(sizes(&extras)?) {
        println!("{}", row(name, sizes.map(grouped)));
    }
    let [script, .., total] = all.as_slice() else {
        return Ok(());
    };
    within_budget("script", script.1, SCRIPT_BUDGET)?;
    within_budget("download", total.1, BUDGET)
}

fn within_budget(what: &str, [_, _, brotli]: Sizes, budget: u64) -> Outcome {
    if brotli <= budget {
        println!(
            "the {what} is within its budget of {} bytes (brotli)",
            grouped(budget)
        );
        return Ok(());
    }
    if !tools::has_std_source() {
        println!(
            "the {what} is over its budget of {} bytes (brotli), which is for a build with the standard library compiled for size",
            grouped(budget)
        );
        return Ok(());
    }
    Err(format!(
        "The {what} is {} bytes with brotli, {} over the budget of {}. See what the last change \
         brought in: `cargo tree -e no-dev --target wasm32-unknown-unknown`.",
        grouped(brotli),
        grouped(brotli - budget),
        grouped(budget)
    ))
}

fn parse(line: &str) -> Option<Sizes> {
    let mut numbers = line.split(' ').map(str::parse);
    let mut next = || numbers.next()?.ok();
    Some([next()?, next()?, next()?])
}

fn add(a: Sizes, b: &Sizes) -> Sizes {
    let ([a0, a1, a2], [b0, b1, b2]) = (a, *b);
    [a0 + b0, a1 + b1, a2 + b2]
}

fn row(name: &str, [a, b, c]: [String; 3]) -> String {
    format!("  {name:<22} {a:>10} {b:>10} {c:>10}")
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn the_budget_is_the_last_byte() {
        assert!(within_budget("download", [900_000, 300_000, BUDGET], BUDGET).is_ok());
        let error = within_budget("download", [900_000, 300_000, BUDGET + 1], BUDGET).unwrap_err();
        assert!(error.contains("1 over the budget"), "{error}");
    }

    #[test]
    fn what_node_prints() {
        assert_eq!(parse("3 2 1"), Some([3, 2, 1]));
        assert_eq!(parse("3 2"), None);
    }
}
