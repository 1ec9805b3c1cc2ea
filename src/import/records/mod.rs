//! Pulls one record after another out of a file that may still be arriving.
//!
//! A format says which containers are entered (its [`Shape`]); every value that stands directly in
//! one and is not entered itself is a record. What is entered is the same for one document, one
//! document a line, documents one after another, and an array of any of these.
//!
//! The walk never recurses and can be put down at any byte.

use memchr::memchr;

use super::chunks::Chunks;
use super::head::Head;
use crate::model::{ByteRange, Index, Indexed, Skip, Stop, TooLarge, unescape};

mod found;

pub(super) use found::{Found, Place, Record, Shape, TOP};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// A value, or (in a container) its end.
    Value,
    Key,
    Colon,
    /// A comma, or the end.
    Comma,
}

#[derive(Clone, Debug)]
struct Frame {
    place: u8,
    inside: Shape,
    close: u8,
    start: u32,
    expect: Expect,
    key: String,
}

/// A value (or a key) that has begun.
#[derive(Clone, Copy, Debug)]
struct Pending {
    start: usize,
    skip: Skip,
    is_key: bool,
    /// Whether its values are to be found: it is a record.
    indexed: bool,
    /// Whether a chunk ended in it before they were.
    cut: bool,
}

/// The records of a file. See the module.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// The file as it comes.
    pub(super) chunks: Chunks,
    /// Where in the current chunk the walk is.
    pos: usize,
    pending: Option<Pending>,
    /// The values of the record that is being walked.
    index: Index,
    top: Shape,
    frames: Vec<Frame>,
    /// Whether each line is a value. Then a broken line costs one line.
    lines: bool,
    /// Whether the beginning of the file said so.
    head_lines: bool,
    /// Whether that is known, or to be seen from the first value.
    lines_known: bool,
    /// Whether something stands before the value in each line.
    prefixed: bool,
    /// Whether the first value had no newline in it: if one follows, these are lines.
    one_line: Option<bool>,
    /// Where bytes began that are no JSON, while their end has not come.
    passing: Option<u32>,
    done: bool,
}

impl Records {
    /// Says that another file begins. The one before it was walked to its end.
    pub(super) fn begin_file(&mut self, name: &str) {
        let chunks = std::mem::take(&mut self.chunks);
        *self = Records {
            chunks,
            ..Records::default()
        };
        self.chunks.begin_file(name);
    }

    /// Adds the next `len` bytes of the file, which `fill` writes to where they stay.
    pub(super) fn push(
        &mut self,
        len: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> Result<(), TooLarge> {
        let begun = self.begun();
        let walked = self.pos >= self.chunks.text().len();
        if self.chunks.push(len, fill, walked.then_some(begun))? {
            self.moved(begun);
        }
        Ok(())
    }

    /// Sets what is entered. Before the first [`next`](Self::next).
    pub(super) fn enter(&mut self, shape: Shape, head: &Head<'_>) {
        self.top = shape;
        self.lines = head.lines;
        self.head_lines = head.lines;
        self.lines_known = head.lines;
        self.prefixed = head.prefixed;
    }

    /// Whether this is what was entered.
    pub(super) fn is_entered(&self, shape: Shape, head: &Head<'_>) -> bool {
        std::ptr::eq(self.top, shape)
            && (self.head_lines, self.prefixed) == (head.lines, head.prefixed)
    }

    /// The next thing in the file; `None` where what has come is at its end.
    pub(super) fn next(&mut self) -> Option<Found<'_>> {
        loop {
            if let Some(start) = self.passing {
                if !self.pass() {
                    if self.refill() {
                        continue;
                    }
                    if !self.chunks.has_ended() {
                        return None;
                    }
                }
                return Some(self.passed(start));
            }
            if self.pending.is_some() {
                match self.skip() {
                    Some(Skipped::Value(start)) => return Some(self.record(start)),
                    Some(Skipped::Key) => {}
                    Some(Skipped::Broken(start)) => return Some(self.broken_line(start)),
                    None if self.refill() => {}
                    None => return self.cut(),
                }
                continue;
            }
            let Some(byte) = self.next_byte() else {
                if self.refill() {
                    continue;
                }
                return self.cut();
            };
            if byte == b'\n' {
                // Only in `lines`, and only inside a value: the line was cut.
                return Some(self.broken_line(self.pos));
            }
            match self.take(byte) {
                Taken::Nothing => {}
                Taken::Opened(place, at) => return Some(Found::Opened { place, at }),
                Taken::Closed(place, range) => return Some(Found::Closed { place, range }),
                Taken::Garbage => self.garbage(),
            }
        }
    }

    /// Goes on to the next chunk that waits, taking along a value that has begun.
    fn refill(&mut self) -> bool {
        let begun = self.begun();
        let more = self.chunks.next(begun);
        if more {
            self.moved(begun);
        }
        more
    }

