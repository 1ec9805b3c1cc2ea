//! What a trace is: the file, and a table of contents over it.

mod build;
mod decimal;
mod index;
mod json;
mod merge;
mod requests;
mod scan;
mod sort;
mod source;
mod strict;
mod strings;
mod time;
mod trace;
mod tree;

pub use build::{Draft, DraftId, Moment, Request, SpanKey, TraceBuilder};
pub use decimal::decimal;
pub use index::{Index, Indexed};
pub use json::{Items, Json, Kind, Members, unescape};
pub use scan::{Skip, Stop, skip_blank, value_end};
pub use sort::sort_by_key;
pub use source::{ByteRange, Source, TooLarge};
pub use strict::is_strict;
pub use strings::{Strings, Sym};
pub use time::{format_rfc3339, parse_rfc3339};
pub use trace::{
    Agent, AgentId, Clock, Count, FinishReason, Issue, IssueKind, Issues, LlmCall, LlmCallId,
    Marks, Nanos, Span, SpanId, Status, Tally, Tokens, ToolCall, ToolCallId, Trace, Turn, TurnId,
    Work,
};
