//! The file as it was given, kept once, and ranges of its bytes.

use std::borrow::Cow;
use std::sync::Arc;

use super::{KeyMap, SpanKey};

/// The address of the first byte of what is [decoded](Source::decoded). Files end before it.
pub const DECODED: u32 = 3 << 30;

/// A slice of a [`Source`], half-open, in bytes. The default (no length) means "not in the file".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ByteRange {
    /// First byte.
    pub start: u32,
    /// Number of bytes.
    pub len: u32,
}

impl ByteRange {
    /// From `start` up to, not including, `end`.
    pub fn new(start: u32, end: u32) -> Self {
        ByteRange {
            start,
            len: end.saturating_sub(start),
        }
    }

    /// One past the last byte.
    pub fn end(self) -> u32 {
        self.start.saturating_add(self.len)
    }

    /// Whether the file has no such part.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Whether `other` lies in this range.
    pub fn contains(self, other: ByteRange) -> bool {
        self.start <= other.start && other.end() <= self.end()
    }
}

/// The bytes of one or more files as text, in segments that never move and, in order, are the files.
///
/// "Download JSON" writes exactly the bytes that came in: where bytes were no UTF-8, the text has
/// U+FFFD and the bytes are kept.
#[derive(Clone, Debug, Default)]
pub struct Source {
    segments: Vec<Segment>,
    replaced: Vec<Replaced>,
    /// Where each file begins, and its name.
    files: Vec<(u32, String)>,
    /// What stands in the files in a code, as text. It is in none of them: its addresses come after all
    /// that a file may have, and it leaves with no download.
    decoded: Option<Segment>,
    /// Texts that stand once and are named in the places they belong to, by the keys of their names.
    pub(super) attachments: KeyMap<ByteRange>,
}

#[derive(Clone, Debug)]
struct Segment {
    start: u32,
    text: Arc<String>,
}

/// Text that stands for bytes that were no UTF-8.
#[derive(Clone, Debug)]
struct Replaced {
    text: ByteRange,
    bytes: Vec<u8>,
}

