//! Sessions of Pi, and of OpenClaw, which is built on it: a line an entry, the first says `session`.
//!
//! Source: `packages/coding-agent/docs/session.md` and `packages/ai/src/types.ts` of Pi (session
//! version 3). Entries are a tree: where the user went back, all branches are shown, in the order
//! of the file. `usage.input` excludes what was read from a cache. `message.timestamp` is when an
//! answer began, the entry's when it was there. Not read: settings, labels, entries of extensions.

use super::branches::Branches;
use super::fields::{Unknown, dollars, moment, text, unix_millis};
use super::records::Record;
use super::roles::{Roles, Said};
use super::usage::{Counted, Usage};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{
    ByteRange, Draft, FinishReason, Json, Kind, LlmCall, Moment, Status, TraceBuilder,
};

pub(super) const FORMAT: Format = Format {
    id: "pi",
    name: "Pi or OpenClaw session",
    sniff: |head| {
        let is_header = |it: &Json<'_>| {
            text(it.get("type")) == "session" && it.first(&["version", "cwd"]).is_some()
        };
        head.any(is_header)
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(Pi::default()),
    }),
};

/// Entries that are no messages.
const OTHER: &[&str] = &[
    "session",
    "thinking_level_change",
    "custom",
    "label",
    "context_transform",
    "ephemeral",
];

#[derive(Default)]
struct Pi {
    roles: Roles,
    branches: Branches,
    unknown: Unknown,
}

impl Reader for Pi {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        let kind = text(json.get("type"));
        let is_message = kind == "message";
        let leaves = self
            .branches
            .leaves(json.get("id"), json.get("parentId"), is_message);
        if leaves {
            self.roles.dialog.begin_anew();
        }
        match kind.as_ref() {
            "message" => return self.message(b, record),
            "compaction" => self.compaction(b, record),
            "branch_summary" => self
                .roles
                .dialog
                .hear(None, record.range_if(json.get("summary"))),
            "custom_message" => self
                .roles
                .dialog
                .hear(None, record.range_if(json.get("content"))),
            "model_change" => {
                self.roles.model = b.intern(&text(json.get("modelId")));
                self.roles.provider = b.intern(&text(json.get("provider")));
                return Became::Other;
            }
            "session_info" => {
                b.name(0, text(json.get("name")).into_owned());
                return Became::Other;
            }
            "" => return Became::Bad,
            kind if OTHER.contains(&kind) => return Became::Other,
            kind => return self.unknown.note(b, record, kind),
        }
        Became::Span
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.roles.dialog.settle(b);
        Ok(())
    }
}

impl Pi {
    fn message(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let Some(message) = record.json.get("message") else {
            return Became::Bad;
        };
        let role = text(message.get("role"));
        let draft = Draft {
            id: record.range_if(record.json.get("id")),
            record: record.range,
            end: moment(b, record, record.json.get("timestamp")),
            ..Draft::default()
        };
        if role == "bashExecution" {
            return self.command(b, record, message, draft);
        }
        let is_answer = role == "assistant";
        let began = is_answer.then(|| began(b, record, message, draft.end));
        let status = match text(message.get("stopReason")).as_ref() {
            "error" | "aborted" => Status::Error,
            _ => Status::Unset,
        };
        let call = is_answer.then(|| answer(b, record, message));
        let said = Said {
            role: &role,
            message,
            whole: if is_answer && is_empty(message) {
                ByteRange::default()
            } else {
                record.range_of(message)
            },
            draft: Draft {
                start: began.flatten(),
                status,
                ..draft
            },
            call: call.unwrap_or_default(),
            goes_on: false,
        };
        if !self.roles.message(b, record, said) {
            return self.unknown.note(b, record, &role);
        }
        let error = record.range_if(message.get("errorMessage"));
        if status == Status::Error
            && !error.is_empty()
            && let Some(call) = self.roles.dialog.last_llm_call()
        {
            b.error(call, error);
        }
        Became::Span
    }

    /// A command of the user's, which the model is told about.
    fn command(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        message: Json<'_>,
        draft: Draft,
    ) -> Became {
        let draft = Draft {
            name: b.intern("bashExecution"),
            start: draft.end,
            ..draft
        };
        let draft = self.roles.dialog.place(b, draft);
        b.span(draft);
        if message.get("excludeFromContext").and_then(Json::bool) != Some(true) {
            let said = record.range_of(message);
            self.roles.dialog.hear(draft.end, said);
        }
        Became::Span
    }

    fn compaction(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let time = moment(b, record, record.json.get("timestamp"));
        let dialog = &mut self.roles.dialog;
        dialog.compaction(b, record, time, record.json.get("summary"));
    }
}

/// Whether nothing was said: a request failed.
fn is_empty(message: Json<'_>) -> bool {
    let content = message.get("content");
    content.is_none_or(|it| it.kind() == Kind::Array && it.items().next().is_none())
}

/// When an answer began, where that is known and no later than it was there.
fn began(
    b: &mut TraceBuilder,
    record: &Record<'_>,
    message: Json<'_>,
    end: Option<Moment>,
) -> Option<Moment> {
    let began = unix_millis(b, record, message.get("timestamp"))?;
    end.filter(|it| began.nanos() <= it.nanos()).map(|_| began)
}

fn answer(b: &mut TraceBuilder, record: &Record<'_>, message: Json<'_>) -> LlmCall {
    let reason = text(message.get("stopReason"));
    let usage = message.get("usage");
    let tokens =
        usage.map(|it| Usage::read(b, record, it).tokens(Counted::Beside, Counted::Inside));
    LlmCall {
        model: b.intern(&text(message.get("model"))),
        provider: b.intern(&text(message.get("provider"))),
        tokens: tokens.unwrap_or_default(),
        cost_usd: dollars(usage.and_then(|it| it.path(&["cost", "total"]))),
        finish_reason: FinishReason::from_raw(&reason),
        finish_reason_raw: b.intern(&reason),
        response_id: record.range_if(message.get("responseId")),
        ..LlmCall::default()
    }
}
