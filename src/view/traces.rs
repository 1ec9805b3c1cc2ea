//! The traces of the files that were given, where there are several: one to pick from.

use std::rc::Rc;

use web_sys::wasm_bindgen::JsCast;

use super::live::Live;
use super::node::{Draw, Node, button, el};
use super::pane::{PANE_HEIGHT, ROW_HEIGHT, pane_height};
use super::{Ask, Given, Shared, Wish, open_button};
use crate::layout::window_of_rows;
use crate::text::{self, Phrase};

/// The way back to the list, where there is one.
pub(crate) fn back(given: &Given, wish: &Ask) -> Option<Node> {
    let n = given.traces.len() as u64;
    let wish = wish.clone();
    let all = move |_: &web_sys::Event| wish(Wish::List);
    (n > 1).then(|| button("", text::fill("‹ {0}", &[&Phrase::traces.of(n)]), all).into())
}

pub(crate) fn traces(given: Shared<Given>, droppable: bool, wish: Ask) -> Node {
    let title = Phrase::traces.of(given.traces.len() as u64);
    let tools = el("div", "tools")
        .attr("part", "toolbar")
        .child(el("slot", "").attr("name", "toolbar"))
        .children(droppable.then(|| open_button(&wish)));
    let top = el("div", "top")
        .child(el("h2", "title").child(title))
        .child(tools);
    let unread = given.unread.iter().map(|it| {
        let name = if it.name.is_empty() {
            Phrase::a_file.text()
        } else {
            &it.name
        };
        el("p", "unread")
            .child(Phrase::was_not_read.with(&[name, &it.why]))
            .into()
    });
    let unread = el("div", "unread-list").children(unread);
    let head = el("header", "").child(top).child(unread);
    el("div", "viewer listing")
        .child(head)
        .child(el("div", "rows-panel").panel(list(given, wish)))
        .into()
}

/// The list; of thousands only those in view are in the document.
fn list(given: Shared<Given>, wish: Ask) -> Draw {
    let view = Live::new((0.0, 1_200.0));
    Rc::new(move || {
        let n = given.traces.len();
        let (top, height) = view.get();
        let range = window_of_rows(top, height, ROW_HEIGHT as f64, n);
        let rows = range.map(|at| row(&given, at, &wish));
        let body = el("div", "body")
            .attr("role", "rowgroup")
            .style("height", format!("{}px", n as u64 * ROW_HEIGHT))
            .children(rows);
        let view = view.clone();
        let table = el("div", "traces")
            .attr("role", "table")
            .attr("aria-label", Phrase::list_traces)
            .attr("aria-rowcount", (n + 1).to_string())
            .style(PANE_HEIGHT, pane_height(n as f64 * ROW_HEIGHT as f64))
            .on("scroll", move |event| {
                let target = event
                    .current_target()
                    .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
                if let Some(it) = target {
                    view.set((f64::from(it.scroll_top()), f64::from(it.client_height())));
                }
            });
        vec![table.child(heads()).child(body).into()]
    })
}

const HEADS: [(&str, Phrase); 7] = [
    ("name", Phrase::column_trace),
    ("when", Phrase::column_started),
    ("n", Phrase::column_rounds),
    ("n", Phrase::column_actions),
    ("n in", Phrase::column_in),
    ("n out", Phrase::column_out),
    ("n took", Phrase::column_took),
];

fn heads() -> Node {
    let cells = HEADS.iter().map(|(class, name)| {
        el("div", class)
            .attr("role", "columnheader")
            .child(*name)
            .into()
    });
    let row = el("div", "head")
        .attr("role", "row")
        .attr("aria-rowindex", "1");
    el("div", "heads")
        .attr("role", "rowgroup")
        .child(row.children(cells))
        .into()
}

fn row(given: &Given, at: usize, wish: &Ask) -> Node {
    let Some(entry) = given.entries.get(at) else {
        return el("div", "").into();
    };
    let it = &entry.summary;
    let started = it.started_at.as_deref().map(text::minute);
    let duration = it.duration_ms.map(|it| text::duration((it * 1e6) as i64));
    let unknown = || "–".to_owned();
    let cells = [
        ("when", started.unwrap_or_else(unknown)),
        ("n", text::number(it.rounds.into())),
        ("n", text::number(it.actions.into())),
        ("n in", it.input_tokens.map_or_else(unknown, text::number)),
        ("n out", it.output_tokens.map_or_else(unknown, text::number)),
        ("n took", duration.unwrap_or_else(unknown)),
    ];
    let cells = cells
        .into_iter()
        .map(|(class, value)| el("div", class).attr("role", "cell").child(value).into());
    let wish = wish.clone();
    let title = entry.title.clone();
    let title = title.unwrap_or_else(|| Phrase::trace.owned());
    let open = button("plain", title, move |_| {
        wish(Wish::Choose(at));
    });
    let failed = (it.errors > 0).then(|| {
        let n = Phrase::errors.of(it.errors.into());
        el("span", "warn").child(n).into()
    });
    let name = el("div", "name")
        .attr("role", "cell")
        .child(open)
        .child(el("small", "").child(entry.file.clone()))
        .children(failed);
    el("div", "row")
        .key(at.to_string())
        .attr("role", "row")
        .attr("aria-rowindex", (at + 2).to_string())
        .style("top", format!("{}px", at as u64 * ROW_HEIGHT))
        .child(name)
        .children(cells)
        .into()
}