/// The file would not fit the offsets of a [`ByteRange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl Source {
    /// A source of one segment.
    pub fn from_text(text: String) -> Self {
        let mut source = Source::default();
        let _ = source.push(text);
        source
    }

    /// Says that another file begins here, and what it is called ("" if it has no name).
    pub(crate) fn begin_file(&mut self, name: &str) {
        self.files.push((self.len(), name.to_owned()));
    }

    /// The files: where each lies, and its name ("" if it has none).
    pub fn files(&self) -> impl Iterator<Item = (ByteRange, &str)> {
        let ends = self.files.iter().skip(1).map(|it| it.0);
        let ends = ends.chain(std::iter::once(self.len()));
        let files = self.files.iter().zip(ends);
        files.map(|((start, name), end)| (ByteRange::new(*start, end), name.as_str()))
    }

    /// Adds the next part of the file. What comes in small parts is put together.
    pub(crate) fn push(&mut self, text: String) -> Result<u32, TooLarge> {
        const SMALL: usize = 1 << 16;
        let start = self.len();
        let len = u32::try_from(text.len()).map_err(|_| TooLarge)?;
        let end = start.checked_add(len);
        end.filter(|it| *it <= DECODED).ok_or(TooLarge)?;
        let file = self.files.last().map_or(0, |it| it.0);
        match self.segments.last_mut() {
            Some(last) if last.text.len() + text.len() <= SMALL && start > file => {
                Arc::make_mut(&mut last.text).push_str(&text);
            }
            _ if len > 0 => self.add(text),
            _ => {}
        }
        Ok(start)
    }

    fn add(&mut self, text: String) {
        self.segments.push(Segment {
            start: self.len(),
            text: Arc::new(text),
        });
    }

    /// Brings this up to `other`, which has grown since, and to what comes after that. What both have is
    /// not touched.
    pub(crate) fn follow<'a>(&mut self, other: &Source, coming: impl Iterator<Item = &'a String>) {
        let is_same = |at: usize, it: &Segment| {
            let there = other.segments.get(at);
            there.is_some_and(|there| Arc::ptr_eq(&there.text, &it.text))
        };
        while let Some(last) = self.segments.last() {
            if is_same(self.segments.len() - 1, last) {
                break;
            }
            self.segments.pop();
        }
        let known = self.segments.len();
        let new = other.segments.get(known..).unwrap_or_default();
        self.segments.extend_from_slice(new);
        coming
            .filter(|it| !it.is_empty())
            .for_each(|it| self.add(it.clone()));
        let known = self.replaced.len().saturating_sub(1);
        self.replaced.truncate(known);
        let new = other.replaced.get(known..).unwrap_or_default();
        self.replaced.extend_from_slice(new);
        if self.files.len() != other.files.len() {
            self.files.clone_from(&other.files);
        }
    }

    /// Remembers that the U+FFFD at `at` stands for `bytes`.
    pub(crate) fn replace(&mut self, at: u32, bytes: &[u8]) {
        let width = char::REPLACEMENT_CHARACTER.len_utf8() as u32;
        match self.replaced.last_mut() {
            Some(last) if last.text.end() == at => {
                last.text.len += width;
                last.bytes.extend_from_slice(bytes);
            }
            _ => self.replaced.push(Replaced {
                text: ByteRange {
                    start: at,
                    len: width,
                },
                bytes: bytes.to_vec(),
            }),
        }
    }

    /// Where text stands for bytes that were no UTF-8.
    pub fn replaced(&self) -> impl Iterator<Item = ByteRange> {
        self.replaced.iter().map(|it| it.text)
    }

    /// Bytes of text.
    pub fn len(&self) -> u32 {
        self.segments
            .last()
            .map_or(0, |it| it.start + it.text.len() as u32)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sets what stands in the files in a code, as text: what is at `at` has the address
    /// [`DECODED`]` + at`.
    pub(crate) fn decode(&mut self, text: String) {
        self.decoded = (!text.is_empty()).then(|| Segment {
            start: DECODED,
            text: Arc::new(text),
        });
    }

    /// What stands in the files in a code, as text.
    pub fn decoded(&self) -> &str {
        self.decoded.as_ref().map_or("", |it| it.text.as_str())
    }

    fn segments_at(&self, at: u32) -> &[Segment] {
        if at < DECODED {
            &self.segments
        } else {
            self.decoded.as_slice()
        }
    }

    /// The text of a range: borrowed where it lies in one segment, as every record does.
    /// A range that is not in the file is empty.
    pub fn slice(&self, range: ByteRange) -> Cow<'_, str> {
        if range.is_empty() {
            return Cow::Borrowed("");
        }
        let segments = self.segments_at(range.start);
        let first = segments
            .partition_point(|it| it.start <= range.start)
            .saturating_sub(1);
        let Some(segment) = segments.get(first) else {
            return Cow::Borrowed("");
        };
        let from = (range.start - segment.start) as usize;
        if let Some(text) = segment.text.get(from..from + range.len as usize) {
            return Cow::Borrowed(text);
        }
        let mut joined = String::new();
        for segment in segments.get(first..).unwrap_or_default() {
            if segment.start >= range.end() {
                break;
            }
            let text = &segment.text;
            let from = range.start.saturating_sub(segment.start) as usize;
            let to = ((range.end() - segment.start) as usize).min(text.len());
            joined.push_str(text.get(from..to).unwrap_or_default());
        }
        Cow::Owned(joined)
    }

    /// The text of a range as it lies in memory: where each part begins, and its bytes.
    pub fn parts(&self, range: ByteRange) -> impl Iterator<Item = (u32, &[u8])> {
        let after = move |it: &&Segment| it.start < range.end();
        let segments = self.segments_at(range.start);
        let first = segments.partition_point(|it| it.start <= range.start);
        let rest = segments.get(first.saturating_sub(1)..);
        let rest = rest.unwrap_or_default().iter().take_while(after);
        rest.filter_map(move |it| {
            let from = range.start.max(it.start);
            let text = it.text.as_bytes().get((from - it.start) as usize..)?;
            let len = text.len().min((range.end() - from) as usize);
            Some((from, text.get(..len).filter(|it| !it.is_empty())?))
        })
    }

    /// Adds texts that are named elsewhere: strings, with their quotes, by the keys of their names.
    pub(crate) fn attach(&mut self, attachments: KeyMap<ByteRange>) {
        self.attachments.extend(attachments);
    }

    /// What a range says: its text, and for each string in it that only names an attachment
    /// (`"attachment://…"`, in old logs `"tc://…"`) the attachment.
    pub fn content(&self, range: ByteRange) -> Cow<'_, str> {
        let mut text = self.slice(range);
        if self.attachments.is_empty() {
            return text;
        }
        for prefix in ["\"attachment://", "\"tc://"] {
            if text.contains(prefix) {
                text = Cow::Owned(self.with_attachments(&text, prefix));
            }
        }
        text
    }

    fn with_attachments(&self, text: &str, prefix: &str) -> String {
        /// How much longer a text may become: many names of one long text are a bomb.
        const MOST: usize = 64 << 20;
        let mut whole = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(prefix) {
            let (before, from) = rest.split_at(at);
            let named = from.get(prefix.len()..).unwrap_or_default();
            let name = named.split('"').next().unwrap_or_default();
            whole.push_str(before);
            // In JSON within a string the quotes are escaped, and so they would have to be here.
            let is_inside = before.ends_with('\\') || whole.len() > MOST + text.len();
            let found = self.attachments.get(&SpanKey::of(name));
            if let Some(attachment) = found.filter(|_| !is_inside) {
                whole.push_str(&self.slice(*attachment));
                rest = named.get(name.len() + 1..).unwrap_or_default();
            } else {
                whole.push_str(prefix);
                rest = named;
            }
        }
        whole.push_str(rest);
        whole
    }

    /// Where `part`, a slice of what [`slice`](Self::slice) returned for `within`, lies in the file.
    /// A borrowed slice knows its own address; subtracting gives the range.
    pub fn range_of(within: ByteRange, text: &str, part: &str) -> ByteRange {
        let offset = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        if offset.saturating_add(part.len()) > text.len() {
            return ByteRange::default();
        }
        ByteRange {
            start: within.start + offset as u32,
            len: part.len() as u32,
        }
    }

    /// All files one after another, byte for byte as they came, in pieces.
    pub fn pieces(&self) -> Vec<&[u8]> {
        self.pieces_of(ByteRange::new(0, self.len()))
    }

    /// A file, byte for byte as it came, in pieces.
    pub fn pieces_of(&self, file: ByteRange) -> Vec<&[u8]> {
        let mut pieces = Vec::with_capacity(self.segments.len());
        let in_file = |it: u32| file.start <= it && it < file.end();
        let replaced = self.replaced.iter().filter(|it| in_file(it.text.start));
        let mut replaced = replaced.peekable();
        // How far the file is given: text that stands for bytes may go on in the next segment.
        let mut given = file.start;
        for segment in self.segments.iter().filter(|it| in_file(it.start)) {
            let text = segment.text.as_bytes();
            let end = segment.start + text.len() as u32;
            let part = |from: u32, to: u32| {
                text.get((from.max(segment.start) - segment.start) as usize..)?
                    .get(..to.checked_sub(from.max(segment.start))? as usize)
            };
            while let Some(it) = replaced.next_if(|it| it.text.start < end) {
                pieces.extend(part(given, it.text.start));
                pieces.push(&it.bytes);
                given = it.text.end();
            }
            pieces.extend(part(given, end));
            given = given.max(end);
        }
        pieces
    }

    /// Bytes of the file as it came.
    pub fn n_bytes(&self) -> u64 {
        let replaced = self.replaced.iter();
        let more = replaced.map(|it| it.bytes.len() as i64 - i64::from(it.text.len));
        (i64::from(self.len()) + more.sum::<i64>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_attachments_stand_for_them() {
        let text = r#"{"a":"attachment://1","b":"attachment://2","c":"\"attachment://1\"","d":"tc://1"}"it's \"1\"""#;
        let mut source = Source::from_text(text.to_owned());
        let end = text.len() as u32;
        let whole = ByteRange::new(0, end - 12);
        assert_eq!(source.content(whole), source.slice(whole));
        let one = ByteRange::new(end - 12, end);
        source.attach(std::iter::once((SpanKey::of("1"), one)).collect());
        let expected =
            r#"{"a":"it's \"1\"","b":"attachment://2","c":"\"attachment://1\"","d":"it's \"1\""}"#;
        assert_eq!(source.content(whole), expected);
    }
}
