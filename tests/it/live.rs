//! Traces that grow: what is shown on the way, what it costs, and that the end is as if all had been
//! there at once.

use std::fmt::Write;

use trace_tab::analysis::{Counted, Rounds, totals};
use trace_tab::import::{Import, ImportError, import};
use trace_tab::layout::{Rows, SettledPart};
use trace_tab::model::Trace;

use crate::dump;
use crate::files::{self, File};
use crate::invariants::{check_rounds, check_rows, check_trace};

/// The formats that grow, by their folders.
const LIVE: &[&str] = &["trace-tab/", "otlp/", "claude-code/", "codex/"];

/// A trace that grows, with all that is derived of it.
#[derive(Debug)]
struct Live {
    trace: Trace,
    rounds: Rounds,
    rows: Rows,
    settled: SettledPart,
    counted: Counted,
    /// Whether a turn was settled in parts: then rounds of sub-agents have other numbers.
    in_parts: bool,
}

impl Live {
    fn new() -> Self {
        Live {
            trace: Trace::default(),
            rounds: Rounds::default(),
            rows: Rows::default(),
            settled: SettledPart::new(1, 100),
            counted: Counted::default(),
            in_parts: false,
        }
    }

    /// Takes in what has been read. Where the new part begins, by span.
    fn grow(&mut self, import: &mut Import) -> Option<usize> {
        let grown = import.grow(&mut self.trace)?;
        let (rounds, rows) = (&mut self.rounds, &mut self.rows);
        (self.counted, _, _) = self.settled.grow(&self.trace, &grown, rounds, rows);
        self.in_parts |= grown.from.goes_on;
        Some(grown.from.spans)
    }

    /// What follows from the whole trace is what has grown.
    fn check(&self) {
        check_rounds(&self.trace, &self.rounds);
        check_rows(&self.trace, &self.rounds, &self.rows);
        for (at, row) in self.rows.rows.iter().enumerate() {
            assert_eq!(self.rows.position(row.id), Some(at));
        }
        let rounds = Rounds::new(&self.trace);
        if self.in_parts {
            let (own, whole) = (&self.rounds.rounds, &rounds.rounds);
            assert_eq!(own.len(), whole.len());
            let numbers = |rounds: &Rounds| {
                let rounds = rounds.rounds.iter();
                let mut all: Vec<_> = rounds.map(|it| (it.first, it.number)).collect();
                all.sort_unstable();
                all
            };
            assert_eq!(numbers(&self.rounds), numbers(&rounds));
            let own = self.counted.totals(&self.trace).summary;
            assert_eq!(own, totals(&self.trace, &rounds).summary);
            return;
        }
        let rows = Rows::new(&self.trace, &rounds);
        assert_eq!(self.rows.rows, rows.rows);
        assert_eq!(format!("{:?}", self.rounds), format!("{rounds:?}"));
        let (own, whole) = (
            self.counted.totals(&self.trace),
            totals(&self.trace, &rounds),
        );
        assert_eq!(own.summary, whole.summary);
    }
}

/// Appends the pieces of a file one by one. How often more was seen, and what is there in the end.
fn append<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    check: bool,
    is_eager: bool,
) -> Result<(usize, String), ImportError> {
    let mut n_seen = 0;
    let mut import = Import::live();
    if is_eager {
        import.be_eager();
    }
    let mut live = Live::new();
    for piece in pieces {
        import.push(piece);
        assert!(import.step(|| true));
        if import.is_live() == Ok(true) && live.grow(&mut import).is_some() {
            n_seen += 1;
            if check {
                live.check();
                check_trace(&live.trace);
            }
        }
    }
    import.end();
    import.step(|| true);
    if live.grow(&mut import).is_some() && check {
        live.check();
    }
    Ok((n_seen, dump::traces(&import.finish()?.traces)))
}

fn check_appended(file: &File) {
    let Ok(whole) = import(file.bytes.clone()).map(|it| dump::traces(&it.traces)) else {
        return;
    };
    let lines = || file.bytes.split_inclusive(|it| *it == b'\n');
    let (n_seen, end) = append(lines(), true, false).unwrap();
    assert_eq!(end, whole, "{}, by lines", file.name);
    let extension = std::path::Path::new(&file.name).extension();
    let is_lines = extension.is_some_and(|it| it == "jsonl");
    assert!(
        n_seen > 1 || !is_lines || lines().count() < 3,
        "{} is not seen before its end",
        file.name
    );
    let few = |size: &usize| file.bytes.len() / size < 1000;
    for size in [1, 7, 97, 1000].into_iter().filter(few) {
        let (_, end) = append(file.bytes.chunks(size), size > 50, size == 97).unwrap();
        assert_eq!(end, whole, "{}, {size} bytes at a time", file.name);
    }
}

#[test]
fn fixtures_that_grow_are_in_the_end_as_if_all_had_been_there() {
    let is_live = |it: &File| LIVE.iter().any(|folder| it.name.starts_with(folder));
    let files: Vec<File> = files::fixtures().into_iter().filter(is_live).collect();
    assert!(files.len() > 50);
    files.iter().for_each(check_appended);
}

