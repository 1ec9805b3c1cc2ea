//! LLM calls that several records tell of, and summaries.

use super::dialog::Dialog;
use super::fields::millis;
use super::records::Record;
use crate::model::{
    Draft, DraftId, FinishReason, Json, LlmCall, Marks, Moment, Tokens, TraceBuilder,
};

impl Dialog {
    /// What was said before was summed up: `summary` is what the model is told instead.
    pub(super) fn compaction(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        time: Option<Moment>,
        summary: Option<Json<'_>>,
    ) -> DraftId {
        let name = b.intern("compaction");
        let draft = Draft {
            name,
            record: record.range,
            start: time,
            end: time,
            marks: Marks::END_DERIVED,
            ..Draft::default()
        };
        let draft = self.place(b, draft);
        self.begin_anew();
        self.hear(time, record.range_if(summary));
        b.span(draft)
    }
}

/// What another record of an answer says, where it was not known.
pub(super) fn add(known: &mut LlmCall, more: LlmCall) {
    for (known, more) in [
        (&mut known.model, more.model),
        (&mut known.provider, more.provider),
        (&mut known.finish_reason_raw, more.finish_reason_raw),
    ] {
        if known.is_empty() {
            *known = more;
        }
    }
    if known.finish_reason == FinishReason::Unset {
        known.finish_reason = more.finish_reason;
    }
    if known.tokens == Tokens::default() {
        known.tokens = more.tokens;
    }
    if known.response_id.is_empty() {
        known.response_id = more.response_id;
    }
}

/// An LLM call began so many milliseconds before its end.
pub(super) fn began(b: &mut TraceBuilder, id: DraftId, duration: Option<Json<'_>>) {
    if let Some((nanos, call)) = millis(duration).zip(b.draft(id))
        && let Some(end) = call.end
    {
        call.start = Moment::new(end.nanos().saturating_sub(nanos));
    }
}
