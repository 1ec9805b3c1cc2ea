//! What is known of a row, as figures and facts.

use super::Shown;
use super::blocks::{Blocks, parts};
use super::node::{Node, el};
use crate::analysis::text as slice_text;
use crate::model::{LlmCall, Marks, SpanId, ToolCall};
use crate::payload::settings;
use crate::text::{self, Phrase};

/// Everything that is known, by name.
pub(crate) fn facts(
    shown: &Shown,
    call: Option<&LlmCall>,
    tool: Option<&ToolCall>,
    span: Option<SpanId>,
    blocks: &Blocks,
) -> Vec<Node> {
    let trace = &shown.trace;
    let mut all: Vec<(Phrase, String)> = Vec::new();
    if let Some(call) = call {
        all.extend(of_llm_call(shown, call));
    }
    if let Some(tool) = tool {
        all.extend(of_tool_call(shown, tool));
    }
    if let Some((id, span)) = span.and_then(|it| Some((it, trace.span(it)?))) {
        all.push((Phrase::fact_name, trace.text(span.name).to_owned()));
        all.push((Phrase::fact_id, trace.key(id)));
        all.push((
            Phrase::fact_status,
            text::status(span.status, shown.is_live).to_owned(),
        ));
        all.push((Phrase::fact_honesty, honesty(span.marks)));
    }
    let rows = all.into_iter().map(|(name, value)| {
        let value = if value.is_empty() {
            text::not_reported()
        } else {
            value
        };
        let class = if value == Phrase::not_reported.text() {
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
        nodes.push(blocks.titled(Phrase::request.text(), String::new(), None, inside));
    }
    nodes
}

fn of_llm_call(shown: &Shown, call: &LlmCall) -> Vec<(Phrase, String)> {
    let trace = &shown.trace;
    let name = |sym| trace.text(sym).to_owned();
    let count = |it: crate::model::Count| text::count(it.get());
    vec![
        (Phrase::model, name(call.model)),
        (Phrase::fact_requested_model, name(call.requested_model)),
        (Phrase::fact_provider, name(call.provider)),
        (
            Phrase::fact_response_id,
            slice_text(trace, call.response_id),
        ),
        (Phrase::fact_finish_reason, name(call.finish_reason_raw)),
        (Phrase::fact_input, count(call.tokens.input)),
        (Phrase::fact_cached, count(call.tokens.cached)),
        (Phrase::fact_cache_write, count(call.tokens.cache_write)),
        (Phrase::fact_output, count(call.tokens.output)),
        (Phrase::fact_reasoning, count(call.tokens.reasoning)),
        (
            Phrase::fact_first_token,
            call.time_to_first_token
                .get()
                .map(text::duration)
                .unwrap_or_default(),
        ),
        (
            Phrase::cost,
            call.cost_usd.get().map(text::money).unwrap_or_default(),
        ),
    ]
}

fn of_tool_call(shown: &Shown, tool: &ToolCall) -> Vec<(Phrase, String)> {
    let trace = &shown.trace;
    let asked = tool
        .requested_by
        .and_then(|it| trace.llm_calls.get(it.index()));
    let round = asked
        .and_then(|it| shown.rounds.of(it.span))
        .and_then(|it| shown.rounds.round(it));
    let how = if tool.matched {
        Phrase::matched.text()
    } else {
        ""
    };
    vec![
        (Phrase::fact_tool, trace.text(tool.name).to_owned()),
        (Phrase::fact_kind, trace.text(tool.kind).to_owned()),
        (Phrase::fact_server, trace.text(tool.server).to_owned()),
        (Phrase::fact_call_id, slice_text(trace, tool.call_id)),
        (
            Phrase::fact_asked_in,
            round
                .map(|it| Phrase::in_round.with(&[&it.number.to_string()]) + how)
                .unwrap_or_default(),
        ),
    ]
}

fn honesty(marks: Marks) -> String {
    let words = [
        (Marks::START_DERIVED, Phrase::start_derived),
        (Marks::END_DERIVED, Phrase::end_derived),
        (Marks::TIME_ABSENT, Phrase::time_absent),
        (Marks::REQUESTED, Phrase::requested),
        (Marks::TIME_REPAIRED, Phrase::time_repaired),
        (Marks::RECORDED_TWICE, Phrase::recorded_twice),
        (Marks::OUTPUT_PARTIAL, Phrase::output_partial),
    ];
    let words: Vec<&str> = words
        .into_iter()
        .filter(|it| marks.has(it.0))
        .map(|it| it.1.text())
        .collect();
    if words.is_empty() {
        Phrase::as_recorded.owned()
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
    let figure = |name: Phrase, value: String| -> Node {
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
        Some(figure(Phrase::column_in, text::count(input))),
        optional(Phrase::bar_cached, cached),
        optional(Phrase::bar_new, cached.and(fresh)),
        optional(Phrase::bar_cache_write, it.cache_write.get()),
        Some(figure(Phrase::column_out, text::count(output))),
        optional(Phrase::reasoning, it.reasoning.get()),
        call.cost_usd
            .get()
            .map(|it| figure(Phrase::bar_cost, text::money(it))),
    ];
    vec![
        bar.into(),
        el("p", "figures")
            .children(figures.into_iter().flatten())
            .into(),
    ]
}
