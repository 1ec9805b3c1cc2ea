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
    escapes: Escapes,
    index: Index,
}

impl<'a> Held<'a> {
    /// The body that `json` is, a part of `record`.
    pub(in crate::import) fn new(record: &Record<'a>, json: Json<'a>) -> Self {
        let inside = Escapes::decode(json).map(|(text, escapes)| {
            let is_json = text.trim_start().starts_with('{');
            let index = if is_json {
                Index::of(&text)
            } else {
                Index::default()
            };
            Inside {
                text,
                escapes,
                index,
            }
        });
        Held {
            record: *record,
            json,
            inside,
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

    /// Where all of it is in the file.
    pub(in crate::import) fn whole(&self) -> ByteRange {
        self.record.range_of(self.json)
    }

    /// Where a part of it is in the file. In a string it stands there escaped, as
    /// [`payload`] knows.
    pub(in crate::import) fn range_of(&self, part: Json<'_>) -> ByteRange {
        let Some(it) = &self.inside else {
            return self.record.range_of(part);
        };
        let at = Source::range_of(ByteRange::default(), &it.text, part.text());
        let first = self.whole().start + 1;
        let origin = |pos| first + it.escapes.origin(pos);
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
        if self.inside.is_none() || at.is_empty() {
            return at;
        }
        ByteRange::new(at.start + 2, at.end().saturating_sub(2))
    }
}
