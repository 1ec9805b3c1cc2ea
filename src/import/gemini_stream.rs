//! What Gemini CLI prints with `--output-format stream-json`: its events, JSON Lines.
//!
//! Source: `packages/core/src/output/types.ts` of Gemini CLI 0.61. Tools run when an answer has
//! ended: what the model says after a result is the next LLM call. What was used is stated at the
//! end, for all of them.

use super::dialog::{Dialog, latest};
use super::fields::{Unknown, count, draft, moment, text};
use super::records::Record;
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{
    Draft, DraftId, LlmCall, Marks, Moment, Stated, Status, Sym, Tokens, ToolCall, TraceBuilder,
};

pub(super) const FORMAT: Format = Format {
    id: "gemini-stream-json",
    name: "Gemini stream-json",
    sniff: |head| {
        let has = |kind, keys| head.says("type", &[kind]) && head.has(keys);
        head.has(&["type", "timestamp"])
            && (has("init", &["session_id", "model"])
                || has("tool_use", &["tool_name", "tool_id"])
                || has("result", &["stats"]))
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(GeminiStream::default()),
    }),
};

#[derive(Default)]
struct GeminiStream {
    dialog: Dialog,
    model: Sym,
    /// The LLM call that is still answering.
    answering: Option<DraftId>,
    unknown: Unknown,
}

impl Reader for GeminiStream {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        let time = moment(b, record, json.get("timestamp"));
        let kind = text(json.get("type"));
        match kind.as_ref() {
            "" => return Became::Bad,
            "init" => {
                self.model = b.intern(&text(json.get("model")));
                return Became::Other;
            }
            "message" if text(json.get("role")) == "user" => {
                self.answering = None;
                let turn = Draft {
                    start: time,
                    ..draft(record)
                };
                let said = record.range_if(json.get("content"));
                self.dialog.begin_turn(b, turn, said);
                self.dialog.hear(time, record.range);
            }
            "message" => {
                self.answer(b, record, time);
            }
            "tool_use" => self.tool_use(b, record, time),
            "tool_result" => self.tool_result(b, record, time),
            "result" => self.result(b, record, time),
            "error" => {
                let id = self.dialog.point(b, record.range, time, "error");
                b.fail(id, record.range_if(json.get("message")));
            }
            kind => return self.unknown.note(b, record, kind),
        }
        Became::Span
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.dialog.settle(b);
        Ok(())
    }
}

impl GeminiStream {
    /// A piece of an answer.
    fn answer(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        time: Option<Moment>,
    ) -> DraftId {
        let id = if let Some(id) = self.answering {
            b.record(id, record.range);
            id
        } else {
            let call = LlmCall {
                model: self.model,
                requested_model: self.model,
                ..LlmCall::default()
            };
            let answer = Draft {
                end: time,
                marks: Marks::END_DERIVED,
                ..draft(record)
            };
            self.dialog.llm_call(b, answer, call)
        };
        self.answering = Some(id);
        b.output(id, record.range);
        if let Some(draft) = b.draft(id) {
            draft.end = latest(draft.end, time);
        }
        id
    }

    fn tool_use(&mut self, b: &mut TraceBuilder, record: &Record<'_>, time: Option<Moment>) {
        self.answer(b, record, time);
        let json = record.json;
        let tool = ToolCall {
            name: b.intern(&text(json.get("tool_name"))),
            call_id: record.range_if(json.get("tool_id")),
            input: record.range_if(json.get("parameters")),
            ..ToolCall::default()
        };
        let asked = Draft {
            id: tool.call_id,
            name: tool.name,
            start: time,
            marks: Marks::START_DERIVED,
            ..draft(record)
        };
        let id = text(json.get("tool_id"));
        self.dialog.tool_call(b, asked, tool, &id);
    }

    fn tool_result(&mut self, b: &mut TraceBuilder, record: &Record<'_>, time: Option<Moment>) {
        self.answering = None;
        let json = record.json;
        let status = match text(json.get("status")).as_ref() {
            "success" => Status::Ok,
            "error" => Status::Error,
            _ => Status::Unset,
        };
        let result = Draft {
            id: record.range_if(json.get("tool_id")),
            end: time,
            status,
            ..draft(record)
        };
        let id = text(json.get("tool_id"));
        let error = json.path(&["error", "message"]);
        let output = record.range_if(json.get("output").or(error));
        self.dialog.tool_result(b, result, &id, output);
        self.dialog.hear(time, record.range);
    }

    fn result(&mut self, b: &mut TraceBuilder, record: &Record<'_>, time: Option<Moment>) {
        let json = record.json;
        self.answering = None;
        self.dialog.settle(b);
        let stats = json.get("stats");
        let mut find = |key| count(b, record, stats.and_then(|it| it.get(key)));
        // `input` is what was not cached.
        let tokens = Tokens {
            input: find("input_tokens"),
            cached: find("cached"),
            output: find("output_tokens"),
            ..Tokens::default()
        };
        let stated = Stated {
            tokens,
            ..Stated::default()
        };
        b.state(0, stated);
        let Some(home) = self.dialog.home() else {
            return;
        };
        b.record(home, record.range);
        if let Some(draft) = b.draft(home) {
            draft.end = time;
            draft.marks = draft.marks.without(Marks::END_DERIVED);
        }
        if text(json.get("status")) == "error" {
            let error = json.get("error");
            let said = error.and_then(|it| it.get("message")).or(error);
            b.fail(home, record.range_if(said));
        }
    }
}
