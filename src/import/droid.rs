//! Sessions of Factory's Droid: the session store, a line a message with Anthropic's content
//! blocks, and `droid exec --output-format stream-json`, a line an event.
//!
//! Source: Factory's documentation of `droid exec` and files of versions 0.81 and later. Neither
//! has token counts; models are named in the first line of a stream only.

use super::fields::{Unknown, draft, moment, text};
use super::records::Record;
use super::roles::{Roles, Said};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{Draft, Json, LlmCall, Moment, Status, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "droid",
    name: "Droid session",
    sniff: |head| {
        let is_own = |it: &Json<'_>| match text(it.get("type")).as_ref() {
            "session_start" => it.get("id").is_some(),
            "message" => it.get("role").is_some() && it.get("text").is_some(),
            "tool_call" => it.get("toolName").is_some(),
            "completion" => it.get("finalText").is_some(),
            _ => false,
        };
        head.any(is_own)
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(Droid::default()),
    }),
};

/// Records that are no messages.
const OTHER: &[&str] = &["todo_state", "session_end", "session_start"];

#[derive(Default)]
struct Droid {
    roles: Roles,
    unknown: Unknown,
}

impl Reader for Droid {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        let time = moment(b, record, json.get("timestamp"));
        let kind = text(json.get("type"));
        match kind.as_ref() {
            "message" => return self.message(b, record, time),
            "tool_call" => self.tool_call(b, record, time),
            "tool_result" => {
                self.roles.dialog.result(b, record, json, time);
                self.roles.dialog.hear(time, record.range);
            }
            "compaction_state" => {
                let summary = json.get("summaryText");
                self.roles.dialog.compaction(b, record, time, summary);
            }
            "completion" => return self.completion(b, record, time),
            "error" => self.error(b, record, time),
            "system" => {
                self.roles.model = b.intern(&text(json.get("model")));
                self.roles.tools = record.range_if(json.get("tools"));
                return Became::Other;
            }
            kind if OTHER.contains(&kind) => {
                let title = text(json.first(&["sessionTitle", "title"]));
                if !title.is_empty() {
                    b.name(0, title.into_owned());
                }
                return Became::Other;
            }
            "" => return Became::Bad,
            kind => return self.unknown.note(b, record, kind),
        }
        Became::Span
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.roles.dialog.settle(b);
        Ok(())
    }
}

impl Droid {
    fn message(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        time: Option<Moment>,
    ) -> Became {
        let message = record.json.get("message").unwrap_or(record.json);
        let role = text(message.get("role"));
        let said = Said {
            role: &role,
            message,
            whole: record.range_of(message),
            draft: Draft {
                id: record.range_if(record.json.get("id")),
                end: time,
                ..draft(record)
            },
            call: LlmCall::default(),
            goes_on: false,
        };
        if self.roles.message(b, record, said) {
            Became::Span
        } else {
            self.unknown.note(b, record, &role)
        }
    }

    /// More of the answer before it. Where something was heard since, the answer is nothing else.
    fn tool_call(&mut self, b: &mut TraceBuilder, record: &Record<'_>, time: Option<Moment>) {
        let goes_on = self.roles.dialog.is_answering();
        self.answer(b, record, time, goes_on);
        self.roles.dialog.ask(b, record, record.json, time);
    }

    /// The last words, once more; where something was heard since the last answer, for the first
    /// time.
    fn completion(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        time: Option<Moment>,
    ) -> Became {
        let is_said = record.range_if(record.json.get("finalText")).is_empty();
        if is_said || self.roles.dialog.is_answering() {
            return Became::Other;
        }
        self.answer(b, record, time, false);
        Became::Span
    }

    fn answer(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        time: Option<Moment>,
        goes_on: bool,
    ) {
        let call = LlmCall {
            model: self.roles.model,
            requested_model: self.roles.model,
            tools: self.roles.tools,
            output: record.range,
            ..LlmCall::default()
        };
        let draft = Draft {
            end: time,
            ..draft(record)
        };
        self.roles.dialog.answer(b, draft, call, goes_on);
    }

    fn error(&mut self, b: &mut TraceBuilder, record: &Record<'_>, time: Option<Moment>) {
        let draft = Draft {
            name: b.intern("error"),
            start: time,
            end: time,
            status: Status::Error,
            ..draft(record)
        };
        let draft = self.roles.dialog.place(b, draft);
        let id = b.span(draft);
        b.error(
            id,
            record.range_of(
                record
                    .json
                    .first(&["message", "text"])
                    .unwrap_or(record.json),
            ),
        );
    }
}
