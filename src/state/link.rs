//! A [`ViewState`] as a query string and back. What a link does not know it leaves out; the
//! default state is "".

use std::fmt::Write;

use super::{DetailTab, Folds, RowId, ViewState, Window};
use crate::analysis::{Query, Rounds};
use crate::model::{SpanId, Trace};

const TABS: &[(&str, DetailTab)] = &[
    ("messages", DetailTab::Messages),
    ("system", DetailTab::System),
    ("toolbelt", DetailTab::Toolbelt),
    ("facts", DetailTab::Facts),
    ("json", DetailTab::Json),
];

impl ViewState {
    /// The state as a query string.
    pub fn to_query(&self, trace: &Trace, rounds: &Rounds) -> String {
        let mut query = String::new();
        let mut add = |key: &str, value: &str| {
            if !value.is_empty() {
                let _ = write!(
                    query,
                    "{}{key}={value}",
                    if query.is_empty() { "" } else { "&" }
                );
            }
        };
        if let Some(row) = self.selected {
            add("row", &escape(&row_key(row, trace, rounds)));
        }
        if self.tab != DetailTab::default() {
            add(
                "tab",
                TABS.iter()
                    .find(|it| it.1 == self.tab)
                    .map_or("", |it| it.0),
            );
        }
        let closed: Vec<String> = self
            .folds
            .others()
            .iter()
            .map(|it| escape(&row_key(*it, trace, rounds)))
            .collect();
        let level = self.folds.level.map(|it| it.to_string());
        add("level", &level.unwrap_or_default());
        add("closed", &closed.join(","));
        if let Some(window) = self.window {
            add("window", &format!("{}-{}", window.start, window.end));
        }
        add("find", &escape(&self.find));
        add("only", if self.only.is_some() { "matches" } else { "" });
        query
    }

    /// The state that a link carries.
    pub fn from_query(query: &str, trace: &Trace, rounds: &Rounds) -> ViewState {
        let mut state = ViewState::default();
        let mut only = false;
        for (key, value) in query
            .trim_start_matches(['?', '#'])
            .split('&')
            .filter_map(|it| it.split_once('='))
        {
            match key {
                "row" => state.selected = find_row(&unescape(value), trace, rounds),
                "tab" => {
                    state.tab = TABS
                        .iter()
                        .find(|it| it.0 == value)
                        .map_or(state.tab, |it| it.1);
                }
                "level" => state.folds.level = value.parse().ok(),
                "closed" => {
                    let rows = value
                        .split(',')
                        .filter_map(|it| find_row(&unescape(it), trace, rounds));
                    state.folds = std::mem::take(&mut state.folds).but(rows.collect());
                }
                "window" => {
                    // The first dash may be the sign of a window that begins before the trace.
                    let dash = value.get(1..).and_then(|it| it.find('-')).map(|it| it + 1);
                    let ends = dash.and_then(|it| Some((value.get(..it)?, value.get(it + 1..)?)));
                    let ends = ends.and_then(|it| Some((it.0.parse().ok()?, it.1.parse().ok()?)));
                    state.window = ends.map(|(start, end)| Window::new(start, end));
                }
                "find" => Query::cut(&unescape(value)).clone_into(&mut state.find),
                "only" => only = value == "matches",
                _ => {}
            }
        }
        state.only = Some(Folds::default()).filter(|_| only && !state.find.is_empty());
        state
    }
}

/// `turn:2`, `round:<key of its first LLM call>`, else the key of the span.
pub fn row_key(row: RowId, trace: &Trace, rounds: &Rounds) -> String {
    match row {
        RowId::Turn(at) => format!("turn:{}", at + 1),
        RowId::Round(id) => {
            let first = rounds.round(id).map(|it| trace.key(it.first));
            format!("round:{}", first.unwrap_or_default())
        }
        RowId::Span(id) => format!("span:{}", trace.key(id)),
    }
}

fn find_row(key: &str, trace: &Trace, rounds: &Rounds) -> Option<RowId> {
    let (kind, key) = key.split_once(':')?;
    match kind {
        "turn" => {
            let at: u32 = key.parse().ok()?;
            let at = at.checked_sub(1)?;
            trace.turns.get(at as usize).map(|_| RowId::Turn(at))
        }
        "round" => {
            let first: SpanId = trace.find(key)?;
            let round = rounds.of(first)?;
            rounds
                .round(round)
                .filter(|it| it.first == first)
                .map(|_| RowId::Round(round))
        }
        "span" => trace.find(key).map(RowId::Span),
        _ => None,
    }
}

/// Percent-encodes all but what a fragment carries plainly.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        bytes.extend_from_slice(rest.get(..at).unwrap_or_default().as_bytes());
        if let Some(byte) = rest
            .get(at + 1..at + 3)
            .and_then(|it| u8::from_str_radix(it, 16).ok())
        {
            bytes.push(byte);
            rest = rest.get(at + 3..).unwrap_or_default();
        } else {
            bytes.push(b'%');
            rest = rest.get(at + 1..).unwrap_or_default();
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}
