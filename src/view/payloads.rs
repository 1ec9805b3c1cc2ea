//! Payloads of any size: a system prompt, the arguments and the result of a tool call.

use std::rc::Rc;

use super::blocks::{BIG, Blocks, parts};
use super::messages::unknown;
use super::node::Node;
use super::{Shared, Shown};
use crate::analysis::{arguments, result};
use crate::model::{ByteRange, LlmCall, ToolCall};
use crate::payload;
use crate::text;

pub(super) fn system(shown: &Shown, call: &LlmCall, blocks: &Blocks) -> Vec<Node> {
    if call.system.is_empty() {
        return vec![unknown("System prompt", "not reported.")];
    }
    let (source, range) = (shown.trace.source.clone(), call.system);
    let said = move || payload::plain_text(&source.content(range));
    vec![payload_block(
        "system prompt",
        shown,
        range,
        Rc::new(said),
        false,
        blocks,
    )]
}

pub(super) fn tool_panel(shown: &Shared<Shown>, tool: &ToolCall, blocks: &Blocks) -> Vec<Node> {
    let id = tool.span;
    let of = |which: fn(&Shown, &ToolCall) -> Option<String>| {
        let shown = shown.clone();
        Rc::new(move || {
            let tool = shown.trace.tool_call(id);
            tool.and_then(|it| which(&shown, it)).unwrap_or_default()
        })
    };
    let block = |title, range: ByteRange, which: fn(&Shown, &ToolCall) -> Option<String>| {
        let is_known = !range.is_empty() || which(shown, tool).is_some();
        if is_known {
            payload_block(title, shown, range, of(which), true, blocks)
        } else {
            blocks.titled(title, text::NOT_REPORTED.to_owned(), None, Vec::new())
        }
    };
    vec![
        block("arguments", tool.input, |shown, it| {
            arguments(&shown.trace, it)
        }),
        block("result", tool.output, |shown, it| {
            result(&shown.trace, &shown.rounds, it)
        }),
    ]
}

/// A payload under its heading. `read` gives all of it; of one that is big that takes too long to be
/// done before it is copied.
fn payload_block(
    title: &str,
    shown: &Shown,
    range: ByteRange,
    read: Rc<dyn Fn() -> String>,
    is_code: bool,
    blocks: &Blocks,
) -> Node {
    let (note, inside) = if range.len > BIG {
        let inside = blocks.big(&shown.trace.source.slice(range), range);
        (text::bytes(range.len.into()), inside)
    } else {
        let said = read();
        let note = text::plural(said.chars().count() as u64, "character");
        let inside = if is_code {
            blocks.code(&said)
        } else {
            blocks.prose(&said)
        };
        (note, inside)
    };
    blocks.titled(title, note, Some(Box::new(move || read())), parts(inside))
}
