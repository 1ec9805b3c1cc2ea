//! Transcripts of Antigravity's command line: a line a step, numbered by `step_index`.
//!
//! Source: `.system_generated/logs/transcript.jsonl` of its conversations; no specification exists.
//! A `PLANNER_RESPONSE` is an answer of the model; other steps of the model are the results of the
//! tool calls that it asked for, which have no ids: they are taken in order. Models and token
//! counts are not in the file (the user's text names the model that was chosen).

use super::fields::{draft, moment, text};
use super::records::Record;
use super::roles::{Roles, Said};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{Draft, LlmCall, Moment, Status, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "antigravity",
    name: "Antigravity transcript",
    sniff: |head| head.has(&["step_index", "source", "type"]),
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(Antigravity::default()),
    }),
};

#[derive(Default)]
struct Antigravity {
    roles: Roles,
}

impl Reader for Antigravity {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        let time = moment(b, record, json.get("created_at"));
        let (source, kind) = (text(json.get("source")), text(json.get("type")));
        let dialog = &mut self.roles.dialog;
        match (source.as_ref(), kind.as_ref()) {
            (_, "") => return Became::Bad,
            (_, "USER_INPUT") => self.said(b, record, "user", time),
            (_, "PLANNER_RESPONSE") => self.said(b, record, "assistant", time),
            (_, "CHECKPOINT") => {
                dialog.compaction(b, record, time, json.get("content"));
            }
            ("SYSTEM", _) if json.get("content").is_none() => return Became::Other,
            ("SYSTEM", _) => dialog.hear(time, record.range),
            _ => self.result(b, record, &kind, time),
        }
        Became::Span
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.roles.dialog.settle(b);
        Ok(())
    }
}

impl Antigravity {
    fn said(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        role: &str,
        time: Option<Moment>,
    ) {
        let said = Said {
            role,
            message: record.json,
            whole: record.range,
            draft: Draft {
                end: time,
                status: if role == "user" {
                    Status::Unset
                } else {
                    status(record)
                },
                ..draft(record)
            },
            call: LlmCall::default(),
            goes_on: false,
        };
        self.roles.message(b, record, said);
    }

    fn result(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        kind: &str,
        time: Option<Moment>,
    ) {
        let draft = Draft {
            name: b.intern(kind),
            end: time,
            status: status(record),
            ..draft(record)
        };
        let output = record.range_if(record.json.get("content"));
        self.roles.dialog.tool_result(b, draft, "", output);
        self.roles.dialog.hear(time, record.range);
    }
}

fn status(record: &Record<'_>) -> Status {
    match text(record.json.get("status")).as_ref() {
        "DONE" => Status::Ok,
        "ERROR" => Status::Error,
        _ => Status::Unset,
    }
}
