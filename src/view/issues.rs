//! How the file was read: what could not be taken as it stood, with the way to the bytes, and what
//! the file does not tell at all.

use super::menu::{close, menu};
use super::node::{Node, button, el};
use super::shown::first_line;
use super::{Act, Current, Shown, Unread};
use crate::analysis::span_at;
use crate::model::Issue;
use crate::state::{Change, DetailTab, RowId};
use crate::text::{self, Phrase};

/// Of each kind so many are listed.
const LISTED: usize = 20;

pub(crate) fn issues(current: &Current, shown: &Shown, act: &Act) -> Node {
    let trace = &shown.trace;
    let total = trace.issues.total() + shown.given.unread.len() as u32;
    let opener = match total {
        0 => el("summary", "").child(Phrase::no_issues),
        n => el("summary", "").child(Phrase::issues.of(n.into())),
    };
    let unread = shown.given.unread.iter().map(unread);
    // While it grows, what would be looked for in all of it waits.
    let listed = if shown.is_live { 0 } else { LISTED };
    let kinds = trace.issues.counts().map(|(kind, n)| {
        let of_kind = trace.issues.list.iter().filter(|it| it.kind == kind);
        let first = of_kind
            .take(listed)
            .map(|it| issue(current, shown, act, it));
        let places = el("ul", "places").children(first);
        el("li", "")
            .child(text::issue(kind, n))
            .child(places)
            .into()
    });
    let list = el("ul", "").children(unread).children(kinds).into();
    let missing = &shown.left_out;
    let told = missing.iter().map(|it| {
        let (name, is_llm) = text::told(it.told);
        let number = text::number(it.n.into());
        let n = match (it.n, is_llm) {
            (0, true) => Phrase::told_of_no_llm.owned(),
            (0, false) => Phrase::told_of_no_tool.owned(),
            (_, true) => Phrase::told_of_llm.of_with(it.of.into(), &number),
            (_, false) => Phrase::told_of_tool.of_with(it.of.into(), &number),
        };
        el("div", "")
            .child(el("dt", "").child(name))
            .child(el("dd", "").child(n))
            .into()
    });
    let mut sheet = vec![list];
    if !missing.is_empty() {
        sheet.push(el("h4", "").child(Phrase::leaves_out).into());
        sheet.push(el("dl", "told").children(told).into());
    }
    menu("menu up issues", opener, sheet).into()
}

fn unread(it: &Unread) -> Node {
    let name = if it.name.is_empty() {
        Phrase::a_file.text()
    } else {
        &it.name
    };
    el("li", "")
        .child(Phrase::was_not_read.with(&[name, &it.why]))
        .into()
}

/// A place in the file, and the way there: to the record of the span that it is about, where one is.
fn issue(current: &Current, shown: &Shown, act: &Act, issue: &Issue) -> Node {
    const CHARS: usize = 60;
    let at = issue.at;
    let place = Phrase::byte_at.with(&[&text::number(at.start.into())]);
    let few = crate::model::ByteRange {
        len: at.len.min(4 * CHARS as u32),
        ..at
    };
    // A range cut in the middle of a character has no text: then the place is enough.
    let begin = first_line(&shown.trace.source.slice(few), CHARS);
    let text = el("code", "").child(begin);
    let (current, act) = (current.clone(), act.clone());
    let Some(span) = span_at(&shown.trace, at.start) else {
        return el("li", "").child(place).child(" ").child(text).into();
    };
    let go = move |event: &web_sys::Event| {
        close(event);
        act(Change::Select(Some(row_of(&current.now(), span))));
        act(Change::ShowTab(DetailTab::Json));
    };
    let link = button("plain", place, go);
    el("li", "").child(link).child(" ").child(text).into()
}

/// The row of a span; a span that stands for its turn has that row.
fn row_of(shown: &Shown, span: crate::model::SpanId) -> RowId {
    let own = RowId::Span(span);
    if shown.rows.position(own).is_some() {
        return own;
    }
    let turns = shown.trace.turns.iter();
    let turn = turns.zip(0..).find(|it| it.0.span == Some(span));
    turn.map_or(own, |it| RowId::Turn(it.1))
}
