//! What LangChain and LangGraph write of a run: messages, from `messages_to_dict`, `dumps` or the
//! state of a graph, and the events of `astream_events` (version 2), one a line.
//!
//! Source: `langchain_core/messages/`, `langchain_core/load/` and
//! `langchain_core/tracers/event_stream.py` (1.x). There are no times in any of it. Not read: the
//! chunks of a stream whose end is in the file, and of which that end says all.

mod events;

use super::dialog::Dialog;
use super::fields::{Unknown, draft, text};
use super::records::{Place, Record, Shape, TOP};
use super::usage::{self, Counted, Usage};
use super::{Became, Format, Head, ImportError, Opened, Reader};
use crate::model::{Agent, Draft, FinishReason, Json, Kind, LlmCall, Status, Tokens, TraceBuilder};
use crate::payload::langchain;
use events::Events;

pub(super) const FORMAT: Format = Format {
    id: "langchain",
    name: "LangChain",
    sniff: |head| is_events(head) || head.values.iter().any(is_messages),
    open: crate::import::Reads::Here(|head| Opened {
        shape: if is_events(head) || head.values.iter().any(is_message) {
            &[]
        } else {
            STATE
        },
        reader: Box::new(LangChain::default()),
    }),
};

const MESSAGES: u8 = 1;
const AROUND: u8 = 2;

/// The state of a graph, or of a thread, which has it in `values`.
const STATE: Shape = &[Place::new(
    AROUND,
    "",
    &[
        MESSAGES_INSIDE,
        Place::new(AROUND, "values", &[MESSAGES_INSIDE]),
    ],
)];

const MESSAGES_INSIDE: Place = Place::new(MESSAGES, "messages", &[]);

fn is_events(head: &Head<'_>) -> bool {
    head.values.iter().any(|it| {
        let event = text(it.get("event"));
        event.starts_with("on_") && it.get("run_id").is_some() && it.get("data").is_some()
    })
}

/// Whether a value is a message of a kind that only LangChain has.
fn is_message(json: &Json<'_>) -> bool {
    langchain(*json).is_some_and(|it| matches!(it.1.as_str(), "human" | "ai"))
}

fn is_messages(json: &Json<'_>) -> bool {
    let state = json.get("values").unwrap_or(*json);
    let list = state.get("messages");
    is_message(json)
        || list
            .into_iter()
            .flat_map(Json::items)
            .take(12)
            .any(|it| is_message(&it))
}

#[derive(Default)]
struct LangChain {
    dialog: Dialog,
    events: Events,
    unknown: Unknown,
}

impl Reader for LangChain {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        if record.place == AROUND {
            return Became::Detail;
        }
        if json.kind() != Kind::Object {
            return Became::Bad;
        }
        if record.place == TOP && json.get("event").is_some() {
            return self.events.event(b, record, &mut self.unknown);
        }
        let Some((said, kind)) = langchain(json) else {
            return self.unknown.note(b, record, &text(json.get("type")));
        };
        match kind.as_str() {
            "human" => {
                self.dialog.prompt(b, draft(record), record.range);
            }
            "ai" => self.answer(b, record, said),
            "tool" | "function" => self.result(b, record, said),
            "system" => self.dialog.system(record.range),
            _ => self.dialog.hear(None, record.range),
        }
        Became::Span
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.dialog.settle(b);
        Ok(())
    }
}

impl LangChain {
    /// The model answers, and asks for tool calls.
    fn answer(&mut self, b: &mut TraceBuilder, record: &Record<'_>, said: Json<'_>) {
        let agent = Agent {
            name: b.intern(&text(said.get("name"))),
            ..Agent::default()
        };
        self.dialog.speaks(b, draft(record), agent);
        let call = LlmCall {
            output: record.range,
            ..llm_call(b, record, said)
        };
        let answer = Draft {
            id: record.range_if(said.get("id")),
            ..draft(record)
        };
        self.dialog.llm_call(b, answer, call);
        for asked in tool_calls(said) {
            let fields = ["id", "name", "args"].map(|it| asked.get(it));
            let id = self.dialog.asks(b, record, asked, fields);
            // One whose arguments could not be read did not run.
            if let Some(error) = asked.get("error").filter(|it| it.is_some()) {
                b.draft(id)
                    .into_iter()
                    .for_each(|it| it.status = Status::Error);
                b.error(id, record.range_of(error));
            }
        }
    }

    fn result(&mut self, b: &mut TraceBuilder, record: &Record<'_>, said: Json<'_>) {
        let result = Draft {
            status: status(said),
            ..draft(record)
        };
        let fields = ["tool_call_id", "name", "content"].map(|it| said.get(it));
        self.dialog.told(b, record, result, fields);
        self.dialog.hear(None, record.range);
    }
}

/// The tool calls that a message asks for, also those whose arguments are no JSON.
fn tool_calls(said: Json<'_>) -> impl Iterator<Item = Json<'_>> {
    let lists = ["tool_calls", "invalid_tool_calls"].into_iter();
    lists
        .filter_map(move |it| said.get(it))
        .flat_map(Json::items)
}

/// Whether a tool says that it failed.
fn status(said: Json<'_>) -> Status {
    match text(said.get("status")).as_ref() {
        "error" => Status::Error,
        _ => Status::Ok,
    }
}

/// What an answer says about the call that gave it.
fn llm_call(b: &mut TraceBuilder, record: &Record<'_>, said: Json<'_>) -> LlmCall {
    let about = said.get("response_metadata");
    let find = |keys: &[&str]| {
        let mut found = keys.iter().filter_map(|it| about?.get(it));
        found.find(|it| it.is_some())
    };
    let reason = text(find(&[
        "finish_reason",
        "stop_reason",
        "stopReason",
        "done_reason",
    ]));
    LlmCall {
        model: b.intern(&text(find(&["model_name", "model", "model_id"]))),
        provider: b.intern(&text(find(&["model_provider", "ls_provider"]))),
        tokens: tokens(b, record, said),
        finish_reason: FinishReason::from_raw(&reason),
        finish_reason_raw: b.intern(&reason),
        response_id: record.range_if(find(&["id"])),
        ..LlmCall::default()
    }
}

/// `usage_metadata` has sums ("sum of all input token types"); without it, there may be what the
/// provider wrote.
fn tokens(b: &mut TraceBuilder, record: &Record<'_>, said: Json<'_>) -> Tokens {
    if let Some(usage) = said.get("usage_metadata").filter(|it| it.is_some()) {
        let counts = Usage::read(b, record, usage);
        return counts.tokens(Counted::Inside, Counted::Inside);
    }
    let own = ["token_usage", "usage"].into_iter();
    let mut own = own.filter_map(|it| said.path(&["response_metadata", it]));
    let own = own.find(|it| it.is_some());
    own.map_or_else(Tokens::default, |it| usage::tokens(b, record, it))
}
