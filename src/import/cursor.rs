//! Transcripts of Cursor's agent: a line a message, without times, models and ids of tool calls.
//!
//! Source: the files in `~/.cursor/projects/*/agent-transcripts`. The results of tool calls have
//! ids that no call has: they are taken in order.

use super::fields::{Unknown, draft, text};
use super::records::Record;
use super::roles::{Roles, Said};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{Json, LlmCall, Status, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "cursor",
    name: "Cursor transcript",
    sniff: |head| {
        let is_message = |it: &Json<'_>| {
            it.get("role").is_some()
                && it.path(&["message", "content"]).is_some()
                && it.get("type").is_none()
        };
        head.lines && head.any(is_message)
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(Cursor::default()),
    }),
};

#[derive(Default)]
struct Cursor {
    roles: Roles,
    unknown: Unknown,
}

impl Reader for Cursor {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        if text(json.get("type")) == "turn_ended" {
            self.turn_ended(b, record);
            return Became::Span;
        }
        let Some(message) = json.get("message") else {
            return match text(json.get("type")).as_ref() {
                "" => Became::Bad,
                kind => self.unknown.note(b, record, kind),
            };
        };
        let role = text(json.get("role"));
        let said = Said {
            role: &role,
            message,
            whole: record.range,
            draft: draft(record),
            call: LlmCall::default(),
            goes_on: false,
        };
        if self.roles.message(b, record, said) {
            Became::Span
        } else {
            self.unknown.note(b, record, &role)
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.roles.dialog.settle(b);
        Ok(())
    }
}

impl Cursor {
    fn turn_ended(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let Some(turn) = self.roles.dialog.home() else {
            return;
        };
        b.record(turn, record.range);
        let status = match text(record.json.get("status")).as_ref() {
            "success" => Status::Ok,
            "error" => Status::Error,
            _ => Status::Unset,
        };
        b.draft(turn).into_iter().for_each(|it| it.status = status);
        let error = record.range_if(record.json.get("error"));
        if !error.is_empty() {
            b.error(turn, error);
        }
    }
}
