//! The foot of the tab: how the file was read, and the keys.

use std::rc::Rc;

use super::issues::issues;
use super::menu::menu;
use super::node::{Draw, Node, el};
use super::{Act, Current};
use crate::model::Clock;
use crate::text;

const KEYS: &[(&str, &str)] = &[
    ("↑ ↓", "the row before, the row after"),
    ("→ ←", "open and go in, close and go out"),
    ("Home End", "the first row, the last row"),
    ("Page ↑ ↓", "a pane up, a pane down"),
    ("Enter", "to the detail"),
    ("Esc", "back from the detail; close it"),
    ("Ctrl F, /", "find in everything"),
    ("F3, Ctrl G", "the next hit; with ⇧ the one before"),
    ("z 0", "zoom to the row; all of the time"),
    ("+ −, ⇧ ← →", "zoom in, out; move (Ctrl or ⇧ wheel)"),
    ("1–9 *", "open to that level; open all"),
];

pub(crate) fn foot(current: Current, act: Act) -> Draw {
    Rc::new(move || vec![bar(&current, &act)])
}

fn bar(current: &Current, act: &Act) -> Node {
    let shown = current.get();
    let trace = &shown.trace;
    let tally = trace.tally;
    let read = text::number((tally.total() - tally.bad).into());
    let records = format!("{read} of {} records", text::number(tally.total().into()));
    let mut foot = el("footer", "")
        .child(el("span", "").child(format!("Read as {}", trace.format_name)))
        .child(el("span", "").child(records));
    if trace.n_traces > 1 {
        let n = text::number(trace.n_traces.into());
        let at = text::number(shown.at as u64 + 1);
        foot = foot.child(el("span", "").child(format!("trace {at} of {n}")));
    }
    if trace.clock == Clock::Ordinal {
        foot = foot.child(el("span", "").child("The file has no times: bars are steps"));
    }
    foot.child(issues(current, &shown, act))
        .child(keys())
        .into()
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
