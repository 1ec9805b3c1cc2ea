//! The detail of the selected row, beside the waterfall.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use web_sys::wasm_bindgen::JsCast;

use super::blocks::{BIG, Blocks, Copied, parts};
use super::facts::{facts, tokens};
use super::live::{Live, LiveState};
use super::marks::Marks;
use super::messages::{list, messages, unknown};
use super::node::{Node, button, el};
use super::payloads::{system, tool_panel};
use super::row::row_text;
use super::tools::tools;
use super::unfolded::Unfolded;
use super::{Act, Current, Shared, Shown};
use crate::analysis::answer;
use crate::model::{LlmCall, Span, SpanId, Status, ToolCall, Work};
use crate::payload;
use crate::state::{Change, DetailTab, RowId};
use crate::text::{self, Phrase};

/// What the detail of a row is made of.
pub(super) struct Detail {
    pub(super) current: Current,
    pub(super) state: LiveState,
    pub(super) unfolded: Unfolded,
    /// What is looked for.
    pub(super) marks: Live<Option<Rc<Marks>>>,
    pub(super) act: Act,
}

impl Detail {
    /// The detail of a row, as it is now.
    pub(super) fn of(&self, row: RowId) -> Node {
        let tab = self.state.tab.get();
        let shown = self.current.of_selected();
        let blocks = Blocks::new(&self.unfolded, row, tab).marked(self.marks.get());
        pane(&shown, About::new(&shown, row), tab, &blocks, &self.act)
    }
}

/// Builds a tab for `blocks`, which look through the texts in it.
pub(super) fn look_through(shown: &Shared<Shown>, row: RowId, tab: DetailTab, blocks: &Blocks) {
    drop(About::new(shown, row).panel(shown, tab, blocks));
}

fn pane(shown: &Shared<Shown>, about: About, tab: DetailTab, blocks: &Blocks, act: &Act) -> Node {
    let tabs = about.tabs(shown);
    // A tab that this row does not have shows its first.
    let first = tabs.first().map(|it| it.0).unwrap_or_default();
    let current = if tabs.iter().any(|it| it.0 == tab) {
        tab
    } else {
        first
    };
    let top = el("div", "top")
        .child(button("plain back", Phrase::back_to_rows, going_back(act)))
        .child(el("h3", "").child(about.heading(shown)))
        .child(
            button("plain close", "×", going_back(act)).attr("aria-label", Phrase::close_detail),
        );
    let error = about.error(shown).map(|it| {
        let inside = el("div", "parts bad").children(blocks.code(&it)).into();
        blocks.titled(Phrase::error.text(), String::new(), None, vec![inside])
    });
    let panel = el("div", "panel")
        .attr("role", "tabpanel")
        .attr("id", "tab-panel")
        .attr("tabindex", "0")
        .attr("aria-labelledby", format!("tab-{current:?}"))
        .children(about.panel(shown, current, blocks));
    let back = going_back(act);
    el("aside", "detail")
        .key(format!("{:?}", about.row))
        .attr("part", "detail")
        .attr("aria-label", Phrase::detail)
        .on("keydown", move |event| {
            if event.unchecked_ref::<web_sys::KeyboardEvent>().key() == "Escape" {
                event.stop_propagation();
                back(event);
            }
        })
        .child(top)
        .child(el("p", "sentence").child(about.sentence(shown)))
        .children(about.call(shown).map(tokens).unwrap_or_default())
        .children(error)
        .child(tab_list(tabs, current, act))
        .child(panel)
        .into()
}

fn tab_list(tabs: Vec<(DetailTab, String)>, current: DetailTab, act: &Act) -> Node {
    let names: Rc<[DetailTab]> = tabs.iter().map(|it| it.0).collect();
    let keyed = act.clone();
    let buttons = tabs.into_iter().map(|(it, name)| {
        let act = act.clone();
        let is_current = it == current;
        button("", name, move |_| act(Change::ShowTab(it)))
            .attr("role", "tab")
            .attr("id", format!("tab-{it:?}"))
            .attr("aria-controls", "tab-panel")
            .attr("aria-selected", is_current.to_string())
            .attr("tabindex", if is_current { "0" } else { "-1" })
            .into()
    });
    let buttons: Vec<Node> = buttons.collect();
    el("div", "tabs")
        .attr("role", "tablist")
        .on("keydown", move |event| {
            let key = event.unchecked_ref::<web_sys::KeyboardEvent>().key();
            let at = names.iter().position(|it| *it == current).unwrap_or(0);
            let next = match key.as_str() {
                "ArrowRight" => at + 1,
                "ArrowLeft" => at.saturating_sub(1),
                "Home" => 0,
                "End" => names.len() - 1,
                _ => return,
            };
            event.prevent_default();
            let Some(next) = names.get(next) else { return };
            let list = event
                .current_target()
                .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
            let found =
                list.and_then(|it| it.query_selector(&format!("#tab-{next:?}")).ok().flatten());
            if let Some(found) = found.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = found.focus();
            }
            keyed(Change::ShowTab(*next));
        })
        .children(buttons)
        .into()
}

