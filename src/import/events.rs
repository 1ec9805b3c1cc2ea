//! Span events: what was said, when the first token came, and why the span failed.
//!
//! Source: docs/gen-ai/gen-ai-events.md of the OpenTelemetry conventions (before 1.37),
//! docs/exceptions/exceptions-spans.md; OpenInference and OpenLLMetry for the first token.

use std::borrow::Cow;

use super::fields::text;
use super::records::Record;
use crate::model::{ByteRange, Json, Kind, LlmCall, Moment, ToolCall, TraceBuilder};

/// Reads a time.
pub(super) type Clock = fn(&mut TraceBuilder, &Record<'_>, Option<Json<'_>>) -> Option<Moment>;

/// How a format writes events.
pub(super) struct EventShape {
    /// Under which key the name stands; "" where it is an attribute.
    pub(super) name: &'static str,
    /// Under which key the attributes stand.
    pub(super) attributes: &'static str,
    /// Under which key the time stands.
    pub(super) time: &'static str,
    /// How to read it.
    pub(super) clock: Clock,
}

/// The events of one span.
#[derive(Clone, Copy)]
pub(super) struct Events<'a> {
    /// A list of them.
    pub(super) list: Option<Json<'a>>,
    /// How to read them.
    pub(super) shape: &'static EventShape,
}

impl<'a> Events<'a> {
    fn iter(self) -> impl Iterator<Item = Json<'a>> {
        self.list.into_iter().flat_map(Json::items)
    }

    fn name(self, event: Json<'a>) -> Cow<'a, str> {
        match self.shape.name {
            "" => text(self.attribute(event, "event")),
            key => text(event.get(key)),
        }
    }

    fn attribute(self, event: Json<'a>, key: &str) -> Option<Json<'a>> {
        attribute(event.get(self.shape.attributes)?, key)
    }

    /// When the first token came.
    pub(super) fn first_token(self, b: &mut TraceBuilder, record: &Record<'a>) -> Option<Moment> {
        let is_it = |it: &Json<'a>| {
            matches!(
                self.name(*it).as_ref(),
                "First Token Stream Event" // OpenInference
                    | "gen_ai.content.completion.chunk" // OpenLLMetry
                    | "llm.content.completion.chunk" // the same, before
            )
        };
        let first = self.iter().find(is_it)?;
        (self.shape.clock)(b, record, first.get(self.shape.time))
    }

    /// Why the span failed.
    pub(super) fn error(self, record: &Record<'a>) -> ByteRange {
        let last = self
            .iter()
            .filter(|it| self.name(*it) == "exception")
            .last();
        last.map_or_else(ByteRange::default, |it| {
            let message = self.attribute(it, "exception.message");
            record.range_of(message.unwrap_or(it))
        })
    }

    /// What an LLM call was sent and said. Returns the output and the finish reason with it.
    pub(super) fn content(
        self,
        record: &Record<'a>,
        call: &mut LlmCall,
    ) -> (Option<Json<'a>>, Option<Json<'a>>) {
        let mut input = ByteRange::default();
        let mut choice = None;
        for event in self.iter() {
            let name = self.name(event);
            if name == "gen_ai.choice" {
                choice = Some(event);
                break;
            }
            // The run of messages up to the choice; the payload reader skips what is none.
            if name.starts_with("gen_ai.") && name.ends_with(".message") {
                extend(&mut input, record.range_of(event));
            }
        }
        if call.input.is_empty() {
            call.input = input;
        }
        let Some(choice) = choice.filter(|_| call.output.is_empty()) else {
            return (None, None);
        };
        call.output = record.range_of(choice);
        let reason = self.attribute(choice, "finish_reason");
        (Some(choice), reason)
    }

    /// What went into a tool and came out (Strands).
    pub(super) fn tool_content(self, record: &Record<'a>, tool: &mut ToolCall) {
        for event in self.iter() {
            let (to, key) = match self.name(event).as_ref() {
                "gen_ai.tool.message" => (&mut tool.input, "content"),
                "gen_ai.choice" => (&mut tool.output, "message"),
                _ => continue,
            };
            if let Some(value) = self.attribute(event, key).filter(|_| to.is_empty()) {
                *to = record.range_of(value);
            }
        }
    }
}

/// Makes a range reach over another one as well.
pub(super) fn extend(range: &mut ByteRange, more: ByteRange) {
    *range = if range.is_empty() {
        more
    } else {
        ByteRange::new(range.start.min(more.start), range.end().max(more.end()))
    };
}

/// An attribute, as it stands: of a list of keys and values, or of an object.
pub(super) fn attribute<'a>(attributes: Json<'a>, key: &str) -> Option<Json<'a>> {
    match attributes.kind() {
        Kind::Array => {
            let mut items = attributes.items();
            let found = items.find(|it| it.get("key").is_some_and(|it| it.is(key)))?;
            found.get("value")
        }
        _ => attributes.get(key),
    }
}
