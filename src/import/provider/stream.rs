//! Answers whose pieces are records of the file.

use super::answer::Answer;
use super::{About, Asked, Exchanges, Held};
use crate::import::records::Record;
use crate::model::{ByteRange, Draft, DraftId, LlmCall, Status, TraceBuilder};

/// An LLM call whose answer comes in pieces.
pub(in crate::import) struct Stream {
    llm_call: DraftId,
    turn: usize,
    answer: Answer,
    /// The tool calls it asked for so far.
    calls: Vec<DraftId>,
    /// The pieces that stand together in the file, the last ones.
    run: ByteRange,
    /// Whether there were others before.
    is_split: bool,
}

impl Exchanges {
    /// An LLM call begins of which `record` is the first piece.
    pub(in crate::import) fn begin(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Stream {
        let draft = Draft {
            record: record.range,
            status: Status::Running,
            ..Draft::default()
        };
        let turn = self.turn(b, &draft, &About::default(), None, &Asked::default());
        let llm_call = self.answer(b, turn, draft, LlmCall::default(), false);
        Stream {
            llm_call,
            turn,
            answer: Answer::default(),
            calls: Vec::new(),
            run: record.range,
            is_split: false,
        }
    }

    /// The next piece of an answer.
    pub(in crate::import) fn go_on(
        &mut self,
        b: &mut TraceBuilder,
        stream: &mut Stream,
        record: &Record<'_>,
    ) {
        stream.run = ByteRange::new(stream.run.start, record.range.end());
        let held = Held::new(record, record.json);
        stream.answer.event(b, &held, record.json);
        let id = stream.llm_call;
        let mut call = b.llm_call_mut(id).map(|it| *it).unwrap_or_default();
        stream.answer.fill(b, &mut call);
        if let Some(it) = b.llm_call_mut(id) {
            *it = call;
            if !stream.is_split {
                it.output = stream.run;
            }
        }
        if let Some(draft) = b.draft(id) {
            draft.status = stream.answer.status();
            draft.id = call.response_id;
            if !stream.is_split {
                draft.record = stream.run;
            }
            if let Some(end) = stream.answer.end {
                (draft.start, draft.end) = (stream.answer.start, Some(end));
            }
        }
        if draft_failed(b, id) && !stream.answer.error.is_empty() {
            b.error(id, stream.answer.error);
        }
        self.tool_calls(b, stream.turn, &mut stream.answer, &mut stream.calls);
    }
}

impl Stream {
    /// Whether all of it has come.
    pub(in crate::import) fn is_over(&self) -> bool {
        self.answer.is_over()
    }

    /// The id that its pieces have.
    pub(in crate::import) fn id(&self) -> &str {
        &self.answer.id_text
    }

    /// Something else comes between its pieces.
    pub(in crate::import) fn split(&mut self, b: &mut TraceBuilder) {
        if self.is_split {
            b.output(self.llm_call, self.run);
            b.record(self.llm_call, self.run);
        }
        self.is_split = true;
    }

    /// Its pieces go on at `start`.
    pub(in crate::import) fn resume(&mut self, start: u32) {
        self.run = ByteRange::new(start, start);
    }
}

fn draft_failed(b: &mut TraceBuilder, id: DraftId) -> bool {
    b.draft(id).is_some_and(|it| it.status == Status::Error)
}
