//! The detail of the selected row, beside the waterfall.

use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;

use super::blocks::{code, prose, record, titled};
use super::messages::{list, messages};
use super::row::row_text;
use super::tools::tools;
use super::{Shared, Shown};
use crate::analysis::{arguments, output, result, text as slice_text};
use crate::model::{LlmCall, Marks, Span, SpanId, Status, ToolCall, Work};
use crate::payload;
use crate::state::{Change, DetailTab, RowId};
use crate::text;

pub(crate) fn detail(shown: Shared<Shown>, row: RowId, tab: Memo<DetailTab>, on_change: Callback<Change>) -> AnyView {
    let about = About::new(&shown, row);
    let tabs = about.tabs(&shown);
    let names: Vec<DetailTab> = tabs.iter().map(|it| it.0).collect();
    // A tab that this row does not have shows its first.
    let current = Memo::new({
        let names = names.clone();
        move |_| if names.contains(&tab.get()) { tab.get() } else { names.first().copied().unwrap_or_default() }
    });
    let heading = about.heading(&shown);
    let facts = about.sentence(&shown);
    let bar = about.call(&shown).map(|it| tokens(it));
    let error = about.error(&shown).map(|it| titled("error".to_owned(), String::new(), None, view! { <div class="parts bad">{code(&it)}</div> }.into_any()));
    let keys = move |event: web_sys::KeyboardEvent| {
        let at = names.iter().position(|it| *it == current.get_untracked()).unwrap_or(0);
        let next = match event.key().as_str() {
            "ArrowRight" => at + 1,
            "ArrowLeft" => at.saturating_sub(1),
            _ => return,
        };
        if let Some(next) = names.get(next) {
            on_change.run(Change::ShowTab(*next));
            let list = event.current_target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
            let found = list.and_then(|it| it.query_selector(&format!("[data-tab='{next:?}']")).ok().flatten());
            if let Some(found) = found.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = found.focus();
            }
        }
        event.prevent_default();
    };
    let buttons = tabs.into_iter().map(|(it, name)| {
        view! {
            <button type="button" role="tab" id=format!("tab-{it:?}") data-tab=format!("{it:?}") aria-controls="tab-panel"
                aria-selected=move || (current.get() == it).to_string()
                tabindex=move || if current.get() == it { "0" } else { "-1" }
                on:click=move |_| on_change.run(Change::ShowTab(it))>{name}</button>
        }
    });
    let buttons = buttons.collect::<Vec<_>>();
    let escape = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            back(&event, on_change);
        }
    };
    view! {
        <aside class="detail" part="detail" aria-label="Detail" on:keydown=escape>
            <div class="top">
                <button type="button" class="plain back" on:click=move |event| back(&event, on_change)>"‹ Rows"</button>
                <h3>{heading}</h3>
                <button type="button" class="plain close" aria-label="Close the detail" on:click=move |event| back(&event, on_change)>"×"</button>
            </div>
            <p class="sentence">{facts}</p>
            {bar}
            {error}
            <div class="tabs" role="tablist" on:keydown=keys>{buttons}</div>
            <div class="panel" role="tabpanel" id="tab-panel" tabindex="0" aria-labelledby=move || format!("tab-{:?}", current.get())>
                {move || about.panel(&shown, current.get())}
            </div>
        </aside>
    }
    .into_any()
}

/// Closes the detail; the waterfall has the focus again.
fn back(event: &web_sys::Event, on_change: Callback<Change>) {
    let target = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
    let panes = target.and_then(|it| it.closest(".panes").ok().flatten());
    on_change.run(Change::Select(None));
    let grid = panes.and_then(|it| it.query_selector("[role=treegrid]").ok().flatten());
    if let Some(grid) = grid.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = grid.focus();
    }
}

/// What the detail is about.
#[derive(Clone, Copy)]
struct About {
    row: RowId,
    /// The span behind the row.
    span: Option<SpanId>,
}

impl About {
    fn new(shown: &Shown, row: RowId) -> Self {
        About { row, span: row.span(&shown.trace, &shown.rounds) }
    }

    fn data(self, shown: &Shown) -> Option<&Span> {
        shown.trace.span(self.span?)
    }

