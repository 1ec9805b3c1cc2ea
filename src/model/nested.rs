//! A call of an MCP tool that both sides recorded is one tool call.

use super::links::{Links, NONE};
use super::{Draft, DraftId, Strings, ToolCall, TraceBuilder, Work};

/// Makes plain spans of what MCP servers recorded of tool calls that their clients recorded as well:
/// what lies in a call of the same tool, with no id and no other action between. What only they tell
/// is told of the tool call.
pub(super) async fn unite(builder: &mut TraceBuilder, links: &Links, strings: &Strings) {
    let is_mcp = |it: &ToolCall| strings.name(it.kind) == "mcp" && it.call_id.is_empty();
    if !builder.tool_calls.iter().any(is_mcp) {
        return;
    }
    let is_action = |it: &Draft| matches!(it.work, Work::Llm(_) | Work::Tool(_) | Work::Agent(_));
    let is_around = |it| builder.drafts.get(it).is_some_and(is_action);
    let around = links.nearest(is_around).await;
    let mut nested: Vec<(usize, u32)> = Vec::new();
    for (inner, outer) in around.iter().enumerate().filter(|it| *it.1 != NONE) {
        let tool = |it| tool(builder, it);
        let calls = tool(inner).zip(tool(*outer as usize));
        let is_one = calls.is_some_and(|(inner, outer)| {
            is_mcp(inner) && is_same(strings.name(inner.name), strings.name(outer.name))
        });
        if is_one && !links.is_merged(inner) {
            nested.push((inner, *outer));
        }
    }
    // What is within comes later as a rule; where one lies in another, both tell the outermost.
    for (inner, outer) in nested.into_iter().rev() {
        let Some(known) = tool(builder, inner).copied() else {
            continue;
        };
        if let Some(it) = builder.tool_call_mut(DraftId(outer)) {
            fill(it, &known);
        }
        if let Some(it) = builder.draft(DraftId(inner as u32)) {
            it.work = Work::Other;
        }
    }
}

fn tool(builder: &TraceBuilder, draft: usize) -> Option<&ToolCall> {
    match builder.drafts.get(draft)?.work {
        Work::Tool(id) => builder.tool_calls.get(id.index()),
        _ => None,
    }
}

/// Whether a server and its client name the same tool: a client may put the server's name before it.
fn is_same(server: &str, client: &str) -> bool {
    let before = client.strip_suffix(server);
    !server.is_empty() && before.is_some_and(|it| it.is_empty() || it.ends_with("__"))
}

/// Fills in what is not known of a tool call.
fn fill(call: &mut ToolCall, from: &ToolCall) {
    for (own, other) in [(&mut call.kind, from.kind), (&mut call.server, from.server)] {
        if own.is_empty() {
            *own = other;
        }
    }
    for (own, other) in [
        (&mut call.input, from.input),
        (&mut call.output, from.output),
    ] {
        if own.is_empty() {
            *own = other;
        }
    }
}
