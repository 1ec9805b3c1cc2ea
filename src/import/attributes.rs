//! Which attribute key means which fact. A dialect of OpenTelemetry is a few rows here.
//!
//! Source: docs/registry/attributes/gen-ai.md of the OpenTelemetry GenAI conventions (1.44 and,
//! where said, what it replaced), and what the named writers were seen to write.

/// What an attribute says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Operation,
    Provider,
    RequestModel,
    ResponseModel,
    ResponseId,
    Conversation,
    AgentName,
    InputMessages,
    OutputMessages,
    SystemInstructions,
    ToolDefinitions,
    InputTokens,
    CachedTokens,
    CacheWriteTokens,
    OutputTokens,
    ReasoningTokens,
    FinishReasons,
    TimeToFirstTokenSecs,
    TimeToFirstTokenServer,
    RequestParameter,
    ToolName,
    ToolCallId,
    ToolType,
    ToolArguments,
    ToolResult,
    McpMethod,
    Cost,
    ErrorType,
}

/// Keys in the order of the alphabet.
const TABLE: &[(&str, Fact)] = &[
    ("error.type", Fact::ErrorType),
    ("gen_ai.agent.name", Fact::AgentName),
    (
        "gen_ai.client.operation.time_to_first_chunk",
        Fact::TimeToFirstTokenSecs,
    ), // AI SDK 7
    ("gen_ai.completion", Fact::OutputMessages), // until 1.36
    ("gen_ai.conversation.id", Fact::Conversation),
    ("gen_ai.input.messages", Fact::InputMessages),
    ("gen_ai.operation.name", Fact::Operation),
    ("gen_ai.output.messages", Fact::OutputMessages),
    ("gen_ai.prompt", Fact::InputMessages), // until 1.36
    ("gen_ai.provider.name", Fact::Provider),
    ("gen_ai.request.choice.count", Fact::RequestParameter),
    ("gen_ai.request.frequency_penalty", Fact::RequestParameter),
    ("gen_ai.request.max_tokens", Fact::RequestParameter),
    ("gen_ai.request.model", Fact::RequestModel),
    ("gen_ai.request.presence_penalty", Fact::RequestParameter),
    ("gen_ai.request.seed", Fact::RequestParameter),
    ("gen_ai.request.stop_sequences", Fact::RequestParameter),
    ("gen_ai.request.stream", Fact::RequestParameter),
    ("gen_ai.request.temperature", Fact::RequestParameter),
    ("gen_ai.request.top_k", Fact::RequestParameter),
    ("gen_ai.request.top_p", Fact::RequestParameter),
    ("gen_ai.response.finish_reasons", Fact::FinishReasons),
    ("gen_ai.response.id", Fact::ResponseId),
    ("gen_ai.response.model", Fact::ResponseModel),
    (
        "gen_ai.response.time_to_first_chunk",
        Fact::TimeToFirstTokenSecs,
    ),
    (
        "gen_ai.server.time_to_first_token",
        Fact::TimeToFirstTokenServer,
    ), // Strands
    ("gen_ai.system", Fact::Provider), // until 1.36
    ("gen_ai.system_instructions", Fact::SystemInstructions),
    ("gen_ai.tool.call.arguments", Fact::ToolArguments),
    ("gen_ai.tool.call.id", Fact::ToolCallId),
    ("gen_ai.tool.call.result", Fact::ToolResult),
    ("gen_ai.tool.definitions", Fact::ToolDefinitions),
    ("gen_ai.tool.name", Fact::ToolName),
    ("gen_ai.tool.type", Fact::ToolType),
    (
        "gen_ai.usage.cache_creation.input_tokens",
        Fact::CacheWriteTokens,
    ),
    (
        "gen_ai.usage.cache_creation_input_tokens",
        Fact::CacheWriteTokens,
    ), // OpenLLMetry, Strands
    ("gen_ai.usage.cache_read.input_tokens", Fact::CachedTokens),
    ("gen_ai.usage.cache_read_input_tokens", Fact::CachedTokens), // OpenLLMetry, Strands
    (
        "gen_ai.usage.cache_write.input_tokens",
        Fact::CacheWriteTokens,
    ), // Anthropic SDK
    (
        "gen_ai.usage.cache_write_input_tokens",
        Fact::CacheWriteTokens,
    ), // Strands
    ("gen_ai.usage.completion_tokens", Fact::OutputTokens),       // until 1.26
    ("gen_ai.usage.cost", Fact::Cost),
    ("gen_ai.usage.input_tokens", Fact::InputTokens),
    ("gen_ai.usage.output_tokens", Fact::OutputTokens),
    ("gen_ai.usage.prompt_tokens", Fact::InputTokens), // until 1.26
    (
        "gen_ai.usage.reasoning.output_tokens",
        Fact::ReasoningTokens,
    ),
    ("mcp.method.name", Fact::McpMethod),
    ("session.id", Fact::Conversation),
];

/// The same by their lengths, for a search that compares few of them.
static FACTS: [(&str, Fact); TABLE.len()] = by_length();

#[expect(
    clippy::indexing_slicing,
    reason = "done by the compiler, which would say so"
)]
const fn by_length() -> [(&'static str, Fact); TABLE.len()] {
    let mut sorted = [TABLE[0]; TABLE.len()];
    let mut n = 0;
    while n < TABLE.len() {
        let mut at = n;
        while at > 0 && sorted[at - 1].0.len() > TABLE[n].0.len() {
            sorted[at] = sorted[at - 1];
            at -= 1;
        }
        sorted[at] = TABLE[n];
        n += 1;
    }
    sorted
}

/// What an attribute says, if it is known.
pub(super) fn fact(key: &str) -> Option<Fact> {
    let from = FACTS.partition_point(|it| it.0.len() < key.len());
    let mut as_long = FACTS
        .get(from..)?
        .iter()
        .take_while(|it| it.0.len() == key.len());
    as_long.find(|it| it.0 == key).map(|it| it.1)
}

/// What kind of work an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Llm,
    Tool,
    Agent,
    Other,
}

/// The kind of work of a `gen_ai.operation.name`. What is not known is [`Operation::Other`], no guess.
pub(super) fn operation(name: &str) -> Operation {
    match name {
        "chat" | "generate_content" | "text_completion" => Operation::Llm,
        "execute_tool" => Operation::Tool,
        "invoke_agent" => Operation::Agent,
        _ => Operation::Other,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_in_order() {
        assert!(super::TABLE.windows(2).all(|it| it[0].0 < it[1].0));
    }
}
