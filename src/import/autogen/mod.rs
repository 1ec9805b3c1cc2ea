//! What AutoGen writes: the messages of a `TaskResult`, the state of a team or of an agent
//! (`save_state`), and the lines of its event log.
//!
//! Source: `autogen_agentchat/messages.py` and `state/`, `autogen_core/logging.py` (0.4 to 0.7). A
//! message has the time when it was there. `prompt_tokens` and `completion_tokens` are 0 where the
//! model client does not know them. Who is `user` is the user, and who was asked for input. Not
//! read: what each agent of a team was told, as the thread of the team has it all.

mod log;

use super::dialog::Dialog;
use super::fields::{Unknown, draft, moment, text};
use super::records::{Place, Record, Shape};
use super::usage::{Counted, Usage};
use super::{Became, Format, Head, ImportError, Opened, Reader};
use crate::model::{
    Agent, ByteRange, Draft, Json, Kind, LlmCall, Moment, Status, Sym, Tokens, TraceBuilder,
};
use log::Log;

pub(super) const FORMAT: Format = Format {
    id: "autogen",
    name: "AutoGen",
    sniff: |head| {
        head.values
            .iter()
            .any(|it| is_message(it) || log::is_event(it))
            || is_state(head)
    },
    open: crate::import::Reads::Here(|head| Opened {
        shape: if is_state(head) { STATE } else { &[] },
        reader: Box::new(AutoGen::default()),
    }),
};

const AROUND: u8 = 1;
const MESSAGES: u8 = 2;

const MESSAGES_INSIDE: Place = Place::new(MESSAGES, "messages", &[]);

/// Who leads a team has what all said.
const THREAD: Shape = &[Place::new(MESSAGES, "message_thread", &[])];

const STATE: Shape = &[Place::new(
    AROUND,
    "",
    &[
        MESSAGES_INSIDE,
        Place::new(AROUND, "agent_states", &[Place::new(AROUND, "*", THREAD)]),
        Place::new(AROUND, "llm_context", &[MESSAGES_INSIDE]),
    ],
)];

/// Whether a file begins with a result, or the state of a team or an agent.
fn is_state(head: &Head<'_>) -> bool {
    let is_it = |it: &Json<'_>| {
        let list = it.get("llm_context").unwrap_or(*it).get("messages");
        let mut first = list.into_iter().flat_map(Json::items).take(2);
        it.get("agent_states").is_some() || first.any(|it| is_message(&it))
    };
    head.values.iter().any(is_it)
}

fn is_message(json: &Json<'_>) -> bool {
    let has = |it: &str| json.get(it).is_some();
    let kind = text(json.get("type"));
    let is_kind = kind.ends_with("Message") || kind.ends_with("Event");
    is_kind && has("source") && (has("models_usage") || has("content"))
}

#[derive(Default)]
struct AutoGen {
    dialog: Dialog,
    n_traces: u32,
    /// Who speaks for a user, besides `user`.
    users: Vec<Sym>,
    /// What was thought before the answer that comes next.
    thought: ByteRange,
    log: Log,
    unknown: Unknown,
}

impl Reader for AutoGen {
    fn opened(&mut self, b: &mut TraceBuilder, place: u8, _at: u32) {
        if place == MESSAGES {
            self.dialog.settle(b);
            self.dialog = Dialog::of_trace(self.n_traces);
            self.n_traces += 1;
        }
    }

    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match record.place {
            AROUND => Became::Detail,
            _ if record.json.kind() != Kind::Object => Became::Bad,
            _ if log::is_event(&record.json) => self.log.event(b, record, &mut self.dialog),
            _ => self.message(b, record),
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.dialog.settle(b);
        Ok(())
    }
}

impl AutoGen {
    fn message(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        let kind = text(json.get("type"));
        let source = text(json.get("source"));
        let speaker = b.intern(&source);
        let time = moment(b, record, json.get("created_at"));
        let usage = json.get("models_usage").filter(|it| it.is_some());
        let is_user = source == "user" || self.users.contains(&speaker);
        match kind.as_ref() {
            "SystemMessage" => self.dialog.system(record.range),
            "ToolCallExecutionEvent" | "FunctionExecutionResultMessage" => {
                self.results(b, record, time);
            }
            "ThoughtEvent" => self.thought = record.range,
            "UserInputRequestedEvent" => {
                const MOST: usize = 64;
                if !is_user && self.users.len() < MOST {
                    self.users.push(speaker);
                }
                return Became::Other;
            }
            // The whole follows.
            "ModelClientStreamingChunkEvent" => return Became::Other,
            "ToolCallRequestEvent" | "AssistantMessage" => self.answer(b, record, speaker, time),
            _ if usage.is_some() => self.answer(b, record, speaker, time),
            kind if kind.ends_with("Event") => {
                let name = b.intern(kind);
                let event = Draft {
                    start: time,
                    end: time,
                    name,
                    ..draft(record)
                };
                let event = self.dialog.place(b, event);
                b.span(event);
            }
            kind if !kind.ends_with("Message") => return self.unknown.note(b, record, kind),
            _ if is_user => {
                let turn = Draft {
                    start: time,
                    ..draft(record)
                };
                self.dialog.prompt(b, turn, record.range);
            }
            // What an agent says without asking a model: a result, a hand-off.
            _ => self.dialog.hear(time, record.range),
        }
        Became::Span
    }

    /// A model answered, and may have asked for tool calls.
    fn answer(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        name: Sym,
        end: Option<Moment>,
    ) {
        let json = record.json;
        let agent = Agent {
            name,
            ..Agent::default()
        };
        self.dialog.speaks(b, draft(record), agent);
        let thought = std::mem::take(&mut self.thought);
        let usage = json.get("models_usage");
        let call = LlmCall {
            tokens: usage.map_or_else(Tokens::default, |it| tokens(b, record, it)),
            output: thought,
            ..LlmCall::default()
        };
        let answer = Draft {
            id: record.range_if(json.get("id")),
            end,
            ..draft(record)
        };
        let id = self.dialog.llm_call(b, answer, call);
        b.output(id, record.range);
        let calls = json.get("content").into_iter().flat_map(Json::items);
        for asked in calls.filter(|it| it.get("arguments").is_some()) {
            let fields = ["id", "name", "arguments"].map(|it| asked.get(it));
            self.dialog.asks(b, record, asked, fields);
        }
    }

    fn results(&mut self, b: &mut TraceBuilder, record: &Record<'_>, end: Option<Moment>) {
        for json in record.json.get("content").into_iter().flat_map(Json::items) {
            let failed = json.get("is_error").and_then(Json::bool) == Some(true);
            let result = Draft {
                record: record.range_of(json),
                end,
                status: if failed { Status::Error } else { Status::Ok },
                ..Draft::default()
            };
            let fields = ["call_id", "name", "content"].map(|it| json.get(it));
            self.dialog.told(b, record, result, fields);
        }
        self.dialog.hear(end, record.range);
    }
}

/// Token counts; two zeros are none.
fn tokens(b: &mut TraceBuilder, record: &Record<'_>, usage: Json<'_>) -> Tokens {
    let counts = Usage::read(b, record, usage);
    if (counts.input.get(), counts.output.get()) == (Some(0), Some(0)) {
        return Tokens::default();
    }
    counts.tokens(Counted::Inside, Counted::Inside)
}
