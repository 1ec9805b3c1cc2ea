//! What a trace is: the file, and a table of contents over it.

mod build;
mod decimal;
mod decoded;
mod draft;
mod escapes;
mod finish;
mod finishing;
mod grow;
mod ids;
mod index;
mod issues;
mod join;
mod json;
mod keys;
mod links;
mod live;
mod merge;
mod nest;
mod nested;
mod owners;
mod requests;
mod scan;
mod settle;
mod slices;
mod sort;
mod source;
mod strict;
mod strings;
mod time;
mod tokens;
mod trace;
mod tree;
mod turns;

pub use build::TraceBuilder;
pub use decimal::decimal;
pub use draft::{Draft, DraftId, Moment, Request, Said};
pub use escapes::{Escapes, unescape};
pub use finish::FinishReason;
pub use index::{Index, Indexed};
pub use issues::{Issue, IssueKind, Issues, Tally};
pub use json::{Items, Json, Kind, Members, Pairs};
pub use keys::{KeyHasher, KeyMap, KeySet, SpanKey};
pub use live::{Growing, Grown, Settled};
pub use merge::fill;
pub use scan::{Skip, Stop, skip_blank, value_end};
pub use slices::{InSlices, SLICE, Task, at_once, from_end, in_slices, pause, while_more};
pub use sort::{sort_by_key, sort_in_slices};
pub use source::{ByteRange, DECODED, Source, TooLarge};
pub use strict::is_strict;
pub use strings::{Strings, Sym};
pub use time::{format_rfc3339, parse_rfc3339};
pub use tokens::{Count, Dollars, Lapse, Stated, Tokens};
pub use trace::{
    Agent, AgentId, Clock, LlmCall, LlmCallId, Marks, Nanos, Piece, Span, SpanId, Status, ToolCall,
    ToolCallId, Trace, Turn, TurnId, Work,
};
