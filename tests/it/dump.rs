//! Every fixture as a snapshot, written for reading.
//!
//! A row: `start..stop` in milliseconds (or steps), kind, name, facts. `#1` is an LLM call, `<- #1`
//! who asked for a tool call, `<~ #1` the same found by name and time, `at x` the MCP server.

use std::fmt::Write;

use trace_tab::analysis::{Rounds, totals};
use trace_tab::import::import;
use trace_tab::layout::Rows;
use trace_tab::model::{
    Clock, Count, LlmCall, Marks, Nanos, SpanId, Status, ToolCall, Trace, Work, format_rfc3339,
};
use trace_tab::payload;
use trace_tab::state::RowId;

#[test]
fn every_fixture_reads_as_it_did() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::glob!("../fixtures", "*/*", |path| {
            let bytes = std::fs::read(path).unwrap();
            insta::assert_snapshot!("dump", file(bytes));
        });
    });
}

/// What is seen of a file, or what is said about it.
pub(crate) fn file(bytes: Vec<u8>) -> String {
    match import(bytes) {
        Ok(imported) => traces(&imported.traces),
        Err(error) => {
            let at = error
                .offset()
                .map_or_else(String::new, |it| format!(" at {it}"));
            format!("{}{at}\n{error}\n", error.code())
        }
    }
}

/// What is seen of the traces of a file.
pub(crate) fn traces(traces: &[Trace]) -> String {
    let mut out = String::new();
    for (i, it) in traces.iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        trace(&mut out, it);
    }
    out
}

fn trace(out: &mut String, trace: &Trace) {
    let rounds = Rounds::new(trace);
    let rows = Rows::new(trace, &rounds);
    let clock = match trace.clock {
        Clock::Wall => format!("since {}", format_rfc3339(trace.epoch)),
        Clock::Ordinal => "in steps".to_owned(),
    };
    let tally = trace.tally;
    let _ = writeln!(
        out,
        "{}, {clock}, 1 of {}, records: {} read, {} other, {} bad",
        trace.format_name, trace.n_traces, tally.read, tally.other, tally.bad,
    );
    for row in &rows.rows {
        let indent = "  ".repeat(usize::from(row.level));
        let _ = writeln!(out, "{indent}{}", line(trace, &rounds, row.id));
    }
    let mut kinds = trace.issues.counts().collect::<Vec<_>>();
    kinds.sort_unstable();
    for issue in &trace.issues.list {
        let _ = writeln!(
            out,
            "! {:?} at {}: {}",
            issue.kind,
            issue.at.start,
            begin(&trace.source.slice(issue.at), 30)
        );
    }
    for (kind, n) in kinds {
        let listed = trace.issues.list.iter().filter(|it| it.kind == kind);
        if listed.count() < n as usize {
            let _ = writeln!(out, "! {kind:?}, {n} in all");
        }
    }
    let totals = totals(trace, &rounds);
    let _ = writeln!(
        out,
        "{}",
        serde_json::to_string(&totals.summary).unwrap_or_default()
    );
    let _ = writeln!(
        out,
        "with tokens: {}, in tools: {}, system: {}, toolbelt: {}",
        totals.llm_calls_with_tokens,
        known(totals.share_in_tools.map(|it| format!("{it:.3}"))),
        known(totals.system_chars),
        known(totals.toolbelt.map(|it| format!("{} of {}", it.1, it.0))),
    );
}

fn known<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |it| it.to_string())
}

fn line(trace: &Trace, rounds: &Rounds, row: RowId) -> String {
    match row {
        RowId::Turn(at) => {
            let turn = &trace.turns[at as usize];
            let mut line = format!("Turn {}", turn.number.unwrap_or(at + 1));
            if let Some(id) = turn.span {
                let _ = write!(line, " = {}", span(trace, rounds, id));
            }
            let input = preview(trace, turn.input);
            if !input.is_empty() {
                let _ = write!(line, " “{input}”");
            }
            line
        }
        RowId::Round(id) => {
            let round = rounds.round(id).unwrap();
            let times = row
                .times(trace, rounds)
                .map_or_else(String::new, |(start, duration)| {
                    times(trace, start, start.saturating_add(duration))
                });
            let is_sub = rounds.scopes[round.scope as usize].is_sub;
            format!(
                "Round {} {times}{}",
                round.number,
                if is_sub { " of a sub-agent" } else { "" }
            )
        }
        RowId::Span(id) => span(trace, rounds, id),
    }
}

