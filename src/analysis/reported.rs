//! What a file tells of its calls, and what it leaves out: formats differ more in this than in
//! anything else.

use crate::model::{Clock, LlmCall, Marks, Span, SpanId, ToolCall, Trace};

/// Something that a file may tell of each LLM call or of each tool call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The model that answered.
    Model,
    /// How many tokens were sent.
    InputTokens,
    /// How many tokens came back.
    OutputTokens,
    /// How many of those sent were read from a cache.
    CachedTokens,
    /// Why the model stopped.
    FinishReason,
    /// When the first token came.
    FirstToken,
    /// What was sent.
    Input,
    /// What came back.
    Output,
    /// The system prompt.
    System,
    /// The tools offered.
    Toolbelt,
    /// When an LLM call began and ended, as measured.
    LlmTimes,
    /// A tool's arguments.
    Arguments,
    /// A tool's result.
    Result,
    /// When a tool began and ended, as measured.
    ToolTimes,
}

/// How many of the calls a file tells something of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported {
    /// What.
    pub told: Told,
    /// Of how many calls it is told.
    pub n: u32,
    /// How many calls there are.
    pub of: u32,
}

/// Of how many calls a file tells what it may tell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tells {
    llm_calls: u32,
    tool_calls: u32,
    of_llm: [u32; 11],
    of_tool: [u32; 3],
}

impl Tells {
    pub(super) fn add_llm_call(&mut self, clock: Clock, span: &Span, it: &LlmCall) {
        let tells = [
            !it.model.is_empty(),
            it.tokens.input.get().is_some(),
            it.tokens.output.get().is_some(),
            it.tokens.cached.get().is_some(),
            !it.finish_reason_raw.is_empty(),
            it.time_to_first_token.get().is_some(),
            !it.input.is_empty(),
            !it.output.is_empty(),
            !it.system.is_empty(),
            !it.tools.is_empty(),
            is_measured(clock, span),
        ];
        self.llm_calls += 1;
        add(&mut self.of_llm, &tells);
    }

    pub(super) fn add_tool_call(&mut self, clock: Clock, span: &Span, it: &ToolCall) {
        let tells = [
            !it.input.is_empty(),
            !it.output.is_empty(),
            is_measured(clock, span),
        ];
        self.tool_calls += 1;
        add(&mut self.of_tool, &tells);
    }

    /// Whether it tells when some tool began and ended.
    pub(super) fn times_a_tool(&self) -> bool {
        let [.., times] = self.of_tool;
        times > 0
    }

    /// What the file does not tell of every call.
    pub(super) fn left_out(self) -> Vec<Reported> {
        let of = |of| move |(told, n): (&Told, u32)| Reported { told: *told, n, of };
        let llm = OF_LLM_CALLS.iter().zip(self.of_llm);
        let tool = OF_TOOL_CALLS.iter().zip(self.of_tool);
        let all = llm
            .map(of(self.llm_calls))
            .chain(tool.map(of(self.tool_calls)));
        all.filter(|it| it.n < it.of).collect()
    }
}

fn add(counts: &mut [u32], tells: &[bool]) {
    let both = counts.iter_mut().zip(tells);
    both.for_each(|(n, tells)| *n += u32::from(*tells));
}

/// Whether its times are as they were taken.
fn is_measured(clock: Clock, span: &Span) -> bool {
    let derived = Marks::START_DERIVED
        .with(Marks::END_DERIVED)
        .with(Marks::TIME_ABSENT);
    clock == Clock::Wall && !span.marks.has(derived)
}

/// What is seen of each LLM call, in the order in which [`Tells`] has it.
const OF_LLM_CALLS: [Told; 11] = [
    Told::Model,
    Told::InputTokens,
    Told::OutputTokens,
    Told::CachedTokens,
    Told::FinishReason,
    Told::FirstToken,
    Told::Input,
    Told::Output,
    Told::System,
    Told::Toolbelt,
    Told::LlmTimes,
];

/// The same of each tool call.
const OF_TOOL_CALLS: [Told; 3] = [Told::Arguments, Told::Result, Told::ToolTimes];

/// The span that a part of the file is about: the innermost whose records have it.
pub fn span_at(trace: &Trace, at: u32) -> Option<SpanId> {
    let holds = |range: crate::model::ByteRange| range.start <= at && at < range.end();
    let spans = trace.iter().map(|(id, it)| (it.record, id));
    let pieces = trace.pieces.iter().map(|it| (it.2, it.0));
    let around = spans.chain(pieces).filter(|it| holds(it.0));
    around.min_by_key(|it| it.0.len).map(|it| it.1)
}
