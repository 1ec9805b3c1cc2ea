//! Bytes to traces; one file is one format.
//!
//! To add a format: write `import/<name>.rs` with a `Format` and a `Reader` (start from the
//! smallest one here), add its line to [`FORMATS`], and put a small file into
//! `tests/fixtures/<name>/`: the tests find it, run every invariant over it and write its snapshot.

mod attributes;
mod chunks;
mod claude_code;
mod error;
mod head;
mod otlp;
mod records;
mod trace_tab;

use std::sync::Arc;

pub use error::ImportError;
use head::Head;
use records::{Found, Record, Records, Shape};

use crate::model::{
    Draft, IssueKind, Json, Kind, Moment, Source, Trace, TraceBuilder, parse_rfc3339, skip_blank,
};

/// A kind of trace file.
pub struct Format {
    /// What scripts call it.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Whether a file that begins so is one.
    sniff: fn(&Head) -> bool,
    /// How to read one that begins so.
    open: fn(&Head) -> Opened,
}

/// The formats, most particular first: the first that takes a file has it.
pub const FORMATS: &[&Format] = &[&trace_tab::FORMAT, &otlp::FORMAT, &claude_code::FORMAT];

/// What reads a file.
struct Opened {
    shape: Shape,
    reader: Box<dyn Reader>,
}