fn span(trace: &Trace, rounds: &Rounds, id: SpanId) -> String {
    let span = trace.span(id).unwrap();
    let kind = match span.work {
        Work::Turn(_) => "turn".to_owned(),
        Work::Agent(agent) => {
            let name = trace.text(trace.agents[agent.index()].name);
            format!("agent {}", begin(name, 40))
        }
        Work::Llm(call) => format!("#{} llm", call.index() + 1),
        Work::Tool(_) => "tool".to_owned(),
        Work::Other => "other".to_owned(),
    };
    let name = begin(trace.text(span.name), 40);
    let mut line = format!("{} {kind}", times(trace, span.start, span.stop()));
    if !name.is_empty() {
        let _ = write!(line, " `{name}`");
    }
    line.push_str(match span.status {
        Status::Unset => "",
        Status::Ok => " ok",
        Status::Error => " ERROR",
        Status::Running => " running",
    });
    if let Some(call) = trace.llm_call(id) {
        llm_call(&mut line, trace, call);
    }
    if let Some(call) = trace.tool_call(id) {
        tool_call(&mut line, trace, rounds, call);
    }
    let error = preview(trace, trace.error(id));
    if !error.is_empty() {
        let _ = write!(line, " error=“{error}”");
    }
    let n_records = trace.records_of(id).len();
    if n_records > 1 {
        let _ = write!(line, " of {n_records} records");
    }
    let marks = marks(span.marks);
    if !marks.is_empty() {
        let _ = write!(line, " [{marks}]");
    }
    line
}

fn llm_call(line: &mut String, trace: &Trace, call: &LlmCall) {
    let _ = write!(line, " {}", begin(trace.text(call.model), 40));
    let tokens = call.tokens;
    for (name, count) in [
        ("in", tokens.input),
        ("cached", tokens.cached),
        ("write", tokens.cache_write),
        ("out", tokens.output),
        ("reasoning", tokens.reasoning),
    ] {
        if count != Count::default() {
            let _ = write!(line, " {name}={}", count.get().unwrap());
        }
    }
    if let Some(time) = call.time_to_first_token.get() {
        let _ = write!(line, " ttft={}", amount(Clock::Wall, time));
    }
    let raw = trace.text(call.finish_reason_raw);
    if !raw.is_empty() {
        let _ = write!(line, " {:?}={raw}", call.finish_reason);
    }
    if call.attempt > 0 {
        let _ = write!(line, " attempt={}", call.attempt);
    }
    if let Some(cost) = call.cost_usd.get() {
        let _ = write!(line, " ${cost}");
    }
    let output = preview(trace, call.output);
    if !output.is_empty() {
        let _ = write!(line, " “{output}”");
    }
}

fn tool_call(line: &mut String, trace: &Trace, rounds: &Rounds, call: &ToolCall) {
    let name = trace.text(call.name);
    if name != trace.text(trace.span(call.span).unwrap().name) {
        let _ = write!(line, " {}", begin(name, 40));
    }
    let server = trace.text(call.server);
    if !server.is_empty() {
        let _ = write!(line, " at {}", begin(server, 40));
    }
    if let Some(by) = call.requested_by {
        let arrow = if call.matched { "<~" } else { "<-" };
        let _ = write!(line, " {arrow} #{}", by.index() + 1);
    } else if rounds.of(call.span).is_some() {
        line.push_str(" by time");
    }
    let (input, output) = (preview(trace, call.input), preview(trace, call.output));
    if !input.is_empty() || !output.is_empty() {
        let _ = write!(line, " {input} → {output}");
    }
}

fn preview(trace: &Trace, range: trace_tab::model::ByteRange) -> String {
    begin(&payload::preview(&trace.source.content(range), 10_000), 24)
}

fn marks(marks: Marks) -> String {
    [
        (Marks::START_DERIVED, "start derived"),
        (Marks::END_DERIVED, "end derived"),
        (Marks::TIME_ABSENT, "no time"),
        (Marks::REQUESTED, "never ran"),
        (Marks::TIME_REPAIRED, "time repaired"),
        (Marks::RECORDED_TWICE, "recorded twice"),
        (Marks::OUTPUT_PARTIAL, "output partial"),
    ]
    .iter()
    .filter(|it| marks.has(it.0))
    .map(|it| it.1)
    .collect::<Vec<_>>()
    .join(", ")
}

fn times(trace: &Trace, start: Nanos, stop: Nanos) -> String {
    format!(
        "{}..{}",
        amount(trace.clock, start),
        amount(trace.clock, stop)
    )
}

/// Milliseconds to the last nanosecond, or steps.
fn amount(clock: Clock, n: Nanos) -> String {
    if clock == Clock::Ordinal {
        return n.to_string();
    }
    let sign = if n < 0 { "-" } else { "" };
    let n = n.unsigned_abs();
    let text = format!("{sign}{}.{:06}", n / 1_000_000, n % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The first characters, on one line.
fn begin(text: &str, n: usize) -> String {
    let text = text.trim().replace(['\n', '\r', '\t'], " ");
    let mut begin: String = text.chars().take(n).collect();
    if begin.len() < text.len() {
        begin.push('…');
    }
    begin
}
