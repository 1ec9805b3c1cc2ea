//! The foot of the tab: how the file was read, what could not be taken as it stood, and the keys.

use super::Shown;
use super::menu::menu;
use super::node::{Node, el};
use crate::model::Clock;
use crate::text;

const KEYS: &[(&str, &str)] = &[
    ("↑ ↓", "the row before, the row after"),
    ("→ ←", "open and go in, close and go out"),
    ("Home End", "the first row, the last row"),
    ("Page ↑ ↓", "a pane up, a pane down"),
    ("Enter", "to the detail"),
    ("Esc", "back from the detail; close it"),
    ("z 0", "zoom to the row; all of the time"),
];

pub(crate) fn foot(shown: &Shown) -> Node {
    let trace = &shown.trace;
    let tally = trace.tally;
    let read = text::number((tally.total() - tally.bad).into());
    let records = format!("{read} of {} records", text::number(tally.total().into()));
    let mut foot = el("footer", "")
        .child(el("span", "").child(format!("Read as {}", trace.format_name)))
        .child(el("span", "").child(records));
    if trace.n_traces > 1 {
        let n = text::number(trace.n_traces.into());
        foot = foot.child(
            el("span", "warn").child(format!("The file holds {n} traces; this is the first")),
        );
    }
    if trace.clock == Clock::Ordinal {
        foot = foot.child(el("span", "").child("The file has no times: bars are steps"));
    }
    foot.child(issues(shown)).child(keys()).into()
}

fn issues(shown: &Shown) -> Node {
    let issues = &shown.trace.issues;
    if issues.total() == 0 {
        return el("span", "").child("no issues").into();
    }
    let items = issues.counts().map(|(kind, n)| {
        let first = issues
            .list
            .iter()
            .find(|it| it.kind == kind)
            .map(|it| it.at.start);
        let at = first.map_or_else(String::new, |it| {
            format!(" First at byte {}.", text::number(it.into()))
        });
        el("li", "")
            .child(format!("{}{at}", text::issue(kind, n)))
            .into()
    });
    let opener = el("summary", "").child(text::plural(issues.total().into(), "issue"));
    let list = el("ul", "").children(items);
    menu("menu up", opener, vec![list.into()]).into()
}

fn keys() -> Node {
    let rows = KEYS.iter().map(|(key, what)| {
        let key = el("dt", "").child(el("kbd", "").child(*key));
        el("div", "")
            .child(key)
            .child(el("dd", "").child(*what))
            .into()
    });
    let list = el("dl", "keys").children(rows);
    let opener = el("summary", "").child("Keys");
    menu("menu up end", opener, vec![list.into()]).into()
}
