//! Find: through every byte of every payload, without an index.
//!
//! The file is read in blocks, and of each only the number of hits is kept: that is enough to count
//! them, to say which of them one is, and to go to the next, and there may be any number of them.

use super::Query;
use super::places::Regions;
use crate::model::{ByteRange, Source, SpanId, Sym, Trace, Work, sort_by_key};

/// Bytes of a block: read in a few microseconds.
pub(super) const BLOCK: u32 = 16 << 10;

/// A search through a trace, as far as it has come.
#[derive(Debug)]
pub struct Search {
    query: Query,
    /// Where payloads are.
    regions: Regions,
    /// How many hits begin in each block that was read.
    counts: Vec<u32>,
    /// The block that was read first, and how many were.
    first: usize,
    read: usize,
    found: u64,
    /// If there is no hit: the spans that have a name like this, by where their records begin.
    named: Vec<(u32, SpanId)>,
}

/// The hits of the blocks that were looked into last: rows that follow each other stand in the same.
#[derive(Clone, Debug, Default)]
pub struct Seen(Vec<(usize, Vec<ByteRange>)>);

impl Seen {
    /// Whether a hit begins in a block and in a range.
    fn has(&mut self, search: &Search, source: &Source, block: usize, range: ByteRange) -> bool {
        const MOST: usize = 4;
        if !self.0.iter().any(|it| it.0 == block) {
            self.0.truncate(MOST - 1);
            self.0.insert(0, (block, search.hits_in(source, block)));
        }
        let hits = self.0.iter().find(|it| it.0 == block);
        hits.is_some_and(|(_, hits)| {
            let first = hits.partition_point(|it| it.start < range.start);
            hits.get(first).is_some_and(|it| it.start < range.end())
        })
    }
}

/// What was asked for in a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A hit: where it is.
    Hit(ByteRange),
    /// There is none.
    Nothing,
    /// What has been read so far does not tell.
    NotYet,
}

impl Search {
    /// Looks for `query` in all that the file says of `trace`, first of all from the byte `from` on.
    pub fn new(trace: &Trace, query: Query, from: u32) -> Search {
        let n = trace.source.len().div_ceil(BLOCK) as usize;
        let nothing = Search {
            query: query.clone(),
            regions: Regions::default(),
            counts: vec![0; n],
            first: 0,
            read: 0,
            found: 0,
            named: Vec::new(),
        };
        nothing.another(query, from)
    }

    /// Looks for something else in the same trace.
    #[must_use]
    pub fn another(self, query: Query, from: u32) -> Search {
        let n = self.counts.len();
        Search {
            query,
            regions: self.regions,
            counts: vec![0; n],
            first: (from / BLOCK) as usize % n.max(1),
            read: 0,
            found: 0,
            named: Vec::new(),
        }
    }

    /// Reads on as long as `go_on` says, which is asked about once in a millisecond. Whether all was read.
    pub fn step(&mut self, trace: &Trace, go_on: &mut dyn FnMut() -> bool) -> bool {
        const BLOCKS_AT_A_TIME: usize = 32;
        if !self.is_done() && !self.regions.step(trace, go_on) {
            return false;
        }
        while !self.is_done() && go_on() {
            for _ in 0..BLOCKS_AT_A_TIME {
                let block = (self.first + self.read) % self.counts.len().max(1);
                if self.is_done() {
                    break;
                }
                let hits = self.hits_in(&trace.source, block).len();
                if let Some(count) = self.counts.get_mut(block) {
                    *count = hits as u32;
                }
                self.found += hits as u64;
                self.read += 1;
                if self.is_done() && self.found == 0 {
                    self.look_at_names(trace);
                }
            }
        }
        self.is_done()
    }

    /// Names stand in the records as a rule. Where a file tells them once for all (the model of a
    /// session), they are found by the spans that have them.
    fn look_at_names(&mut self, trace: &Trace) {
        let mut known: Vec<Option<bool>> = Vec::new();
        for (id, span) in trace.iter() {
            let other = match span.work {
                Work::Llm(_) => trace.llm_call(id).map(|it| it.model),
                Work::Tool(_) => trace.tool_call(id).map(|it| it.name),
                Work::Agent(it) => trace.agents.get(it.index()).map(|it| it.name),
                _ => None,
            };
            let mut is_like = |name: Sym| {
                let at = name.index();
                known.resize(known.len().max(at + 1), None);
                let like = || !self.query.hits(trace.text(name).as_bytes()).is_empty();
                known
                    .get_mut(at)
                    .is_some_and(|it| *it.get_or_insert_with(like))
            };
            if is_like(span.name) || other.is_some_and(is_like) {
                self.named.push((span.record.start, id));
            }
        }
        sort_by_key(&mut self.named, |it| (it.0.into(), it.1.index() as i64));
        self.found = self.named.len() as u64;
    }

    /// The span that is found by its name at a hit without a length.
    pub fn named(&self, hit: ByteRange) -> Option<SpanId> {
        let at = self.named.binary_search_by_key(&hit.start, |it| it.0);
        let it = self.named.get(at.ok()?)?;
        hit.is_empty().then_some(it.1)
    }

