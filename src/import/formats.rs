//! All formats. A file has the first that takes it; no file of the tests is taken by two.

use super::Format;
use crate::part::{Slot, part};

/// Those that the viewer knows at once: most files that it gets are one of them.
pub const COMMON: &[&Format] = &[
    &super::trace_tab::FORMAT,
    &super::otlp::FORMAT,
    &super::claude_code::FORMAT,
    &super::codex::FORMAT,
];

/// The others, most particular first. They are in a part that is fetched when a file is none of the
/// common ones, or has log records: together they are two thirds of what a page with a trace
/// downloads.
const OTHERS: &[&Format] = &[
    &super::openai_agents::FORMAT,
    &super::har::FORMAT,
    &super::chrome_trace::FORMAT,
    &super::langfuse::FORMAT,
    &super::langsmith::FORMAT,
    &super::braintrust::FORMAT,
    &super::weave::FORMAT,
    &super::opik::FORMAT,
    &super::otel_python::FORMAT,
    &super::otel_js::FORMAT,
    &super::mlflow::FORMAT,
    &super::phoenix::FORMAT,
    &super::jaeger::FORMAT,
    &super::zipkin::FORMAT,
    &super::inspect::FORMAT,
    &super::atif::FORMAT,
    &super::harbor_traces::FORMAT,
    &super::qwen::FORMAT,
    &super::droid::FORMAT,
    &super::claude_code::stream::FORMAT,
    &super::codex::exec::FORMAT,
    &super::gemini_cli::FORMAT,
    &super::gemini_stream::FORMAT,
    &super::opencode::FORMAT,
    &super::pydantic_ai::FORMAT,
    &super::smolagents::FORMAT,
    &super::langchain::FORMAT,
    &super::google_adk::FORMAT,
    &super::autogen::FORMAT,
    &super::swe_agent::FORMAT,
    &super::openhands::FORMAT,
    &super::copilot::FORMAT,
    &super::pi::FORMAT,
    &super::kimi::FORMAT,
    &super::grok::FORMAT,
    &super::antigravity::FORMAT,
    &super::hermes::FORMAT,
    &super::cursor::FORMAT,
    &super::llm_api::FORMAT,
    &super::chat::FORMAT,
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
        super::logs::join();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Import, import, logs};

    /// A file of OTLP that has log records waits for the part where these begin, and loses nothing.
    #[test]
    fn log_records_wait_for_what_reads_them() {
        let file = include_str!("../../tests/fixtures/otlp/log-records-of-unknown-spans.jsonl");
        let whole = import(file).unwrap().traces.remove(0);
        SLOT.with(Slot::empty);
        logs::leave();
        let mut waiting = Import::default();
        waiting.push(file);
        waiting.end();
        assert!(waiting.step(|| true));
        assert_eq!(waiting.needs(), Some(NAME));
        join();
        assert!(waiting.step(|| true));
        assert_eq!(waiting.needs(), None);
        let trace = waiting.finish().unwrap().traces.remove(0);
        assert_eq!(trace.tally, whole.tally);
        assert_eq!(format!("{:?}", trace.spans), format!("{:?}", whole.spans));
    }
}
