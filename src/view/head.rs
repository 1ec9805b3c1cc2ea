//! The head of the tab: what the trace is called, its totals, and the way to take it along.

use leptos::prelude::*;

use super::{Ask, Shared, Shown, Wish, ask, open_button};
use crate::text;

pub(crate) fn head(
    shown: &Shared<Shown>,
    name: RwSignal<Option<String>>,
    droppable: RwSignal<bool>,
    asked: Ask,
) -> AnyView {
    let titled = shown.clone();
    let own_name = shown.clone();
    let title = Memo::new(move |_| name.with(|it| titled.title(it.as_deref())));
    view! {
        <header>
            <div class="top">
                <h2 class="title" title=move || title.get()>{move || title.get()}</h2>
                <div class="tools" part="toolbar">
                    <slot name="toolbar"></slot>
                    {open_button(droppable, asked)}
                    {download(&own_name, asked)}
                </div>
            </div>
            {totals(shown)}
        </header>
    }
    .into_any()
}

fn download(shown: &Shared<Shown>, asked: Ask) -> AnyView {
    let size = text::bytes(shown.totals.summary.bytes);
    let format = shown.trace.format_name;
    view! {
        <div class="split">
            <button type="button" class="primary" on:click=move |_| ask(asked, Wish::Download("source"))>"Download JSON"</button>
            <details class="menu">
                <summary class="primary" aria-label="Other downloads">"▾"</summary>
                <div class="sheet">
                    <button type="button" on:click=move |_| ask(asked, Wish::Download("source"))>
                        <b>"As it came"</b>
                        <small>{format!("{format}, {size}, byte for byte")}</small>
                    </button>
                    <button type="button" on:click=move |_| ask(asked, Wish::Download("json"))>
                        <b>"As Trace Tab JSON"</b>
                        <small>"Times, tokens, arguments, models, round numbers and finish reasons, whatever the format was"</small>
                    </button>
                </div>
            </details>
        </div>
    }
    .into_any()
}

fn totals(shown: &Shared<Shown>) -> AnyView {
    let totals = &shown.totals;
    let it = &totals.summary;
    let figure = |value: Option<String>| value.unwrap_or_else(|| text::NOT_REPORTED.to_owned());
    let mut all: Vec<(&str, String, String, bool)> = Vec::new();
    let mut add = |name, value, note| all.push((name, value, note, false));
    if it.turns > 1 {
        add("Turns", text::number(it.turns.into()), String::new());
    }
    add("Rounds", text::number(it.rounds.into()), String::new());
    add(
        "Actions",
        text::number(it.actions.into()),
        format!("{} LLM · {} tool", text::number(it.llm_calls.into()), text::number(it.tool_calls.into())),
    );
    if it.agents > 1 {
        add("Agents", text::number(it.agents.into()), String::new());
    }
    let others = it.models.len().saturating_sub(1);
    let more = if others > 0 { format!("and {}", text::plural(others as u64, "other")) } else { String::new() };
    add("Model", figure(it.models.first().cloned()), more);
    let share = |part: Option<u64>, of: Option<u64>| {
        let of = of.filter(|it| *it > 0)?;
        Some(text::percent(part? as f64 / of as f64))
    };
    let cached = share(it.cached_tokens, it.input_tokens).map(|it| format!("{it} cached"));
    let silent = it.llm_calls - totals.llm_calls_with_tokens;
    let partly = (silent > 0 && it.input_tokens.is_some()).then(|| format!("{} without", text::plural(silent.into(), "call")));
    add("Tokens in", text::count(it.input_tokens), cached.into_iter().chain(partly).collect::<Vec<_>>().join(" · "));
    let partial = shown.trace.spans.iter().any(|it| it.marks.has(crate::model::Marks::OUTPUT_PARTIAL));
    let reasoning = share(it.reasoning_tokens, it.output_tokens).map(|it| format!("{it} reasoning"));
    let partial = partial.then(|| "recorded in part".to_owned());
    add("Tokens out", text::count(it.output_tokens), reasoning.into_iter().chain(partial).collect::<Vec<_>>().join(" · "));
    let in_tools = totals.share_in_tools.map(|it| format!("{} in tools", text::percent(it)));
    add("Duration", figure(shown.trace.duration().map(text::duration)), in_tools.unwrap_or_default());
    if let Some(cost) = it.cost {
        let note = if cost.complete { "stated" } else { "stated in part" };
        add("Cost", text::money(cost.usd), note.to_owned());
    }
    add("Errors", text::number(it.errors.into()), String::new());
    add("System prompt", figure(totals.system_chars.map(|it| text::number(it as u64))), totals.system_chars.map_or("", |_| "characters").to_owned());
    let belt = totals.toolbelt.map(|it| text::number(it.0 as u64));
    add("Toolbelt", figure(belt), totals.toolbelt.map(|it| format!("{} used", it.1)).unwrap_or_default());
    if let Some(errors) = all.iter_mut().find(|it| it.0 == "Errors") {
        errors.3 = shown.totals.summary.errors > 0;
    }
    let figures = all.into_iter().map(|(name, value, note, bad)| {
        let unknown = value == text::NOT_REPORTED;
        view! {
            <div>
                <dt>{name}</dt>
                <dd class:bad=bad class:unknown=unknown>{value}<small>{note}</small></dd>
            </div>
        }
    });
    view! { <dl class="totals" part="summary">{figures.collect_view()}</dl> }.into_any()
}
