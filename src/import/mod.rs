//! Bytes to traces; one file is one format.
//!
//! To add a format: write `import/<name>.rs` with a `Format` and a `Reader` (start from the
//! smallest one here), add its line to [`FORMATS`], and put a small file into
//! `tests/fixtures/<name>/`: the tests find it, run every invariant over it and write its snapshot.

mod answer;
mod attributes;
mod autogen;
mod braintrust;
mod chat;
mod chrome_trace;
mod chunks;
mod claude_code;
mod dialog;
mod error;
mod events;
mod facts;
mod fields;
mod google_adk;
mod har;
mod head;
mod ids;
mod inside;
mod jaeger;
mod langchain;
mod langfuse;
mod langsmith;
mod llm_api;
mod logs;
mod mlflow;
mod openai_agents;
mod openhands;
mod opik;
mod otel_js;
mod otel_python;
mod otlp;
mod phoenix;
mod provider;
mod pydantic_ai;
mod records;
mod requests;
mod smolagents;
mod spans;
mod swe_agent;
mod told;
mod trace_tab;
mod traces;
mod usage;
mod values;
mod weave;
mod zipkin;

use std::sync::Arc;

pub use error::ImportError;
use fields::{count, draft, moment, text, unix_nanos};
use head::Head;
use records::{Found, Record, Records, Shape};

use crate::model::{ByteRange, IssueKind, Source, Trace, TraceBuilder};

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
pub const FORMATS: &[&Format] = &[
    &trace_tab::FORMAT,
    &otlp::FORMAT,
    &openai_agents::FORMAT,
    &har::FORMAT,
    &chrome_trace::FORMAT,
    &langfuse::FORMAT,
    &langsmith::FORMAT,
    &braintrust::FORMAT,
    &weave::FORMAT,
    &opik::FORMAT,
    &otel_python::FORMAT,
    &otel_js::FORMAT,
    &mlflow::FORMAT,
    &phoenix::FORMAT,
    &jaeger::FORMAT,
    &zipkin::FORMAT,
    &claude_code::FORMAT,
    &pydantic_ai::FORMAT,
    &smolagents::FORMAT,
    &langchain::FORMAT,
    &google_adk::FORMAT,
    &autogen::FORMAT,
    &swe_agent::FORMAT,
    &openhands::FORMAT,
    &llm_api::FORMAT,
    &chat::FORMAT,
];

/// What reads a file.
struct Opened {
    shape: Shape,
    reader: Box<dyn Reader>,
}

