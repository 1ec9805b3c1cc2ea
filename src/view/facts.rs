//! What is known of a row, as figures and facts.

use super::Shown;
use super::blocks::{Blocks, parts};
use super::node::{Node, el};
use crate::analysis::text as slice_text;
use crate::model::{LlmCall, Marks, SpanId, ToolCall};
use crate::payload::settings;
use crate::text;

/// Everything that is known, by name.
pub(crate) fn facts(
    shown: &Shown,
    call: Option<&LlmCall>,
    tool: Option<&ToolCall>,
    span: Option<SpanId>,
    blocks: &Blocks,
) -> Vec<Node> {
    let trace = &shown.trace;
    let mut all: Vec<(&'static str, String)> = Vec::new();
    if let Some(call) = call {
        all.extend(of_llm_call(shown, call));
    }
    if let Some(tool) = tool {
        all.extend(of_tool_call(shown, tool));
    }
    if let Some((id, span)) = span.and_then(|it| Some((it, trace.span(it)?))) {
        all.push(("Name", trace.text(span.name).to_owned()));
        all.push(("Id", trace.key(id)));
        all.push((
            "Status",
            text::status(span.status, shown.is_live).to_owned(),
        ));
        all.push(("Honesty", honesty(span.marks)));
    }
    let rows = all.into_iter().map(|(name, value)| {
        let value = if value.is_empty() {
            text::NOT_REPORTED.to_owned()
        } else {
            value
        };
        let class = if value == text::NOT_REPORTED {
            "unknown"
        } else {
            ""
        };
        el("div", "")
            .child(el("dt", "").child(name))
            .child(el("dd", class).child(value))
            .into()
    });
    let mut nodes = vec![el("dl", "facts").children(rows).into()];
    if let Some(call) = call.filter(|it| !it.request.is_empty()) {
        let inside = parts(blocks.code(&settings(&trace.source.slice(call.request))));
        nodes.push(blocks.titled("request", String::new(), None, inside));
    }
    nodes
}

fn of_llm_call(shown: &Shown, call: &LlmCall) -> Vec<(&'static str, String)> {
    let trace = &shown.trace;
    let name = |sym| trace.text(sym).to_owned();
    let count = |it: crate::model::Count| text::count(it.get());
    vec![
        ("Model", name(call.model)),
        ("Requested model", name(call.requested_model)),
        ("Provider", name(call.provider)),
        ("Response id", slice_text(trace, call.response_id)),
        ("Finish reason", name(call.finish_reason_raw)),
        ("Input tokens", count(call.tokens.input)),
        ("… cached", count(call.tokens.cached)),
        ("… written to the cache", count(call.tokens.cache_write)),
        ("Output tokens", count(call.tokens.output)),
        ("… reasoning", count(call.tokens.reasoning)),
        (
            "Time to first token",
            call.time_to_first_token
                .get()
                .map(text::duration)
                .unwrap_or_default(),
        ),
        (
            "Cost",
            call.cost_usd.get().map(text::money).unwrap_or_default(),
        ),
    ]
}

fn of_tool_call(shown: &Shown, tool: &ToolCall) -> Vec<(&'static str, String)> {
    let trace = &shown.trace;
    let asked = tool
        .requested_by
        .and_then(|it| trace.llm_calls.get(it.index()));
    let round = asked
        .and_then(|it| shown.rounds.of(it.span))
        .and_then(|it| shown.rounds.round(it));
    let how = if tool.matched {
        ", matched by name and time"
    } else {
        ""
    };
    vec![
        ("Tool", trace.text(tool.name).to_owned()),
        ("Kind", trace.text(tool.kind).to_owned()),
        ("MCP server", trace.text(tool.server).to_owned()),
        ("Call id", slice_text(trace, tool.call_id)),
        (
            "Asked for in",
            round
                .map(|it| format!("round {}{how}", it.number))
                .unwrap_or_default(),
        ),
    ]
}

fn honesty(marks: Marks) -> String {
    let words = [
        (Marks::START_DERIVED, "start follows from other records"),
        (Marks::END_DERIVED, "end follows from other records"),
        (Marks::TIME_ABSENT, "no times in the file"),
        (Marks::REQUESTED, "asked for, no result recorded"),
        (Marks::TIME_REPAIRED, "times repaired to draw it"),
        (Marks::RECORDED_TWICE, "recorded by two instrumentations"),
        (
            Marks::OUTPUT_PARTIAL,
            "output tokens counted while the answer was still coming",
        ),
    ];
    let words: Vec<&str> = words
        .into_iter()
        .filter(|it| marks.has(it.0))
        .map(|it| it.1)
        .collect();
    if words.is_empty() {
        "as recorded".to_owned()
    } else {
        words.join("; ")
    }
}

/// The tokens of a call as a bar (cached, new, out), and in figures.
pub(crate) fn tokens(call: &LlmCall) -> Vec<Node> {
    let it = call.tokens;
    let (input, cached, output) = (it.input.get(), it.cached.get(), it.output.get());
    let fresh = input.map(|it| it.saturating_sub(cached.unwrap_or(0)));
    let whole = (input.unwrap_or(0) + output.unwrap_or(0)).max(1) as f64;
    let part = |class, n: Option<u64>| -> Option<Node> {
        let share = n.filter(|it| *it > 0)? as f64 / whole * 100.0;
        Some(el("i", class).style("width", text::share(share)).into())
    };
    let figure = |name: &'static str, value: String| -> Node {
        el("span", "")
            .child(name)
            .child(" ")
            .child(el("b", "").child(value))
            .into()
    };
    let optional = |name, n: Option<u64>| n.map(|it| figure(name, text::number(it)));
    let bar = el("div", "tokens").attr("aria-hidden", "true").children(
        [
            part("cached", cached),
            part("new", fresh),
            part("out", output),
        ]
        .into_iter()
        .flatten(),
    );
    let figures = [
        Some(figure("in", text::count(input))),
        optional("cached", cached),
        optional("new", cached.and(fresh)),
        optional("cache write", it.cache_write.get()),
        Some(figure("out", text::count(output))),
        optional("reasoning", it.reasoning.get()),
        call.cost_usd
            .get()
            .map(|it| figure("cost", text::money(it))),
    ];
    vec![
        bar.into(),
        el("p", "figures")
            .children(figures.into_iter().flatten())
            .into(),
    ]
}