    /// Where in the chunk the value begins that has begun; its end where none has.
    fn begun(&self) -> usize {
        self.pending.map_or(self.chunks.text().len(), |it| it.start)
    }

    /// The chunk begins where `start` was.
    fn moved(&mut self, start: usize) {
        self.pos = self.pos.saturating_sub(start);
        self.pending.iter_mut().for_each(|it| it.start = 0);
    }

    /// The address of a position in the chunk.
    fn address(&self, pos: usize) -> u32 {
        self.chunks.start() + pos as u32
    }

    /// The next byte that is not blank.
    fn next_byte(&mut self) -> Option<u8> {
        loop {
            let byte = *self.chunks.text().as_bytes().get(self.pos)?;
            match byte {
                b'\n' => {
                    if self.lines && !self.frames.is_empty() {
                        return Some(byte);
                    }
                    if !self.frames.is_empty() {
                        self.one_line.get_or_insert(false);
                    }
                    if !self.lines_known
                        && self.frames.is_empty()
                        && let Some(one_line) = self.one_line
                    {
                        self.lines = one_line;
                        self.lines_known = true;
                    }
                }
                b' ' | b'\t' | b'\r' => {}
                _ if self.prefixed && self.frames.is_empty() && byte != b'{' => {}
                // A byte order mark, or what a log writes between lines.
                0xEF if self
                    .chunks
                    .text()
                    .get(self.pos..)
                    .is_some_and(|it| it.starts_with('\u{feff}')) =>
                {
                    self.pos += 2;
                }
                _ => return Some(byte),
            }
            self.pos += 1;
        }
    }

    /// Reads one token that is not blank.
    fn take(&mut self, byte: u8) -> Taken {
        let (expect, close) = self
            .frames
            .last()
            .map_or((Expect::Value, 0), |it| (it.expect, it.close));
        let at_end = byte == close && close != 0 && expect != Expect::Colon;
        if at_end {
            return self.close();
        }
        match (expect, byte) {
            (Expect::Key, b'"') => self.begin(true),
            (Expect::Colon, b':') => self.expect(Expect::Value, 1),
            (Expect::Comma, b',') => {
                let next = if close == b'}' {
                    Expect::Key
                } else {
                    Expect::Value
                };
                self.expect(next, 1)
            }
            (Expect::Value, b'{' | b'[') => match self.entered(byte) {
                Some((place, inside)) => self.open(byte, place, inside),
                None => self.begin_record(),
            },
            (Expect::Value, b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b'N' | b'I') => {
                self.begin(false)
            }
            // Between the values of a file a comma does no harm.
            (Expect::Value, b',') if self.frames.is_empty() => self.expect(Expect::Value, 1),
            _ => Taken::Garbage,
        }
    }

    fn expect(&mut self, expect: Expect, by: usize) -> Taken {
        if let Some(frame) = self.frames.last_mut() {
            frame.expect = expect;
        }
        self.pos += by;
        Taken::Nothing
    }

    fn begin(&mut self, is_key: bool) -> Taken {
        self.pending = Some(Pending {
            start: self.pos,
            skip: Skip::default(),
            is_key,
            indexed: false,
            cut: false,
        });
        self.index.clear();
        Taken::Nothing
    }

    fn begin_record(&mut self) -> Taken {
        let taken = self.begin(false);
        self.pending.iter_mut().for_each(|it| it.indexed = true);
        taken
    }

    /// The place of a container that begins here, if it is entered.
    fn entered(&self, byte: u8) -> Option<(u8, Shape)> {
        let Some(frame) = self.frames.last() else {
            // An array of what a file may hold is entered whatever the format.
            return match (byte, self.top.first()) {
                (b'[', _) => Some((TOP, self.top)),
                (_, Some(place)) => Some((place.id, place.inside)),
                _ => None,
            };
        };
        let key = if frame.close == b'}' {
            frame.key.as_str()
        } else {
            ""
        };
        let is_it = |it: &&Place| it.key == key || (it.key == "*" && !key.is_empty());
        let found = frame.inside.iter().find(is_it)?;
        Some((found.id, found.inside))
    }

    fn open(&mut self, byte: u8, place: u8, inside: Shape) -> Taken {
        let (close, expect) = if byte == b'{' {
            (b'}', Expect::Key)
        } else {
            (b']', Expect::Value)
        };
        let start = self.address(self.pos);
        self.frames.push(Frame {
            place,
            inside,
            close,
            start,
            expect,
            key: String::new(),
        });
        self.pos += 1;
        Taken::Opened(place, start)
    }

    fn close(&mut self) -> Taken {
        self.pos += 1;
        let Some(frame) = self.frames.pop() else {
            return Taken::Nothing;
        };
        let range = ByteRange::new(frame.start, self.address(self.pos));
        match self.frames.last_mut() {
            Some(outer) => outer.expect = Expect::Comma,
            None => {
                self.one_line.get_or_insert(true);
            }
        }
        Taken::Closed(frame.place, range)
    }

