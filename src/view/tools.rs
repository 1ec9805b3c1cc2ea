//! The toolbelt: every tool that was offered, and how often it was used.

use super::Shown;
use super::blocks::Blocks;
use super::messages::unknown;
use super::node::{Node, el};
use crate::payload::{ToolDefinition, toolbelt};
use crate::text::Phrase;

pub(crate) fn tools(shown: &Shown, slice: &str, blocks: &Blocks) -> Vec<Node> {
    let belt = toolbelt(slice);
    if belt.is_empty() {
        return vec![unknown(Phrase::toolbelt_unknown)];
    }
    let first = blocks.first() + 1;
    let hit = blocks.hit_block().and_then(|it| it.checked_sub(first));
    let hit = hit.map(|it| it as usize / 2);
    blocks.paged(belt.len(), hit, &mut |at| {
        let own = blocks.from(first + at as u32 * 2);
        let it = belt.get(at).map(|it| tool(shown, it, &own));
        it.into_iter().collect()
    })
}

fn tool(shown: &Shown, tool: &ToolDefinition, blocks: &Blocks) -> Node {
    let uses = shown.uses_of(&tool.name);
    let used = if uses == 0 {
        Phrase::not_used.owned()
    } else {
        Phrase::used_times.with(&[&uses.to_string()])
    };
    let mut kind = tool.kind.clone();
    if !tool.server.is_empty() {
        kind = format!("{kind} · {}", tool.server);
    }
    let head = el("h4", "")
        .child(el("span", "what").child(tool.name.clone()))
        .child(el("span", "note").child(kind))
        .child(el("span", "uses").child(used));
    let mut inside = el("div", "parts").children(blocks.prose(&tool.description));
    if !tool.parameters.is_empty() {
        let schema = el("details", "schema").child(el("summary", "").child(Phrase::parameters));
        let has_hit = blocks.hit_block() == Some(blocks.first());
        let schema = schema.attr_if(has_hit, "open", "");
        inside = inside.child(schema.children(blocks.code(&tool.parameters)));
    }
    el("section", "block tool")
        .attr_if(uses == 0, "data-unused", "")
        .child(head)
        .child(inside)
        .into()
}
