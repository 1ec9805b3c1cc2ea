//! A body of a request or of a response: a value of the file, or what stands in a string of it.

use std::borrow::Cow;

use crate::import::records::Record;
use crate::model::{ByteRange, Escapes, Index, Json, Kind, Source};
use crate::payload;

/// A body, and where its parts are in the file.
pub(in crate::import) struct Held<'a> {
    record: Record<'a>,
    json: Json<'a>,
    inside: Option<Inside<'a>>,
}

/// What stands in a string.
struct Inside<'a> {
    text: Cow<'a, str>,
    origin: Origin,
    index: Index,
}

/// Where the text comes from.
enum Origin {
    /// The string has it, escaped.
    String(Escapes),
    /// The string has it in a code: it is here, as text.
    Decoded(ByteRange),
}

impl<'a> Inside<'a> {
    fn new(text: Cow<'a, str>, origin: Origin) -> Self {
        let is_json = text.trim_start().starts_with('{');
        let index = if is_json {
            Index::of(&text)
        } else {
            Index::default()
        };
        Inside {
            text,
            origin,
            index,
        }
    }
}

impl<'a> Held<'a> {
    /// The body that `json` is, a part of `record`.
    pub(in crate::import) fn new(record: &Record<'a>, json: Json<'a>) -> Self {
        let inside = Escapes::decode(json);
        let inside = inside.map(|(text, it)| Inside::new(text, Origin::String(it)));
        Held {
            record: *record,
            json,
            inside,
        }
    }

    /// The same of a body that stands there in a code: `text` says what, and is at `at`.
    pub(in crate::import) fn decoded(
        record: &Record<'a>,
        json: Json<'a>,
        text: String,
        at: ByteRange,
    ) -> Self {
        Held {
            record: *record,
            json,
            inside: Some(Inside::new(text.into(), Origin::Decoded(at))),
        }
    }

    /// The record it is a part of.
    pub(super) fn record(&self) -> &Record<'a> {
        &self.record
    }

    /// The body.
    pub(in crate::import) fn json(&self) -> Json<'_> {
        match &self.inside {
            Some(it) => it.index.json(&it.text),
            None => self.json,
        }
    }

    /// The pieces it came in. `None` if it came whole.
    pub(super) fn events(&self) -> Option<Vec<Json<'_>>> {
        match &self.inside {
            // What stands there as text is one value, or came in pieces.
            Some(it) => {
                let events = || payload::events(&it.text);
                let is_whole = it.text.trim_start().starts_with('{') && events().nth(1).is_none();
                (!is_whole).then(|| events().collect())
            }
            None if self.json.kind() == Kind::Array => Some(self.json.items().collect()),
            None => None,
        }
    }

    /// Where all of it is.
    pub(in crate::import) fn whole(&self) -> ByteRange {
        match self.origin() {
            Some(Origin::Decoded(at)) => *at,
            _ => self.in_file(),
        }
    }

    /// Where all of it is in the file, be it in a code.
    pub(in crate::import) fn in_file(&self) -> ByteRange {
        self.record.range_of(self.json)
    }

    fn origin(&self) -> Option<&Origin> {
        self.inside.as_ref().map(|it| &it.origin)
    }

    /// Where a part of it is. In a string of the file it stands escaped, as [`payload`] knows.
    pub(in crate::import) fn range_of(&self, part: Json<'_>) -> ByteRange {
        let Some(it) = &self.inside else {
            return self.record.range_of(part);
        };
        let at = Source::range_of(ByteRange::default(), &it.text, part.text());
        let origin = |pos| match &it.origin {
            Origin::String(escapes) => self.in_file().start + 1 + escapes.origin(pos),
            Origin::Decoded(whole) => whole.start + pos,
        };
        ByteRange::new(origin(at.start), origin(at.end()))
    }

    /// The same; nowhere if the part is not there or `null`.
    pub(in crate::import) fn range_if(&self, part: Option<Json<'_>>) -> ByteRange {
        part.filter(|it| it.is_some())
            .map_or_else(ByteRange::default, |it| self.range_of(it))
    }

    /// The same of an id, which has nothing to escape but its quotes.
    pub(in crate::import) fn id(&self, part: Option<Json<'_>>) -> ByteRange {
        let at = self.range_if(part.filter(|it| it.kind() == Kind::String));
        let is_escaped = matches!(self.origin(), Some(Origin::String(_)));
        if !is_escaped || at.is_empty() {
            return at;
        }
        ByteRange::new(at.start + 2, at.end().saturating_sub(2))
    }
}
