//! Any trace → Trace Tab JSON → the same trace.
//!
//! What is compared is a dump of both. Not the same, and why:
//! - names and ids of spans: the format has those of agents, models, tools and calls;
//! - which span lies in which, but for agents in tool calls and agents: the format has rounds;
//! - a turn without a span of its own, or a tool call that calls a model: an agent is written for
//!   it, and its times follow from what lies in it;
//! - the name of the main agent in any turn but the first: a main agent is one agent;
//! - when a tool call "ran" that never did;
//! - a tool call of which nothing but the request is known counts as never run afterward;
//! - bytes of media that another reader than that of our own messages recognized;
//! - `is_error` of a result within a message: the conventions have no word for it;
//! - the marks "time repaired" and "recorded twice": what leaves is repaired;
//! - the place of a call without times that lay in another span than its agent's;
//! - turns of which an agent that takes over began before the turn itself: it becomes one;
//! - an LLM call without a round number in a file where others have one: it is given one;
//! - definitions of tools and errors that are no JSON leave as text, or stay behind;
//! - errors among nested tool calls may be counted twice: they stand beside each other now;
//! - tries are numbered from 1 where the file did not say.

use std::fmt::Write;

use trace_tab::analysis::{self, Round, Rounds, Scope, totals};
use trace_tab::export::trace_tab_json;
use trace_tab::import::import;
use trace_tab::model::{
    ByteRange, Clock, Json, LlmCall, Marks, Span, SpanId, Status, ToolCall, Trace, Work,
};
use trace_tab::payload::{self, Message, Part};

use super::files::{self, File};

