//! The head of the tab: what the trace is called, its totals, and the way to take it along.

use super::menu::{close, menu};
use super::node::{Element, Node, button, el};
use super::{Ask, Find, Shown, Wish, open_button};
use crate::text::{self, Phrase};

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
        .attr("title", Phrase::live_hint)
        .child(Phrase::live)
}

/// What can be done with a trace that is all there.
pub(crate) fn tools(shown: &Shown, droppable: bool, find: &Find, wish: &Ask) -> Vec<Node> {
    let open = droppable.then(|| open_button(wish));
    let find = find.clone();
    let find = button("", Phrase::find, move |_| find.open()).attr("title", Phrase::find_hint);
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
    let choice = |name: Phrase, note: String, kind| {
        button("", el("b", "").child(name), ask(kind)).child(el("small", "").child(note))
    };
    let size = text::bytes(shown.totals.summary.bytes);
    let as_it_came = Phrase::as_it_came_note.with(&[shown.trace.format_name, &size]);
    let as_ours = Phrase::as_ours_note.text();
    let choices = vec![
        choice(Phrase::as_it_came, as_it_came, "source").into(),
        choice(Phrase::as_ours, as_ours.to_owned(), "json").into(),
    ];
    let opener = el("summary", "primary")
        .attr("aria-label", Phrase::other_downloads)
        .child("▾");
    el("div", "split")
        .child(button("primary", Phrase::download_json, ask("source")))
        .child(menu("menu", opener, choices))
        .into()
}

/// A figure at the top: its name, its value, what else is to say.
type Figure = (Phrase, String, String);

fn totals(shown: &Shown) -> Node {
    let errors = shown.totals.summary.errors;
    let figures = figures(shown).into_iter().map(|(name, value, note)| {
        let unknown = value == Phrase::not_reported.text();
        let class = match (unknown, name) {
            (true, _) => "unknown",
            (_, Phrase::head_errors) if errors > 0 => "bad",
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
    let known = |value: Option<String>| value.unwrap_or_else(text::not_reported);
    let share =
        |part: Option<u64>, of: Option<u64>| Some(text::percent(part?, of.filter(|it| *it > 0)?));
    let notes =
        |notes: [Option<String>; 2]| notes.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let mut all: Vec<Figure> = Vec::new();
    let mut add = |name, value, note| all.push((name, value, note));
    if it.turns > 1 {
        add(
            Phrase::head_turns,
            text::number(it.turns.into()),
            String::new(),
        );
    }
    add(
        Phrase::head_rounds,
        text::number(it.rounds.into()),
        String::new(),
    );
    let kinds = Phrase::note_kinds.with(&[
        &text::number(it.llm_calls.into()),
        &text::number(it.tool_calls.into()),
    ]);
    add(Phrase::head_actions, text::number(it.actions.into()), kinds);
    if it.agents > 1 {
        add(
            Phrase::head_agents,
            text::number(it.agents.into()),
            String::new(),
        );
    }
    let others = it.models.len().saturating_sub(1) as u64;
    let more = if others > 0 {
        Phrase::note_others.of(others)
    } else {
        String::new()
    };
    add(Phrase::model, known(it.models.first().cloned()), more);
    let cached =
        share(it.cached_tokens, it.input_tokens).map(|it| Phrase::note_cached.with(&[&it]));
    let stated = shown.trace.stated.tokens;
    let silent = match stated.input.get() {
        Some(_) => 0,
        None => it.llm_calls - totals.llm_calls_with_tokens,
    };
    let partly =
        (silent > 0 && it.input_tokens.is_some()).then(|| Phrase::note_without.of(silent.into()));
    add(
        Phrase::tokens_in,
        text::count(it.input_tokens),
        notes([cached, partly]),
    );
    let partial = shown.totals.output_is_partial && stated.output.get().is_none();
    let reasoning =
        share(it.reasoning_tokens, it.output_tokens).map(|it| Phrase::note_reasoning.with(&[&it]));
    add(
        Phrase::tokens_out,
        text::count(it.output_tokens),
        notes([reasoning, partial.then(|| Phrase::note_partly.owned())]),
    );
    let in_tools = totals
        .share_in_tools
        .map(|it| Phrase::note_in_tools.with(&[&text::percent((it * 1000.0) as u64, 1000)]));
    add(
        Phrase::duration,
        known(it.duration_ms.map(|_| text::duration(totals.stop))),
        in_tools.unwrap_or_default(),
    );
    if let Some(cost) = it.cost {
        add(
            Phrase::cost,
            text::money(cost.usd),
            if cost.complete {
                Phrase::note_stated
            } else {
                Phrase::note_stated_partly
            }
            .owned(),
        );
    }
    add(
        Phrase::head_errors,
        text::number(it.errors.into()),
        String::new(),
    );
    let chars = totals.system_chars.map(|it| it as u64);
    add(
        Phrase::system_prompt,
        known(chars.map(text::number)),
        chars
            .map_or("", |_| Phrase::note_characters.text())
            .to_owned(),
    );
    let belt = totals.toolbelt;
    add(
        Phrase::toolbelt,
        known(belt.map(|it| text::number(it.0 as u64))),
        belt.map(|it| Phrase::note_used.with(&[&text::number(it.1 as u64)]))
            .unwrap_or_default(),
    );
    all
}
