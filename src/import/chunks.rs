//! The file as it arrives: bytes to text, in chunks that become the segments of the source.

use std::collections::VecDeque;

use crate::model::{Source, TooLarge};

/// What has come of a file. See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunks {
    /// What has been walked, but for the current chunk.
    source: Source,
    /// The chunk that is being walked: it begins where the source ends.
    current: String,
    /// Where in it that is: what stands before lies in a bridge.
    from: usize,
    /// What comes behind a bridge, and where in it.
    after: Option<(String, usize)>,
    /// Chunks that have come and wait.
    waiting: VecDeque<String>,
    /// All text that has come, in bytes.
    arrived: u32,
    /// A character that the last chunk ended inside of.
    tail: Vec<u8>,
    ended: bool,
}

impl Chunks {
    /// Adds the next bytes of the file.
    pub(super) fn push(&mut self, bytes: Vec<u8>) -> Result<(), TooLarge> {
        let bytes = if self.tail.is_empty() {
            bytes
        } else {
            [std::mem::take(&mut self.tail), bytes].concat()
        };
        let text = self.decode(bytes, false);
        self.add(text)
    }

    /// Says that no more will come.
    pub(super) fn end(&mut self) -> Result<(), TooLarge> {
        self.ended = true;
        let tail = std::mem::take(&mut self.tail);
        let text = self.decode(tail, true);
        self.add(text)
    }

    fn add(&mut self, text: String) -> Result<(), TooLarge> {
        let len = u32::try_from(text.len()).map_err(|_| TooLarge)?;
        self.arrived = self.arrived.checked_add(len).ok_or(TooLarge)?;
        if !text.is_empty() {
            self.waiting.push_back(text);
        }
        Ok(())
    }

    /// The text of bytes: U+FFFD where they are no UTF-8, which the source remembers.
    fn decode(&mut self, bytes: Vec<u8>, at_end: bool) -> String {
        let error = match String::from_utf8(bytes) {
            Ok(text) => return text,
            Err(error) => error,
        };
        let good = error.utf8_error().valid_up_to();
        let cut = error.utf8_error().error_len().is_none();
        let mut bytes = error.into_bytes();
        if cut && !at_end {
            // A character that the chunk ends inside of, as most chunks of some languages do.
            self.tail = bytes.split_off(good);
            return String::from_utf8(bytes).unwrap_or_default();
        }
        let mut text = String::with_capacity(bytes.len());
        let mut read = 0;
        for chunk in bytes.utf8_chunks() {
            let invalid = chunk.invalid();
            text.push_str(chunk.valid());
            read += chunk.valid().len() + invalid.len();
            if invalid.is_empty() {
                continue;
            }
            let cut = std::str::from_utf8(invalid).is_err_and(|it| it.error_len().is_none());
            if read == bytes.len() && cut && !at_end {
                self.tail = invalid.to_vec();
                break;
            }
            let at = self.arrived + text.len() as u32;
            self.source.replace(at, invalid);
            text.push(char::REPLACEMENT_CHARACTER);
        }
        text
    }

    /// The current chunk.
    pub(super) fn text(&self) -> &str {
        &self.current
    }

    /// The address of a position in the current chunk.
    pub(super) fn address(&self, pos: usize) -> u32 {
        self.source.len() + (pos - self.from.min(pos)) as u32
    }

    /// The chunk that comes after the current one.
    pub(super) fn coming(&self) -> Option<&str> {
        self.waiting.front().map(String::as_str)
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

    /// Makes a chunk of its own of what begins at `begun` in the current chunk and ends at `end` in
    /// the next: so neither is moved for the little that lies across their border.
    pub(super) fn bridge(&mut self, begun: usize, end: usize) {
        if let Some(next) = self.waiting.pop_front() {
            self.current = self.leave(begun) + next.get(..end).unwrap_or_default();
            self.after = Some((next, end));
        }
    }

    /// Goes on behind a bridge: to the chunk it led to, and where in it.
    pub(super) fn cross(&mut self) -> Option<usize> {
        let (next, from) = self.after.take()?;
        self.leave(self.current.len());
        (self.current, self.from) = (next, from);
        Some(from)
    }

    /// Lets go of the current chunk, but for what it has from `begun` on.
    fn leave(&mut self, begun: usize) -> String {
        let mut walked = std::mem::take(&mut self.current);
        let left = match begun {
            0 => std::mem::take(&mut walked),
            _ => walked.split_off(begun),
        };
        // The length was checked when it arrived.
        let _ = self.source.push_from(walked, self.from);
        self.from = 0;
        left
    }

    /// Up to `limit` bytes of the beginning, while nothing is walked.
    pub(super) fn head(&self, limit: usize) -> String {
        let mut head = String::new();
        for chunk in &self.waiting {
            let mut room = limit.saturating_sub(head.len()).min(chunk.len());
            while !chunk.is_char_boundary(room) {
                room -= 1;
            }
            head.push_str(chunk.get(..room).unwrap_or_default());
        }
        head
    }

    /// Bytes of text that have come.
    pub(super) fn arrived(&self) -> u32 {
        self.arrived
    }

    /// Whether all that will come has come.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether the current chunk is the end of the file.
    pub(super) fn is_last(&self) -> bool {
        self.ended && self.waiting.is_empty() && self.after.is_none()
    }

    /// The file as far as it has come.
    pub(super) fn source(&self) -> Source {
        self.clone().into_source()
    }

    /// The whole file, once there is no more to walk.
    pub(super) fn into_source(mut self) -> Source {
        let behind = std::iter::once((self.current, self.from)).chain(self.after);
        for (chunk, from) in behind.chain(self.waiting.into_iter().map(|it| (it, 0))) {
            // The length was checked when it arrived.
            let _ = self.source.push_from(chunk, from);
        }
        self.source
    }
}
