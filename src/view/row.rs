//! One row of the waterfall: what it says, and how it is drawn.

use super::Shown;
use super::node::{Node, el};
use super::shown::first_line;
use crate::analysis::{Sums, sums};
use crate::layout::{Row, Scale};
use crate::model::{LlmCall, Marks, Nanos, Span, SpanId, Status, Trace, Work};
use crate::payload;
use crate::state::{RowId, Window};
use crate::text::{self, Phrase};

/// Of a payload longer than this only the beginning is read for its row.
const PREVIEW: usize = 64 << 10;

/// What a row says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RowText {
    /// turn, round, agent, llm, tool or other; also what `trace-tab-select` calls it.
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    /// What it was about.
    pub(crate) said: String,
    /// Whether `said` is code.
    pub(crate) is_code: bool,
    /// A short fact in a frame.
    pub(crate) tag: String,
    /// How it ended, in a word, if that is remarkable.
    pub(crate) status: &'static str,
    pub(crate) sums: Sums,
    /// Start and duration, where there are any.
    pub(crate) times: Option<(Nanos, Nanos)>,
    /// Start of the call to the first token.
    pub(crate) wait: Option<Nanos>,
    pub(crate) failed: bool,
    pub(crate) open: bool,
    /// The times follow from other records.
    pub(crate) derived: bool,
    /// How long it took is not known: no two of its moments are.
    pub(crate) is_moment: bool,
}

/// What the row of `id` says.
pub(crate) fn row_text(shown: &Shown, id: RowId) -> RowText {
    let trace = &shown.trace;
    let times = id.times(trace, &shown.rounds);
    match id {
        RowId::Turn(at) => {
            let number = trace
                .turns
                .get(at as usize)
                .and_then(|it| it.number)
                .unwrap_or(at + 1);
            let span = id.span(trace, &shown.rounds).and_then(|it| trace.span(it));
            RowText {
                kind: "turn",
                title: Phrase::row_turn.with(&[&number.to_string()]),
                said: first_line(&shown.turn_input(at), 200),
                sums: shown
                    .turn_sums
                    .get(at as usize)
                    .copied()
                    .unwrap_or_default(),
                times,
                ..ended(shown, span)
            }
        }
        RowId::Round(round) => {
            let Some(round) = shown.rounds.round(round) else {
                return RowText::default();
            };
            let members = shown.rounds.members(round);
            let last = members
                .iter()
                .filter_map(|it| trace.llm_call(*it))
                .next_back();
            RowText {
                kind: "round",
                title: Phrase::row_round.with(&[&round.number.to_string()]),
                said: last.map(|it| said(trace, it)).unwrap_or_default(),
                sums: sums(trace, members.iter().copied()),
                is_moment: times.is_some_and(|it| it.1 == 0)
                    && ended(shown, last.and_then(|it| trace.span(it.span))).is_moment,
                times,
                ..RowText::default()
            }
        }
        RowId::Span(id) => span_text(shown, id, times),
    }
}

/// What a model said, in a line: its words, else what it asked for.
fn said(trace: &Trace, call: &LlmCall) -> String {
    let slice = trace.source.content(call.output);
    let words = first_line(&payload::preview(&slice, PREVIEW), 200);
    if !words.is_empty() || slice.len() > PREVIEW {
        return words;
    }
    let parts = crate::analysis::output(trace, call)
        .into_iter()
        .flat_map(|it| it.parts);
    let mut names = Vec::new();
    for part in parts {
        match part {
            payload::Part::ToolCall { name, .. } => names.push(name),
            payload::Part::Text(text) | payload::Part::Reasoning(text)
                if !text.trim().is_empty() =>
            {
                return first_line(&text, 200);
            }
            _ => {}
        }
    }
    names.join(", ")
}

fn ended(shown: &Shown, span: Option<&Span>) -> RowText {
    let Some(span) = span else {
        return RowText::default();
    };
    let [starts, ends] = [Marks::START_DERIVED, Marks::END_DERIVED].map(|it| span.marks.has(it));
    RowText {
        failed: span.status == Status::Error,
        open: span.status == Status::Running,
        status: text::status(span.status, shown.is_live),
        derived: starts || ends,
        is_moment: (starts || ends) && span.duration == 0,
        ..RowText::default()
    }
}

