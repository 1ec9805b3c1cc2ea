//! Sums for the top of the tab, and the `summary` of the element.

use serde::Serialize;

use super::Rounds;
use super::counted::{Counted, Sum};
use crate::model::{Nanos, SpanId, Trace};

/// The figures of a trace, as the element's `summary` has them. `None` is "the file does not say".
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The id of the format.
    pub format: &'static str,
    /// What the trace is called.
    pub name: Option<String>,
    /// User message to final answer.
    pub turns: u32,
    /// Of the main agent.
    pub rounds: u32,
    /// LLM calls and tool calls.
    pub actions: u32,
    /// Requests to a model, sub-agents included.
    pub llm_calls: u32,
    /// Tool calls asked for, sub-agents included.
    pub tool_calls: u32,
    /// 1 + sub-agents.
    pub agents: u32,
    /// By first use.
    pub models: Vec<String>,
    /// Cached and cache-write ones included.
    pub input_tokens: Option<u64>,
    /// Part of input.
    pub cached_tokens: Option<u64>,
    /// Part of input.
    pub cache_write_tokens: Option<u64>,
    /// Reasoning included.
    pub output_tokens: Option<u64>,
    /// Part of output.
    pub reasoning_tokens: Option<u64>,
    /// First start to last end, in milliseconds.
    pub duration_ms: Option<f64>,
    /// RFC 3339.
    pub started_at: Option<String>,
    /// Actions that failed.
    pub errors: u32,
    /// What the file states.
    pub cost: Option<Cost>,
    /// What could not be taken as it stood.
    pub issues: u32,
    /// Of the file.
    pub bytes: u64,
}

/// Money.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// US dollars.
    pub usd: f64,
    /// Whether every LLM call has its part in it.
    pub complete: bool,
}

/// What the head of the tab shows beside the summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Totals {
    /// The summary.
    pub summary: Summary,
    /// LLM calls that reported both input and output tokens.
    pub llm_calls_with_tokens: u32,
    /// Share of the duration in which a tool ran, from 0 to 1; nothing where no tool's time is told.
    pub share_in_tools: Option<f64>,
    /// Characters of the first system prompt.
    pub system_chars: Option<usize>,
    /// Tools offered, and how many of them were used.
    pub toolbelt: Option<(usize, usize)>,
    /// Whether some output token counts are snapshots.
    pub output_is_partial: bool,
    /// The last end.
    pub stop: Nanos,
}

/// The totals of a trace.
pub fn totals(trace: &Trace, rounds: &Rounds) -> Totals {
    let mut counted = Counted::default();
    counted.add(trace, rounds, trace.extent());
    counted.totals(trace)
}

/// Tokens of several LLM calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Sent, as far as reported.
    pub input: Option<u64>,
    /// Produced, as far as reported.
    pub output: Option<u64>,
}

impl Sums {
    /// With those of others.
    #[must_use]
    pub fn with(self, other: Sums) -> Sums {
        let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        Sums {
            input: sum(self.input, other.input),
            output: sum(self.output, other.output),
        }
    }
}

/// The tokens of the LLM calls among `spans`.
pub fn sums(trace: &Trace, spans: impl Iterator<Item = SpanId>) -> Sums {
    let (mut input, mut output) = <(Sum, Sum)>::default();
    for call in spans.filter_map(|it| trace.llm_call(it)) {
        input.add(call.tokens.input);
        output.add(call.tokens.output);
    }
    Sums {
        input: input.get(),
        output: output.get(),
    }
}