/// Reads the records of one file, in order.
trait Reader {
    /// Takes a record. Says what became of it, for the tally.
    fn record(&mut self, builder: &mut TraceBuilder, record: &Record<'_>) -> Became;

    /// An entered container begins, at this address.
    fn opened(&mut self, _builder: &mut TraceBuilder, _place: u8, _at: u32) {}

    /// An entered container ended; the range is all of it.
    fn closed(&mut self, _builder: &mut TraceBuilder, _place: u8, _range: crate::model::ByteRange) {
    }

    /// There is no more. An error where what was read is no trace of its own.
    fn end(&mut self, _builder: &mut TraceBuilder) -> Result<(), ImportError> {
        Ok(())
    }
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Became {
    /// A span, or part of one.
    Span,
    /// Something else that is known.
    Other,
    /// Nothing: it could not be read.
    Bad,
    /// A detail of the container it stands in, and no record of its own.
    Detail,
}

/// A file that is being read. Push bytes as they come, and step.
#[derive(Default)]
pub struct Import {
    records: Records,
    builder: TraceBuilder,
    format: Option<&'static Format>,
    reader: Option<Box<dyn Reader>>,
    error: Option<ImportError>,
    /// Where the file was cut off.
    cut: Option<u32>,
    sniffed: u32,
}

/// What an import gave.
#[derive(Debug)]
pub struct Imported {
    /// The traces of the file; never none.
    pub traces: Vec<Trace>,
}

impl Import {
    /// How much of the beginning is looked at, the first time.
    const HEAD: u32 = 1 << 16;
    /// How many records are read between looks at the clock.
    const BATCH: usize = 16;

    /// Says how many bytes will come, where that is known.
    pub fn expect(&mut self, total_bytes: u64) {
        self.builder.expect(total_bytes);
    }

    /// Adds the next bytes of the file.
    pub fn push(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.push_with(bytes.len(), |room| room.copy_from_slice(bytes));
    }

    /// Adds the next `len` bytes of the file, which `fill` writes to where they stay.
    pub fn push_with(&mut self, len: usize, fill: impl FnOnce(&mut [u8])) {
        if self.records.push(len, fill).is_err() {
            self.error.get_or_insert(ImportError::TooLarge);
        }
    }

    /// Says that no more will come.
    pub fn end(&mut self) {
        if self.records.chunks.end().is_err() {
            self.error.get_or_insert(ImportError::TooLarge);
        }
    }

    /// Spans read so far.
    pub fn n_spans(&self) -> usize {
        self.builder.n_spans()
    }

    /// Reads on while there is something to read and `go_on` says so. Whether all that has come
    /// was read.
    pub fn step(&mut self, mut go_on: impl FnMut() -> bool) -> bool {
        if self.error.is_some() {
            return true;
        }
        if self.format.is_none() && !self.detect() {
            return true;
        }
        let Some(reader) = &mut self.reader else {
            return true;
        };
        loop {
            for _ in 0..Self::BATCH {
                match self.records.next() {
                    Some(found) => read(&mut self.builder, reader.as_mut(), found, &mut self.cut),
                    None => return true,
                }
            }
            if !go_on() {
                return false;
            }
        }
    }

    /// Tells the format. `false` if it takes more of the file to tell, or none takes it.
    fn detect(&mut self) -> bool {
        let arrived = self.records.chunks.arrived();
        let ended = self.records.chunks.has_ended();
        // Looks again only when twice as much has come.
        if !ended && (arrived < Self::HEAD || arrived / 2 < self.sniffed) {
            return false;
        }
        self.sniffed = arrived;
        let most = arrived.min(16 * Self::HEAD);
        let mut look = most.min(Self::HEAD);
        loop {
            let text = self.records.chunks.head(look as usize);
            let head = Head::new(&text);
            if let Some(format) = FORMATS.iter().find(|it| (it.sniff)(&head)) {
                let opened = (format.open)(&head);
                self.records.enter(opened.shape, head.lines);
                self.format = Some(format);
                self.reader = Some(opened.reader);
                return true;
            }
            if look < most {
                look = most.min(look * 4);
                continue;
            }
            if ended || arrived > 64 * Self::HEAD {
                self.error = Some(unknown(&text, &head, ended));
            }
            return false;
        }
    }

    /// The traces, or why there are none. After [`end`](Self::end), when [`step`](Self::step) has
    /// read all.
    pub fn finish(mut self) -> Result<Imported, ImportError> {
        self.step(|| true);
        if let Some(error) = self.error {
            return Err(error);
        }
        let (Some(format), Some(mut reader)) = (self.format, self.reader.take()) else {
            return Err(ImportError::Empty);
        };
        let ended = reader.end(&mut self.builder);
        drop(reader);
        let source = Arc::new(self.records.chunks.into_source());
        for at in source.replaced() {
            self.builder.issue(IssueKind::InvalidUtf8, at);
        }
        if self.builder.n_spans() == 0 {
            ended?;
            return Err(match self.cut {
                Some(_) => ImportError::Cut(u64::from(source.len())),
                None => ImportError::NoSpans(format.name),
            });
        }
        Ok(Imported {
            traces: self.builder.finish(&source, (format.id, format.name)),
        })
    }

    /// The first trace, as far as it has been read.
    pub fn so_far(&self) -> Option<Trace> {
        let format = self.format?;
        let source = Arc::new(self.records.chunks.source());
        let builder = self.builder.clone();
        let traces = builder.finish(&source, (format.id, format.name));
        traces.into_iter().next().filter(|it| !it.spans.is_empty())
    }

    /// What was given, whether or not it is a trace.
    pub fn source(&self) -> Source {
        self.records.chunks.source()
    }
}

/// Imports a whole file.
pub fn import(bytes: impl AsRef<[u8]>) -> Result<Imported, ImportError> {
    let bytes = bytes.as_ref();
    let mut import = Import::default();
    import.expect(bytes.len() as u64);
    import.push(bytes);
    import.end();
    import.finish()
}

fn read(
    builder: &mut TraceBuilder,
    reader: &mut dyn Reader,
    found: Found<'_>,
    cut: &mut Option<u32>,
) {
    match found {
        Found::Record(record) => {
            builder.has_read(record.range.end());
            let became = reader.record(builder, &record);
            match became {
                Became::Span => builder.tally.read += 1,
                Became::Other => builder.tally.other += 1,
                Became::Bad => {
                    builder.tally.bad += 1;
                    builder.issue(IssueKind::BadRecord, record.range);
                }
                Became::Detail => {}
            }
        }
        Found::Opened { place, at } => reader.opened(builder, place, at),
        Found::Closed { place, range } => reader.closed(builder, place, range),
        Found::Malformed(range) => {
            builder.tally.bad += 1;
            builder.issue(IssueKind::Malformed, range);
        }
        Found::Cut(range) => {
            *cut = Some(range.start);
            builder.issue(IssueKind::Truncated, range);
        }
    }
}

/// Why no format takes a file.
fn unknown(text: &str, head: &Head, ended: bool) -> ImportError {
    let trimmed = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if trimmed.is_empty() && ended {
        return ImportError::Empty;
    }
    let skipped = text.len() - trimmed.len();
    let known = matches!(
        Json::new(trimmed).kind(),
        Kind::Object | Kind::Array | Kind::String | Kind::Number
    ) || matches!(trimmed.trim_end(), "true" | "false" | "null");
    let first_line = trimmed.lines().next().unwrap_or_default();
    // A word or a log line that happens to begin with a digit is no JSON either.
    let scalar_line = matches!(Json::new(first_line).kind(), Kind::Number)
        && Json::new(first_line).f64().is_none();
    let not_json = |at: usize| {
        let seen = text.get(at..).and_then(|it| it.lines().next());
        // Of a file that is no text, what can be shown.
        let shown = |it: char| if it.is_control() { '\u{fffd}' } else { it };
        let seen = seen.unwrap_or_default().chars().map(shown);
        ImportError::NotJson(at as u64, seen.take(24).collect())
    };
    if !known || scalar_line {
        return not_json(skipped);
    }
    let json = Json::new(trimmed);
    if json.kind() == Kind::Object && json.members().next().is_none() {
        // It looks like an object, and has no member: cut off, empty, or in another language.
        let inside = skipped + skip_blank(trimmed.as_bytes(), 1);
        match text.as_bytes().get(inside) {
            Some(b'}') => {}
            None | Some(b'"') if ended => return ImportError::Cut(text.len() as u64),
            _ => return not_json(inside),
        }
    }
    ImportError::UnknownFormat(head.keys())
}

/// A moment from RFC 3339 text; notes an issue where there is text and no moment in it.
fn moment(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Option<Json<'_>>,
) -> Option<Moment> {
    let time = time.filter(|it| it.is_some())?;
    let nanos = time.str().and_then(|it| parse_rfc3339(&it));
    check(builder, record, time, nanos)
}

/// A moment from decimal nanoseconds, as a string or a number. 0 is "not there".
fn unix_nanos(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Option<Json<'_>>,
) -> Option<Moment> {
    let time = time.filter(|it| it.is_some() && !matches!(it.text(), "0" | "\"0\"" | "\"\""))?;
    check(builder, record, time, time.i64())
}

fn check(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Json<'_>,
    nanos: Option<i64>,
) -> Option<Moment> {
    /// 2000-01-01 and 2100-01-01: outside, the unit is wrong (seconds, milliseconds) or the clock.
    const LIKELY: std::ops::Range<i64> = 946_684_800_000_000_000..4_102_444_800_000_000_000;
    let Some(nanos) = nanos else {
        builder.issue(IssueKind::BadTime, record.range_of(time));
        return None;
    };
    if !LIKELY.contains(&nanos) {
        builder.issue(IssueKind::UnlikelyTime, record.range_of(time));
    }
    Moment::new(nanos)
}

/// A token count; notes an issue where there is something that is none.
fn count(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    value: Option<Json<'_>>,
) -> crate::model::Count {
    let Some(value) = value.filter(|it| it.is_some()) else {
        return crate::model::Count::default();
    };
    let whole = || value.f64().filter(|it| *it >= 0.0 && it.fract() == 0.0);
    let count = value.u64().or_else(|| whole().map(|it| it as u64));
    // More than fits is no count of tokens, and another number in its place would be made up.
    let count = count.filter(|it| crate::model::Count::new(*it).get() == Some(*it));
    if count.is_none() {
        builder.issue(IssueKind::BadCount, record.range_of(value));
    }
    count.into()
}

/// The text of a string member, or "".
fn text(value: Option<Json<'_>>) -> std::borrow::Cow<'_, str> {
    value.and_then(Json::str).unwrap_or_default()
}

/// A draft of `record`.
fn draft(record: &Record<'_>) -> Draft {
    Draft {
        record: record.range,
        ..Draft::default()
    }
}
