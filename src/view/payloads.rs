//! Payloads of any size: a system prompt, the arguments and the result of a tool call.

use super::Shown;
use super::blocks::{BIG, Blocks, parts};
use super::messages::unknown;
use super::node::Node;
use crate::analysis::{arguments, result, returned};
use crate::model::{ByteRange, LlmCall, ToolCall};
use crate::payload;
use crate::text::{self, Phrase};

/// What a payload says, and where that is.
struct Payload {
    range: ByteRange,
    /// What it says, if that stands somewhere else.
    elsewhere: Option<String>,
    /// What the bytes of the file say.
    read: fn(&str) -> String,
    is_code: bool,
}

pub(super) fn system(shown: &Shown, call: &LlmCall, blocks: &Blocks) -> Vec<Node> {
    if call.system.is_empty() {
        return vec![unknown(Phrase::system_unknown)];
    }
    let payload = Payload {
        range: call.system,
        elsewhere: None,
        read: payload::plain_text,
        is_code: false,
    };
    vec![payload_block(Phrase::system_title, shown, payload, blocks)]
}

pub(super) fn tool_panel(shown: &Shown, tool: &ToolCall, blocks: &Blocks) -> Vec<Node> {
    let trace = &shown.trace;
    let block = |title: Phrase,
                 range: ByteRange,
                 read: fn(&str) -> String,
                 other: &dyn Fn() -> Option<String>| {
        let elsewhere = if range.is_empty() { other() } else { None };
        if range.is_empty() && elsewhere.is_none() {
            return blocks.titled(title.text(), text::not_reported(), None, Vec::new());
        }
        let payload = Payload {
            range,
            elsewhere,
            read,
            is_code: true,
        };
        payload_block(title, shown, payload, blocks)
    };
    vec![
        block(Phrase::arguments, tool.input, payload::value, &|| {
            arguments(trace, tool)
        }),
        block(Phrase::result, tool.output, returned, &|| {
            result(trace, &shown.rounds, tool)
        }),
    ]
}

/// A payload under its heading. All of one that is big takes too long to be read before it is copied.
fn payload_block(title: Phrase, shown: &Shown, payload: Payload, blocks: &Blocks) -> Node {
    // What copies keeps the file and not what is shown: that would have to be copied to grow.
    let source = shown.trace.source.clone();
    let range = payload.range;
    let read = move || match &payload.elsewhere {
        Some(said) => said.clone(),
        None => (payload.read)(&source.content(range)),
    };
    let (note, inside) = if range.len > BIG {
        let inside = blocks.big(&shown.trace.source.slice(range), range);
        (text::bytes(range.len.into()), inside)
    } else {
        let said = read();
        let note = Phrase::characters.of(said.chars().count() as u64);
        let inside = if payload.is_code {
            blocks.code(&said)
        } else {
            blocks.prose(&said)
        };
        (note, inside)
    };
    blocks.titled(title.text(), note, Some(Box::new(read)), parts(inside))
}
