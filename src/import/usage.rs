//! Token counts as providers and tools write them, each with its own rule for what is inside what.
//!
//! Ours is OpenTelemetry's: input includes what was read from and written to a cache, output
//! includes reasoning. Sources: the `usage` types in the API references of OpenAI
//! (`prompt_tokens_details`, `input_tokens_details`: inside), Anthropic ("Total input tokens in a
//! request is the summation of `input_tokens`, `cache_creation_input_tokens`, and
//! `cache_read_input_tokens`": beside), Google (`thoughtsTokenCount`: beside
//! `candidatesTokenCount`; `cachedContentTokenCount`: inside; what the results of its own tools took
//! is beside `promptTokenCount` and sent all the same) and Amazon Bedrock (beside).

use super::fields::count;
use super::records::Record;
use crate::model::{Count, Json, Tokens, TraceBuilder};

/// Where a part of a sum is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// In the sum.
    Inside,
    /// Beside it: the sum has to be added up.
    Beside,
}

/// Token counts as a file has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) input: Count,
    pub(super) cached: Count,
    pub(super) cache_write: Count,
    pub(super) output: Count,
    pub(super) reasoning: Count,
    /// All of it, where the file has it: it tells which rule was followed.
    pub(super) total: Count,
}

/// The keys of one count, the first that is there counts.
type Keys = &'static [&'static [&'static str]];

const INPUT: Keys = &[
    &["input_tokens"],
    &["prompt_tokens"],
    &["inputTokens"],
    &["promptTokens"],
    &["promptTokenCount"],
    &["prompt_token_count"],
    &["total_input_tokens"],
    &["inputOther"],
    &["input"],
    &["prompt"],
];
/// Input that is counted apart: the results of Google's own tools.
const TOOL_INPUT: Keys = &[
    &["toolUsePromptTokenCount"],
    &["tool_use_prompt_token_count"],
    &["total_tool_use_tokens"],
];
const OUTPUT: Keys = &[
    &["output_tokens"],
    &["completion_tokens"],
    &["outputTokens"],
    &["completionTokens"],
    &["candidatesTokenCount"],
    &["candidates_token_count"],
    &["total_output_tokens"],
    &["output"],
    &["completion"],
];
const CACHED: Keys = &[
    &["cache_read_input_tokens"],
    &["input_tokens_details", "cached_tokens"],
    &["prompt_tokens_details", "cached_tokens"],
    &["input_token_details", "cache_read"],
    &["input_tokens_cache_read"],
    &["cached_input_tokens"],
    &["cache_read_tokens"],
    &["cachedInputTokens"],
    &["cacheReadInputTokens"],
    &["cacheReadInputTokenCount"],
    &["cachedContentTokenCount"],
    &["cached_content_token_count"],
    &["total_cached_tokens"],
    &["cacheReadTokens"],
    &["inputCacheRead"],
    &["cacheRead"],
    &["cached_tokens"],
];
const CACHE_WRITE: Keys = &[
    &["cache_creation_input_tokens"],
    &["input_tokens_details", "cache_write_tokens"],
    &["input_token_details", "cache_creation"],
    &["input_tokens_cache_write"],
    &["cache_write_input_tokens"],
    &["cache_write_tokens"],
    &["cacheWriteInputTokens"],
    &["cacheWriteInputTokenCount"],
    &["cacheWriteTokens"],
    &["inputCacheCreation"],
    &["cacheWrite"],
];
const REASONING: Keys = &[
    &["output_tokens_details", "reasoning_tokens"],
    &["completion_tokens_details", "reasoning_tokens"],
    &["output_tokens_details", "thinking_tokens"],
    &["output_token_details", "reasoning"],
    &["reasoning_output_tokens"],
    &["output_reasoning_tokens"],
    &["reasoning_tokens"],
    &["reasoningTokens"],
    &["thoughtsTokenCount"],
    &["thoughts_token_count"],
    &["total_thought_tokens"],
    &["reasoning"],
];
const TOTAL: Keys = &[
    &["total_tokens"],
    &["totalTokens"],
    &["totalTokenCount"],
    &["total_token_count"],
];

impl Usage {
    /// The counts of a provider's `usage`, by the keys that any of them uses.
    pub(super) fn read(b: &mut TraceBuilder, record: &Record<'_>, usage: Json<'_>) -> Usage {
        let mut find = |keys: Keys| {
            let found = keys.iter().filter_map(|it| usage.path(it));
            count(b, record, found.into_iter().find(|it| it.is_some()))
        };
        Usage {
            input: find(INPUT).plus(find(TOOL_INPUT)),
            cached: find(CACHED),
            cache_write: find(CACHE_WRITE),
            output: find(OUTPUT),
            reasoning: find(REASONING),
            total: find(TOTAL),
        }
    }

    /// These counts and those of another request.
    pub(super) fn plus(self, other: Usage) -> Usage {
        self.with(other, Count::plus)
    }

    /// These counts, and where one is not reported that of `other`.
    pub(super) fn or(self, other: Usage) -> Usage {
        self.with(other, Count::or)
    }

    fn with(self, other: Usage, of_both: fn(Count, Count) -> Count) -> Usage {
        Usage {
            input: of_both(self.input, other.input),
            cached: of_both(self.cached, other.cached),
            cache_write: of_both(self.cache_write, other.cache_write),
            output: of_both(self.output, other.output),
            reasoning: of_both(self.reasoning, other.reasoning),
            total: of_both(self.total, other.total),
        }
    }

    /// The counts with our meaning, by the rule that a writer is known to follow.
    pub(super) fn tokens(self, cache: Counted, reasoning: Counted) -> Tokens {
        let parts = self.cached.plus(self.cache_write);
        let sum = |own: Count, part: Count, counted| match (own.get(), counted) {
            (Some(_), Counted::Beside) => own.plus(part),
            _ => own,
        };
        Tokens {
            input: sum(self.input, parts, cache),
            cached: self.cached,
            cache_write: self.cache_write,
            output: sum(self.output, self.reasoning, reasoning),
            reasoning: self.reasoning,
        }
    }

    /// The same by the rule under which the parts add up to the total; by `cache` and `reasoning`
    /// where there is no total, or none adds up.
    pub(super) fn arbitrated(self, cache: Counted, reasoning: Counted) -> Tokens {
        use Counted::{Beside, Inside};
        let rules = [
            (cache, reasoning),
            (Inside, Inside),
            (Beside, Inside),
            (Inside, Beside),
            (Beside, Beside),
        ];
        let adds_up = |it: &(Counted, Counted)| {
            let tokens = self.tokens(it.0, it.1);
            let sum = tokens.input.get().zip(tokens.output.get());
            tokens.add_up() && sum.map(|it| it.0 + it.1) == self.total.get()
        };
        let found = rules.iter().copied().find(adds_up);
        let (cache, reasoning) = found.unwrap_or((cache, reasoning));
        self.tokens(cache, reasoning)
    }
}

/// Token counts with our meaning, of a provider's `usage`: which provider's, its keys tell.
pub(super) fn tokens(b: &mut TraceBuilder, record: &Record<'_>, usage: Json<'_>) -> Tokens {
    let (cache, reasoning) = rule(usage);
    Usage::read(b, record, usage).arbitrated(cache, reasoning)
}

/// Where a provider counts what was cached and what was reasoned: its keys tell.
pub(super) fn rule(usage: Json<'_>) -> (Counted, Counted) {
    let has = |keys: &[&str]| keys.iter().any(|it| usage.get(it).is_some());
    let anthropic = has(&["cache_creation_input_tokens", "cache_read_input_tokens"]);
    let bedrock = has(&["cacheReadInputTokens", "cacheWriteInputTokens"]);
    let cache = if anthropic || bedrock {
        Counted::Beside
    } else {
        Counted::Inside
    };
    let google = has(&[
        "thoughtsTokenCount",
        "thoughts_token_count",
        "total_thought_tokens",
    ]);
    let reasoning = if google {
        Counted::Beside
    } else {
        Counted::Inside
    };
    (cache, reasoning)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::records::TOP;
    use crate::model::ByteRange;

    #[track_caller]
    fn check(usage: &str, input: u64, output: u64) {
        let json = Json::new(usage);
        let record = Record {
            place: TOP,
            key: "",
            json,
            range: ByteRange::new(0, usage.len() as u32),
        };
        let tokens = tokens(&mut TraceBuilder::default(), &record, json);
        assert_eq!(tokens.input.get(), Some(input));
        assert_eq!(tokens.output.get(), Some(output));
    }

    #[test]
    fn each_provider_counts_in_its_own_way() {
        // OpenAI Chat Completions.
        check(
            r#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":80},"completion_tokens_details":{"reasoning_tokens":30}}"#,
            100,
            50,
        );
        // Anthropic.
        check(
            r#"{"input_tokens":10,"cache_read_input_tokens":80,"cache_creation_input_tokens":5,"output_tokens":7}"#,
            95,
            7,
        );
        // Google.
        check(
            r#"{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":20,"totalTokenCount":35}"#,
            10,
            25,
        );
        // MLflow writes Anthropic's key with OpenTelemetry's meaning: the total tells.
        check(
            r#"{"input_tokens":90,"cache_read_input_tokens":80,"output_tokens":10,"total_tokens":100}"#,
            90,
            10,
        );
    }
}
