//! The toolbelt: definitions of the tools offered, in any provider's shape.

use super::{numbered, text, unwrap};
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

/// Where the schema of a tool's arguments stands.
const PARAMETERS: &[&str] = &[
    "parameters",
    "input_schema",
    "inputSchema",
    "json_schema",
    "parameters_json_schema",
    "parametersJsonSchema",
];

/// The tools in a slice of the source.
pub fn toolbelt(slice: &str) -> Vec<ToolDefinition> {
    if let Some(assembled) = numbered::assemble(slice) {
        return toolbelt(&assembled);
    }
    let slice = unwrap(Json::new(slice));
    let json = Json::new(&slice);
    // Pydantic AI keeps all parameters of the request.
    let json = json.get("function_tools").unwrap_or(json);
    match json.kind() {
        Kind::Array => json.items().flat_map(tools).collect(),
        Kind::Object if declared(json).is_some() => tools(json),
        // A map from name to definition.
        Kind::Object => json
            .members()
            .map(|(name, it)| named(&name, tool(it)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The functions that a tool of Google's has.
fn declared(json: Json<'_>) -> Option<Json<'_>> {
    json.first(&["functionDeclarations", "function_declarations"])
}

fn tools(json: Json<'_>) -> Vec<ToolDefinition> {
    match declared(json) {
        Some(functions) => functions.items().map(tool).collect(),
        None => vec![tool(json)],
    }
}

fn named(name: &str, mut tool: ToolDefinition) -> ToolDefinition {
    if tool.name.is_empty() {
        name.clone_into(&mut tool.name);
    }
    tool
}

fn tool(json: Json<'_>) -> ToolDefinition {
    // OpenInference puts JSON in a string into `tool.json_schema`.
    let json = json.path(&["tool", "json_schema"]).unwrap_or(json);
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
    let parameters = PARAMETERS.iter().find_map(|it| inner.get(it));
    let parameters = parameters.map(|it| it.get("json").unwrap_or(it));
    ToolDefinition {
        name: name(json, inner),
        description: text(inner.get("description")),
        kind: text(json.get("type")),
        server: text(json.first(&["server", "server_label"])),
        parameters: parameters
            .filter(|it| it.is_some())
            .map(|it| unwrap(it).into_owned())
            .unwrap_or_default(),
    }
}

/// What a tool is called. One of the provider's own is called what it is (`{"type":"web_search"}`,
/// `{"google_search":{}}`), an MCP server what the request calls it.
fn name(json: Json<'_>, inner: Json<'_>) -> String {
    match inner
        .first(&["name"])
        .or(json.first(&["server_label", "type"]))
    {
        Some(name) => text(Some(name)),
        None => json
            .members()
            .next()
            .filter(|it| it.1.kind() == Kind::Object)
            .map_or_else(String::new, |it| it.0.into_owned()),
    }
}
