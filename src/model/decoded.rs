//! What stands in a file in a code, as text.

use super::{ByteRange, DECODED, TraceBuilder};

impl TraceBuilder {
    /// Adds a text that stands in the file in a code, and gives its place. None if there is no room.
    pub fn decoded(&mut self, text: &str) -> Option<ByteRange> {
        let start = DECODED.checked_add(u32::try_from(self.decoded.len()).ok()?)?;
        let end = start.checked_add(u32::try_from(text.len()).ok()?)?;
        self.decoded.push_str(text);
        Some(ByteRange::new(start, end))
    }
}
