//! What a byte of the file is about.

use crate::model::{ByteRange, SpanId, Trace, sort_by_key};

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

/// All parts of the file that a trace knows of.
fn places(trace: &Trace) -> impl Iterator<Item = Place> {
    let span = |range, id, role| (range, Whose::Span(id), role);
    let records = trace
        .iter()
        .map(move |(id, it)| span(it.record, id, Role::Record));
    let pieces = trace.pieces.iter().map(move |it| {
        use crate::model::Piece;
        let said = matches!(it.1, Piece::Input | Piece::Output);
        span(it.2, it.0, if said { Role::Said } else { Role::Record })
    });
    let llm_calls = trace.llm_calls.iter().flat_map(move |it| {
        [
            span(it.system, it.span, Role::System),
            span(it.tools, it.span, Role::Toolbelt),
            span(it.request, it.span, Role::Request),
            span(it.input, it.span, Role::Said),
            span(it.output, it.span, Role::Said),
        ]
    });
    let tool_calls = trace
        .tool_calls
        .iter()
        .flat_map(move |it| [it.input, it.output].map(|range| span(range, it.span, Role::Said)));
    let turns = trace.turns.iter().zip(0..);
    let turns = turns.map(|(it, at)| (it.input, Whose::Turn(at), Role::Said));
    let all = records.chain(pieces).chain(llm_calls).chain(tool_calls);
    all.chain(turns).filter(|it| !it.0.is_empty())
}

/// What a byte of the file is about: the smallest part that has it.
pub fn place_at(trace: &Trace, at: u32) -> Option<Place> {
    let around = places(trace).filter(|it| it.0.start <= at && at < it.0.end());
    around.min_by_key(|it| it.0.len)
}

/// Where in the file the parts are that a trace knows of, in order and apart from each other.
pub(super) fn regions(trace: &Trace) -> Vec<ByteRange> {
    let mut ranges: Vec<ByteRange> = Vec::new();
    // Most of them follow each other, or lie in one that is there already: the rest is sorted.
    places(trace).for_each(|it| unite(&mut ranges, it.0));
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