    /// The LLM call shown: of a round, the last try.
    fn call(self, shown: &Shown) -> Option<&LlmCall> {
        match self.row {
            RowId::Turn(_) => None,
            RowId::Span(id) => shown.trace.llm_call(id),
            RowId::Round(id) => {
                let members = shown.rounds.members(shown.rounds.round(id)?);
                members.iter().filter_map(|it| shown.trace.llm_call(*it)).next_back()
            }
        }
    }

    fn tool(self, shown: &Shown) -> Option<&ToolCall> {
        match self.row {
            RowId::Span(id) => shown.trace.tool_call(id),
            _ => None,
        }
    }

    fn heading(self, shown: &Shown) -> String {
        let it = row_text(shown, self.row);
        let round = match self.row {
            RowId::Span(id) => shown.rounds.of(id).and_then(|it| shown.rounds.round(it)),
            _ => None,
        };
        let round = round.map(|it| format!(" · round {}", it.number)).unwrap_or_default();
        match it.kind {
            "llm" => format!("LLM call{round}"),
            "tool" => format!("{}{round}", it.title),
            "agent" => format!("Agent {}", it.title),
            "other" => format!("{}{round}", it.title),
            _ => it.title,
        }
    }

    /// The facts in a line: what, when, how long, how it ended.
    fn sentence(self, shown: &Shown) -> String {
        let trace = &shown.trace;
        let it = row_text(shown, self.row);
        let mut facts = Vec::new();
        match it.kind {
            "llm" | "round" => facts.extend(self.call(shown).map(|it| trace.text(it.model).to_owned())),
            "tool" => facts.push("tool call".to_owned()),
            "other" => facts.push("span".to_owned()),
            _ => {}
        }
        if let Some(tool) = self.tool(shown) {
            facts.extend([tool.kind, tool.server].map(|it| trace.text(it).to_owned()));
        }
        match it.times {
            Some((start, duration)) => {
                let mark = if it.derived { "≈ " } else { "" };
                facts.push(format!("starts at {}", text::moment(trace.clock, start)));
                facts.push(format!("took {mark}{}", text::length(trace.clock, duration)));
            }
            None => facts.push(format!("times {}", text::NOT_REPORTED)),
        }
        if let Some(call) = self.call(shown) {
            facts.extend(call.time_to_first_token.map(|it| format!("first token after {}", text::duration(it))));
            facts.push(text::finish(call.finish_reason, trace.text(call.finish_reason_raw)));
            facts.extend((call.attempt > 1).then(|| format!("attempt {}", call.attempt)));
        }
        if let RowId::Round(id) = self.row
            && let Some(round) = shown.rounds.round(id)
        {
            facts.push(text::plural(shown.rounds.members(round).len() as u64, "action"));
        }
        facts.push(it.status.to_owned());
        facts.retain(|it| !it.is_empty());
        facts.join(" · ")
    }

    fn error(self, shown: &Shown) -> Option<String> {
        let at = shown.trace.error(self.span.filter(|_| !matches!(self.row, RowId::Round(_)))?);
        let failed = self.data(shown).is_some_and(|it| it.status == Status::Error);
        if at.is_empty() {
            return failed.then(|| format!("It failed; why is {}.", text::NOT_REPORTED));
        }
        Some(payload::value(&shown.trace.source.slice(at)))
    }

    fn tabs(self, shown: &Shown) -> Vec<(DetailTab, String)> {
        let mut tabs = vec![(DetailTab::Messages, if self.tool(shown).is_some() { "Call" } else { "Messages" }.to_owned())];
        if let Some(call) = self.call(shown) {
            tabs.push((DetailTab::System, "System prompt".to_owned()));
            let n = payload::toolbelt(&shown.trace.source.slice(call.tools)).len();
            tabs.push((DetailTab::Toolbelt, if n > 0 { format!("Toolbelt {n}") } else { "Toolbelt".to_owned() }));
        }
        if matches!(self.data(shown).map(|it| it.work), Some(Work::Other | Work::Agent(_))) && matches!(self.row, RowId::Span(_)) {
            tabs.clear();
        }
        tabs.push((DetailTab::Facts, "Facts".to_owned()));
        if self.data(shown).is_some() {
            tabs.push((DetailTab::Json, "JSON".to_owned()));
        }
        tabs
    }

