//! What a file tells of its calls, and what it leaves out: formats differ more in this than in
//! anything else.

use crate::model::{Clock, LlmCall, Marks, SpanId, ToolCall, Trace, pause_at};

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

/// How one sees whether a call has it.
type Tells<Call> = (Told, fn(&Call) -> bool);

/// What the file does not tell of every call.
pub async fn left_out(trace: &Trace) -> Vec<Reported> {
    let of_llm_calls: [Tells<LlmCall>; 10] = [
        (Told::Model, |it| !it.model.is_empty()),
        (Told::InputTokens, |it| it.tokens.input.get().is_some()),
        (Told::OutputTokens, |it| it.tokens.output.get().is_some()),
        (Told::CachedTokens, |it| it.tokens.cached.get().is_some()),
        (Told::FinishReason, |it| !it.finish_reason_raw.is_empty()),
        (Told::FirstToken, |it| {
            it.time_to_first_token.get().is_some()
        }),
        (Told::Input, |it| !it.input.is_empty()),
        (Told::Output, |it| !it.output.is_empty()),
        (Told::System, |it| !it.system.is_empty()),
        (Told::Toolbelt, |it| !it.tools.is_empty()),
    ];
    let of_tool_calls: [Tells<ToolCall>; 2] = [
        (Told::Arguments, |it| !it.input.is_empty()),
        (Told::Result, |it| !it.output.is_empty()),
    ];
    let is_measured = |id: SpanId| {
        let derived = [Marks::START_DERIVED, Marks::END_DERIVED, Marks::TIME_ABSENT];
        let span = trace.span(id).filter(|_| trace.clock == Clock::Wall);
        span.is_some_and(|it| !derived.iter().any(|mark| it.marks.has(*mark)))
    };
    let (llm_calls, tool_calls) = (&trace.llm_calls, &trace.tool_calls);
    // In one pass: a million calls are more than a cache holds.
    let mut of_llm = [0; 11];
    for (i, call) in llm_calls.iter().enumerate() {
        pause_at(i).await;
        let tells = of_llm_calls.iter().map(|it| (it.1)(call));
        let tells = tells.chain([is_measured(call.span)]);
        of_llm.iter_mut().zip(tells).for_each(add);
    }
    let mut of_tool = [0; 3];
    for (i, call) in tool_calls.iter().enumerate() {
        pause_at(i).await;
        let tells = of_tool_calls.iter().map(|it| (it.1)(call));
        let tells = tells.chain([is_measured(call.span)]);
        of_tool.iter_mut().zip(tells).for_each(add);
    }
    let llm = of_llm_calls.iter().map(|it| it.0).chain([Told::LlmTimes]);
    let llm = llm.zip(of_llm).map(|it| (it, llm_calls.len()));
    let tool = of_tool_calls.iter().map(|it| it.0);
    let tool = tool.chain([Told::ToolTimes]).zip(of_tool);
    let tool = tool.map(|it| (it, tool_calls.len()));
    let all = llm.chain(tool).map(|((told, n), of)| Reported {
        told,
        n,
        of: of as u32,
    });
    all.filter(|it| it.n < it.of).collect()
}

fn add((n, tells): (&mut u32, bool)) {
    *n += u32::from(tells);
}

/// The span that a part of the file is about: the innermost whose records have it.
pub fn span_at(trace: &Trace, at: u32) -> Option<SpanId> {
    let holds = |range: crate::model::ByteRange| range.start <= at && at < range.end();
    let spans = trace.iter().map(|(id, it)| (it.record, id));
    let pieces = trace.pieces.iter().map(|it| (it.2, it.0));
    let around = spans.chain(pieces).filter(|it| holds(it.0));
    around.min_by_key(|it| it.0.len).map(|it| it.1)
}