    /// Goes on skipping what has begun; `None` where the chunk ends first.
    fn skip(&mut self) -> Option<Skipped> {
        let pending = self.pending.as_mut()?;
        let bytes = self.chunks.text().as_bytes();
        if pending.indexed {
            pending.indexed = false;
            match self.index.run(bytes, pending.start, self.lines) {
                Indexed::Complete(end) => {
                    let start = pending.start;
                    self.pos = end;
                    self.pending = None;
                    return Some(Skipped::Value(start));
                }
                // The rest is skipped as it comes, and the record read when all of it is there.
                Indexed::MoreNeeded => pending.cut = true,
                Indexed::GaveUp => {}
            }
            self.index.clear();
        }
        let (pos, stop) = pending.skip.run(bytes, self.pos, self.lines);
        self.pos = pos;
        // In a container the end of the file cuts a number or a literal.
        let at_top = self.frames.is_empty() && pending.skip.is_bare();
        let last = self.chunks.is_last() && at_top;
        if stop == Stop::MoreNeeded && !last {
            return None;
        }
        let Pending {
            start, is_key, cut, ..
        } = *pending;
        self.pending = None;
        if stop == Stop::Newline {
            return Some(Skipped::Broken(start));
        }
        if cut && self.index.run(bytes, start, self.lines) != Indexed::Complete(pos) {
            self.index.clear();
        }
        if !is_key {
            return Some(Skipped::Value(start));
        }
        let key = self
            .chunks
            .text()
            .get(start + 1..pos.saturating_sub(1))
            .unwrap_or_default();
        if let Some(frame) = self.frames.last_mut() {
            frame.key = unescape(key).into_owned();
            frame.expect = Expect::Colon;
        }
        Some(Skipped::Key)
    }

    fn record(&mut self, start: usize) -> Found<'_> {
        let range = ByteRange::new(self.address(start), self.address(self.pos));
        let text = self.chunks.text().get(start..self.pos).unwrap_or_default();
        if self.one_line.is_none() {
            let one_line = memchr(b'\n', text.as_bytes()).is_none();
            self.one_line = Some(one_line).filter(|it| self.frames.is_empty() || !it);
        }
        let (place, key) = match self.frames.last_mut() {
            Some(frame) => {
                frame.expect = Expect::Comma;
                (
                    frame.place,
                    if frame.close == b'}' {
                        frame.key.as_str()
                    } else {
                        ""
                    },
                )
            }
            None => (TOP, ""),
        };
        Found::Record(Record {
            place,
            key,
            json: self.index.json(text),
            range,
        })
    }

    /// The line that ends here is no value: goes on with the next one.
    fn broken_line(&mut self, start: usize) -> Found<'_> {
        let start = self
            .frames
            .first()
            .map_or_else(|| self.address(start), |it| it.start);
        let range = ByteRange::new(start, self.address(self.pos));
        self.frames.clear();
        Found::Malformed(range)
    }

    /// Begins to pass over bytes that are no JSON.
    fn garbage(&mut self) {
        self.passing = Some(self.address(self.pos));
        self.pos += 1;
        if self.lines {
            self.frames.clear();
        }
    }

    /// Goes on to the end of bytes that are no JSON; `false` where the chunk ends first.
    fn pass(&mut self) -> bool {
        let rest = self
            .chunks
            .text()
            .as_bytes()
            .get(self.pos..)
            .unwrap_or_default();
        let len = if self.lines {
            memchr(b'\n', rest)
        } else {
            rest.iter()
                .position(|it| matches!(it, b'{' | b'}' | b'[' | b']' | b'"' | b',' | b'\n'))
        };
        self.pos += len.unwrap_or(rest.len());
        len.is_some()
    }

    /// Bytes that are no JSON end here.
    fn passed(&mut self, start: u32) -> Found<'_> {
        self.passing = None;
        if let Some(frame) = self.frames.last_mut() {
            // A member without its colon or value: try the next.
            frame.expect = Expect::Comma;
            if self.chunks.text().as_bytes().get(self.pos) == Some(&b'"') {
                frame.expect = if frame.close == b'}' {
                    Expect::Key
                } else {
                    Expect::Value
                };
            }
        }
        Found::Malformed(ByteRange::new(start, self.address(self.pos)))
    }

    /// At the end of what has come: once, whether the file ends inside of something.
    fn cut(&mut self) -> Option<Found<'_>> {
        if !self.chunks.has_ended() || self.done {
            return None;
        }
        self.done = true;
        let start = match (&self.pending, self.frames.last()) {
            (Some(pending), _) => self.address(pending.start),
            (None, Some(frame)) => frame.start,
            (None, None) => return None,
        };
        Some(Found::Cut(ByteRange::new(
            start,
            self.address(self.chunks.text().len()),
        )))
    }
}

enum Taken {
    Nothing,
    Opened(u8, u32),
    Closed(u8, ByteRange),
    Garbage,
}

enum Skipped {
    Value(usize),
    Key,
    Broken(usize),
}
