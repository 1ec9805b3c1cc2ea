//! What a file tells of its calls, and what it leaves out: formats differ more in this than in
//! anything else.

use crate::model::{Clock, Marks, SpanId, Trace, in_slices};

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

/// What the file does not tell of every call.
pub async fn left_out(trace: &Trace) -> Vec<Reported> {
    let is_measured = |id: SpanId| {
        let derived = [Marks::START_DERIVED, Marks::END_DERIVED, Marks::TIME_ABSENT];
        let span = trace.span(id).filter(|_| trace.clock == Clock::Wall);
        span.is_some_and(|it| !derived.iter().any(|mark| it.marks.has(*mark)))
    };
    let (llm_calls, tool_calls) = (&trace.llm_calls, &trace.tool_calls);
    let mut of_llm = Reported::all(&OF_LLM_CALLS, llm_calls.len());
    in_slices(llm_calls.len(), &mut |slice| {
        for it in llm_calls.get(slice).into_iter().flatten() {
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
                is_measured(it.span),
            ];
            of_llm.iter_mut().zip(tells).for_each(Reported::add);
        }
    })
    .await;
    let mut of_tool = Reported::all(&OF_TOOL_CALLS, tool_calls.len());
    in_slices(tool_calls.len(), &mut |slice| {
        for it in tool_calls.get(slice).into_iter().flatten() {
            let tells = [
                !it.input.is_empty(),
                !it.output.is_empty(),
                is_measured(it.span),
            ];
            of_tool.iter_mut().zip(tells).for_each(Reported::add);
        }
    })
    .await;
    of_llm.append(&mut of_tool);
    of_llm.retain(|it| it.n < it.of);
    of_llm
}

/// What is seen of each LLM call, in the order in which [`left_out`] looks.
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

impl Reported {
    /// Nothing is told yet.
    fn all(told: &[Told], of: usize) -> Vec<Reported> {
        let of = of as u32;
        told.iter()
            .map(|told| Reported {
                told: *told,
                n: 0,
                of,
            })
            .collect()
    }

    fn add((it, tells): (&mut Reported, bool)) {
        it.n += u32::from(tells);
    }
}

/// The span that a part of the file is about: the innermost whose records have it.
pub fn span_at(trace: &Trace, at: u32) -> Option<SpanId> {
    let holds = |range: crate::model::ByteRange| range.start <= at && at < range.end();
    let spans = trace.iter().map(|(id, it)| (it.record, id));
    let pieces = trace.pieces.iter().map(|it| (it.2, it.0));
    let around = spans.chain(pieces).filter(|it| holds(it.0));
    around.min_by_key(|it| it.0.len).map(|it| it.1)
}
