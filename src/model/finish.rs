//! Why a model stopped.

/// Why the model stopped, in one vocabulary. The file's word is kept beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FinishReason {
    /// Not reported.
    #[default]
    Unset,
    /// It was done.
    Stop,
    /// It wants tools called.
    ToolCall,
    /// It ran out of tokens.
    Length,
    /// A filter stopped it, or it refused.
    ContentFilter,
    /// It failed.
    Error,
    /// Something else; the raw word says what.
    Other,
}

impl FinishReason {
    /// The reason behind a provider's word. Source: the response types of the OpenAI, Anthropic
    /// and Gemini APIs and the OpenTelemetry GenAI conventions.
    pub fn from_raw(raw: &str) -> Self {
        let word = raw.trim().to_ascii_lowercase().replace('-', "_");
        match word.strip_prefix("finish_reason_").unwrap_or(&word) {
            "" => FinishReason::Unset,
            "stop" | "end_turn" | "completed" | "stop_sequence" | "eos" => FinishReason::Stop,
            "tool_calls" | "tool_call" | "tool_use" | "function_call" | "requires_action" => {
                FinishReason::ToolCall
            }
            "length" | "max_tokens" | "max_output_tokens" | "model_length" | "incomplete" => {
                FinishReason::Length
            }
            "content_filter" | "safety" | "refusal" | "recitation" | "blocklist" => {
                FinishReason::ContentFilter
            }
            "error" | "failed" | "other" => FinishReason::Error,
            _ => FinishReason::Other,
        }
    }

    /// The word for it in Trace Tab JSON and OpenTelemetry.
    pub fn word(self) -> Option<&'static str> {
        match self {
            FinishReason::Unset | FinishReason::Other => None,
            FinishReason::Stop => Some("stop"),
            FinishReason::ToolCall => Some("tool_call"),
            FinishReason::Length => Some("length"),
            FinishReason::ContentFilter => Some("content_filter"),
            FinishReason::Error => Some("error"),
        }
    }
}
