//! Which attribute key means which fact. A dialect of OpenTelemetry is a few rows here.
//!
//! Source: docs/registry/attributes/gen-ai.md of the OpenTelemetry GenAI conventions (1.44 and,
//! where said, what it replaced), spec/semantic_conventions.md of OpenInference, the telemetry
//! chapters of the AI SDK's, Pydantic AI's and MLflow's documentation, and what the named writers
//! were seen to write.

/// What an attribute says. A fact with `Else` counts only where nothing better says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Operation,
    Provider,
    ProviderElse,
    /// `openai.chat`: the provider and its API.
    AiProvider,
    RequestModel,
    RequestModelElse,
    ResponseModel,
    ResponseId,
    Conversation,
    /// An id that spans of one conversation share, and maybe others.
    Session,
    TraceName,
    AgentName,
    AgentId,
    /// The name of an agent, on the span of its run alone.
    AgentRun,
    /// What is called, an agent or a tool.
    EntityName,
    Metadata,
    Input,
    InputElse,
    /// What was sent and said, as a list of events in a string.
    Events,
    Output,
    OutputElse,
    System,
    Tools,
    ToolsElse,
    InputTokens,
    CachedTokens,
    CacheWriteTokens,
    OutputTokens,
    ReasoningTokens,
    TotalTokens,
    /// All counts in one object.
    Usage,
    FinishReasons,
    TimeToFirstTokenSecs,
    TimeToFirstTokenMillis,
    TimeToFirstTokenServer,
    RequestParameter,
    InvocationParameters,
    ToolName,
    ToolCallId,
    ToolType,
    ToolArguments,
    ToolResult,
    McpMethod,
    McpServer,
    /// Where what is called is: of a call to an MCP server, that.
    ServerAddress,
    Cost,
    ErrorType,
    SpanType,
    PendingParent,
}