#[test]
fn what_leaves_comes_back() {
    let mut files = files::fixtures();
    let sample = "src/web/sample.json";
    let bytes = std::fs::read(files::root().join(sample)).unwrap();
    files.push(File {
        name: sample.to_owned(),
        bytes,
    });
    files.extend(files::all_of_the_corpus());
    let mut n_traces = 0;
    let mut wrong = Vec::new();
    for file in files {
        let Ok(imported) = import(file.bytes) else {
            continue;
        };
        for (i, trace) in imported.traces.iter().enumerate() {
            n_traces += 1;
            if let Err(what) = check(trace) {
                wrong.push(format!("{} trace {i}:\n{what}", file.name));
            }
        }
    }
    println!("{n_traces} traces made the round trip");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(trace: &Trace) -> Result<(), String> {
    let first = export(trace);
    let first_text = String::from_utf8(first.clone()).map_err(|it| it.to_string())?;
    assert!(is_json(&first_text), "{first_text}");
    let imported = import(first.clone()).map_err(|it| it.to_string())?;
    let again = imported.traces.first().ok_or("no trace")?;
    same(&dump(trace), &dump(again))?;
    let second = export(again);
    same(&first_text, &String::from_utf8_lossy(&second))
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
}

fn export(trace: &Trace) -> Vec<u8> {
    trace_tab_json(trace, &Rounds::new(trace)).concat()
}

/// The first lines that differ.
fn same(a: &str, b: &str) -> Result<(), String> {
    let differ = a.lines().zip(b.lines()).filter(|it| it.0 != it.1).take(3);
    let found: Vec<String> = differ
        .map(|it| format!("- {}\n+ {}\n", it.0, it.1))
        .collect();
    let (n_a, n_b) = (a.lines().count(), b.lines().count());
    match (found.is_empty(), n_a == n_b) {
        (true, true) => Ok(()),
        _ => Err(format!("{}{n_a} lines, {n_b} lines", found.concat())),
    }
}

fn dump(trace: &Trace) -> String {
    let rounds = Rounds::new(trace);
    let mut out = String::new();
    for (i, turn) in trace.turns.iter().enumerate() {
        let number = turn.number.unwrap_or(i as u32 + 1);
        let input = said(&payload::messages(&trace.source.content(turn.input)));
        let _ = writeln!(out, "turn {number} {input}");
        let scopes = rounds
            .scopes
            .iter()
            .enumerate()
            .filter(|it| it.1.turn as usize == i);
        let mut written: Vec<String> = scopes.map(|it| scope(trace, &rounds, it.0, it.1)).collect();
        written.sort();
        out.extend(written);
    }
    let mut others: Vec<String> = trace
        .iter()
        .filter(|it| it.1.work == Work::Other)
        .map(|(id, it)| format!("other {} {}\n", trace.text(it.name), span(trace, id, it)))
        .collect();
    others.sort();
    out.extend(others);
    summary(&mut out, trace, &rounds);
    out
}

fn summary(out: &mut String, trace: &Trace, rounds: &Rounds) {
    let mut summary = totals(trace, rounds).summary;
    (summary.format, summary.bytes, summary.issues) = ("", 0, 0);
    // Names by first use, and a sum of fractions: in another order.
    summary.models.sort();
    let cost = summary
        .cost
        .take()
        .map(|it| (format!("{:.9}", it.usd), it.complete));
    let _ = writeln!(out, "{summary:?} {cost:?}");
}

/// An agent: itself and its rounds. Nothing if there is nothing to tell.
fn scope(trace: &Trace, rounds: &Rounds, at: usize, scope: &Scope) -> String {
    let own = scope.span.and_then(|id| Some((id, trace.span(id)?)));
    let own = own.filter(|it| !matches!(it.1.work, Work::Tool(_)));
    let mut out = if scope.is_sub { "sub-agent" } else { "agent" }.to_owned();
    // Only the first turn names the main agent.
    let named = scope.span.filter(|_| scope.is_sub || scope.turn == 0);
    out.push_str(&named.map_or_else(|| " ".to_owned(), |it| agent_name(trace, it)));
    let _ = match own {
        Some((id, it)) if !follows(it.marks) => writeln!(out, " {}", span(trace, id, it)),
        _ => writeln!(out),
    };
    let lone = |id: &SpanId| rounds.of(*id).is_none() && rounds.scope_index(*id) == Some(at as u32);
    let lone = trace.tool_calls.iter().filter(|it| lone(&it.span));
    let mut lone: Vec<String> = lone
        .map(|it| format!("  in no round: {}\n", tool_call(trace, rounds, it)))
        .collect();
    lone.sort();
    out.extend(lone);
    for it in rounds.rounds.iter().filter(|it| it.scope as usize == at) {
        round(&mut out, trace, rounds, it);
    }
    if out.lines().count() == 1 && !scope.is_sub {
        String::new()
    } else {
        out
    }
}

/// The name of an agent, but for names that were made for want of one.
fn agent_name(trace: &Trace, id: SpanId) -> String {
    let span = trace.span(id).unwrap();
    let (own, own_id) = match span.work {
        Work::Agent(it) => {
            let agent = trace.agents[it.index()];
            (agent.name, analysis::text(trace, agent.id))
        }
        Work::Tool(it) => (trace.tool_calls[it.index()].name, String::new()),
        _ => (span.name, String::new()),
    };
    let name = trace.text(if own.is_empty() { span.name } else { own });
    let is_made = name == "main" || name.starts_with("agent-") || name == own_id;
    let name = if is_made { "" } else { name };
    format!(" {name}")
}

fn follows(marks: Marks) -> bool {
    marks.has(Marks::START_DERIVED) && marks.has(Marks::END_DERIVED)
        || marks.has(Marks::TIME_ABSENT)
}

fn round(out: &mut String, trace: &Trace, rounds: &Rounds, round: &Round) {
    let _ = writeln!(out, "  round {}", round.number);
    let mut members: Vec<(bool, i64, String)> = Vec::new();
    for id in rounds.members(round) {
        let span = trace.span(*id).unwrap();
        if let Some(call) = trace.llm_call(*id) {
            members.push((false, span.start, llm_call(trace, call)));
        }
        if let Some(call) = trace.tool_call(*id) {
            let is_moved = span.marks.has(Marks::REQUESTED) || trace.clock == Clock::Ordinal;
            let start = if is_moved { 0 } else { span.start };
            members.push((true, start, tool_call(trace, rounds, call)));
        }
    }
    members.sort();
    out.extend(members.iter().map(|it| format!("    {}\n", it.2)));
}

fn llm_call(trace: &Trace, call: &LlmCall) -> String {
    let at = trace.span(call.span).unwrap();
    let text = |sym| trace.text(sym);
    let slice = |range| trace.source.content(range);
    let (model, asked, provider) = (
        text(call.model),
        text(call.requested_model),
        text(call.provider),
    );
    let mut out = format!("llm {model} ({asked}) of {provider} {:?}", call.tokens);
    let _ = write!(out, " {}", span(trace, call.span, at));
    if has_times(trace, at) {
        let _ = write!(out, " ttft={:?}", call.time_to_first_token);
    }
    let raw = Some(text(call.finish_reason_raw)).filter(|it| call.finish_reason.word() != Some(it));
    let _ = write!(out, " {:?}={}", call.finish_reason, raw.unwrap_or_default());
    let _ = write!(
        out,
        " ${:?} {}",
        call.cost_usd,
        analysis::text(trace, call.response_id)
    );
    let _ = write!(
        out,
        " system={}",
        begin(&payload::plain_text(&slice(call.system)))
    );
    let tools: Vec<String> = payload::toolbelt(&slice(call.tools))
        .iter()
        .map(|it| {
            format!(
                "{}: {} {}",
                it.name,
                begin(&it.description),
                begin(&it.parameters)
            )
        })
        .collect();
    let (input, output) = (analysis::input(trace, call), analysis::output(trace, call));
    let output: Vec<Part> = output.into_iter().flat_map(|it| it.parts).collect();
    let output = Message {
        role: String::new(),
        parts: output,
    };
    let delta = if call.input_is_delta { "+" } else { "" };
    let _ = write!(
        out,
        " tools={tools:?} in={delta}{} out={}",
        said(&input),
        said(&[output])
    );
    out
}

fn tool_call(trace: &Trace, rounds: &Rounds, call: &ToolCall) -> String {
    let at = trace.span(call.span).unwrap();
    let mut out = format!(
        "tool {} {} {}",
        trace.text(call.name),
        trace.text(call.kind),
        trace.text(call.server)
    );
    let input = analysis::arguments(trace, call).unwrap_or_default();
    let _ = write!(out, " {}", begin(&input));
    let is_by_time = call.matched || (call.requested_by.is_none() && call.round.is_none());
    if is_by_time && rounds.of(call.span).is_some() {
        out.push_str(" by time");
    }
    let is_unknown = at.status == Status::Unset && call.output.is_empty() && !has_times(trace, at);
    if at.marks.has(Marks::REQUESTED) || is_unknown {
        return out + " requested";
    }
    let result = payload::value(&trace.source.content(call.output));
    let _ = write!(out, " -> {} {}", begin(&result), span(trace, call.span, at));
    out
}

/// Times, status, marks and error.
fn span(trace: &Trace, id: SpanId, span: &Span) -> String {
    let mut out = String::new();
    if has_times(trace, span) {
        let _ = write!(out, "{}+{}", span.start, span.duration);
        let gone = Marks::TIME_REPAIRED.with(Marks::RECORDED_TWICE).0;
        let _ = write!(out, " {:?}", Marks(span.marks.0 & !gone));
    }
    let _ = write!(out, " {:?}", span.status);
    if span.status == Status::Error {
        let _ = write!(out, " {}", begin(&error(trace, trace.error(id))));
    }
    out
}

fn has_times(trace: &Trace, span: &Span) -> bool {
    trace.clock == Clock::Wall && !span.marks.has(Marks::TIME_ABSENT)
}

fn error(trace: &Trace, range: ByteRange) -> String {
    let slice = trace.source.content(range);
    match Json::new(&slice).get("message").and_then(Json::str) {
        Some(message) => message.into_owned(),
        None => payload::plain_text(&slice),
    }
}

fn said(messages: &[Message]) -> String {
    let mut out = String::new();
    for message in messages {
        let _ = write!(out, "{}[", message.role);
        for part in &message.parts {
            let _ = match part {
                Part::Text(text) => write!(out, "{},", begin(text)),
                Part::Reasoning(text) => write!(out, "reasoning {},", begin(text)),
                Part::ToolCall {
                    id,
                    name,
                    arguments,
                } => {
                    write!(out, "{name} {id} {},", begin(arguments))
                }
                Part::ToolResult { id, output, .. } => write!(out, "{id} -> {},", begin(output)),
                Part::Media { modality, .. } => write!(out, "{modality},"),
                Part::Other { json, .. } => write!(out, "{},", begin(json)),
            };
        }
        out.push(']');
    }
    out
}

/// The first characters, on one line, and how many there are.
fn begin(text: &str) -> String {
    let text = text.trim();
    let begin: String = text.chars().take(40).collect();
    format!("“{}”({})", begin.escape_debug(), text.len())
}
