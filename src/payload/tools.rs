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
        Kind::Array => json.items().flat_map(declared).map(tool).collect(),
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

/// The tools of an item: Gemini has several in one.
fn declared(json: Json<'_>) -> Vec<Json<'_>> {
    let several = ["functionDeclarations", "function_declarations"];
    match several.iter().find_map(|it| json.get(it)) {
        Some(several) => several.items().collect(),
        None => vec![json],
    }
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