fn span_text(shown: &Shown, id: SpanId, times: Option<(Nanos, Nanos)>) -> RowText {
    let trace = &shown.trace;
    let Some(span) = trace.span(id) else {
        return RowText::default();
    };
    let times = times.filter(|_| !span.marks.has(Marks::TIME_ABSENT));
    let name = trace.text(span.name).to_owned();
    let base = RowText {
        times,
        ..ended(shown, Some(span))
    };
    let why = || {
        let at = trace.error(id);
        let slice = trace.source.content(at);
        first_line(&payload::preview(&slice, PREVIEW), 160)
    };
    match span.work {
        Work::Llm(_) => {
            let Some(call) = trace.llm_call(id) else {
                return base;
            };
            let model = trace.text(call.model).to_owned();
            RowText {
                kind: "llm",
                title: if model.is_empty() {
                    Phrase::row_no_model.owned()
                } else {
                    model
                },
                said: if base.failed { why() } else { String::new() },
                tag: trace.text(call.finish_reason_raw).to_owned(),
                sums: Sums {
                    input: call.tokens.input.get(),
                    output: call.tokens.output.get(),
                },
                wait: call.time_to_first_token.get(),
                ..base
            }
        }
        Work::Tool(_) => {
            let Some(call) = trace.tool_call(id) else {
                return base;
            };
            let asked = span.marks.has(Marks::REQUESTED);
            let arguments = if call.input.is_empty() {
                crate::analysis::arguments(trace, call).unwrap_or_default()
            } else {
                head_of(trace, call.input)
            };
            let failed = if base.failed { why() } else { String::new() };
            RowText {
                kind: "tool",
                title: trace.text(call.name).to_owned(),
                is_code: failed.is_empty(),
                said: if failed.is_empty() {
                    one_line(&arguments)
                } else {
                    failed
                },
                status: if asked {
                    Phrase::row_no_result.text()
                } else {
                    base.status
                },
                open: base.open || asked,
                times: if asked { None } else { base.times },
                ..base
            }
        }
        Work::Agent(agent) => {
            let own = trace
                .agents
                .get(agent.index())
                .map(|it| trace.text(it.name))
                .unwrap_or_default();
            RowText {
                kind: "agent",
                title: if own.is_empty() { name } else { own.to_owned() },
                said: if base.failed { why() } else { String::new() },
                tag: Phrase::row_agent.owned(),
                sums: shown.sums_of(id),
                ..base
            }
        }
        Work::Turn(_) | Work::Other => RowText {
            kind: "other",
            title: if name.is_empty() {
                Phrase::row_span.owned()
            } else {
                name
            },
            said: if base.failed { why() } else { String::new() },
            ..base
        },
    }
}

/// The beginning of a payload, as text.
fn head_of(trace: &Trace, range: crate::model::ByteRange) -> String {
    if range.len as usize <= PREVIEW {
        return payload::value(&trace.source.content(range));
    }
    let short = crate::model::ByteRange {
        start: range.start,
        len: 512,
    };
    let longer = crate::model::ByteRange {
        start: range.start,
        len: 515,
    };
    // One of four lengths ends between two characters.
    let texts = (short.len..=longer.len)
        .map(|len| trace.source.slice(crate::model::ByteRange { len, ..short }));
    texts
        .into_iter()
        .find(|it| !it.is_empty())
        .unwrap_or_default()
        .into_owned()
}

/// JSON over several lines as one, cut short.
fn one_line(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if out.len() > 240 {
            break;
        }
    }
    first_line(&out, 240)
}

