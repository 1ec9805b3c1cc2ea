//! What a trace is: the file, and a table of contents over it.

mod build;
mod decimal;
mod decoded;
mod escapes;
mod finish;
mod grow;
mod index;
mod issues;
mod join;
mod json;
mod keys;
mod links;
mod live;
mod merge;
mod nested;
mod pack;
mod requests;
mod scan;
mod settle;
mod sort;
mod source;
mod strict;
mod strings;
mod time;
mod tokens;
mod trace;
mod tree;

pub use build::{Draft, DraftId, Moment, Request, TraceBuilder};
pub use decimal::decimal;
pub use escapes::{Escapes, unescape};
pub use finish::FinishReason;
pub use index::{Index, Indexed};
pub use issues::{Issue, IssueKind, Issues, Tally};
pub use json::{Items, Json, Kind, Members, Pairs};
pub use keys::{KeyHasher, KeyMap, KeySet, SpanKey};
pub use live::{Growing, Grown, Settled};
pub use merge::fill;
pub use pack::{Pack, pack_traces, unpack_traces};
pub use scan::{Skip, Stop, skip_blank, value_end};
pub use sort::sort_by_key;
pub use source::{ByteRange, DECODED, Source, TooLarge};
pub use strict::is_strict;
pub use strings::{Strings, Sym};
pub use time::{format_rfc3339, parse_rfc3339};
pub use tokens::{Count, Dollars, Lapse, Stated, Tokens};
pub use trace::{
    Agent, AgentId, Clock, LlmCall, LlmCallId, Marks, Nanos, Piece, Span, SpanId, Status, ToolCall,
    ToolCallId, Trace, Turn, TurnId, Work,
};
