//! `chat_history.jsonl` of Grok's command line: a line a message, without times and token counts.
//!
//! Source: sessions of version 1.0 (`chat_format_version` 1). An answer is its `reasoning`, the
//! calls of tools at the provider (`backend_tool_call`) and then `assistant`. What the tool itself
//! tells the model as if it were the user has a `synthetic_reason`.

use super::fields::{Unknown, draft, text};
use super::records::Record;
use super::roles::{Roles, Said};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{Draft, Json, LlmCall, Status, ToolCall, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "grok",
    name: "Grok session",
    sniff: |head| {
        let is_own = |it: &Json<'_>| match text(it.get("type")).as_ref() {
            "assistant" => it.get("model_id").is_some() && it.get("message").is_none(),
            "user" => it
                .get("prompt_index")
                .or(it.get("synthetic_reason"))
                .is_some(),
            "backend_tool_call" => true,
            _ => false,
        };
        head.any(is_own)
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(Grok::default()),
    }),
};

#[derive(Default)]
struct Grok {
    roles: Roles,
    /// Whether the answer is still to come that what was said last is part of.
    goes_on: bool,
    unknown: Unknown,
}

impl Reader for Grok {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        let kind = text(json.get("type"));
        let is_part = matches!(kind.as_ref(), "reasoning" | "backend_tool_call");
        let goes_on = std::mem::replace(&mut self.goes_on, is_part);
        let role = match kind.as_ref() {
            "user" if json.get("synthetic_reason").is_some() => {
                self.roles.dialog.hear(None, record.range);
                return Became::Span;
            }
            _ if is_part => "assistant",
            kind => kind,
        };
        let model = b.intern(&text(json.get("model_id")));
        let said = Said {
            role,
            message: json,
            whole: record.range,
            draft: draft(record),
            call: LlmCall {
                model,
                ..LlmCall::default()
            },
            goes_on,
        };
        if kind.is_empty() {
            return Became::Bad;
        }
        if !self.roles.message(b, record, said) {
            return self.unknown.note(b, record, &kind);
        }
        if kind == "backend_tool_call" {
            self.backend_call(b, record);
        }
        Became::Span
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.roles.dialog.settle(b);
        Ok(())
    }
}

impl Grok {
    /// A tool that the provider ran, while the model answered.
    fn backend_call(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let Some(call) = record.json.get("kind") else {
            return;
        };
        let name = b.intern(&text(call.get("tool_type")));
        let tool = ToolCall {
            name,
            kind: b.intern("builtin"),
            call_id: record.range_if(call.get("id")),
            input: record.range_if(call.get("action")),
            ..ToolCall::default()
        };
        let status = match text(call.get("status")).as_ref() {
            "completed" => Status::Ok,
            "failed" => Status::Error,
            _ => Status::Unset,
        };
        let draft = Draft {
            id: tool.call_id,
            name,
            status,
            ..draft(record)
        };
        let id = text(call.get("id"));
        self.roles.dialog.tool_call(b, draft, tool, &id);
    }
}