    fn panel(self, shown: &Shared<Shown>, tab: DetailTab) -> AnyView {
        let trace = &shown.trace;
        match (tab, self.call(shown)) {
            (DetailTab::Messages, Some(call)) => messages(shown, call),
            (DetailTab::Messages, None) => match self.tool(shown) {
                Some(tool) => tool_panel(shown, tool),
                None => self.turn_panel(shown),
            },
            (DetailTab::System, Some(call)) => system(&trace.source.slice(call.system)),
            (DetailTab::Toolbelt, Some(call)) => tools(shown, &trace.source.slice(call.tools)),
            (DetailTab::Json, _) => self.json(shown),
            _ => self.facts(shown),
        }
    }

    /// What the user asked, and what came of it in the end.
    fn turn_panel(self, shown: &Shared<Shown>) -> AnyView {
        let RowId::Turn(at) = self.row else { return ().into_any() };
        let trace = &shown.trace;
        let asked = match trace.turns.get(at as usize).map(|it| it.input).filter(|it| !it.is_empty()) {
            Some(input) => {
                let mut said = payload::messages(&trace.source.slice(input));
                said.iter_mut().filter(|it| it.role.is_empty()).for_each(|it| "user".clone_into(&mut it.role));
                list(shown, &said, "")
            }
            None => match shown.turn_input(at) {
                said if said.is_empty() => view! { <p class="unknown">{format!("What the user said is {}.", text::NOT_REPORTED)}</p> }.into_any(),
                said => titled("user".to_owned(), String::new(), None, view! { <div class="parts">{prose(said)}</div> }.into_any()),
            },
        };
        let scopes = &shown.rounds.scopes;
        let mut main = shown.rounds.rounds.iter().filter(|it| {
            scopes.get(it.scope as usize).is_some_and(|it| it.turn == at && !it.is_sub)
        });
        let last = main.next_back().and_then(|it| shown.rounds.members(it).iter().rev().find_map(|it| trace.llm_call(*it)));
        let answer = last.map(|it| list(shown, &output(trace, it), "the last answer"));
        view! { {asked}{answer} }.into_any()
    }

    fn facts(self, shown: &Shared<Shown>) -> AnyView {
        let trace = &shown.trace;
        let mut facts: Vec<(&str, String)> = Vec::new();
        let mut add = |name, value: String| facts.push((name, if value.is_empty() { text::NOT_REPORTED.to_owned() } else { value }));
        let name = |sym| trace.text(sym).to_owned();
        if let Some(call) = self.call(shown) {
            add("Model", name(call.model));
            add("Requested model", name(call.requested_model));
            add("Provider", name(call.provider));
            add("Response id", slice_text(trace, call.response_id));
            add("Finish reason", name(call.finish_reason_raw));
            for (label, count) in [
                ("Input tokens", call.tokens.input),
                ("… cached", call.tokens.cached),
                ("… written to the cache", call.tokens.cache_write),
                ("Output tokens", call.tokens.output),
                ("… reasoning", call.tokens.reasoning),
            ] {
                add(label, text::count(count.get()));
            }
            add("Time to first token", call.time_to_first_token.map(text::duration).unwrap_or_default());
            add("Cost", call.cost_usd.map(text::money).unwrap_or_default());
        }
        if let Some(tool) = self.tool(shown) {
            add("Tool", name(tool.name));
            add("Kind", name(tool.kind));
            add("MCP server", name(tool.server));
            add("Call id", slice_text(trace, tool.call_id));
            let by = tool.requested_by.and_then(|it| trace.llm_calls.get(it.index())).and_then(|it| shown.rounds.of(it.span));
            let by = by.and_then(|it| shown.rounds.round(it)).map(|it| format!("round {}{}", it.number, if tool.matched { ", matched by name and time" } else { "" }));
            add("Asked for in", by.unwrap_or_default());
        }
        if let Some((id, span)) = self.span.zip(self.data(shown)) {
            add("Name", name(span.name));
            add("Id", trace.key(id));
            add("Status", text::status(span.status).to_owned());
            add("Honesty", honesty(span.marks));
        }
        let rows = facts.into_iter().map(|(name, value)| {
            let unknown = value == text::NOT_REPORTED;
            view! { <div><dt>{name}</dt><dd class:unknown=unknown>{value}</dd></div> }
        });
        let request = self.call(shown).filter(|it| !it.request.is_empty()).map(|call| {
            let slice = trace.source.slice(call.request).into_owned();
            titled("request".to_owned(), String::new(), None, view! { <div class="parts">{code(&slice)}</div> }.into_any())
        });
        view! { <dl class="facts">{rows.collect_view()}</dl>{request} }.into_any()
    }

