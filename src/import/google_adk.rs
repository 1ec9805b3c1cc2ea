//! A session of Google's Agent Development Kit, as `Session.model_dump_json` writes it, or its
//! events alone; camelCase or snake_case.
//!
//! Source: `google/adk/sessions/session.py`, `google/adk/events/event.py` and
//! `google/adk/flows/llm_flows/base_llm_flow.py` (2.13). The event of an answer is made before the
//! model is called, and keeps that time; the event of tool results is made when all are there. So
//! of an LLM call only the start is known, of a tool call only the end. An invocation is a turn,
//! an author an agent. Not read: actions (state, artifacts), and the pieces of an answer that
//! streams (`partial`), whose whole follows.

use super::dialog::Dialog;
use super::fields::{draft, text, unix_secs};
use super::records::{Place, Record, Shape, TOP};
use super::{Became, Format, ImportError, Opened, Reader, usage};
use crate::model::{
    Agent, ByteRange, Draft, FinishReason, Json, Kind, LlmCall, Marks, Moment, Status, Tokens,
    TraceBuilder,
};

pub(super) const FORMAT: Format = Format {
    id: "google-adk",
    name: "Google ADK session",
    sniff: |head| head.values.iter().any(|it| is_session(it) || is_event(it)),
    open: crate::import::Reads::Here(|head| Opened {
        shape: if head.values.iter().any(is_session) {
            SESSION
        } else {
            &[]
        },
        reader: Box::new(GoogleAdk::default()),
    }),
};

const SESSIONS: u8 = 1;
const EVENTS: u8 = 2;

const SESSION: Shape = &[Place::new(
    SESSIONS,
    "",
    &[Place::new(EVENTS, "events", &[])],
)];

fn is_session(json: &Json<'_>) -> bool {
    either(*json, "appName", "app_name").is_some() && json.get("events").is_some()
}

fn is_event(json: &Json<'_>) -> bool {
    let has = |it: &str| json.get(it).is_some();
    either(*json, "invocationId", "invocation_id").is_some() && has("author") && has("actions")
}

/// A member in either spelling.
fn either<'a>(json: Json<'a>, camel: &str, snake: &str) -> Option<Json<'a>> {
    json.get(camel).or_else(|| json.get(snake))
}

fn parts(content: Option<Json<'_>>) -> impl Iterator<Item = Json<'_>> + Clone {
    let list = content.and_then(|it| it.get("parts"));
    list.into_iter().flat_map(Json::items)
}

/// What a tool gave back, if that is what a part is.
fn response(part: Json<'_>) -> Option<Json<'_>> {
    either(part, "functionResponse", "function_response").filter(|it| it.is_some())
}

/// What an event has of an answer.
#[derive(Clone, Copy)]
struct Answer<'a> {
    content: Option<Json<'a>>,
    usage: Option<Json<'a>>,
    error: Option<Json<'a>>,
}

#[derive(Default)]
struct GoogleAdk {
    dialog: Dialog,
    /// Sessions so far.
    n_sessions: u32,
    invocation: String,
}

impl Reader for GoogleAdk {
    fn opened(&mut self, _b: &mut TraceBuilder, place: u8, _at: u32) {
        if place == SESSIONS {
            self.dialog = Dialog::of_trace(self.n_sessions);
            self.n_sessions += 1;
            self.invocation.clear();
        }
    }

    fn closed(&mut self, b: &mut TraceBuilder, place: u8, _range: ByteRange) {
        if place == SESSIONS {
            self.dialog.settle(b);
        }
    }

    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match record.place {
            SESSIONS => {
                if matches!(record.key, "appName" | "app_name") {
                    let name = text(Some(record.json)).into_owned();
                    b.name(self.n_sessions.saturating_sub(1), name);
                }
                Became::Detail
            }
            EVENTS | TOP if record.json.kind() == Kind::Object => self.event(b, record),
            _ => Became::Bad,
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.dialog.settle(b);
        Ok(())
    }
}

impl GoogleAdk {
    fn event(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        let content = json.get("content").filter(|it| it.is_some());
        let error = either(json, "errorCode", "error_code").filter(|it| it.is_some());
        let usage = either(json, "usageMetadata", "usage_metadata").filter(|it| it.is_some());
        let is_partial = json.get("partial").and_then(Json::bool) == Some(true);
        if is_partial || (content.is_none() && error.is_none() && usage.is_none()) {
            return Became::Other;
        }
        let author = text(json.get("author"));
        let time = unix_secs(b, record, json.get("timestamp"));
        let results = parts(content).filter_map(response);
        let has_results = results.clone().next().is_some();
        let invocation = text(either(json, "invocationId", "invocation_id"));
        let is_prompt = author == "user" && !has_results;
        if is_prompt || invocation != self.invocation {
            let turn = Draft {
                start: time,
                ..draft(record)
            };
            let input = record.range_if(content.filter(|_| is_prompt));
            self.dialog.begin_turn(b, turn, input);
            self.invocation = invocation.into_owned();
        }
        if author != "user" {
            let agent = Agent {
                name: b.intern(&author),
                ..Agent::default()
            };
            self.dialog.speaks(b, draft(record), agent);
        }
        if has_results || is_prompt {
            results.for_each(|it| self.result(b, record, it, time));
            self.dialog.hear(time, record.range_if(content));
        } else {
            let said = Answer {
                content,
                usage,
                error,
            };
            self.answer(b, record, time, said);
        }
        Became::Span
    }
}

impl GoogleAdk {
    /// The model answered, or failed to.
    fn answer(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        time: Option<Moment>,
        said: Answer<'_>,
    ) {
        let json = record.json;
        let reason = text(either(json, "finishReason", "finish_reason"));
        let call = LlmCall {
            model: b.intern(&text(either(json, "modelVersion", "model_version"))),
            tokens: said
                .usage
                .map_or_else(Tokens::default, |it| usage::tokens(b, record, it)),
            finish_reason: FinishReason::from_raw(&reason),
            finish_reason_raw: b.intern(&reason),
            output: record.range_if(said.content),
            ..LlmCall::default()
        };
        let answer = Draft {
            id: record.range_if(json.get("id")),
            start: time,
            marks: Marks::END_DERIVED,
            status: said.error.map_or(Status::Unset, |_| Status::Error),
            ..draft(record)
        };
        let id = self.dialog.llm_call(b, answer, call);
        if let Some(code) = said.error {
            let message = either(json, "errorMessage", "error_message");
            b.error(id, record.range_if(message.or(Some(code))));
        }
        for it in parts(said.content) {
            let Some(asked) = either(it, "functionCall", "function_call").filter(|it| it.is_some())
            else {
                continue;
            };
            let fields = ["id", "name", "args"].map(|it| asked.get(it));
            self.dialog.asks(b, record, asked, fields);
        }
    }

    /// A tool gave its result.
    fn result(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        json: Json<'_>,
        end: Option<Moment>,
    ) {
        let response = json.get("response");
        let failed = response
            .and_then(|it| it.get("error"))
            .is_some_and(Json::is_some);
        let result = Draft {
            record: record.range_of(json),
            end,
            status: if failed { Status::Error } else { Status::Ok },
            ..Draft::default()
        };
        let fields = ["id", "name", "response"].map(|it| json.get(it));
        self.dialog.told(b, record, result, fields);
    }
}
