//! The file as it arrives: bytes to text, in chunks that become the segments of the source.

use std::collections::VecDeque;

use crate::model::{Source, TooLarge};

/// What has come of a file. See the module.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    /// What has been walked, but for the current chunk.
    source: Source,
    /// The chunk that is being walked: it begins where the source ends.
    current: String,
    /// Chunks that have come and wait.
    waiting: VecDeque<String>,
    /// All text that has come, in bytes, of all files.
    arrived: u32,
    /// How much of it is of earlier files.
    earlier: u32,
    /// Where the bytes of a chunk are until they are text.
    room: Vec<u8>,
    /// A character that the last chunk ended inside of.
    tail: Vec<u8>,
    ended: bool,
}

impl Chunks {
    /// Of a record that has begun so many bytes are moved to where its end comes; a longer one
    /// grows where it is.
    const LEFT: usize = 1 << 16;

    /// Says that another file begins. The one before it was walked to its end.
    pub(super) fn begin_file(&mut self, name: &str) {
        self.store();
        self.ended = false;
        self.earlier = self.arrived;
        self.source.begin_file(name);
    }

    /// Puts what has come into the source.
    fn store(&mut self) {
        let current = std::iter::once(std::mem::take(&mut self.current));
        for chunk in current.chain(self.waiting.drain(..)) {
            // The length was checked when it arrived.
            let _ = self.source.push(chunk);
        }
    }

    /// Adds the next `len` bytes of the file, which `fill` writes to where they stay. `walked`:
    /// the current chunk is, up to what begins there. Whether the current chunk is another now,
    /// and begins with that.
    pub(super) fn push(
        &mut self,
        len: usize,
        fill: impl FnOnce(&mut [u8]),
        walked: Option<usize>,
    ) -> Result<bool, TooLarge> {
        let short = |it: &usize| self.current.len() - it <= Self::LEFT;
        let begun = walked.filter(|it| self.waiting.is_empty() && short(it));
        let left = begun.map_or_else(String::new, |it| self.leave(it));
        let mut room = std::mem::take(&mut self.room);
        let old = self.tail.len();
        if room.len() < old + len {
            let more = old + len - room.len();
            room.try_reserve(more).map_err(|_| TooLarge)?;
            room.resize(old + len, 0);
        }
        if let Some((start, rest)) = room.split_at_mut_checked(old) {
            start.copy_from_slice(&self.tail);
            fill(rest.get_mut(..len).unwrap_or_default());
        }
        self.tail.clear();
        let mut text = String::new();
        let reserved = text.try_reserve_exact(left.len() + old + len);
        reserved.map_err(|_| TooLarge)?;
        text.push_str(&left);
        self.decode(room.get(..old + len).unwrap_or_default(), &mut text, false);
        self.room = room;
        self.count(text.len() - left.len())?;
        if begun.is_some() {
            self.current = text;
        } else {
            self.waiting.push_back(text);
        }
        Ok(begun.is_some())
    }

    /// Says that no more will come.
    pub(super) fn end(&mut self) -> Result<(), TooLarge> {
        self.ended = true;
        self.room = Vec::new();
        let tail = std::mem::take(&mut self.tail);
        let mut text = String::new();
        self.decode(&tail, &mut text, true);
        self.count(text.len())?;
        if !text.is_empty() {
            self.waiting.push_back(text);
        }
        Ok(())
    }

    fn count(&mut self, len: usize) -> Result<(), TooLarge> {
        let len = u32::try_from(len).map_err(|_| TooLarge)?;
        self.arrived = self.arrived.checked_add(len).ok_or(TooLarge)?;
        Ok(())
    }

    /// Adds the text of bytes: U+FFFD where they are not UTF-8, which the source remembers.
    fn decode(&mut self, bytes: &[u8], text: &mut String, at_end: bool) {
        let old = text.len();
        // A chunk may end inside of a character, as most do in some languages.
        let (whole, begun) = bytes.split_at(if at_end {
            bytes.len()
        } else {
            whole_characters(bytes)
        });
        if let Ok(valid) = simdutf8::basic::from_utf8(whole) {
            text.push_str(valid);
            self.tail = begun.to_vec();
            return;
        }
        let mut read = 0;
        for chunk in bytes.utf8_chunks() {
            let invalid = chunk.invalid();
            text.push_str(chunk.valid());
            read += chunk.valid().len() + invalid.len();
            if invalid.is_empty() {
                continue;
            }
            if read == bytes.len() && invalid.len() == begun.len() {
                self.tail = invalid.to_vec();
                break;
            }
            let at = self.arrived + (text.len() - old) as u32;
            self.source.replace(at, invalid);
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }

    /// The current chunk.
    pub(super) fn text(&self) -> &str {
        &self.current
    }

    /// The address of its first byte.
    pub(super) fn start(&self) -> u32 {
        self.source.len()
    }

    /// Goes on to the next chunk that waits, if there is one. It begins with what the current one
    /// has from `begun` on.
    pub(super) fn next(&mut self, begun: usize) -> bool {
        let Some(next) = self.waiting.pop_front() else {
            return false;
        };
        self.current = match self.leave(begun) {
            left if left.is_empty() => next,
            left => left + &next,
        };
        true
    }

    /// Lets go of the current chunk, but for what it has from `begun` on.
    fn leave(&mut self, begun: usize) -> String {
        let mut walked = std::mem::take(&mut self.current);
        let left = match begun {
            0 => std::mem::take(&mut walked),
            _ => walked.split_off(begun),
        };
        // The length was checked when it arrived.
        let _ = self.source.push(walked);
        left
    }

    /// Up to `limit` bytes of the beginning, while nothing is walked.
    pub(super) fn head(&self, limit: usize) -> String {
        let mut head = String::new();
        for chunk in self.coming() {
            let mut room = limit.saturating_sub(head.len()).min(chunk.len());
            while !chunk.is_char_boundary(room) {
                room -= 1;
            }
            head.push_str(chunk.get(..room).unwrap_or_default());
        }
        head
    }

    /// The current chunk and those that wait.
    fn coming(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.current).chain(&self.waiting)
    }

    /// What the file is called.
    pub(super) fn name(&self) -> &str {
        self.source.files().last().map_or("", |it| it.1)
    }

    /// Bytes of text of this file that have come.
    pub(super) fn arrived(&self) -> u32 {
        self.arrived - self.earlier
    }

    /// Whether all that will come has come.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether the current chunk is the end of the file.
    pub(super) fn is_last(&self) -> bool {
        self.ended && self.waiting.is_empty()
    }

    /// The file as far as it has come.
    pub(super) fn source(&self) -> Source {
        let mut source = self.source.clone();
        for chunk in self.coming() {
            let _ = source.push(chunk.clone());
        }
        source
    }

    /// Brings a source that had this file before up to what has come since.
    pub(super) fn update(&self, source: &mut Source) {
        source.follow(&self.source, self.coming());
    }

    /// The whole file, once there is no more to walk.
    pub(super) fn into_source(mut self) -> Source {
        self.store();
        self.source
    }
}

/// How many of the bytes are not of a character that goes on after their end.
fn whole_characters(bytes: &[u8]) -> usize {
    let is_begun = |it: &usize| {
        let last = bytes.get(*it..).unwrap_or_default();
        let error = std::str::from_utf8(last).err();
        error.is_some_and(|it| it.valid_up_to() == 0 && it.error_len().is_none())
    };
    let from = bytes.len().saturating_sub(3);
    (from..bytes.len()).find(is_begun).unwrap_or(bytes.len())
}
