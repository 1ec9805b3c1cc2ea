//! The messages of a Pydantic AI run, as `ModelMessagesTypeAdapter` writes them: an array of
//! requests and responses.
//!
//! Source: `pydantic_ai/messages.py` (1.x and 2.x). Not read: `run_id`, which tells runs apart that
//! went on with an earlier run's messages.

use super::dialog::Dialog;
use super::fields::{dollars, draft, moment, text};
use super::records::{Record, TOP};
use super::usage::{Counted, Usage};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{ByteRange, Draft, FinishReason, Json, LlmCall, Status, ToolCall, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "pydantic-ai",
    name: "Pydantic AI messages",
    sniff: |head| head.says("kind", &["request", "response"]) && head.has(&["parts", "kind"]),
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(PydanticAi::default()),
    }),
};

#[derive(Default)]
struct PydanticAi {
    dialog: Dialog,
}

impl Reader for PydanticAi {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match text(record.json.get("kind")).as_ref() {
            "request" if record.place == TOP => self.request(b, record),
            "response" if record.place == TOP => self.response(b, record),
            _ => return Became::Bad,
        }
        Became::Span
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.dialog.settle(b);
        Ok(())
    }
}

impl PydanticAi {
    /// What the model is sent: a prompt opens a turn, results end tool calls.
    fn request(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let parts = || record.json.get("parts").into_iter().flat_map(Json::items);
        let is_prompt = |it: &Json| text(it.get("part_kind")) == "user-prompt";
        if let Some(prompt) = parts().find(is_prompt) {
            let start = moment(b, record, prompt.get("timestamp"));
            let turn = Draft {
                start,
                ..draft(record)
            };
            let input = prompt.get("content").map(|it| record.range_of(it));
            self.dialog.begin_turn(b, turn, input.unwrap_or_default());
        }
        for part in parts() {
            let kind = text(part.get("part_kind"));
            let id = text(part.get("tool_call_id"));
            // A retry without a tool is about the answer as a whole.
            let is_retry =
                kind == "retry-prompt" && part.get("tool_name").is_some_and(Json::is_some);
            if kind != "tool-return" && !is_retry {
                continue;
            }
            let failed = is_retry || text(part.get("outcome")) == "failed";
            let result = Draft {
                record: record.range_of(part),
                end: moment(b, record, part.get("timestamp")),
                status: if failed { Status::Error } else { Status::Ok },
                ..Draft::default()
            };
            let output = record.range_of(part.get("content").unwrap_or(part));
            self.dialog.tool_result(b, result, &id, output);
        }
        let time = moment(b, record, record.json.get("timestamp"));
        self.dialog.hear(time, record.range);
    }

    fn response(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        let range = |it: Option<Json<'_>>| {
            it.filter(|it| it.is_some())
                .map_or_else(ByteRange::default, |it| record.range_of(it))
        };
        let raw = json.path(&["provider_details", "finish_reason"]);
        let raw = text(raw.or_else(|| json.get("finish_reason")));
        let usage = json.get("usage");
        let call = LlmCall {
            model: b.intern(&text(json.get("model_name"))),
            provider: b.intern(&text(json.get("provider_name"))),
            tokens: usage.map_or_else(Default::default, |it| {
                // `input_tokens` and `output_tokens` are sums in `RequestUsage`.
                let counts = Usage::read(b, record, it);
                counts.tokens(Counted::Inside, Counted::Inside)
            }),
            cost_usd: dollars(usage.and_then(|it| it.get("cost"))),
            finish_reason: FinishReason::from_raw(&raw),
            finish_reason_raw: b.intern(&raw),
            response_id: range(json.get("provider_response_id")),
            output: record.range,
            ..LlmCall::default()
        };
        let end = moment(b, record, json.get("timestamp"));
        let answer = Draft {
            id: call.response_id,
            end,
            ..draft(record)
        };
        self.dialog.llm_call(b, answer, call);
        let parts = json.get("parts").into_iter().flat_map(Json::items);
        for part in parts.filter(|it| text(it.get("part_kind")) == "tool-call") {
            let name = b.intern(&text(part.get("tool_name")));
            let asked = Draft {
                id: range(part.get("tool_call_id")),
                name,
                record: record.range_of(part),
                ..Draft::default()
            };
            let tool = ToolCall {
                name,
                call_id: asked.id,
                input: range(part.get("args")),
                ..ToolCall::default()
            };
            let id = text(part.get("tool_call_id"));
            self.dialog.tool_call(b, asked, tool, &id);
        }
    }
}