#[test]
fn the_corpus_that_grows_is_in_the_end_as_if_all_had_been_there() {
    let files = files::corpus(&["claude-code", "codex", "otlp"]);
    for file in files.iter().filter(|it| it.bytes.len() < 200_000) {
        let Ok(imported) = import(file.bytes.clone()) else {
            continue;
        };
        let pieces = file.bytes.chunks(file.bytes.len() / 20 + 1);
        let (_, end) = append(pieces, true, true).unwrap();
        assert_eq!(end, dump::traces(&imported.traces), "{}", file.name);
    }
}

/// So many turns of a session, a line each record: an LLM call and a tool call a turn.
fn session(turns: std::ops::Range<usize>) -> String {
    let mut lines = String::new();
    for turn in turns {
        let at =
            |millis: usize| 1_795_449_600_000_000_000 + (turn * 1000 + millis) as u64 * 1_000_000;
        let times = |from, to| {
            format!(
                r#""start_time_unix_nano":{},"end_time_unix_nano":{}"#,
                at(from),
                at(to)
            )
        };
        let _ = writeln!(
            lines,
            r#"{{"record":"turn","turn":{turn},"input":"do {turn}",{}}}
{{"record":"llm_call","turn":{turn},"round":1,"id":"l{turn}","response_model":"m","usage":{{"input_tokens":10,"output_tokens":2}},"output_message":"done",{}}}
{{"record":"tool_call","turn":{turn},"round":1,"call_id":"c{turn}","name":"search","arguments":"{{}}","result":"r",{}}}"#,
            times(0, 900),
            times(10, 300),
            times(310, 800),
        );
    }
    lines
}

/// How many spans are built when 30 spans come to those of `n_turns` turns, each of ten times at most.
fn cost(n_turns: usize) -> usize {
    let mut import = Import::live();
    let mut live = Live::new();
    import.push(session(0..n_turns));
    import.step(|| true);
    live.grow(&mut import);
    let costs = (0..10).map(|i| {
        let before = import.n_built();
        import.push(session(n_turns + 10 * i..n_turns + 10 * (i + 1)));
        import.step(|| true);
        live.grow(&mut import);
        import.n_built() - before
    });
    let most = costs.max().unwrap();
    assert_eq!(live.trace.turns.len(), n_turns + 100);
    live.check();
    most
}

#[test]
fn what_an_append_costs_does_not_grow() {
    let (few, many) = (cost(20), cost(2_000));
    assert_eq!(few, many);
    assert!(few <= 3 * 12, "{few} spans were built for 30");
}

/// The same in rounds of one turn.
fn giant(rounds: std::ops::Range<usize>) -> String {
    let mut lines = String::new();
    for round in rounds {
        let at =
            |millis: usize| 1_795_449_600_000_000_000 + (round * 1000 + millis) as u64 * 1_000_000;
        let times = |from, to| {
            let (from, to) = (at(from), at(to));
            format!(r#""start_time_unix_nano":{from},"end_time_unix_nano":{to}"#)
        };
        if round == 0 {
            lines.push_str("{\"record\":\"turn\",\"turn\":1,\"input\":\"go\"}\n");
        }
        let _ = writeln!(
            lines,
            r#"{{"record":"llm_call","turn":1,"id":"l{round}","response_model":"m","usage":{{"input_tokens":10}},"output_message":"done",{}}}
{{"record":"tool_call","turn":1,"call_id":"c{round}","name":"search","arguments":"{{}}","result":"r",{}}}"#,
            times(10, 300),
            times(310, 800),
        );
    }
    lines
}

#[test]
fn in_a_long_turn_neither() {
    let mut costs = Vec::new();
    for n_rounds in [1_000, 10_000] {
        let mut import = Import::live();
        let mut live = Live::new();
        for at in (0..n_rounds).step_by(1_000) {
            import.push(giant(at..at + 1_000));
            import.step(|| true);
            live.grow(&mut import);
        }
        let before = import.n_built();
        for i in 0..30 {
            import.push(giant(n_rounds + 20 * i..n_rounds + 20 * (i + 1)));
            import.step(|| true);
            live.grow(&mut import);
        }
        costs.push(import.n_built() - before);
        live.check();
        check_trace(&live.trace);
        assert_eq!(live.trace.turns.len(), 1);
        let rounds: Vec<u32> = live.rounds.rounds.iter().map(|it| it.number).collect();
        assert!(rounds.iter().copied().eq(1..=n_rounds as u32 + 600));
        import.end();
        import.step(|| true);
        let mut whole = import.finish().unwrap().traces;
        let (live, whole) = (
            dump::traces(&[live.trace]),
            dump::traces(&[whole.remove(0)]),
        );
        assert_eq!(live, whole);
    }
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0] < 30 * 600, "{costs:?}");
}

#[test]
fn formats_that_do_not_grow_say_so() {
    for file in files::fixtures() {
        if LIVE.iter().any(|it| file.name.starts_with(it)) || file.name.starts_with("bad/") {
            continue;
        }
        let mut import = Import::live();
        import.push(&file.bytes);
        import.end();
        import.step(|| true);
        let error = import.is_live().expect_err(&file.name);
        assert_eq!(error.code(), "not-live", "{}: {error}", file.name);
    }
}