/// Reads the records of one file, in order.
trait Reader {
    /// Takes a record. Says what became of it, for the tally.
    fn record(&mut self, builder: &mut TraceBuilder, record: &Record<'_>) -> Became;

    /// Whether a file that begins so goes on with what was read: then it comes next. Else it is a
    /// trace of its own.
    fn goes_on(&mut self, _head: &Head<'_>) -> bool {
        false
    }

    /// An entered container begins, at this address.
    fn opened(&mut self, _builder: &mut TraceBuilder, _place: u8, _at: u32) {}

    /// An entered container ended; the range is all of it.
    fn closed(&mut self, _builder: &mut TraceBuilder, _place: u8, _range: ByteRange) {}

    /// Whether a file may end inside of this.
    fn may_end(&self, _cut: ByteRange) -> bool {
        false
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

/// Files that are being read. Push bytes as they come, and step.
#[derive(Default)]
pub struct Import {
    records: Records,
    groups: Vec<Group>,
    /// Whose the file is that is being read: a place in `groups`.
    group: Option<usize>,
    /// Why the file that is being read is no trace.
    error: Option<ImportError>,
    /// Files that are no trace.
    unread: Vec<Unread>,
    /// Bytes of all files, where that is known.
    total_bytes: u64,
    sniffed: u32,
    has_file: bool,
}

/// Files of one format that belong together, as they are read.
struct Group {
    format: &'static Format,
    reader: Box<dyn Reader>,
    builder: TraceBuilder,
    /// Where a file was cut off.
    cut: Option<u32>,
    /// Where each file begins.
    files: Vec<u32>,
}

/// What an import gave.
#[derive(Debug)]
pub struct Imported {
    /// The traces of the files; never none.
    pub traces: Vec<Trace>,
    /// Files that are no trace.
    pub unread: Vec<Unread>,
}

/// A file among others that is no trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What it is called; "" if it has no name.
    pub name: String,
    /// Why it was not read.
    pub error: ImportError,
}

impl Import {
    /// How much of the beginning is looked at, the first time.
    const HEAD: u32 = 1 << 16;
    /// How many records are read between looks at the clock.
    const BATCH: usize = 16;

    /// Says how many bytes will come, where that is known.
    pub fn expect(&mut self, total_bytes: u64) {
        self.total_bytes = total_bytes;
    }

    /// Says that another file begins, and what it is called. Files that belong together become one
    /// trace.
    pub fn begin_file(&mut self, name: &str) {
        self.end_file();
        self.records.begin_file(name);
        self.has_file = true;
        self.sniffed = 0;
    }

    /// Adds the next bytes of the file.
    pub fn push(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.push_with(bytes.len(), |room| room.copy_from_slice(bytes));
    }

    /// Adds the next `len` bytes of the file, which `fill` writes to where they stay.
    pub fn push_with(&mut self, len: usize, fill: impl FnOnce(&mut [u8])) {
        if !self.has_file {
            self.begin_file("");
        }
        if self.records.push(len, fill).is_err() {
            self.error.get_or_insert(ImportError::TooLarge);
        }
    }

    /// Says that no more of this file will come.
    pub fn end(&mut self) {
        if self.records.chunks.end().is_err() {
            self.error.get_or_insert(ImportError::TooLarge);
        }
    }

    /// Spans read so far.
    pub fn n_spans(&self) -> usize {
        self.groups.iter().map(|it| it.builder.n_spans()).sum()
    }

    /// Reads on while there is something to read and `go_on` says so. Whether all that has come
    /// was read.
    pub fn step(&mut self, mut go_on: impl FnMut() -> bool) -> bool {
        if self.error.is_some() {
            return true;
        }
        if self.group.is_none() && !self.detect() {
            return true;
        }
        let Some(group) = self.group.and_then(|it| self.groups.get_mut(it)) else {
            return true;
        };
        loop {
            for _ in 0..Self::BATCH {
                match self.records.next() {
                    Some(found) => group.read(found),
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
                self.records.enter(opened.shape, &head);
                let known = self
                    .groups
                    .iter_mut()
                    .rposition(|it| std::ptr::eq(it.format, *format) && it.reader.goes_on(&head));
                let start = self.records.chunks.start();
                match known.and_then(|it| self.groups.get_mut(it)) {
                    Some(group) => group.files.push(start),
                    None => {
                        let mut builder = TraceBuilder::default();
                        builder.expect(self.total_bytes);
                        self.groups.push(Group {
                            format,
                            reader: opened.reader,
                            builder,
                            cut: None,
                            files: vec![start],
                        });
                    }
                }
                self.group = known.or(self.groups.len().checked_sub(1));
                return true;
            }
            if look < most {
                look = most.min(look * 4);
                continue;
            }
            if ended || arrived > 64 * Self::HEAD {
                self.error = Some(ImportError::unknown(&text, &head, ended));
            }
            return false;
        }
    }

    /// Reads the file to its end.
    fn end_file(&mut self) {
        if !self.has_file {
            return;
        }
        if !self.records.chunks.has_ended() {
            self.end();
        }
        self.step(|| true);
        let group = self.group.take();
        let error = self.error.take();
        let error = error.or_else(|| group.is_none().then_some(ImportError::Empty));
        if let Some(error) = error {
            let name = self.records.chunks.name().to_owned();
            self.unread.push(Unread { name, error });
        }
    }

    /// The traces, or why there are none. After [`end`](Self::end), when [`step`](Self::step) has
    /// read all.
    pub fn finish(mut self) -> Result<Imported, ImportError> {
        self.end_file();
        let mut source = self.records.chunks.into_source();
        for group in &mut self.groups {
            source.attach(std::mem::take(&mut group.builder.attachments));
        }
        let source = Arc::new(source);
        let mut unread = self.unread;
        let mut traces = Vec::new();
        for group in self.groups {
            let file = group.files.first().copied().unwrap_or_default();
            match group.finish(&source) {
                Ok(more) => traces.extend(more),
                Err(error) => {
                    let name = source.files().find(|it| it.0.start == file);
                    let name = name.map_or("", |it| it.1).to_owned();
                    unread.push(Unread { name, error });
                }
            }
        }
        if traces.is_empty() {
            let first = unread.into_iter().next();
            return Err(first.map_or(ImportError::Empty, |it| it.error));
        }
        let n_traces = traces.len() as u32;
        traces.iter_mut().for_each(|it| it.n_traces = n_traces);
        Ok(Imported { traces, unread })
    }

    /// What was given, whether or not it is a trace.
    pub fn source(&self) -> Source {
        self.records.chunks.source()
    }
}

/// Imports a whole file.
pub fn import(bytes: impl AsRef<[u8]>) -> Result<Imported, ImportError> {
    import_files([("", bytes)])
}

/// Imports whole files, each with its name.
pub fn import_files<'a>(
    files: impl IntoIterator<Item = (&'a str, impl AsRef<[u8]>)>,
) -> Result<Imported, ImportError> {
    let mut import = Import::default();
    for (name, bytes) in files {
        import.begin_file(name);
        import.expect(bytes.as_ref().len() as u64);
        import.push(bytes);
    }
    import.finish()
}

impl Group {
    fn read(&mut self, found: Found<'_>) {
        let Group {
            reader, builder, ..
        } = self;
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
            Found::Cut(range) if reader.may_end(range) => {}
            Found::Cut(range) => {
                self.cut = Some(range.start);
                builder.issue(IssueKind::Truncated, range);
            }
        }
    }

    fn finish(mut self, source: &Arc<Source>) -> Result<Vec<Trace>, ImportError> {
        let ended = self.reader.end(&mut self.builder);
        drop(self.reader);
        let is_own = |at: &ByteRange| {
            let mut own = source.files().filter(|it| self.files.contains(&it.0.start));
            own.any(|it| it.0.contains(*at))
        };
        for at in source.replaced().filter(is_own) {
            self.builder.issue(IssueKind::InvalidUtf8, at);
        }
        if self.builder.n_spans() == 0 {
            ended?;
            return Err(match self.cut {
                Some(_) => ImportError::Cut(u64::from(source.len())),
                None => ImportError::NoSpans(self.format.name),
            });
        }
        Ok(self
            .builder
            .finish(source, (self.format.id, self.format.name)))
    }
}
