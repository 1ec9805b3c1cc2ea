//! The trace: spans in pre-order, with ranges into the source. Read-only once built.

use std::sync::Arc;

use super::{
    ByteRange, Dollars, FinishReason, Issues, Lapse, Source, Stated, Strings, Sym, Tally, Tokens,
};

/// Nanoseconds. As a start: since [`Trace::epoch`]; in a trace without times: steps.
pub type Nanos = i64;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(std::num::NonZeroU32);

        impl $name {
            /// The id of the entry at `index` of its table.
            pub fn new(index: usize) -> Self {
                $name(std::num::NonZeroU32::MIN.saturating_add(index as u32))
            }

            /// Where in its table the entry is.
            pub fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }
    };
}

id!(
    /// A span of a trace.
    SpanId
);
id!(
    /// An LLM call of a trace.
    LlmCallId
);
id!(
    /// A tool call of a trace.
    ToolCallId
);
id!(
    /// A turn of a trace.
    TurnId
);
id!(
    /// An agent of a trace.
    AgentId
);

/// A trace: one conversation or run.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The file.
    pub source: Arc<Source>,
    /// The id of the format it was read as.
    pub format: &'static str,
    /// The format's name, for people.
    pub format_name: &'static str,
    /// What the file calls this trace.
    pub name: Option<String>,
    /// Whether the file has times.
    pub clock: Clock,
    /// First start, in nanoseconds since 1970 UTC; 0 without times.
    pub epoch: i64,
    /// All spans, in pre-order: a parent, then all that lies in it.
    pub spans: Vec<Span>,
    /// By span: a byte that follows from its own id. Where there is none, the id itself is looked at.
    pub id_checks: Vec<u8>,
    /// The turns, in order. Each owns the roots from its first up to the next turn's first.
    pub turns: Vec<Turn>,
    /// What is known of agents.
    pub agents: Vec<Agent>,
    /// What is known of LLM calls.
    pub llm_calls: Vec<LlmCall>,
    /// What is known of tool calls.
    pub tool_calls: Vec<ToolCall>,
    /// What all LLM calls used, where the file says that.
    pub stated: Stated,
    /// Further parts of the file that are about a span: by span, then by what they are.
    pub pieces: Vec<(SpanId, Piece, ByteRange)>,
    /// Names, of all traces of the file.
    pub strings: Arc<Strings>,
    /// What could not be taken as it stood.
    pub issues: Issues,
    /// What became of the records of the file.
    pub tally: Tally,
    /// How many traces the file holds, this one included.
    pub n_traces: u32,
}

impl Trace {
    /// The span of an id.
    pub fn span(&self, id: SpanId) -> Option<&Span> {
        self.spans.get(id.index())
    }

    /// The spans with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (SpanId, &Span)> {
        self.spans
            .iter()
            .enumerate()
            .map(|(i, it)| (SpanId::new(i), it))
    }

    /// The LLM call that a span is.
    pub fn llm_call(&self, id: SpanId) -> Option<&LlmCall> {
        match self.span(id)?.work {
            Work::Llm(call) => self.llm_calls.get(call.index()),
            _ => None,
        }
    }

    /// The tool call that a span is.
    pub fn tool_call(&self, id: SpanId) -> Option<&ToolCall> {
        match self.span(id)?.work {
            Work::Tool(call) => self.tool_calls.get(call.index()),
            _ => None,
        }
    }

    /// The name of a symbol.
    pub fn text(&self, sym: Sym) -> &str {
        self.strings.name(sym)
    }

    /// What the file says why a span failed.
    pub fn error(&self, id: SpanId) -> ByteRange {
        self.pieces_of(id, Piece::Error).next().unwrap_or_default()
    }

    /// All records of a span: the one that stands for it, then the others.
    pub fn records_of(&self, id: SpanId) -> Vec<ByteRange> {
        let own = self.span(id).map(|it| it.record).into_iter();
        own.chain(self.pieces_of(id, Piece::Record)).collect()
    }

    /// All that an LLM call was sent, in order, where the file has it.
    pub fn inputs_of(&self, call: &LlmCall) -> Vec<ByteRange> {
        let own = Some(call.input).filter(|it| !it.is_empty()).into_iter();
        own.chain(self.pieces_of(call.span, Piece::Input)).collect()
    }

    /// All that an LLM call answered, in order, where the file has it.
    pub fn outputs_of(&self, call: &LlmCall) -> Vec<ByteRange> {
        let own = Some(call.output).filter(|it| !it.is_empty()).into_iter();
        let mut all: Vec<_> = own
            .chain(self.pieces_of(call.span, Piece::Output))
            .collect();
        // The first of them is what tells most.
        super::sort_by_key(&mut all, |it| (it.start.into(), 0));
        all
    }

    /// The further parts of the file that are this to a span.
    pub(super) fn pieces_of(&self, id: SpanId, piece: Piece) -> impl Iterator<Item = ByteRange> {
        let from = self.pieces.partition_point(|it| (it.0, it.1) < (id, piece));
        let rest = self.pieces.get(from..).unwrap_or_default().iter();
        rest.take_while(move |it| (it.0, it.1) == (id, piece))
            .map(|it| it.2)
    }

    /// From the first start to the last end; `None` where the file has no times.
    pub fn duration(&self) -> Option<Nanos> {
        match self.clock {
            Clock::Wall => self.spans.iter().map(Span::stop).max(),
            Clock::Ordinal => None,
        }
    }
}