    /// Whether a span is found by its name.
    pub fn is_named(&self, trace: &Trace, id: SpanId) -> bool {
        let at = trace.span(id).map(|it| (it.record.start, id));
        at.is_some_and(|it| self.named.binary_search(&it).is_ok())
    }

    /// What is looked for.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// How many hits there are in what was read.
    pub fn found(&self) -> u64 {
        self.found
    }

    /// Whether all was read.
    pub fn is_done(&self) -> bool {
        self.read >= self.counts.len()
    }

    /// The first hit at `from` or after it; after the last comes the first.
    pub fn next(&self, source: &Source, from: u32) -> Next {
        let at = self.named.partition_point(|it| it.0 < from);
        if let Some(it) = self.named.get(at).or(self.named.first()) {
            return Next::Hit(ByteRange::new(it.0, it.0));
        }
        let n = self.counts.len();
        let first = (from / BLOCK) as usize;
        for i in 0..=n {
            let block = (first + i) % n.max(1);
            if !self.is_read(block) {
                return Next::NotYet;
            }
            if self.counts.get(block).is_some_and(|it| *it > 0) {
                let hits = self.hits_in(source, block).into_iter();
                let mut hits = hits.filter(|it| i > 0 || it.start >= from);
                if let Some(hit) = hits.next() {
                    return Next::Hit(hit);
                }
            }
        }
        Next::Nothing
    }

    /// The last hit before `before`; before the first comes the last.
    pub fn previous(&self, source: &Source, before: u32) -> Next {
        let at = self.named.partition_point(|it| it.0 < before);
        let it = at.checked_sub(1).and_then(|it| self.named.get(it));
        if let Some(it) = it.or(self.named.last()) {
            return Next::Hit(ByteRange::new(it.0, it.0));
        }
        let n = self.counts.len();
        let first = ((before / BLOCK) as usize).min(n.saturating_sub(1));
        for i in 0..=n {
            let block = (first + n - i) % n.max(1);
            if !self.is_read(block) {
                return Next::NotYet;
            }
            if self.counts.get(block).is_some_and(|it| *it > 0) {
                let mut hits = self.hits_in(source, block);
                hits.retain(|it| i > 0 || it.start < before);
                if let Some(hit) = hits.pop() {
                    return Next::Hit(hit);
                }
            }
        }
        Next::Nothing
    }

    /// Which hit this is, from 1, once all was read.
    pub fn number_of(&self, source: &Source, hit: ByteRange) -> Option<u64> {
        if let Ok(at) = self.named.binary_search_by_key(&hit.start, |it| it.0) {
            return Some(at as u64 + 1);
        }
        let block = (hit.start / BLOCK) as usize;
        let before = self.counts.get(..block).filter(|_| self.is_done())?;
        let before: u64 = before.iter().map(|it| u64::from(*it)).sum();
        let hits = self.hits_in(source, block);
        let at = hits.iter().position(|it| it.start == hit.start)?;
        Some(before + at as u64 + 1)
    }

    /// Whether a hit begins in a range, as far as was read.
    pub fn is_in(&self, source: &Source, range: ByteRange, seen: &mut Seen) -> bool {
        let last = range.end().saturating_sub(1) / BLOCK;
        let mut blocks = range.start / BLOCK..=last;
        !range.is_empty()
            && blocks.any(|block| {
                let from = block * BLOCK;
                let is_all_in = range.start <= from && from.saturating_add(BLOCK) <= range.end();
                let n = self.counts.get(block as usize).copied().unwrap_or(0);
                n > 0 && (is_all_in || seen.has(self, source, block as usize, range))
            })
    }

    fn is_read(&self, block: usize) -> bool {
        let n = self.counts.len();
        n == 0 || (block + n - self.first) % n < self.read
    }

    /// The hits that begin in a block, in order.
    fn hits_in(&self, source: &Source, block: usize) -> Vec<ByteRange> {
        let from = (block as u32).saturating_mul(BLOCK);
        let to = from.saturating_add(BLOCK);
        let mut hits = Vec::new();
        for region in self.regions.of(block) {
            // A hit that begins at the end of the block ends in the next.
            let until = to.saturating_add(self.query.longest() as u32 - 1);
            let range = ByteRange::new(region.start.max(from), region.end().min(until));
            for (start, bytes) in source.parts(range) {
                let found = self.query.hits(bytes).into_iter();
                let found = found.map(|(at, len)| ByteRange {
                    start: start + at as u32,
                    len: len as u32,
                });
                hits.extend(found.filter(|it| it.start < to));
            }
        }
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Marks, Span, Status};
    use std::sync::Arc;

