//! The foot of the tab: how the file was read, and the keys.

use std::rc::Rc;

use super::issues::issues;
use super::menu::menu;
use super::node::{Draw, Node, el};
use super::{Act, Current, Shapes};
use crate::model::Clock;
use crate::text::{self, Phrase};

const KEYS: [(Phrase, Phrase); 11] = [
    (Phrase::same("↑ ↓"), Phrase::does_up_down),
    (Phrase::same("→ ←"), Phrase::does_left_right),
    (Phrase::key_home, Phrase::does_home),
    (Phrase::key_page, Phrase::does_page),
    (Phrase::key_enter, Phrase::does_enter),
    (Phrase::same("Esc"), Phrase::does_escape),
    (Phrase::key_find, Phrase::does_find),
    (Phrase::key_next, Phrase::does_next),
    (Phrase::same("z 0"), Phrase::does_zoom),
    (Phrase::same("+ −, ⇧ ← →"), Phrase::does_zoom_more),
    (Phrase::same("1–9 *"), Phrase::does_level),
];

pub(crate) fn foot(current: Current, shapes: Shapes, act: Act) -> Draw {
    Rc::new(move || vec![bar(&current, &shapes, &act)])
}

fn bar(current: &Current, shapes: &Shapes, act: &Act) -> Node {
    let shown = current.get();
    let trace = &shown.trace;
    let tally = trace.tally;
    let read = text::number((tally.total() - tally.bad).into());
    let records = Phrase::records.with(&[&read, &text::number(tally.total().into())]);
    let mut foot = el("footer", "")
        .child(el("span", "").child(Phrase::read_as.with(&[trace.format_name])))
        .child(el("span", "").child(records));
    if trace.n_traces > 1 {
        let n = text::number(trace.n_traces.into());
        let at = text::number(shown.at as u64 + 1);
        foot = foot.child(el("span", "").child(Phrase::trace_of.with(&[&at, &n])));
    }
    if trace.clock == Clock::Ordinal {
        foot = foot.child(el("span", "").child(Phrase::bars_are_steps));
    }
    foot.children(shapes.note())
        .child(issues(current, &shown, act))
        .child(keys())
        .into()
}

fn keys() -> Node {
    let rows = KEYS.into_iter().map(|(key, what)| {
        let key = el("dt", "").child(el("kbd", "").child(key));
        el("div", "")
            .child(key)
            .child(el("dd", "").child(what))
            .into()
    });
    let list = el("dl", "keys").children(rows);
    let opener = el("summary", "").child(Phrase::keys);
    menu("menu up end", opener, vec![list.into()]).into()
}
