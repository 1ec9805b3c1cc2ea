//! All formats. A file has the first that takes it; no file of the tests is taken by two.

use super::{
    Format, antigravity, atif, autogen, braintrust, chat, chrome_trace, claude_code, codex,
};
use super::{
    copilot, cursor, droid, gemini_cli, gemini_stream, google_adk, grok, har, harbor_traces,
};
use super::{hermes, inspect, jaeger, kimi, langchain, langfuse, langsmith, llm_api, mlflow};
use super::{openai_agents, opencode, openhands, opik, otel_js, otel_python, otlp, phoenix, pi};
use super::{pydantic_ai, qwen, smolagents, swe_agent, trace_tab, weave, zipkin};
use crate::part::{Slot, part};

/// Those that the viewer knows at once: most files that it gets are one of them.
pub const COMMON: &[&Format] = &[
    &trace_tab::FORMAT,
    &otlp::FORMAT,
    &claude_code::FORMAT,
    &codex::FORMAT,
];

/// The others, most particular first. They are in a part that is fetched when a file is none of the
/// common ones: together they are as large as the rest of the viewer.
const OTHERS: &[&Format] = &[
    &openai_agents::FORMAT,
    &har::FORMAT,
    &chrome_trace::FORMAT,
    &langfuse::FORMAT,
    &langsmith::FORMAT,
    &braintrust::FORMAT,
    &weave::FORMAT,
    &opik::FORMAT,
    &otel_python::FORMAT,
    &otel_js::FORMAT,
    &mlflow::FORMAT,
    &phoenix::FORMAT,
    &jaeger::FORMAT,
    &zipkin::FORMAT,
    &inspect::FORMAT,
    &atif::FORMAT,
    &harbor_traces::FORMAT,
    &qwen::FORMAT,
    &droid::FORMAT,
    &claude_code::stream::FORMAT,
    &codex::exec::FORMAT,
    &gemini_cli::FORMAT,
    &gemini_stream::FORMAT,
    &opencode::FORMAT,
    &pydantic_ai::FORMAT,
    &smolagents::FORMAT,
    &langchain::FORMAT,
    &google_adk::FORMAT,
    &autogen::FORMAT,
    &swe_agent::FORMAT,
    &openhands::FORMAT,
    &copilot::FORMAT,
    &pi::FORMAT,
    &kimi::FORMAT,
    &grok::FORMAT,
    &antigravity::FORMAT,
    &hermes::FORMAT,
    &cursor::FORMAT,
    &llm_api::FORMAT,
    &chat::FORMAT,
];

thread_local! {
    static SLOT: Slot<&'static [&'static Format]> = const { Slot::new(OTHERS) };
}

/// What the part is called for the element.
pub(super) const NAME: &str = "formats";

part! {
    /// Files of the other formats can be told and read from now on.
    "formats", "f0e3a75f0e3a75f0e3a75f0e3a75f002",
    fn join() {
        SLOT.with(|it| it.fill(OTHERS));
    }
}

/// Whether those that are not common are there.
pub(super) fn are_all_here() -> bool {
    SLOT.with(Slot::get).is_some()
}

/// The formats, as far as they are there: natively, all.
pub fn formats() -> impl Iterator<Item = &'static Format> {
    let others = SLOT.with(Slot::get).unwrap_or_default();
    COMMON.iter().chain(others).copied()
}
