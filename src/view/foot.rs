//! The foot of the tab: how the file was read, what could not be taken as it stood, and the keys.

use leptos::prelude::*;

use super::{Shared, Shown};
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

pub(crate) fn foot(shown: &Shared<Shown>) -> AnyView {
    let trace = &shown.trace;
    let tally = trace.tally;
    let whole = text::number(tally.total().into());
    let records = format!("{} of {whole} records", text::number((tally.total() - tally.bad).into()));
    let traces = (trace.n_traces > 1).then(|| {
        let n = text::number(trace.n_traces.into());
        view! { <span class="warn">{format!("The file holds {n} traces; this is the first")}</span> }
    });
    let clock = (trace.clock == Clock::Ordinal).then(|| view! { <span>"The file has no times: bars are steps"</span> });
    let issues: Vec<_> = trace.issues.counts().map(|(kind, n)| (kind, text::issue(kind, n))).collect();
    let issues = if issues.is_empty() {
        view! { <span>"no issues"</span> }.into_any()
    } else {
        let total = text::plural(trace.issues.total().into(), "issue");
        let items = issues.into_iter().map(|(kind, what)| {
            let first = trace.issues.list.iter().find(|it| it.kind == kind);
            let at = first.map(|it| format!(" First at byte {}.", text::number(it.at.start.into())));
            view! { <li>{what}{at}</li> }
        });
        view! {
            <details class="menu up">
                <summary>{total}</summary>
                <div class="sheet"><ul>{items.collect_view()}</ul></div>
            </details>
        }
        .into_any()
    };
    let keys = KEYS.iter().map(|(key, what)| view! { <div><dt><kbd>{*key}</kbd></dt><dd>{*what}</dd></div> });
    view! {
        <footer>
            <span>{format!("Read as {}", trace.format_name)}</span>
            <span>{records}</span>
            {traces}
            {clock}
            {issues}
            <details class="menu up end">
                <summary>"Keys"</summary>
                <div class="sheet"><dl class="keys">{keys.collect_view()}</dl></div>
            </details>
        </footer>
    }
    .into_any()
}