/// What a further part of the file is to a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// Why it failed.
    Error,
    /// More that an LLM call was sent, after [`LlmCall::input`]; of a span that stands for a turn
    /// and is none, [`Turn::input`].
    Input,
    /// More that an LLM call answered, after [`LlmCall::output`].
    Output,
    /// Another record of it: an earlier export, a further line.
    Record,
}

/// Whether a trace has times, or only an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// Starts and durations are nanoseconds.
    #[default]
    Wall,
    /// The file has no times: starts and durations are steps.
    Ordinal,
}

/// A piece of work with a start and a length.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Since [`Trace::epoch`].
    pub start: Nanos,
    /// So far, if [`Status::Running`]. Never negative.
    pub duration: Nanos,
    /// The span it lies in.
    pub parent: Option<SpanId>,
    /// One past its last descendant: `id.index()..end` is its subtree.
    pub end: u32,
    /// Its name in the file.
    pub name: Sym,
    /// What kind of work it is.
    pub work: Work,
    /// Its own id in the file, for links.
    pub id: ByteRange,
    /// What the file says about it.
    pub record: ByteRange,
    /// How many spans it lies in; stops counting at 65,535.
    pub depth: u16,
    /// How it ended.
    pub status: Status,
    /// How much of this is the file's own word.
    pub marks: Marks,
}

const _: () = assert!(
    size_of::<Span>() == 56,
    "1,000,000 spans must stay near 56 MB"
);

impl Span {
    /// When it ended, since [`Trace::epoch`].
    pub fn stop(&self) -> Nanos {
        self.start.saturating_add(self.duration)
    }
}

/// What kind of work a span is, with its extra facts where it has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// One user message to the final answer.
    Turn(TurnId),
    /// Who runs rounds.
    Agent(AgentId),
    /// A request to a model.
    Llm(LlmCallId),
    /// A call of a tool.
    Tool(ToolCallId),
    /// Anything else.
    Other,
}

/// How a span ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// The file does not say.
    #[default]
    Unset,
    /// Well.
    Ok,
    /// It failed.
    Error,
    /// It had not ended when the file was written.
    Running,
}

/// How much of what is known of a span is the file's own word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(pub u8);

impl Marks {
    /// The start follows from other records.
    pub const START_DERIVED: Marks = Marks(1);
    /// The end follows from other records.
    pub const END_DERIVED: Marks = Marks(2);
    /// The file has no time for it; it is drawn where its parent starts.
    pub const TIME_ABSENT: Marks = Marks(4);
    /// It was asked for, and the file has no record of it running.
    pub const REQUESTED: Marks = Marks(8);
    /// The file's times had to be repaired to draw it.
    pub const TIME_REPAIRED: Marks = Marks(16);
    /// Two instrumentations recorded it.
    pub const RECORDED_TWICE: Marks = Marks(32);
    /// The output token count is a snapshot taken while the answer was still coming.
    pub const OUTPUT_PARTIAL: Marks = Marks(64);

    /// Whether `mark` is set.
    pub fn has(self, mark: Marks) -> bool {
        self.0 & mark.0 != 0
    }