/// One row. `at` and `y`: its place in the list of visible rows, and where that is drawn.
pub(crate) fn row(shown: &Shown, (at, y): (usize, f64), row: Row, index: u32, look: &Look) -> Node {
    let it = row_text(shown, row.id);
    let clock = shown.trace.clock;
    let figure = |n: Option<u64>| n.map(text::number).unwrap_or_default();
    let mark = if it.derived { "≈ " } else { "" };
    // How long something takes that has not ended, nobody knows: not 0 s.
    let is_known = |times: &(Nanos, Nanos)| times.1 > 0 || !(it.open || it.is_moment);
    let lapse = it.times.filter(is_known);
    let took =
        lapse.map(|(_, duration)| text::fill("{0}{1}", &[mark, &text::length(clock, duration)]));
    let spoken = it.times.map_or_else(
        || Phrase::spoken_no_time.owned(),
        |(start, duration)| {
            let start = text::moment(clock, start);
            match lapse {
                Some(_) => Phrase::spoken_takes.with(&[&start, &text::length(clock, duration)]),
                None if it.is_moment => Phrase::starts_at.with(&[&start]),
                None => Phrase::spoken_open.with(&[&start]),
            }
        },
    );
    let spoken = spoken
        + if look.has_hit {
            Phrase::spoken_hit.text()
        } else {
            ""
        };
    let cell = |class, text: String| el("div", class).attr("role", "gridcell").child(text).into();
    let track = el("div", "track")
        .attr("role", "gridcell")
        .child(el("span", "unseen").child(spoken));
    let is_parent = shown.rows.is_parent(index as usize);
    el("div", "row")
        .attr("part", "row")
        .attr("role", "row")
        .attr("id", format!("row-{index}"))
        .attr("data-row", index.to_string())
        .attr("data-kind", it.kind)
        .attr_if(it.failed, "data-failed", "")
        .attr_if(it.open, "data-open", "")
        .attr_if(look.has_hit, "data-hit", "")
        .attr("aria-level", row.level.to_string())
        .attr("aria-rowindex", (at + 2).to_string())
        .attr_if(
            is_parent,
            "aria-expanded",
            if look.is_closed { "false" } else { "true" },
        )
        .attr(
            "aria-selected",
            if look.is_selected { "true" } else { "false" },
        )
        .style("transform", format!("translateY({}px)", y as i64))
        .child(name(&it, row.level, is_parent, look.is_closed))
        .children([
            cell("n in", figure(it.sums.input)),
            cell("n out", figure(it.sums.output)),
            cell("n took", took.unwrap_or_default()),
        ])
        .child(track.children(bar(&it, look.window)))
        .into()
}

fn name(it: &RowText, level: u16, is_parent: bool, is_closed: bool) -> Node {
    let twist = match (is_parent, is_closed) {
        (false, _) => "",
        (_, true) => "▸",
        _ => "▾",
    };
    let mut name = el("div", "name")
        .attr("role", "gridcell")
        .style(
            "padding-inline-start",
            format!("{}px", (u32::from(level.min(24)) - 1) * 14),
        )
        .child(el("span", "twist").attr("aria-hidden", "true").child(twist));
    if !matches!(it.kind, "turn" | "round") {
        name = name.child(el("span", "dot").attr("aria-hidden", "true"));
    }
    name = name.child(el("span", "what").child(it.title.clone()));
    for (class, text) in [("tag", it.tag.as_str()), ("status", it.status)] {
        if !text.is_empty() {
            name = name.child(el("span", class).child(text.to_owned()));
        }
    }
    if !it.said.is_empty() {
        name =
            name.child(el(if it.is_code { "code" } else { "span" }, "said").child(it.said.clone()));
    }
    name.into()
}

fn bar(it: &RowText, window: Window) -> Option<Node> {
    let (start, duration) = it.times?;
    let scale = Scale {
        window,
        width: 100.0,
    };
    let (left, width) = scale.bar(start, duration)?;
    // The pale part of a bar that is cut at the left is cut too.
    let wait = it
        .wait
        .filter(|wait| *wait > 0 && *wait <= duration)
        .and_then(|wait| {
            let (from, long) = scale.bar(start, wait)?;
            Some(((from + long - left) / width * 100.0).clamp(0.0, 100.0))
        });
    let wait = wait.map(|it| el("i", "wait").style("width", text::share(it)).into());
    let bar = el("i", "bar")
        .attr("part", "bar")
        .style("left", text::share(left))
        .style("width", text::share(width));
    Some(bar.children(wait).into())
}

/// How a row is looked at.
pub(crate) struct Look {
    pub(crate) window: Window,
    pub(crate) is_selected: bool,
    pub(crate) is_closed: bool,
    pub(crate) has_hit: bool,
}