    /// A trace whose records are the lines of a text; every third line is none.
    fn trace(text: &str) -> Trace {
        let mut trace = Trace {
            source: Arc::new(Source::from_text(text.to_owned())),
            ..Trace::default()
        };
        let mut at = 0;
        for (i, line) in text.split_inclusive('\n').enumerate() {
            let end = at + line.trim_end().len() as u32;
            if i % 3 != 2 {
                trace.spans.push(Span {
                    start: 0,
                    duration: 0,
                    parent: None,
                    end: trace.spans.len() as u32 + 1,
                    name: Sym::default(),
                    work: Work::Other,
                    id: ByteRange::default(),
                    record: ByteRange::new(at, end),
                    depth: 0,
                    status: Status::Unset,
                    marks: Marks::default(),
                });
            }
            at += line.len() as u32;
        }
        trace
    }

    fn done(trace: &Trace, query: &str, from: u32) -> Search {
        let mut search = Search::new(trace, Query::new(query).unwrap(), from);
        while !search.step(trace, &mut || true) {}
        search
    }

    /// Lines of which every seventh has the word, and one is longer than a block.
    fn text() -> String {
        let line = |i: usize| match i {
            40 => format!("{{\"long\":\"{}needle\"}}\n", "hay ".repeat(10_000)),
            i if i % 7 == 0 => {
                format!("{{\"line\":{i},\"a\":\"the Needle, {}\"}}\n", "x".repeat(i))
            }
            i => format!(
                "{{\"line\":{i},\"a\":\"hay, {}\"}}\n",
                "y".repeat(i * 3 % 500)
            ),
        };
        (0..900).map(line).collect()
    }

    #[test]
    fn every_hit_in_a_record_is_found_once_whatever_comes_first() {
        let text = text();
        let trace = trace(&text);
        let lower = text.to_ascii_lowercase();
        let hits = lower.match_indices("needle").map(|it| it.0 as u32);
        let in_record = |at: &u32| {
            trace
                .spans
                .iter()
                .any(|it| it.record.start <= *at && *at < it.record.end())
        };
        let hits: Vec<u32> = hits.filter(in_record).collect();
        assert!(hits.len() > 80);
        for from in [0, 5_000, 60_000, trace.source.len() - 1] {
            let search = done(&trace, "needle", from);
            assert_eq!(search.found(), hits.len() as u64);
            let start = |it: Next| match it {
                Next::Hit(hit) => hit.start,
                other => panic!("{other:?}"),
            };
            let all = hits.iter().enumerate();
            for (i, hit) in all {
                let before = hits[(i + hits.len() - 1) % hits.len()];
                let after = hits[(i + 1) % hits.len()];
                assert_eq!(start(search.next(&trace.source, *hit)), *hit);
                assert_eq!(start(search.next(&trace.source, hit + 1)), after);
                assert_eq!(start(search.previous(&trace.source, *hit)), before);
                let range = ByteRange {
                    start: *hit,
                    len: 6,
                };
                assert_eq!(search.number_of(&trace.source, range), Some(i as u64 + 1));
            }
            let mut seen = Seen::default();
            for span in &trace.spans {
                let has = hits
                    .iter()
                    .any(|it| span.record.start <= *it && *it < span.record.end());
                assert_eq!(search.is_in(&trace.source, span.record, &mut seen), has);
            }
        }
    }

    #[test]
    fn a_name_that_is_in_no_record_is_found_too() {
        let mut trace = trace(&text());
        let strings = Arc::make_mut(&mut trace.strings);
        let name = strings.intern("a-Model");
        for at in [3, 17] {
            trace.spans[at].name = name;
        }
        let search = done(&trace, "MODEL", 0);
        assert_eq!(search.found(), 2);
        let (first, last) = (trace.spans[3].record.start, trace.spans[17].record.start);
        for (from, found, number, at) in [
            (0, first, 1, 3),
            (first + 1, last, 2, 17),
            (last + 1, first, 1, 3),
        ] {
            let hit = ByteRange::new(found, found);
            assert_eq!(search.next(&trace.source, from), Next::Hit(hit));
            assert_eq!(search.number_of(&trace.source, hit), Some(number));
            assert_eq!(search.named(hit), Some(SpanId::new(at)));
            assert!(search.is_named(&trace, SpanId::new(at)));
        }
        assert_eq!(
            search.previous(&trace.source, first),
            Next::Hit(ByteRange::new(last, last))
        );
        assert!(!search.is_named(&trace, SpanId::new(4)));
    }

    #[test]
    fn what_is_near_is_known_first() {
        let text = text();
        let trace = trace(&text);
        let from = trace.source.len() / 2;
        let mut search = Search::new(&trace, Query::new("needle").unwrap(), from);
        assert_eq!(search.next(&trace.source, from), Next::NotYet);
        while search.next(&trace.source, from) == Next::NotYet {
            let mut once = true;
            search.step(&trace, &mut || std::mem::take(&mut once));
        }
        assert!(matches!(search.next(&trace.source, from), Next::Hit(hit) if hit.start >= from));
        let nothing = done(&trace, "not there", from);
        assert_eq!(nothing.next(&trace.source, from), Next::Nothing);
        assert_eq!(nothing.previous(&trace.source, from), Next::Nothing);
        let empty = Trace::default();
        assert_eq!(done(&empty, "a", 0).next(&empty.source, 0), Next::Nothing);
    }
}
