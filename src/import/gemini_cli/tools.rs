//! Tool calls: they stand in the answer that asked for them, with their results.

use super::session::{Session, part_of};
use crate::import::fields::{moment, text};
use crate::import::records::Record;
use crate::model::{Draft, Json, SpanKey, Status, ToolCall, TraceBuilder};

impl Session {
    /// A tool call with its result, as far as there is one. It may be there for the second time.
    pub(super) fn tool_call(&mut self, b: &mut TraceBuilder, record: &Record<'_>, json: Json<'_>) {
        let id = text(json.get("id"));
        let range = |key| record.range_if(json.get(key));
        let known = TraceBuilder::call_key(0, &id).and_then(|it| b.call(it));
        let mut call = known;
        if known.is_none() {
            let name = text(json.get("name"));
            let shown = text(json.get("displayName"));
            let server = server(&shown).unwrap_or_default();
            let tool = ToolCall {
                name: b.intern(&name),
                kind: b.intern(if server.is_empty() { "" } else { "mcp" }),
                server: b.intern(server),
                call_id: range("id"),
                input: range("args"),
                ..ToolCall::default()
            };
            let asked = Draft {
                id: tool.call_id,
                name: tool.name,
                ..part_of(record, json)
            };
            call = Some(self.dialog.tool_call(b, asked, tool, &id));
        }
        if let (Some(call), Some(agent)) = (call, json.get("agentId").and_then(Json::str)) {
            let named = json.path(&["args", "agent_name"]);
            let name = b.intern(&text(named.or_else(|| json.get("name"))));
            self.started.push((SpanKey::of(agent), call, name));
        }
        let status = match text(json.get("status")).as_ref() {
            "success" => Status::Ok,
            "error" | "cancelled" => Status::Error,
            _ => return,
        };
        let ended = Draft {
            id: range("id"),
            end: moment(b, record, json.get("timestamp")),
            status,
            ..part_of(record, json)
        };
        let result = json.get("result").filter(|it| it.items().next().is_some());
        let output = result.map(response).or(json.get("resultDisplay"));
        let was_known = known
            .and_then(|it| b.tool_call_mut(it))
            .is_some_and(|it| !it.output.is_empty());
        self.dialog
            .tool_result(b, ended, &id, record.range_if(output));
        if !was_known {
            let said = record.range_if(result.or(output));
            self.dialog.hear(ended.end, said);
        }
    }
}

/// What a tool gave: that alone, where it is one response with nothing beside it.
fn response(result: Json<'_>) -> Json<'_> {
    let mut items = result.items();
    let (Some(only), None) = (items.next(), items.next()) else {
        return result;
    };
    let response = only.path(&["functionResponse", "response"]);
    response.map_or(result, what)
}

/// What a response says, without the object around it.
pub(super) fn what(response: Json<'_>) -> Json<'_> {
    let said = response.get("output").or(response.get("error"));
    said.unwrap_or(response)
}

/// The MCP server in the name that is shown: `search (docs MCP Server)`.
fn server(shown: &str) -> Option<&str> {
    let (_, server) = shown.strip_suffix(" MCP Server)")?.rsplit_once('(')?;
    Some(server)
}
