//! What a walk of a file enters, and what it finds.

use crate::model::{ByteRange, Json, Source};

/// The containers to enter at the top of a file.
pub(in crate::import) type Shape = &'static [Place];

/// A container that is entered.
#[derive(Debug)]
pub(in crate::import) struct Place {
    /// What the format calls it; given back with each record. [`TOP`] is taken.
    pub(in crate::import) id: u8,
    /// The key it stands under; "" for each item of an array or of the file, "*" for any key.
    pub(in crate::import) key: &'static str,
    /// The containers to enter in it.
    pub(in crate::import) inside: Shape,
}

impl Place {
    pub(in crate::import) const fn new(id: u8, key: &'static str, inside: Shape) -> Self {
        Place { id, key, inside }
    }
}

/// The place of records that stand in no entered container.
pub(in crate::import) const TOP: u8 = 0;

/// What a step of the walk found.
#[derive(Debug)]
pub(in crate::import) enum Found<'a> {
    /// A record.
    Record(Record<'a>),
    /// An entered container began, at this address.
    Opened { place: u8, at: u32 },
    /// An entered container ended; the range is all of it.
    Closed { place: u8, range: ByteRange },
    /// Bytes that are no JSON, or a record that is cut off by the end of its line.
    Malformed(ByteRange),
    /// The file ended inside of this.
    Cut(ByteRange),
}

/// A value that stands directly in an entered container.
#[derive(Clone, Copy, Debug)]
pub(in crate::import) struct Record<'a> {
    /// The container it stands in.
    pub(in crate::import) place: u8,
    /// Its key there; "" in an array.
    pub(in crate::import) key: &'a str,
    /// The value.
    pub(in crate::import) json: Json<'a>,
    /// Where it is.
    pub(in crate::import) range: ByteRange,
}

impl<'a> Record<'a> {
    /// Where a part of this record lies in the file.
    pub(in crate::import) fn range_of(&self, part: Json<'_>) -> ByteRange {
        Source::range_of(self.range, self.json.text(), part.text())
    }

    /// What stands in a part of this record.
    pub(in crate::import) fn text_of(&self, range: ByteRange) -> &'a str {
        let start = range.start.saturating_sub(self.range.start) as usize;
        let text = self.json.text().get(start..start + range.len as usize);
        text.unwrap_or_default()
    }

    /// The same; nowhere if the part is not there or `null`.
    pub(in crate::import) fn range_if(&self, part: Option<Json<'_>>) -> ByteRange {
        part.filter(|it| it.is_some())
            .map_or_else(ByteRange::default, |it| self.range_of(it))
    }

    /// Where a member of this record lies in the file, with its key.
    pub(in crate::import) fn member(&self, key: &str) -> Option<ByteRange> {
        let value = self.range_of(self.json.get(key)?);
        let before = value.start.checked_sub(self.range.start)? as usize;
        let key = ["\"", key, "\""].concat();
        let at = self.json.text().get(..before)?.rfind(&key)?;
        let start = self.range.start.saturating_add(at as u32);
        Some(ByteRange::new(start, value.end()))
    }
}