/// Keys in the order of the alphabet.
const TABLE: &[(&str, Fact)] = &[
    ("agent.name", Fact::AgentName),
    ("agent_name", Fact::AgentRun),      // Pydantic AI
    ("ai.model.id", Fact::RequestModel), // AI SDK 3 to 6
    ("ai.model.provider", Fact::AiProvider),
    ("ai.operationId", Fact::Operation),
    ("ai.prompt.messages", Fact::Input),
    ("ai.prompt.tools", Fact::Tools),
    ("ai.response.finishReason", Fact::FinishReasons),
    ("ai.response.id", Fact::ResponseId),
    ("ai.response.model", Fact::ResponseModel),
    ("ai.response.msToFirstChunk", Fact::TimeToFirstTokenMillis),
    ("ai.telemetry.functionId", Fact::EntityName),
    ("ai.telemetry.metadata.sessionId", Fact::Session),
    ("ai.toolCall.args", Fact::ToolArguments),
    ("ai.toolCall.id", Fact::ToolCallId),
    ("ai.toolCall.name", Fact::ToolName),
    ("ai.toolCall.result", Fact::ToolResult),
    ("ai.usage.cachedInputTokens", Fact::CachedTokens),
    ("ai.usage.completionTokens", Fact::OutputTokens),
    (
        "ai.usage.inputTokenDetails.cacheReadTokens",
        Fact::CachedTokens,
    ),
    (
        "ai.usage.inputTokenDetails.cacheWriteTokens",
        Fact::CacheWriteTokens,
    ),
    ("ai.usage.inputTokens", Fact::InputTokens),
    (
        "ai.usage.outputTokenDetails.reasoningTokens",
        Fact::ReasoningTokens,
    ),
    ("ai.usage.outputTokens", Fact::OutputTokens),
    ("ai.usage.promptTokens", Fact::InputTokens),
    ("ai.usage.reasoningTokens", Fact::ReasoningTokens),
    ("ai.usage.totalTokens", Fact::TotalTokens),
    ("anthropic.message.stop_reason", Fact::FinishReasons), // Anthropic SDK
    ("copilot_chat.chat_session_id", Fact::Session),
    (
        "copilot_chat.time_to_first_token",
        Fact::TimeToFirstTokenMillis,
    ),
    ("error.type", Fact::ErrorType),
    ("events", Fact::Events),                 // Pydantic AI, version 1
    ("fastmcp.server.name", Fact::McpServer), // FastMCP
    ("gen_ai.agent.id", Fact::AgentId),
    ("gen_ai.agent.name", Fact::AgentName),
    (
        "gen_ai.client.operation.time_to_first_chunk",
        Fact::TimeToFirstTokenSecs,
    ), // AI SDK 7
    ("gen_ai.completion", Fact::Output), // until 1.36
    ("gen_ai.conversation.id", Fact::Conversation),
    ("gen_ai.input.messages", Fact::Input),
    ("gen_ai.operation.name", Fact::Operation),
    ("gen_ai.output.messages", Fact::Output),
    ("gen_ai.prompt", Fact::Input), // until 1.36
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
    ("gen_ai.system", Fact::ProviderElse), // until 1.36
    ("gen_ai.system_instructions", Fact::System),
    ("gen_ai.tool.call.arguments", Fact::ToolArguments),
    ("gen_ai.tool.call.id", Fact::ToolCallId),
    ("gen_ai.tool.call.result", Fact::ToolResult),
    ("gen_ai.tool.call_id", Fact::ToolCallId), // Gemini CLI
    ("gen_ai.tool.definitions", Fact::Tools),
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
    ("gen_ai.usage.details.cache_read_tokens", Fact::CachedTokens), // Pydantic AI
    (
        "gen_ai.usage.details.cache_write_tokens",
        Fact::CacheWriteTokens,
    ),
    (
        "gen_ai.usage.details.reasoning_tokens",
        Fact::ReasoningTokens,
    ),
    ("gen_ai.usage.input_tokens", Fact::InputTokens),
    ("gen_ai.usage.output_tokens", Fact::OutputTokens),
    ("gen_ai.usage.prompt_tokens", Fact::InputTokens), // until 1.26
    (
        "gen_ai.usage.reasoning.output_tokens",
        Fact::ReasoningTokens,
    ),
    ("gen_ai.usage.reasoning_tokens", Fact::ReasoningTokens), // OpenLLMetry, Copilot
    ("gen_ai.usage.total_tokens", Fact::TotalTokens),         // OpenLLMetry, Strands
    ("gen_ai.workflow.name", Fact::TraceName),
    (
        "github.copilot.tool.parameters.mcp_server_name",
        Fact::McpServer,
    ), // Copilot Chat
    ("input.value", Fact::InputElse), // OpenInference
    ("llm.cost.total", Fact::Cost),
    ("llm.finish_reason", Fact::FinishReasons),
    ("llm.input_messages", Fact::Input), // Phoenix, nested
    ("llm.invocation_parameters", Fact::InvocationParameters),
    ("llm.model_name", Fact::ResponseModel),
    ("llm.output_messages", Fact::Output), // Phoenix, nested
    ("llm.provider", Fact::Provider),
    ("llm.request.model_name", Fact::RequestModel),
    ("llm.request.type", Fact::Operation), // OpenLLMetry
    ("llm.response.model_name", Fact::ResponseModel),
    ("llm.system", Fact::ProviderElse),
    ("llm.token_count.completion", Fact::OutputTokens),
    (
        "llm.token_count.completion_details.reasoning",
        Fact::ReasoningTokens,
    ),
    ("llm.token_count.prompt", Fact::InputTokens),
    (
        "llm.token_count.prompt_details.cache_read",
        Fact::CachedTokens,
    ),
    (
        "llm.token_count.prompt_details.cache_write",
        Fact::CacheWriteTokens,
    ),
    ("llm.token_count.total", Fact::TotalTokens),
    ("llm.tools", Fact::Tools),                    // Phoenix, nested
    ("llm.usage.total_tokens", Fact::TotalTokens), // OpenLLMetry
    ("logfire.pending_parent_id", Fact::PendingParent),
    ("logfire.span_type", Fact::SpanType),
    ("mcp.method.name", Fact::McpMethod),
    ("mcp.server.name", Fact::McpServer), // Codex and others: the conventions have no name
    ("metadata", Fact::Metadata),         // OpenInference
    ("mlflow.chat.tokenUsage", Fact::Usage),
    ("mlflow.chat.tools", Fact::Tools),
    ("mlflow.llm.cost", Fact::Cost),
    ("mlflow.llm.model", Fact::ResponseModel),
    ("mlflow.llm.provider", Fact::Provider),
    ("mlflow.spanInputs", Fact::InputElse),
    ("mlflow.spanOutputs", Fact::OutputElse),
    ("mlflow.spanType", Fact::Operation),
    ("model", Fact::RequestModelElse),             // MLflow
    ("model_request_parameters", Fact::ToolsElse), // Pydantic AI
    ("openinference.span.kind", Fact::Operation),
    ("operation.cost", Fact::Cost),     // Pydantic AI
    ("output.value", Fact::OutputElse), // OpenInference
    ("server.address", Fact::ServerAddress),
    ("session.id", Fact::Session),
    ("span_kind", Fact::Operation), // Phoenix, beside the attributes
    ("tool.id", Fact::ToolCallId),
    ("tool.name", Fact::ToolName),
    ("tool_arguments", Fact::ToolArguments), // Pydantic AI, version 2
    ("tool_call.id", Fact::ToolCallId),
    ("tool_response", Fact::ToolResult),
    ("traceloop.association.properties.session_id", Fact::Session),
    ("traceloop.association.properties.thread_id", Fact::Session),
    ("traceloop.entity.input", Fact::InputElse),
    ("traceloop.entity.name", Fact::EntityName),
    ("traceloop.entity.output", Fact::OutputElse),
    ("traceloop.span.kind", Fact::Operation),
    ("traceloop.workflow.name", Fact::TraceName),
];

