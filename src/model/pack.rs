//! Traces as bytes, on their way from one wasm to another: what they say of the file, and not the
//! file. Both are of one build, so the bytes need no version; they are checked all the same.

use std::sync::Arc;

use super::{
    Agent, AgentId, ByteRange, Clock, Count, Dollars, FinishReason, Issue, IssueKind, Issues,
    KeyMap, Lapse, LlmCall, LlmCallId, Marks, Piece, Source, Span, SpanId, SpanKey, Stated, Status,
    Strings, Sym, Tally, Tokens, ToolCall, ToolCallId, Trace, Turn, TurnId, Work,
};

/// What can be written as bytes and read again.
pub trait Pack: Sized {
    /// Adds its bytes.
    fn pack(&self, out: &mut Vec<u8>);

    /// Takes its bytes off the beginning; `None` if they are not what they should be.
    fn unpack(bytes: &mut &[u8]) -> Option<Self>;
}

macro_rules! numbers {
    ($($type:ty),*) => { $(
        impl Pack for $type {
            fn pack(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn unpack(bytes: &mut &[u8]) -> Option<Self> {
                let (own, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                Some(<$type>::from_le_bytes(*own))
            }
        }
    )* };
}
numbers!(u8, u16, u32, u64, i64, f64);

macro_rules! structs {
    ($($type:ident { $($field:tt),* })*) => { $(
        impl Pack for $type {
            fn pack(&self, out: &mut Vec<u8>) {
                $( self.$field.pack(out); )*
            }

            fn unpack(bytes: &mut &[u8]) -> Option<Self> {
                Some($type { $( $field: Pack::unpack(bytes)? ),* })
            }
        }
    )* };
}
structs! {
    ByteRange { start, len }
    Sym { 0 }
    Count { 0 }
    Lapse { 0 }
    Dollars { 0 }
    Marks { 0 }
    Tokens { input, cached, cache_write, output, reasoning }
    Stated { tokens, cost_usd }
    Span { start, duration, parent, end, name, work, id, record, depth, status, marks }
    Turn { first, span, number, input }
    Agent { name, id }
    LlmCall {
        span, model, requested_model, provider, tokens, time_to_first_token, finish_reason,
        finish_reason_raw, round, attempt, input_is_delta, cost_usd, response_id, system, tools,
        request, input, output
    }
    ToolCall {
        span, name, kind, server, requested_by, matched, round, call_id, input, output
    }
    Issue { kind, at }
    Issues { list, counts }
    Tally { read, other, bad }
}

/// Words of one kind, by their place in a list that has all of them.
macro_rules! words {
    ($($type:ident { $($word:ident),* })*) => { $(
        impl Pack for $type {
            fn pack(&self, out: &mut Vec<u8>) {
                // Without one of them this does not compile.
                match self { $( $type::$word => {} )* }
                let place = [$( $type::$word ),*].iter().position(|it| it == self);
                out.push(place.unwrap_or_default() as u8);
            }

            fn unpack(bytes: &mut &[u8]) -> Option<Self> {
                let place = usize::from(u8::unpack(bytes)?);
                [$( $type::$word ),*].get(place).copied()
            }
        }
    )* };
}
words! {
    Clock { Wall, Ordinal }
    Status { Unset, Ok, Error, Running }
    FinishReason { Unset, Stop, ToolCall, Length, ContentFilter, Error, Other }
    Piece { Error, Input, Output, Record }
    IssueKind {
        Truncated, BadRecord, Malformed, InvalidUtf8, MissingParent, Cycle, DuplicateId,
        NegativeDuration, OutsideParent, UnlikelyTime, BadTime, NoZone, BadCount, CountsDisagree,
        UnknownRecord, SubAgentAlone, RecordedTwice, DroppedAttributes, Unfinished
    }
}

macro_rules! ids {
    ($($type:ident),*) => { $(
        impl Pack for $type {
            fn pack(&self, out: &mut Vec<u8>) {
                (self.index() as u32).pack(out);
            }

            fn unpack(bytes: &mut &[u8]) -> Option<Self> {
                Some($type::new(u32::unpack(bytes)? as usize))
            }
        }
    )* };
}
ids!(SpanId, LlmCallId, ToolCallId, TurnId, AgentId);

impl Pack for bool {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some(u8::unpack(bytes)? != 0)
    }
}

impl Pack for std::num::NonZeroU32 {
    fn pack(&self, out: &mut Vec<u8>) {
        self.get().pack(out);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Self::new(u32::unpack(bytes)?)
    }
}

impl Pack for Work {
    fn pack(&self, out: &mut Vec<u8>) {
        let (kind, index) = match self {
            Work::Other => (0, 0),
            Work::Turn(id) => (1, id.index()),
            Work::Agent(id) => (2, id.index()),
            Work::Llm(id) => (3, id.index()),
            Work::Tool(id) => (4, id.index()),
        };
        out.push(kind);
        (index as u32).pack(out);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let (kind, index) = (u8::unpack(bytes)?, u32::unpack(bytes)? as usize);
        Some(match kind {
            0 => Work::Other,
            1 => Work::Turn(TurnId::new(index)),
            2 => Work::Agent(AgentId::new(index)),
            3 => Work::Llm(LlmCallId::new(index)),
            4 => Work::Tool(ToolCallId::new(index)),
            _ => return None,
        })
    }
}

impl Pack for String {
    fn pack(&self, out: &mut Vec<u8>) {
        (self.len() as u32).pack(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let len = u32::unpack(bytes)? as usize;
        let (own, rest) = bytes.split_at_checked(len)?;
        *bytes = rest;
        String::from_utf8(own.to_vec()).ok()
    }
}

impl<T: Pack> Pack for Option<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.is_some().pack(out);
        self.iter().for_each(|it| it.pack(out));
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some(if bool::unpack(bytes)? {
            Some(T::unpack(bytes)?)
        } else {
            None
        })
    }
}

