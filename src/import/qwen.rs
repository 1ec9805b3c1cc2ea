//! Sessions of Qwen Code: a line a record, as Claude Code has them, with messages of the Gemini API.
//!
//! Source: `ChatRecord` in `packages/core/src/services/chatRecordingService.ts` of QwenLM/qwen-code.
//! Records are a tree by `parentUuid`: where the user went back, all branches are shown. An answer
//! may come in several records of one `uuid`. Counts are Google's (`usage.rs`). Not read: what
//! `ui_telemetry` tells of calls that went well, snapshots of files, the state of goals.

use super::branches::Branches;
use super::fields::{Unknown, draft, moment, text};
use super::records::Record;
use super::roles::Roles;
use super::{Became, Format, ImportError, Opened, Reader, usage};
use crate::model::{Draft, Json, LlmCall, Moment, SpanKey, Status, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "qwen",
    name: "Qwen Code session",
    sniff: |head| {
        let is_own = |it: &Json<'_>| {
            let is_record = it.get("uuid").is_some() && it.get("sessionId").is_some();
            let parts = it.path(&["message", "parts"]);
            is_record && parts.or_else(|| it.get("systemPayload")).is_some()
        };
        head.any(is_own)
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(Qwen::default()),
    }),
};

#[derive(Default)]
struct Qwen {
    roles: Roles,
    branches: Branches,
    /// The record that the last answer is of.
    answer: Option<SpanKey>,
    unknown: Unknown,
}

impl Reader for Qwen {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let [uuid, parent, kind, subtype, message] =
            record
                .json
                .pick(["uuid", "parentUuid", "type", "subtype", "message"]);
        let id = SpanKey::of(text(uuid).as_ref());
        let is_more = self.answer.replace(id) == Some(id) && self.roles.dialog.is_answering();
        if !is_more && self.branches.leaves(uuid, parent, message.is_some()) {
            self.roles.dialog.begin_anew();
        }
        let time = moment(b, record, record.json.get("timestamp"));
        let draft = Draft {
            id: record.range_if(uuid),
            end: time,
            ..draft(record)
        };
        match (text(kind).as_ref(), message) {
            ("user", Some(message)) if subtype.is_none() => self.user(b, record, draft, message),
            ("user", Some(message)) => self.roles.dialog.hear(time, record.range_of(message)),
            ("assistant", Some(message)) => self.answer(b, record, draft, message, is_more),
            ("tool_result", Some(message)) => self.results(b, record, message, time),
            ("system", _) => return self.system(b, record, draft, &text(subtype)),
            (_, None) => return Became::Bad,
            (kind, _) => return self.unknown.note(b, record, kind),
        }
        Became::Span
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.roles.dialog.settle(b);
        Ok(())
    }
}

/// The calls or results among the parts of a message.
fn parts<'a>(message: Json<'a>, key: &'static str) -> impl Iterator<Item = Json<'a>> {
    let parts = message.get("parts").into_iter().flat_map(Json::items);
    parts.filter_map(move |it| it.get(key))
}

impl Qwen {
    fn user(&mut self, b: &mut TraceBuilder, record: &Record<'_>, draft: Draft, message: Json<'_>) {
        let input = record.range_if(message.get("parts"));
        let turn = Draft {
            start: draft.end,
            end: None,
            ..draft
        };
        self.roles
            .dialog
            .user(b, turn, input, record.range_of(message));
    }

    fn answer(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        draft: Draft,
        message: Json<'_>,
        goes_on: bool,
    ) {
        let usage = record.json.get("usageMetadata");
        let call = LlmCall {
            model: b.intern(&text(record.json.get("model"))),
            tokens: usage.map_or_else(Default::default, |it| usage::tokens(b, record, it)),
            output: record.range_of(message),
            ..LlmCall::default()
        };
        self.roles.dialog.answer(b, draft, call, goes_on);
        for call in parts(message, "functionCall") {
            self.roles.dialog.ask(b, record, call, None);
        }
    }

    fn results(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        message: Json<'_>,
        time: Option<Moment>,
    ) {
        let status = match text(record.json.path(&["toolCallResult", "status"])).as_ref() {
            "success" => Status::Ok,
            "error" | "cancelled" => Status::Error,
            _ => Status::Unset,
        };
        for result in parts(message, "functionResponse") {
            let draft = Draft {
                record: record.range,
                name: b.intern(&text(result.get("name"))),
                id: record.range_if(result.get("id")),
                end: time,
                status,
                ..Draft::default()
            };
            let output = result.get("response").unwrap_or(result);
            let output = output.first(&["output", "error"]).unwrap_or(output);
            let id = text(result.get("id"));
            let output = record.range_of(output);
            self.roles.dialog.tool_result(b, draft, &id, output);
        }
        self.roles.dialog.hear(time, record.range_of(message));
    }

    fn system(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        draft: Draft,
        kind: &str,
    ) -> Became {
        let payload = record.json.get("systemPayload");
        match kind {
            "custom_title" => {
                let title = payload.and_then(|it| it.get("customTitle"));
                b.name(0, text(title).into_owned());
                Became::Other
            }
            "chat_compression" => {
                let said = payload.and_then(|it| it.get("compressedHistory"));
                self.roles.dialog.compaction(b, record, draft.end, said);
                Became::Span
            }
            "ui_telemetry" => self.failure(b, record, draft, payload),
            _ => Became::Other,
        }
    }

    /// A request that failed is told of nowhere else.
    fn failure(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        draft: Draft,
        payload: Option<Json<'_>>,
    ) -> Became {
        let Some(event) = payload.and_then(|it| it.get("uiEvent")) else {
            return Became::Other;
        };
        if !text(event.get("event.name")).ends_with("api_error") {
            return Became::Other;
        }
        let call = LlmCall {
            model: b.intern(&text(event.get("model"))),
            ..LlmCall::default()
        };
        let draft = Draft {
            status: Status::Error,
            ..draft
        };
        let id = self.roles.dialog.llm_call(b, draft, call);
        super::llm::began(b, id, event.get("duration_ms"));
        let error = record.range_if(event.first(&["error_message", "error"]));
        if !error.is_empty() {
            b.error(id, error);
        }
        Became::Span
    }
}
