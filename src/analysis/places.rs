//! What a byte of the file is about.

use crate::model::{ByteRange, Piece, SpanId, Trace, sort_by_key};

/// Whose a part of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A span's.
    Span(SpanId),
    /// A turn's, by its place.
    Turn(u32),
}

/// What a part of the file is to whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A record that tells of it.
    Record,
    /// What was said: sent or answered, asked or returned.
    Said,
    /// The system prompt.
    System,
    /// The tools offered.
    Toolbelt,
    /// The settings of a request.
    Request,
}

/// A part of the file, whose it is, and what it is to that.
pub type Place = (ByteRange, Whose, Role);

/// Names all parts of the file that a trace knows of.
fn each_place(trace: &Trace, see: &mut dyn FnMut(Place)) {
    let mut see = |range: ByteRange, whose, role| {
        if !range.is_empty() {
            see((range, whose, role));
        }
    };
    for (id, it) in trace.iter() {
        see(it.record, Whose::Span(id), Role::Record);
    }
    for (id, piece, range) in &trace.pieces {
        let role = match piece {
            Piece::Input | Piece::Output => Role::Said,
            Piece::Error | Piece::Record => Role::Record,
        };
        see(*range, Whose::Span(*id), role);
    }
    for it in &trace.llm_calls {
        let whose = Whose::Span(it.span);
        for (range, role) in [
            (it.system, Role::System),
            (it.tools, Role::Toolbelt),
            (it.request, Role::Request),
            (it.input, Role::Said),
            (it.output, Role::Said),
        ] {
            see(range, whose, role);
        }
    }
    for it in &trace.tool_calls {
        see(it.input, Whose::Span(it.span), Role::Said);
        see(it.output, Whose::Span(it.span), Role::Said);
    }
    for (at, it) in trace.turns.iter().enumerate() {
        see(it.input, Whose::Turn(at as u32), Role::Said);
    }
}

/// What a byte of the file is about: the smallest part that has it.
pub fn place_at(trace: &Trace, at: u32) -> Option<Place> {
    let mut found: Option<Place> = None;
    each_place(trace, &mut |it| {
        let has = it.0.start <= at && at < it.0.end();
        if has && found.is_none_or(|found| it.0.len < found.0.len) {
            found = Some(it);
        }
    });
    found
}

/// Where in the file the parts are that a trace knows of, in order and apart from each other.
pub(super) fn regions(trace: &Trace) -> Vec<ByteRange> {
    let mut ranges: Vec<ByteRange> = Vec::new();
    // Most of them follow each other, or lie in one that is there already: the rest is sorted.
    each_place(trace, &mut |(range, whose, role)| {
        let record = match whose {
            Whose::Span(id) if role != Role::Record => trace.span(id).map(|it| it.record),
            _ => None,
        };
        if !record.is_some_and(|it| it.contains(range)) {
            unite(&mut ranges, range);
        }
    });
    sort_by_key(&mut ranges, |it| (it.start.into(), it.len.into()));
    let mut regions = Vec::new();
    ranges.into_iter().for_each(|it| unite(&mut regions, it));
    regions
}

/// Adds a range; one that follows the last is one with that.
fn unite(ranges: &mut Vec<ByteRange>, range: ByteRange) {
    /// What stands between records has room in this.
    const BETWEEN: u32 = 4;
    match ranges.last_mut() {
        Some(last)
            if last.start <= range.start && range.start <= last.end().saturating_add(BETWEEN) =>
        {
            last.len = last.end().max(range.end()) - last.start;
        }
        _ => ranges.push(range),
    }
}
