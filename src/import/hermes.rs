//! Sessions of Hermes: one document with messages as OpenAI's Chat Completions has them, without
//! times and token counts.
//!
//! Source: `~/.hermes/sessions/session_*.json`. Not read: when the session began and was written.

use super::fields::{Unknown, draft, text};
use super::records::{Place, Record, Shape};
use super::roles::{Roles, Said};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{FinishReason, LlmCall, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "hermes",
    name: "Hermes session",
    sniff: |head| head.has(&["session_start", "last_updated", "message_count"]),
    open: crate::import::Reads::Here(|_| Opened {
        shape: DOCUMENT,
        reader: Box::new(Hermes::default()),
    }),
};

const MESSAGES: u8 = 2;
const DOCUMENT: Shape = &[Place::new(1, "", &[Place::new(MESSAGES, "messages", &[])])];

#[derive(Default)]
struct Hermes {
    roles: Roles,
    unknown: Unknown,
}

impl Reader for Hermes {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        if record.place != MESSAGES {
            match record.key {
                "model" => self.roles.model = b.intern(&text(Some(record.json))),
                "system_prompt" => self.roles.system = record.range_if(Some(record.json)),
                "tools" => self.roles.tools = record.range_if(Some(record.json)),
                "title" => b.name(0, text(Some(record.json)).into_owned()),
                _ => {}
            }
            return Became::Detail;
        }
        let json = record.json;
        let role = text(json.get("role"));
        let reason = text(json.get("finish_reason"));
        let call = LlmCall {
            finish_reason: FinishReason::from_raw(&reason),
            finish_reason_raw: b.intern(&reason),
            ..LlmCall::default()
        };
        let said = Said {
            role: &role,
            message: json,
            whole: record.range,
            draft: draft(record),
            call,
            goes_on: false,
        };
        if role.is_empty() {
            Became::Bad
        } else if self.roles.message(b, record, said) {
            Became::Span
        } else if role == "session_meta" {
            Became::Other
        } else {
            self.unknown.note(b, record, &role)
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.roles.dialog.settle(b);
        Ok(())
    }
}
