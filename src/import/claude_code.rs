//! Claude Code session JSONL.
use super::records::Record;
use super::{Became, Format, Opened, Reader};
use crate::model::TraceBuilder;

pub(super) const FORMAT: Format = Format {
    id: "claude-code",
    name: "Claude Code session",
    sniff: |_| false,
    open: |_| Opened {
        shape: &[],
        reader: Box::new(ClaudeCode::default()),
    },
};

#[derive(Default)]
struct ClaudeCode {}

impl Reader for ClaudeCode {
    fn record(&mut self, _b: &mut TraceBuilder, _record: &Record<'_>) -> Became {
        Became::Other
    }
}
