//! The tool calls that an LLM call asked for, by what it said.

use memchr::memchr_iter;

use crate::model::{ByteRange, DraftId, Json, Request, SpanKey, Sym, TraceBuilder};
use crate::payload;

/// A tool call that was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    call: Option<SpanKey>,
    name: Sym,
    call_id: ByteRange,
}

impl Asked {
    /// Says that an LLM call asked for it.
    pub(super) fn by(self, b: &mut TraceBuilder, llm_call: DraftId) {
        b.request(Request {
            llm_call,
            call: self.call,
            name: self.name,
            call_id: self.call_id,
            input: ByteRange::default(),
        });
    }
}

/// Says what tool calls an LLM call asked for: `output` is what stands at `at`.
pub(super) fn request(
    b: &mut TraceBuilder,
    llm_call: DraftId,
    trace: u32,
    at: ByteRange,
    output: Json<'_>,
) {
    asked(b, trace, at, output, |b, it| it.by(b, llm_call));
}

/// The tool calls that `output`, which stands at `at`, asks for.
pub(super) fn asked(
    b: &mut TraceBuilder,
    trace: u32,
    at: ByteRange,
    output: Json<'_>,
    mut each: impl FnMut(&mut TraceBuilder, Asked),
) {
    for part in payload::messages_in(output)
        .into_iter()
        .flat_map(|it| it.parts)
    {
        if let payload::Part::ToolCall { id, name, .. } = part {
            let name = b.intern(&name);
            let call = TraceBuilder::call_key(trace, &id);
            let call_id =
                quoted(output.text(), &id).map_or_else(ByteRange::default, |it| ByteRange {
                    start: at.start + it as u32,
                    len: id.len() as u32,
                });
            each(
                b,
                Asked {
                    call,
                    name,
                    call_id,
                },
            );
        }
    }
}

/// Where `id` stands in JSON, or in JSON within a string: behind a quote. It has nothing to escape.
fn quoted(json: &str, id: &str) -> Option<usize> {
    let starts = memchr_iter(b'"', json.as_bytes()).map(|it| it + 1);
    let is_it = |it: &usize| {
        json.as_bytes()
            .get(*it..)
            .is_some_and(|it| it.starts_with(id.as_bytes()))
    };
    starts.filter(|_| !id.is_empty()).find(is_it)
}
