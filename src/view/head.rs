//! The head of the tab: what the trace is called, its totals, and the way to take it along.

use super::menu::{close, menu};
use super::node::{Element, Node, button, el};
use super::{Ask, Find, Shown, Wish, open_button};
use crate::text;

/// `back` leads to where the trace was chosen, `tools` are what can be done with it.
pub(crate) fn head(
    shown: &Shown,
    name: Option<&str>,
    back: Option<Node>,
    tools: Vec<Node>,
) -> Node {
    let title = shown.title(name);
    let tools = el("div", "tools")
        .attr("part", "toolbar")
        .child(el("slot", "").attr("name", "toolbar"))
        .children(tools);
    let live = shown.is_live.then(|| live().into());
    let top = el("div", "top")
        .children(back)
        .child(el("h2", "title").attr("title", title.clone()).child(title))
        .children(live)
        .child(tools);
    el("header", "").child(top).child(totals(shown)).into()
}

/// More of the trace may come.
fn live() -> Element {
    el("p", "live")
        .attr("role", "status")
        .attr("title", "The agent is running: more may come")
        .child("Live")
}

/// What can be done with a trace that is all there.
pub(crate) fn tools(shown: &Shown, droppable: bool, find: &Find, wish: &Ask) -> Vec<Node> {
    let open = droppable.then(|| open_button(wish));
    let find = find.clone();
    let find = button("", "Find", move |_| find.open()).attr("title", "Ctrl+F or /");
    let download = download(shown, wish);
    open.into_iter().chain([find.into(), download]).collect()
}

fn download(shown: &Shown, wish: &Ask) -> Node {
    let ask = |kind: &'static str| {
        let wish = wish.clone();
        move |event: &web_sys::Event| {
            close(event);
            wish(Wish::Download(kind));
        }
    };
    let choice = |name: &'static str, note: String, kind| {
        button("", el("b", "").child(name), ask(kind)).child(el("small", "").child(note))
    };
    let size = text::bytes(shown.totals.summary.bytes);
    let as_it_came = format!("{}, {size}, byte for byte", shown.trace.format_name);
    let as_ours = "Times, tokens, arguments, models, round numbers and finish reasons, whatever the format was";
    let choices = vec![
        choice("As it came", as_it_came, "source").into(),
        choice("As Trace Tab JSON", as_ours.to_owned(), "json").into(),
    ];
    let opener = el("summary", "primary")
        .attr("aria-label", "Other downloads")
        .child("▾");
    el("div", "split")
        .child(button("primary", "Download JSON", ask("source")))
        .child(menu("menu", opener, choices))
        .into()
}

/// A figure at the top: its name, its value, what else is to say.
type Figure = (&'static str, String, String);

fn totals(shown: &Shown) -> Node {
    let errors = shown.totals.summary.errors;
    let figures = figures(shown).into_iter().map(|(name, value, note)| {
        let unknown = value == text::NOT_REPORTED;
        let class = match (unknown, name) {
            (true, _) => "unknown",
            (_, "Errors") if errors > 0 => "bad",
            _ => "",
        };
        let value = el("dd", class)
            .child(value)
            .child(el("small", "").child(note));
        el("div", "")
            .child(el("dt", "").child(name))
            .child(value)
            .into()
    });
    el("dl", "totals")
        .attr("part", "summary")
        .children(figures)
        .into()
}

fn figures(shown: &Shown) -> Vec<Figure> {
    let totals = &shown.totals;
    let it = &totals.summary;
    let known = |value: Option<String>| value.unwrap_or_else(|| text::NOT_REPORTED.to_owned());
    let share =
        |part: Option<u64>, of: Option<u64>| Some(text::percent(part?, of.filter(|it| *it > 0)?));
    let notes =
        |notes: [Option<String>; 2]| notes.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let mut all: Vec<Figure> = Vec::new();
    let mut add = |name, value, note| all.push((name, value, note));
    if it.turns > 1 {
        add("Turns", text::number(it.turns.into()), String::new());
    }
    add("Rounds", text::number(it.rounds.into()), String::new());
    let kinds = format!(
        "{} LLM · {} tool",
        text::number(it.llm_calls.into()),
        text::number(it.tool_calls.into())
    );
    add("Actions", text::number(it.actions.into()), kinds);
    if it.agents > 1 {
        add("Agents", text::number(it.agents.into()), String::new());
    }
    let others = it.models.len().saturating_sub(1) as u64;
    let more = if others > 0 {
        format!("and {}", text::plural(others, "other"))
    } else {
        String::new()
    };
    add("Model", known(it.models.first().cloned()), more);
    let cached = share(it.cached_tokens, it.input_tokens).map(|it| format!("{it} cached"));
    let stated = shown.trace.stated.tokens;
    let silent = match stated.input.get() {
        Some(_) => 0,
        None => it.llm_calls - totals.llm_calls_with_tokens,
    };
    let partly = (silent > 0 && it.input_tokens.is_some())
        .then(|| format!("{} without", text::plural(silent.into(), "call")));
    add(
        "Tokens in",
        text::count(it.input_tokens),
        notes([cached, partly]),
    );
    let partial = shown.totals.output_is_partial && stated.output.get().is_none();
    let reasoning =
        share(it.reasoning_tokens, it.output_tokens).map(|it| format!("{it} reasoning"));
    add(
        "Tokens out",
        text::count(it.output_tokens),
        notes([reasoning, partial.then(|| "recorded in part".to_owned())]),
    );
    let in_tools = totals
        .share_in_tools
        .map(|it| format!("{} in tools", text::percent((it * 1000.0) as u64, 1000)));
    add(
        "Duration",
        known(it.duration_ms.map(|_| text::duration(totals.stop))),
        in_tools.unwrap_or_default(),
    );
    if let Some(cost) = it.cost {
        add(
            "Cost",
            text::money(cost.usd),
            if cost.complete {
                "stated"
            } else {
                "stated in part"
            }
            .to_owned(),
        );
    }
    add("Errors", text::number(it.errors.into()), String::new());
    let chars = totals.system_chars.map(|it| it as u64);
    add(
        "System prompt",
        known(chars.map(text::number)),
        chars.map_or("", |_| "characters").to_owned(),
    );
    let belt = totals.toolbelt;
    add(
        "Toolbelt",
        known(belt.map(|it| text::number(it.0 as u64))),
        belt.map(|it| format!("{} used", it.1)).unwrap_or_default(),
    );
    all
}