    fn json(self, shown: &Shared<Shown>) -> AnyView {
        let Some(id) = self.span else { return ().into_any() };
        let records = shown.trace.records_of(id);
        let n = records.len();
        let blocks = records.into_iter().enumerate().map(|(i, range)| {
            let slice = shown.trace.source.slice(range).into_owned();
            let title = if n > 1 { format!("record {} of {n}", i + 1) } else { "record".to_owned() };
            let note = format!("byte {}, {}", text::number(range.start.into()), text::bytes(range.len.into()));
            let inside = view! { <div class="parts">{record(&slice)}</div> }.into_any();
            titled(title, note, Some(slice), inside)
        });
        blocks.collect::<Vec<_>>().into_any()
    }
}

fn honesty(marks: Marks) -> String {
    let words = [
        (Marks::START_DERIVED, "start follows from other records"),
        (Marks::END_DERIVED, "end follows from other records"),
        (Marks::TIME_ABSENT, "no times in the file"),
        (Marks::REQUESTED, "asked for, no result recorded"),
        (Marks::TIME_REPAIRED, "times repaired to draw it"),
        (Marks::RECORDED_TWICE, "recorded by two instrumentations"),
        (Marks::OUTPUT_PARTIAL, "output tokens counted while the answer was still coming"),
    ];
    let words: Vec<&str> = words.into_iter().filter(|it| marks.has(it.0)).map(|it| it.1).collect();
    if words.is_empty() { "as recorded".to_owned() } else { words.join("; ") }
}

fn system(slice: &str) -> AnyView {
    if slice.is_empty() {
        return view! { <p class="unknown">{format!("System prompt {}.", text::NOT_REPORTED)}</p> }.into_any();
    }
    let said = payload::plain_text(slice);
    let note = text::plural(said.chars().count() as u64, "character");
    titled("system prompt".to_owned(), note, Some(said.clone()), view! { <div class="parts">{prose(said)}</div> }.into_any())
}

fn tool_panel(shown: &Shared<Shown>, tool: &ToolCall) -> AnyView {
    let trace = &shown.trace;
    let block = |title: &str, value: Option<String>| match value {
        Some(value) => {
            let note = text::plural(value.chars().count() as u64, "character");
            let inside = view! { <div class="parts">{code(&value)}</div> }.into_any();
            titled(title.to_owned(), note, Some(value), inside)
        }
        None => titled(title.to_owned(), text::NOT_REPORTED.to_owned(), None, ().into_any()),
    };
    view! {
        {block("arguments", arguments(trace, tool))}
        {block("result", result(trace, &shown.rounds, tool))}
    }
    .into_any()
}

/// The tokens of a call as a bar: cached, new, out.
fn tokens(call: &LlmCall) -> AnyView {
    let it = call.tokens;
    let (input, cached, output) = (it.input.get(), it.cached.get(), it.output.get());
    let fresh = input.map(|it| it.saturating_sub(cached.unwrap_or(0)));
    let whole = (input.unwrap_or(0) + output.unwrap_or(0)).max(1) as f64;
    let part = |class: &'static str, n: Option<u64>| {
        n.filter(|it| *it > 0).map(|it| view! { <i class=class style:width=format!("{:.2}%", it as f64 / whole * 100.0)></i> })
    };
    let figure = |name: &'static str, n: Option<u64>| view! { <span>{name}" "<b>{text::count(n)}</b></span> };
    let optional = |name: &'static str, n: Option<u64>| n.map(|it| view! { <span>{name}" "<b>{text::number(it)}</b></span> });
    view! {
        <div class="tokens" aria-hidden="true">{part("cached", cached)}{part("new", fresh)}{part("out", output)}</div>
        <p class="figures">
            {figure("in", input)}
            {optional("cached", cached)}
            {cached.and(fresh).map(|it| view! { <span>"new "<b>{text::number(it)}</b></span> })}
            {optional("cache write", it.cache_write.get())}
            {figure("out", output)}
            {optional("reasoning", it.reasoning.get())}
            {call.cost_usd.map(|it| view! { <span>"cost "<b>{text::money(it)}</b></span> })}
        </p>
    }
    .into_any()
}
