//! Spans whose fields stand under other keys than OTLP's, told by a table.

use std::borrow::Cow;

use super::events::{Clock, EventShape, Events};
use super::fields::{draft, text};
use super::ids::normal_id;
use super::otlp::read_status;
use super::records::Record;
use super::spans::Raw;
use crate::model::{ByteRange, Json, TraceBuilder};

/// The ways to a value; the first that leads to one counts.
pub(super) type Paths = &'static [&'static [&'static str]];

/// Where things stand in a span.
pub(super) struct Envelope {
    pub(super) trace: Paths,
    pub(super) id: Paths,
    pub(super) parent: Paths,
    pub(super) name: Paths,
    pub(super) scope: Paths,
    pub(super) start: Paths,
    pub(super) end: Paths,
    /// How to read times.
    pub(super) clock: Clock,
    pub(super) status: Paths,
    /// Why it failed.
    pub(super) message: Paths,
    pub(super) attributes: Paths,
    pub(super) events: Paths,
    pub(super) event: EventShape,
}

/// What is at the end of the first way that leads to something.
pub(super) fn find(json: Json<'_>, paths: Paths) -> Option<Json<'_>> {
    let found = |path: &&[&str]| json.path(path).filter(|it| it.is_some());
    paths.iter().find_map(found)
}

impl Envelope {
    /// Reads a span.
    pub(super) fn read<'a>(&'static self, b: &mut TraceBuilder, record: &Record<'a>) -> Raw<'a> {
        let find = |paths| find(record.json, paths);
        let said = |paths| text(find(paths));
        let id = |paths| -> Cow<'a, str> { normal_id(said(paths)) };
        let mut draft = draft(record);
        draft.id = find(self.id).map_or_else(ByteRange::default, |it| record.range_of(it));
        draft.name = b.intern(&said(self.name));
        draft.scope = b.intern(&said(self.scope));
        draft.start = (self.clock)(b, record, find(self.start));
        draft.end = (self.clock)(b, record, find(self.end));
        let error;
        (draft.status, error) = read_status(record, find(self.status), find(self.message));
        Raw {
            trace: id(self.trace),
            id: id(self.id),
            parent: id(self.parent),
            draft,
            attributes: find(self.attributes),
            events: Events {
                list: find(self.events),
                shape: &self.event,
            },
            error,
        }
    }
}
