//! What a byte of the file is about.

use std::ops::Range;

use super::search::BLOCK;
use crate::model::{ByteRange, Piece, SLICE, SpanId, Task, Trace, in_slices, sort_by_key};

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

/// Of some lists, one after another, the stretch that is looked at.
struct Stretch(Range<usize>);

impl Stretch {
    /// The part of it that is in the next list.
    fn of<'a, T>(&mut self, list: &'a [T]) -> impl Iterator<Item = (usize, &'a T)> + use<'a, T> {
        let n = list.len();
        let own = self.0.start.min(n)..self.0.end.min(n);
        self.0 = self.0.start.saturating_sub(n)..self.0.end.saturating_sub(n);
        (own.start..).zip(list.get(own).unwrap_or_default())
    }
}

/// Spans, calls and the rest that name parts of the file.
fn n_places(trace: &Trace) -> usize {
    let calls = trace.llm_calls.len() + trace.tool_calls.len();
    trace.spans.len() + trace.pieces.len() + calls + trace.turns.len()
}

/// Names all parts of the file that a stretch of these knows of.
fn each_place(trace: &Trace, stretch: Range<usize>, mut see: impl FnMut(Place)) {
    let mut see = |range: ByteRange, whose, role| {
        if !range.is_empty() {
            see((range, whose, role));
        }
    };
    let mut stretch = Stretch(stretch);
    for (at, it) in stretch.of(&trace.spans) {
        see(it.record, Whose::Span(SpanId::new(at)), Role::Record);
    }
    for (_, (id, piece, range)) in stretch.of(&trace.pieces) {
        let role = match piece {
            Piece::Input | Piece::Output => Role::Said,
            Piece::Error | Piece::Record => Role::Record,
        };
        see(*range, Whose::Span(*id), role);
    }
    for (_, it) in stretch.of(&trace.llm_calls) {
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
    for (_, it) in stretch.of(&trace.tool_calls) {
        see(it.input, Whose::Span(it.span), Role::Said);
        see(it.output, Whose::Span(it.span), Role::Said);
    }
    for (at, it) in stretch.of(&trace.turns) {
        see(it.input, Whose::Turn(at as u32), Role::Said);
    }
}

/// What a byte of the file is about: the smallest part that has it.
pub fn place_at(trace: &Trace, at: u32) -> Option<Place> {
    let mut found: Option<Place> = None;
    each_place(trace, 0..n_places(trace), |it| {
        let has = it.0.start <= at && at < it.0.end();
        if has && found.is_none_or(|found| it.0.len < found.0.len) {
            found = Some(it);
        }
    });
    found
}

/// Where in the file the parts are that a trace knows of: collected a slice at a time.
#[derive(Debug)]
pub(super) enum Regions {
    /// So many of what names them were asked.
    Asking(usize, Vec<ByteRange>),
    /// They are put where they begin.
    Placing(Task<Placed>),
    /// All are there.
    Known(Placed),
}

impl Default for Regions {
    fn default() -> Self {
        Regions::Asking(0, Vec::new())
    }
}

impl Regions {
    /// Those in a block of the file, in order and apart from each other. None before all are known.
    pub(super) fn of(&self, block: usize) -> Vec<ByteRange> {
        match self {
            Regions::Known(it) => it.of(block),
            _ => Vec::new(),
        }
    }

    /// Goes on while `go_on` says so. Whether all are known.
    pub(super) fn step(&mut self, trace: &Trace, go_on: &mut dyn FnMut() -> bool) -> bool {
        loop {
            match self {
                Regions::Asking(asked, ranges) => {
                    let n = n_places(trace);
                    let to = n.min(*asked + SLICE);
                    ask(trace, *asked..to, ranges);
                    *asked = to;
                    if to == n {
                        let ranges = std::mem::take(ranges);
                        let placed = place(ranges, trace.source.len());
                        *self = Regions::Placing(Task::new(placed));
                    }
                }
                Regions::Placing(task) => match task.step(&mut *go_on) {
                    Some(placed) => *self = Regions::Known(placed),
                    None => return false,
                },
                Regions::Known(_) => return true,
            }
            if !matches!(self, Regions::Known(_)) && !go_on() {
                return false;
            }
        }
    }
}

/// Ranges by the block of the file that they begin in. They are in no order there: to sort all of them
/// would take longer than to search the file.
#[derive(Debug)]
pub(super) struct Placed {
    ranges: Vec<ByteRange>,
    /// The first of each block; one more at the end.
    first: Vec<u32>,
    /// Up to where those reach that begin before each block.
    reach: Vec<u32>,
}

async fn place(ranges: Vec<ByteRange>, len: u32) -> Placed {
    let n_blocks = len.div_ceil(BLOCK) as usize;
    let block = |it: &ByteRange| (it.start / BLOCK) as usize;
    let mut next = vec![0; n_blocks + 1];
    let mut reach = vec![0; n_blocks + 1];
    in_slices(ranges.len(), &mut |slice| {
        for it in ranges.get(slice).unwrap_or_default() {
            if let (Some(n), Some(end)) = (next.get_mut(block(it)), reach.get_mut(block(it) + 1)) {
                *n += 1;
                *end = it.end().max(*end);
            }
        }
    })
    .await;
    let (mut before, mut furthest) = (0, 0);
    for (n, end) in next.iter_mut().zip(&mut reach) {
        before += std::mem::replace(n, before);
        furthest = furthest.max(*end);
        *end = furthest;
    }
    let first = next.clone();
    let mut placed = vec![ByteRange::default(); ranges.len()];
    in_slices(ranges.len(), &mut |slice| {
        for it in ranges.get(slice).unwrap_or_default() {
            let at = next.get_mut(block(it));
            let at = at.map_or(usize::MAX, |at| std::mem::replace(at, *at + 1) as usize);
            placed.get_mut(at).into_iter().for_each(|free| *free = *it);
        }
    })
    .await;
    Placed {
        ranges: placed,
        first,
        reach,
    }
}

impl Placed {
    fn of(&self, block: usize) -> Vec<ByteRange> {
        let from = block as u32 * BLOCK;
        let at = |block: usize| self.first.get(block).map_or(0, |it| *it as usize);
        let own = self.ranges.get(at(block)..at(block + 1));
        let mut own = own.unwrap_or_default().to_vec();
        sort_by_key(&mut own, |it| (it.start.into(), it.len.into()));
        let mut regions = Vec::new();
        let reach = self.reach.get(block).copied().unwrap_or_default();
        if reach > from {
            regions.push(ByteRange::new(from, reach));
        }
        own.into_iter().for_each(|it| unite(&mut regions, it));
        regions
    }
}

/// Most ranges follow each other, or lie in one that is there already: the others are added.
fn ask(trace: &Trace, stretch: Range<usize>, ranges: &mut Vec<ByteRange>) {
    each_place(trace, stretch, |(range, whose, role)| {
        let record = match whose {
            Whose::Span(id) if role != Role::Record => trace.span(id).map(|it| it.record),
            _ => None,
        };
        if !record.is_some_and(|it| it.contains(range)) {
            unite(ranges, range);
        }
    });
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
