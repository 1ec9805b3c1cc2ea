//! Files as they are read: which format each is, and which belong together.

use std::sync::Arc;

use super::head::Head;
use super::live::Live;
use super::records::{Found, Records};
use super::requests::request_now;
use super::room::has_room;
use super::{Became, Format, ImportError, Reader, formats, sessions};
use crate::model::{ByteRange, IssueKind, Source, Trace, TraceBuilder, at_once, pause};

/// Files that are being read. Push bytes as they come, and step.
#[derive(Default)]
pub struct Import {
    pub(super) records: Records,
    pub(super) groups: Vec<Group>,
    /// Whose the file is that is being read: a place in `groups`.
    pub(super) group: Option<usize>,
    /// Why the file that is being read is no trace.
    pub(super) error: Option<ImportError>,
    /// Files that are no trace.
    unread: Vec<Unread>,
    /// Bytes of all files, where that is known.
    total_bytes: u64,
    sniffed: u32,
    has_file: bool,
    /// The part of the viewer that it takes to read the file, or to tell its format, and that is not
    /// there yet.
    needed: Option<&'static str>,
    /// What is known of the trace, where that is shown while it grows.
    pub(super) live: Option<Live>,
}

/// Files of one format that belong together, as they are read.
pub(super) struct Group {
    pub(super) format: &'static Format,
    pub(super) reader: Box<dyn Reader>,
    pub(super) builder: TraceBuilder,
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
    pub(super) const HEAD: u32 = 1 << 16;
    /// How many records are read between looks at the clock.
    const BATCH: usize = 16;

    /// Says how many bytes will come, where that is known. An error if they are more than there is
    /// memory for.
    pub fn expect(&mut self, total_bytes: u64) -> Result<(), ImportError> {
        if !has_room(total_bytes) {
            return Err(ImportError::TooLarge);
        }
        self.total_bytes = total_bytes;
        Ok(())
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

    /// The part of the viewer without which it does not go on. [`step`](Self::step) again when that
    /// is there.
    pub fn needs(&self) -> Option<&'static str> {
        self.needed
    }