impl<T: Pack> Pack for Vec<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        (self.len() as u32).pack(out);
        self.iter().for_each(|it| it.pack(out));
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let len = u32::unpack(bytes)?;
        (0..len).map(|_| T::unpack(bytes)).collect()
    }
}

impl<A: Pack, B: Pack> Pack for (A, B) {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
        self.1.pack(out);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::unpack(bytes)?, B::unpack(bytes)?))
    }
}

impl<A: Pack, B: Pack, C: Pack> Pack for (A, B, C) {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
        self.1.pack(out);
        self.2.pack(out);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::unpack(bytes)?, B::unpack(bytes)?, C::unpack(bytes)?))
    }
}

/// Adds the bytes of traces of one source. `format` gives a format's number.
pub fn pack_traces(traces: &[Trace], format: impl Fn(&Trace) -> u32, out: &mut Vec<u8>) {
    let attachments = traces.first().map(|it| &it.source.attachments);
    let mut attachments: Vec<(u64, ByteRange)> = attachments
        .into_iter()
        .flatten()
        .map(|it| (it.0.0.get(), *it.1))
        .collect();
    attachments.sort_unstable();
    attachments.pack(out);
    let decoded = traces.first().map_or("", |it| it.source.decoded());
    decoded.to_owned().pack(out);
    (traces.len() as u32).pack(out);
    let mut strings: Option<&Arc<Strings>> = None;
    for it in traces {
        // The traces of one file share their names.
        let is_same = strings.is_some_and(|last| Arc::ptr_eq(last, &it.strings));
        is_same.pack(out);
        if !is_same {
            let names: Vec<String> = it.strings.names.iter().map(ToString::to_string).collect();
            names.pack(out);
            strings = Some(&it.strings);
        }
        format(it).pack(out);
        it.name.pack(out);
        it.clock.pack(out);
        it.epoch.pack(out);
        it.spans.pack(out);
        it.id_checks.pack(out);
        it.turns.pack(out);
        it.agents.pack(out);
        it.llm_calls.pack(out);
        it.tool_calls.pack(out);
        it.stated.pack(out);
        it.pieces.pack(out);
        it.issues.pack(out);
        it.tally.pack(out);
        it.n_traces.pack(out);
    }
}

/// The traces of a source. `format` gives the id and the name behind a format's number.
pub fn unpack_traces(
    mut source: Source,
    format: impl Fn(u32) -> Option<(&'static str, &'static str)>,
    bytes: &mut &[u8],
) -> Option<Vec<Trace>> {
    let attachments: Vec<(u64, ByteRange)> = Pack::unpack(bytes)?;
    let keyed = attachments.into_iter().map(|(key, at)| {
        let key = std::num::NonZeroU64::new(key)?;
        Some((SpanKey(key), at))
    });
    source.attach(keyed.collect::<Option<KeyMap<ByteRange>>>()?);
    source.decode(Pack::unpack(bytes)?);
    let source = Arc::new(source);
    let n = u32::unpack(bytes)?;
    let mut strings = Arc::default();
    (0..n)
        .map(|_| {
            if !bool::unpack(bytes)? {
                let names: Vec<String> = Pack::unpack(bytes)?;
                let mut own = Strings::default();
                for name in &names {
                    let _ = own.intern(name);
                }
                strings = Arc::new(own);
            }
            let (format, format_name) = format(u32::unpack(bytes)?)?;
            Some(Trace {
                source: source.clone(),
                strings: strings.clone(),
                format,
                format_name,
                name: Pack::unpack(bytes)?,
                clock: Pack::unpack(bytes)?,
                epoch: Pack::unpack(bytes)?,
                spans: Pack::unpack(bytes)?,
                id_checks: Pack::unpack(bytes)?,
                turns: Pack::unpack(bytes)?,
                agents: Pack::unpack(bytes)?,
                llm_calls: Pack::unpack(bytes)?,
                tool_calls: Pack::unpack(bytes)?,
                stated: Pack::unpack(bytes)?,
                pieces: Pack::unpack(bytes)?,
                issues: Pack::unpack(bytes)?,
                tally: Pack::unpack(bytes)?,
                n_traces: Pack::unpack(bytes)?,
            })
        })
        .collect()
}
