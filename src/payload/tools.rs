//! The toolbelt: definitions of the tools offered, in any provider's shape.

use super::{text, unwrap};
use crate::model::{Json, Kind};

/// A tool that was offered to the model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolDefinition {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// function, mcp, builtin, …; "" if not reported.
    pub kind: String,
    /// The MCP server that has it.
    pub server: String,
    /// JSON Schema of its arguments; "" if not reported.
    pub parameters: String,
}

/// The tools in a slice of the source.
pub fn toolbelt(slice: &str) -> Vec<ToolDefinition> {
    let slice = unwrap(Json::new(slice));
    let json = Json::new(&slice);
    match json.kind() {
        Kind::Array => json.items().map(tool).collect(),
        // A map from name to definition.
        Kind::Object => json
            .members()
            .map(|(name, it)| named(&name, tool(it)))
            .collect(),
        _ => Vec::new(),
    }
}

fn named(name: &str, mut tool: ToolDefinition) -> ToolDefinition {
    if tool.name.is_empty() {
        name.clone_into(&mut tool.name);
    }
    tool
}

fn tool(json: Json<'_>) -> ToolDefinition {
    let opened = unwrap(json);
    let json = Json::new(&opened);
    if json.kind() != Kind::Object {
        return ToolDefinition {
            name: opened.into_owned(),
            ..ToolDefinition::default()
        };
    }
    // OpenAI puts it into `function`, Bedrock into `toolSpec`.
    let inner = json
        .get("function")
        .or_else(|| json.get("toolSpec"))
        .unwrap_or(json);
    let parameters = ["parameters", "input_schema", "inputSchema", "json_schema"]
        .iter()
        .find_map(|it| inner.get(it));
    let parameters = parameters.map(|it| it.get("json").unwrap_or(it));
    ToolDefinition {
        name: text(inner.get("name")),
        description: text(inner.get("description")),
        kind: text(json.get("type")),
        server: text(json.get("server")),
        parameters: parameters
            .filter(|it| it.is_some())
            .map(|it| unwrap(it).into_owned())
            .unwrap_or_default(),
    }
}
