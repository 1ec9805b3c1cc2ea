//! The MCP server that has a tool.

use crate::model::{Sym, ToolCall, TraceBuilder};

/// What a span says of an MCP server besides its name.
#[derive(Default)]
pub(super) struct Mcp {
    /// Whether the span is a request to one.
    pub(super) is_request: bool,
    /// Where the span's call went.
    pub(super) address: Sym,
}

impl Mcp {
    /// Notes the server of a tool call: by its name, by that of the tool, or by its address.
    pub(super) fn tell(&self, b: &mut TraceBuilder, tool: &mut ToolCall) {
        if tool.server.is_empty() {
            let named = mcp_server(b.strings.name(tool.name)).map(str::to_owned);
            tool.server = match named {
                Some(named) => b.intern(&named),
                None if self.is_request => self.address,
                None => Sym::default(),
            };
        }
        if self.is_request || !tool.server.is_empty() {
            tool.kind = b.intern("mcp");
        }
    }
}

/// The MCP server that has a tool, where the tool's name says so: `mcp__server__tool`.
pub(super) fn mcp_server(name: &str) -> Option<&str> {
    Some(name.strip_prefix("mcp__")?.split_once("__")?.0)
}