    /// Reads on while there is something to read and `go_on` says so. Whether all that has come
    /// was read, or what reads it is still to come.
    pub fn step(&mut self, mut go_on: impl FnMut() -> bool) -> bool {
        if self.needed.take().is_some() {
            self.sniffed = 0;
        }
        if let Some(live) = &self.live {
            (live.recheck)(self);
        }
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
                let Some(found) = self.records.next() else {
                    return true;
                };
                self.needed = group.read(found);
                if self.needed.is_some() {
                    return true;
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
        // What grows tells soon what it is. Looks again only when twice as much has come.
        let is_little = arrived < Self::HEAD && self.live.is_none();
        if !ended && (is_little || arrived / 2 < self.sniffed) {
            return false;
        }
        self.sniffed = arrived;
        let most = arrived.min(16 * Self::HEAD);
        let mut look = most.min(Self::HEAD);
        loop {
            let text = self.records.chunks.head(look as usize);
            let head = Head::new(&text);
            if let Some(format) = formats().find(|it| (it.sniff)(&head)) {
                self.open(format, &head);
                return self.error.is_none() && self.needed.is_none();
            }
            if look < most {
                look = most.min(look * 4);
                continue;
            }
            // Of what grows, the first record may be on its way.
            let is_enough = ended || arrived >= Self::HEAD || head.lines;
            if is_enough && !formats::are_all_here() && !text.trim().is_empty() {
                self.needed = Some(formats::NAME);
            } else if ended || arrived > 64 * Self::HEAD {
                self.error = Some(ImportError::unknown(&text, &head, ended));
            }
            return false;
        }
    }

    /// Begins to read the file as a format: with what it goes on with, or on its own.
    pub(super) fn open(&mut self, format: &'static Format, head: &Head<'_>) {
        let Some(open) = format.open.now() else {
            self.needed = Some(sessions::NAME);
            return;
        };
        let opened = open(head);
        self.records.enter(opened.shape, head);
        let mut groups = self.groups.iter_mut();
        let known =
            groups.rposition(|it| std::ptr::eq(it.format, format) && it.reader.goes_on(head));
        let start = self.records.chunks.start();
        let decoded = self.take_decoded();
        if let Some(group) = known.and_then(|it| self.groups.get_mut(it)) {
            group.files.push(start);
        } else {
            let mut builder = TraceBuilder::default();
            builder.expect(self.total_bytes);
            if self.live.is_some() {
                builder.grows();
            }
            self.groups.push(Group {
                format,
                reader: opened.reader,
                builder,
                cut: None,
                files: vec![start],
            });
        }
        self.group = known.or(self.groups.len().checked_sub(1));
        if let Some(group) = self.group.and_then(|it| self.groups.get_mut(it)) {
            group.builder.decoded = decoded;
        }
    }

    /// What was decoded so far. Groups have one space of addresses for it: it goes from one to the next.
    fn take_decoded(&mut self) -> String {
        let builders = self.groups.iter_mut().map(|it| &mut it.builder.decoded);
        let mut all = builders.map(std::mem::take);
        all.find(|it| !it.is_empty()).unwrap_or_default()
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
    pub fn finish(self) -> Result<Imported, ImportError> {
        at_once(self.finish_in_slices())
    }

    /// The same, with pauses.
    pub async fn finish_in_slices(mut self) -> Result<Imported, ImportError> {
        self.end_file();
        let decoded = self.take_decoded();
        let mut source = self.records.chunks.into_source();
        source.decode(decoded);
        for group in &mut self.groups {
            source.attach(std::mem::take(&mut group.builder.attachments));
        }
        let source = Arc::new(source);
        let mut unread = self.unread;
        let mut traces = Vec::new();
        for group in self.groups {
            let file = group.files.first().copied().unwrap_or_default();
            match group.finish(&source).await {
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

    /// The first trace, as far as it has been read.
    pub fn so_far(&self) -> Option<Trace> {
        let group = self.groups.first()?;
        let mut source = self.records.chunks.source();
        source.decode(group.builder.decoded.clone());
        let source = Arc::new(source);
        let format = (group.format.id, group.format.name);
        let mut builder = group.builder.clone();
        request_now(&mut builder, &source);
        let traces = builder.finish(&source, format);
        traces.into_iter().next().filter(|it| !it.spans.is_empty())
    }

    /// What was given. There is no reading on after this.
    pub fn into_source(mut self) -> Source {
        self.end_file();
        self.records.chunks.into_source()
    }

    /// What was given, whether or not it is a trace.
    pub fn source(&self) -> Source {
        self.records.chunks.source()
    }
}

impl Group {
    /// Reads on. Which part of the viewer it takes to go on after this.
    fn read(&mut self, found: Found<'_>) -> Option<&'static str> {
        let Group {
            reader, builder, ..
        } = self;
        match found {
            Found::Record(record) => {
                builder.reads(record.range);
                let first = builder.n_spans();
                let became = reader.record(builder, &record);
                let is_in = |at: &ByteRange| record.range.contains(*at);
                builder.check_ids(first, |at| {
                    Some(at).filter(is_in).map(|at| record.text_of(at))
                });
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
            Found::Opened { place, at } => {
                builder.reads(ByteRange { start: at, len: 1 });
                reader.opened(builder, place, at);
                return reader.needs();
            }
            Found::Closed { place, range } => {
                builder.reads(range);
                reader.closed(builder, place, range);
            }
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
        None
    }

    async fn finish(mut self, source: &Arc<Source>) -> Result<Vec<Trace>, ImportError> {
        let ended = self.reader.end(&mut self.builder);
        drop(self.reader);
        pause().await;
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
        request_now(&mut self.builder, source);
        let format = (self.format.id, self.format.name);
        Ok(self.builder.finish_in_slices(source, format).await)
    }
}