fn going_back(act: &Act) -> impl Fn(&web_sys::Event) + 'static {
    let act = act.clone();
    move |event| back(event, &act)
}

/// Closes the detail; the waterfall has the focus again.
fn back(event: &web_sys::Event, act: &Act) {
    let target = event
        .target()
        .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
    let panes = target.and_then(|it| it.closest(".panes").ok().flatten());
    act(Change::Select(None));
    let grid = panes.and_then(|it| it.query_selector("[role=treegrid]").ok().flatten());
    if let Some(grid) = grid.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Where the detail stands in its place, the waterfall is there only when this is drawn.
        Timeout::new(0, move || _ = grid.focus()).forget();
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
        About {
            row,
            span: row.span(&shown.trace, &shown.rounds),
        }
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
                members
                    .iter()
                    .filter_map(|it| shown.trace.llm_call(*it))
                    .next_back()
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
        let in_round =
            |it: u32| text::fill(" · {0}", &[&Phrase::in_round.with(&[&it.to_string()])]);
        let round = round.map(|it| in_round(it.number)).unwrap_or_default();
        match it.kind {
            "llm" => Phrase::llm_call.owned() + &round,
            "agent" => Phrase::agent_named.with(&[&it.title]),
            "tool" | "other" => it.title + &round,
            _ => it.title,
        }
    }

    /// The facts in a line: what, when, how long, how it ended.
    fn sentence(self, shown: &Shown) -> String {
        let trace = &shown.trace;
        let it = row_text(shown, self.row);
        let mut facts = Vec::new();
        match it.kind {
            "llm" | "round" => {
                facts.extend(self.call(shown).map(|it| trace.text(it.model).to_owned()));
            }
            "tool" => facts.push(Phrase::tool_call.owned()),
            "other" => facts.push(Phrase::span.owned()),
            _ => {}
        }
        if let Some(tool) = self.tool(shown) {
            facts.extend([tool.kind, tool.server].map(|it| trace.text(it).to_owned()));
        }
        match it.times {
            Some((start, duration)) => {
                let mark = if it.derived { "≈ " } else { "" };
                facts.push(Phrase::starts_at.with(&[&text::moment(trace.clock, start)]));
                let length = text::fill("{0}{1}", &[mark, &text::length(trace.clock, duration)]);
                facts.extend((!it.is_moment).then(|| Phrase::took.with(&[&length])));
            }
            None => facts.push(Phrase::no_times.owned()),
        }
        if let Some(call) = self.call(shown) {
            facts.extend(
                call.time_to_first_token
                    .get()
                    .map(|it| Phrase::first_token_after.with(&[&text::duration(it)])),
            );
            facts.push(text::finish(
                call.finish_reason,
                trace.text(call.finish_reason_raw),
            ));
            facts.extend(
                (call.attempt > 1).then(|| Phrase::attempt.with(&[&call.attempt.to_string()])),
            );
        }
        if let RowId::Round(id) = self.row
            && let Some(round) = shown.rounds.round(id)
        {
            facts.push(Phrase::actions.of(shown.rounds.members(round).len() as u64));
        }
        facts.push(it.status.to_owned());
        facts.retain(|it| !it.is_empty());
        facts.join(" · ")
    }

    fn error(self, shown: &Shown) -> Option<String> {
        let at = shown
            .trace
            .error(self.span.filter(|_| !matches!(self.row, RowId::Round(_)))?);
        let failed = self
            .data(shown)
            .is_some_and(|it| it.status == Status::Error);
        if at.is_empty() {
            return failed.then(|| Phrase::failed_why.owned());
        }
        Some(payload::value(&shown.trace.source.content(at)))
    }

    fn tabs(self, shown: &Shown) -> Vec<(DetailTab, String)> {
        let mut tabs = vec![(
            DetailTab::Messages,
            if self.tool(shown).is_some() {
                Phrase::tab_call
            } else {
                Phrase::tab_messages
            }
            .owned(),
        )];
        if let Some(call) = self.call(shown) {
            tabs.push((DetailTab::System, Phrase::system_prompt.owned()));
            let n = payload::toolbelt(&shown.trace.source.content(call.tools)).len();
            tabs.push((
                DetailTab::Toolbelt,
                if n > 0 {
                    Phrase::tab_toolbelt.with(&[&n.to_string()])
                } else {
                    Phrase::toolbelt.owned()
                },
            ));
        }
        if matches!(
            self.data(shown).map(|it| it.work),
            Some(Work::Other | Work::Agent(_))
        ) && matches!(self.row, RowId::Span(_))
        {
            tabs.clear();
        }
        tabs.push((DetailTab::Facts, Phrase::tab_facts.owned()));
        if self.data(shown).is_some() {
            tabs.push((DetailTab::Json, "JSON".to_owned()));
        }
        tabs
    }

    fn panel(self, shown: &Shared<Shown>, tab: DetailTab, blocks: &Blocks) -> Vec<Node> {
        let trace = &shown.trace;
        match (tab, self.call(shown)) {
            (DetailTab::Messages, Some(call)) => messages(shown, call, blocks),
            (DetailTab::Messages, None) => match self.tool(shown) {
                Some(tool) => tool_panel(shown, tool, blocks),
                None => self.turn_panel(shown, blocks),
            },
            (DetailTab::System, Some(call)) => system(shown, call, blocks),
            (DetailTab::Toolbelt, Some(call)) => {
                tools(shown, &trace.source.content(call.tools), blocks)
            }
            (DetailTab::Json, _) => self.json(shown, blocks),
            _ => facts(shown, self.call(shown), self.tool(shown), self.span, blocks),
        }
    }

    /// What the user asked, and what came of it in the end.
    fn turn_panel(self, shown: &Shown, blocks: &Blocks) -> Vec<Node> {
        /// Its blocks are numbered from here on.
        const ANSWER: u32 = 1 << 28;
        let RowId::Turn(at) = self.row else {
            return Vec::new();
        };
        let trace = &shown.trace;
        let mut nodes = match trace
            .turns
            .get(at as usize)
            .map(|it| it.input)
            .filter(|it| !it.is_empty())
        {
            Some(input) => {
                let said = trace.source.content(input);
                let mut said = payload::messages(&payload::shortened(&said, BIG as usize));
                said.iter_mut()
                    .filter(|it| it.role.is_empty())
                    .for_each(|it| "user".clone_into(&mut it.role));
                list(shown, &said, "", blocks)
            }
            None => match shown.turn_input(at) {
                said if said.is_empty() => vec![unknown(Phrase::said_unknown)],
                said => {
                    vec![blocks.titled("user", String::new(), None, parts(blocks.prose(&said)))]
                }
            },
        };
        let scopes = &shown.rounds.scopes;
        let mut main = shown.rounds.rounds.iter().filter(|it| {
            scopes
                .get(it.scope as usize)
                .is_some_and(|it| it.turn == at && !it.is_sub)
        });
        let last = main.next_back();
        let last = last.and_then(|it| {
            shown
                .rounds
                .members(it)
                .iter()
                .rev()
                .find_map(|it| trace.llm_call(*it))
        });
        nodes.extend(last.into_iter().flat_map(|it| {
            list(
                shown,
                &answer(trace, it),
                Phrase::last_answer.text(),
                &blocks.from(ANSWER),
            )
        }));
        nodes
    }

    fn json(self, shown: &Shared<Shown>, blocks: &Blocks) -> Vec<Node> {
        let Some(id) = self.span else {
            return Vec::new();
        };
        let records = shown.trace.records_of(id);
        let n = records.len();
        let with_hit = records.iter().position(|it| blocks.has_hit(*it));
        blocks.paged(n, with_hit, &mut |i| {
            let range = records.get(i).copied().unwrap_or_default();
            let title = if n > 1 {
                Phrase::record_of.with(&[&text::number(i as u64 + 1), &text::number(n as u64)])
            } else {
                Phrase::record.owned()
            };
            let at = Phrase::byte_at.with(&[&text::number(range.start.into())]);
            let note = text::fill("{0}, {1}", &[&at, &text::bytes(range.len.into())]);
            let inside = parts(blocks.record(&shown.trace.source.slice(range), range));
            let source = shown.trace.source.clone();
            let copied: Copied = Box::new(move || source.slice(range).into_owned());
            vec![blocks.titled(&title, note, Some(copied), inside)]
        })
    }
}