/// One more than the length of the longest key.
const LENGTHS: usize = 48;

/// The same by their lengths, and where those of a length begin: a key is compared with few.
static FACTS: ([(&str, Fact); TABLE.len()], [u8; LENGTHS + 1]) = by_length();

#[expect(
    clippy::indexing_slicing,
    reason = "done by the compiler, which would say so"
)]
const fn by_length() -> ([(&'static str, Fact); TABLE.len()], [u8; LENGTHS + 1]) {
    let mut sorted = [TABLE[0]; TABLE.len()];
    let mut starts = [0; LENGTHS + 1];
    let mut n = 0;
    while n < TABLE.len() {
        let len = TABLE[n].0.len();
        let mut at = n;
        while at > 0 && sorted[at - 1].0.len() > len {
            sorted[at] = sorted[at - 1];
            at -= 1;
        }
        sorted[at] = TABLE[n];
        let mut longer = len + 1;
        while longer <= LENGTHS {
            starts[longer] += 1;
            longer += 1;
        }
        n += 1;
    }
    (sorted, starts)
}

/// What an attribute says, if it is known.
pub(super) fn fact(key: &str) -> Option<Fact> {
    let (facts, starts) = &FACTS;
    let from = usize::from(*starts.get(key.len())?);
    let to = usize::from(*starts.get(key.len() + 1)?);
    let mut as_long = facts.get(from..to)?.iter();
    // Most begin alike.
    let is_it = |it: &&(&str, Fact)| it.0.as_bytes().last() == key.as_bytes().last() && it.0 == key;
    as_long.find(is_it).map(|it| it.1)
}

/// What is said attribute by attribute, with numbers in the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    Input,
    Output,
    Tools,
    /// What was thought before the output, in one attribute (Copilot Chat).
    Reasoning,
}

/// What such keys begin with. The reader in `payload/numbered.rs` puts the attributes together.
const RUNS: &[(&str, Run)] = &[
    ("llm.input_messages.", Run::Input), // OpenInference
    ("llm.output_messages.", Run::Output),
    ("llm.tools.", Run::Tools),
    ("llm.prompts.", Run::Input),
    ("llm.choices.", Run::Output),
    ("gen_ai.prompt.", Run::Input), // OpenLLMetry until 0.5x
    ("gen_ai.completion.", Run::Output),
    ("llm.request.functions.", Run::Tools),
];

/// What the AI SDK says of an answer, with no number.
const ANSWER: &[&str] = &["text", "reasoning", "toolCalls", "object"];

/// What run an attribute is part of.
pub(super) fn run(key: &str) -> Option<Run> {
    if let Some(rest) = key.strip_prefix("ai.response.") {
        return ANSWER.contains(&rest).then_some(Run::Output);
    }
    if key == "copilot_chat.reasoning_content" {
        return Some(Run::Reasoning);
    }
    let is_it = |it: &&(&str, Run)| {
        let rest = key.strip_prefix(it.0);
        rest.is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()))
    };
    RUNS.iter().find(is_it).map(|it| it.1)
}

/// What kind of work an operation is, from what says least to what says most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Other,
    /// An agent if it runs rounds: LangChain's glue is called one as well.
    MaybeAgent,
    /// A round: what lies in it has its number.
    Step,
    Agent,
    Tool,
    Llm,
}

/// The kind of work of a `gen_ai.operation.name` or what other dialects have for it. What is not
/// known is [`Operation::Other`], no guess.
pub(super) fn operation(name: &str) -> Operation {
    match name {
        "chat" | "generate_content" | "text_completion" | "completion" | "llm_call" | "LLM"
        | "CHAT_MODEL" => Operation::Llm,
        "execute_tool" | "tool" | "tool_call" | "TOOL" | "ai.toolCall" => Operation::Tool,
        "invoke_agent" | "agent" | "agent_call" | "ai.generateText" | "ai.streamText"
        | "ai.generateObject" | "ai.streamObject" => Operation::Agent,
        "AGENT" => Operation::MaybeAgent,
        "agent_step" | "execute_event_loop_cycle" => Operation::Step,
        _ if name.ends_with(".doGenerate") || name.ends_with(".doStream") => Operation::Llm,
        _ => Operation::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_found() {
        assert!(TABLE.windows(2).all(|it| it[0].0 < it[1].0));
        for (key, known) in TABLE {
            assert_eq!(fact(key), Some(*known), "{key}");
        }
        assert_eq!(fact(""), None);
        assert_eq!(fact(&"x".repeat(100)), None);
    }
}