    /// These marks but `mark`.
    #[must_use]
    pub fn without(self, mark: Marks) -> Marks {
        Marks(self.0 & !mark.0)
    }

    /// These marks and `mark`.
    #[must_use]
    pub fn with(self, mark: Marks) -> Marks {
        Marks(self.0 | mark.0)
    }
}

/// A turn: one user message to the final answer.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Its first root.
    pub first: SpanId,
    /// The root that stands for the whole turn, where the file has one.
    pub span: Option<SpanId>,
    /// The number the file gives it.
    pub number: Option<u32>,
    /// What the user said.
    pub input: ByteRange,
}

/// Who runs rounds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Agent {
    /// Its name.
    pub name: Sym,
    /// Its id in the file.
    pub id: ByteRange,
}

/// A request to a model and its response.
#[derive(Clone, Copy, Debug)]
pub struct LlmCall {
    /// The span it is.
    pub span: SpanId,
    /// The model that answered, else the one that was asked.
    pub model: Sym,
    /// The model that was asked.
    pub requested_model: Sym,
    /// Who serves the model.
    pub provider: Sym,
    /// Token counts.
    pub tokens: Tokens,
    /// Start of the call to the first token, in nanoseconds.
    pub time_to_first_token: Lapse,
    /// Why the model stopped.
    pub finish_reason: FinishReason,
    /// The file's own word for it.
    pub finish_reason_raw: Sym,
    /// The round that the file says it belongs to.
    pub round: Option<std::num::NonZeroU32>,
    /// Which try this was, from 1, where the file says.
    pub attempt: u16,
    /// Further records make up its input before `input` does: messages already sent in earlier rounds.
    pub input_is_delta: bool,
    /// US dollars, where the file states them.
    pub cost_usd: Dollars,
    /// The provider's id of the response.
    pub response_id: ByteRange,
    /// System prompt, where the file has one.
    pub system: ByteRange,
    /// Definitions of the tools offered: the toolbelt.
    pub tools: ByteRange,
    /// Parameters of the request (temperature and so on).
    pub request: ByteRange,
    /// Messages sent; [`Trace::inputs_of`] has them all.
    pub input: ByteRange,
    /// Message received; [`Trace::outputs_of`] has all of it.
    pub output: ByteRange,
}

const _: () = assert!(
    size_of::<LlmCall>() == 112,
    "half of 1,000,000 spans may be LLM calls"
);

impl Default for LlmCall {
    /// Nothing known. The builder fills in the span.
    fn default() -> Self {
        LlmCall {
            span: SpanId::new(0),
            model: Sym::default(),
            requested_model: Sym::default(),
            provider: Sym::default(),
            tokens: Tokens::default(),
            time_to_first_token: Lapse::default(),
            finish_reason: FinishReason::Unset,
            finish_reason_raw: Sym::default(),
            round: None,
            attempt: 0,
            input_is_delta: false,
            cost_usd: Dollars::default(),
            response_id: ByteRange::default(),
            system: ByteRange::default(),
            tools: ByteRange::default(),
            request: ByteRange::default(),
            input: ByteRange::default(),
            output: ByteRange::default(),
        }
    }
}

/// A call of a tool and its result.
#[derive(Clone, Copy, Debug)]
pub struct ToolCall {
    /// The span it is.
    pub span: SpanId,
    /// The tool.
    pub name: Sym,
    /// What kind of tool the file says it is (function, mcp, sql, …).
    pub kind: Sym,
    /// The MCP server that has it.
    pub server: Sym,
    /// The LLM call that asked for it.
    pub requested_by: Option<LlmCallId>,
    /// `requested_by` was found by name and time, for want of an id.
    pub matched: bool,
    /// The round that the file says it belongs to.
    pub round: Option<std::num::NonZeroU32>,
    /// The id that joins request and result.
    pub call_id: ByteRange,
    /// Arguments.
    pub input: ByteRange,
    /// Result.
    pub output: ByteRange,
}

impl Default for ToolCall {
    /// Nothing known. The builder fills in the span.
    fn default() -> Self {
        ToolCall {
            span: SpanId::new(0),
            name: Sym::default(),
            kind: Sym::default(),
            server: Sym::default(),
            requested_by: None,
            matched: false,
            round: None,
            call_id: ByteRange::default(),
            input: ByteRange::default(),
            output: ByteRange::default(),
        }
    }
}
