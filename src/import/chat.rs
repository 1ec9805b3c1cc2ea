//! Chat transcripts: messages alone, in the shape of any provider's API. An array or lines of
//! messages, documents with a list of them (`{messages, tools}` as for fine-tuning, a request that
//! was kept, ShareGPT's `{conversations: [{from, value}]}`), each of which is a trace of its own.
//! Items of the Responses API, as agents keep them, are messages too.
//!
//! Half of the other formats contain it: it comes last. Sources: the API references of OpenAI,
//! Anthropic and Google; the data format of FastChat. Not read: who serves the model.

use super::dialog::Dialog;
use super::fields::{Unknown, any_moment, text};
use super::provider::{Held, Item, results, role};
use super::records::{Place, Record, Shape, TOP};
use super::{Became, Format, Head, ImportError, Opened, Reader, usage};
use crate::model::{
    ByteRange, Draft, DraftId, FinishReason, Json, Kind, LlmCall, Moment, Status, Sym, ToolCall,
    TraceBuilder,
};

pub(super) const FORMAT: Format = Format {
    id: "chat",
    name: "Chat transcript",
    sniff: |head| first(head).is_some_and(is_message) || has_list(head),
    open: crate::import::Reads::Here(|head| Opened {
        shape: if has_list(head) { DOCUMENT } else { &[] },
        reader: Box::new(Chat::default()),
    }),
};

/// What a list of messages is called.
const LISTS: &[&str] = &[
    "messages",
    "conversations",
    "conversation",
    "contents",
    "input",
];

const CHAT: u8 = 1;
const MESSAGES: u8 = 2;
const DOCUMENT: Shape = &[Place::new(CHAT, "", LIST_PLACES)];
const LIST_PLACES: Shape = &[
    Place::new(MESSAGES, "messages", &[]),
    Place::new(MESSAGES, "conversations", &[]),
    Place::new(MESSAGES, "conversation", &[]),
    Place::new(MESSAGES, "contents", &[]),
    Place::new(MESSAGES, "input", &[]),
];

fn first<'a>(head: &Head<'a>) -> Option<Json<'a>> {
    let mut values = head.values.iter().copied();
    values.find(|it| it.kind() == Kind::Object)
}

fn has_list(head: &Head<'_>) -> bool {
    let list = first(head).and_then(|it| it.first(LISTS));
    let message = list.and_then(|it| it.items().next());
    message.is_some_and(is_message)
}

fn is_message(json: Json<'_>) -> bool {
    let said = json.first(&["content", "parts", "tool_calls", "value"]);
    (json.first(&["role", "from"]).is_some() && said.is_some())
        || (json.get("call_id").is_some() && !role(json).is_empty())
}

#[derive(Default)]
struct Chat {
    /// Which trace of the file it is, from 0.
    trace: u32,
    dialog: Dialog,
    llm_calls: Vec<DraftId>,
    /// The turn that waits for its first answer: the user may say several things.
    asking: Option<DraftId>,
    /// The LLM call that the next item may be more of: the Responses API has several for one.
    answering: Option<DraftId>,
    /// What a document says of all of its LLM calls.
    shared: LlmCall,
    model: Sym,
    unknown: Unknown,
}

impl Reader for Chat {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match record.place {
            CHAT => {
                self.member(b, record);
                Became::Detail
            }
            TOP | MESSAGES if record.json.kind() == Kind::Object => self.message(b, record),
            _ => Became::Bad,
        }
    }

    fn closed(&mut self, b: &mut TraceBuilder, place: u8, _: ByteRange) {
        if place == CHAT {
            self.settle(b);
            let next = self.trace + u32::from(self.dialog.home().is_some());
            *self = Chat {
                trace: next,
                dialog: Dialog::of_trace(next),
                unknown: std::mem::take(&mut self.unknown),
                ..Chat::default()
            };
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.settle(b);
        Ok(())
    }
}

impl Chat {
    /// What a document says beside its messages.
    fn member(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let all = record.range_if(Some(record.json));
        match record.key {
            "tools" | "functions" => self.shared.tools = all,
            "system" | "systemInstruction" | "instructions" => self.shared.system = all,
            "model" => self.model = b.intern(&text(Some(record.json))),
            "title" | "name" => b.name(self.trace, text(Some(record.json)).into_owned()),
            // A request of the Responses API.
            "input" if record.json.kind() == Kind::String => {
                let turn = super::draft(record);
                self.dialog.prompt(b, turn, record.range);
            }
            _ => {}
        }
    }

    /// Puts what the document says of all LLM calls into them.
    fn settle(&mut self, b: &mut TraceBuilder) {
        self.dialog.settle(b);
        for id in self.llm_calls.drain(..) {
            if let Some(call) = b.llm_call_mut(id) {
                (call.tools, call.system) = (self.shared.tools, self.shared.system);
                if call.model.is_empty() {
                    call.model = self.model;
                }
                call.requested_model = self.model;
            }
        }
    }

    fn message(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        let time = json.first(&["timestamp", "created_at", "createdAt", "create_time"]);
        let time = any_moment(b, record, time);
        match role(json) {
            "system" if self.llm_calls.is_empty() && self.shared.system.is_empty() => {
                let said = json.first(&["content", "parts", "value"]);
                self.shared.system = record.range_if(said);
            }
            "assistant" => self.answer(b, record, time),
            "" => {
                let kind = text(json.first(&["role", "from", "type"]));
                return if kind.is_empty() {
                    Became::Bad
                } else {
                    self.unknown.note(b, record, &kind)
                };
            }
            role => {
                self.answering = None;
                let found = results(json);
                let is_user = role == "user" && found.is_empty();
                for result in found {
                    self.result(b, record, result, time);
                }
                // ShareGPT has no ids.
                if role == "tool" && json.get("from").is_some() {
                    self.result(b, record, json, time);
                }
                if is_user {
                    self.user(b, record, time);
                } else {
                    self.dialog.hear(time, record.range);
                }
            }
        }
        Became::Span
    }

    fn user(&mut self, b: &mut TraceBuilder, record: &Record<'_>, time: Option<Moment>) {
        let turn = Draft {
            start: time,
            ..super::draft(record)
        };
        match self.asking {
            Some(asking) => {
                b.record(asking, record.range);
                b.set_turn(asking, None, record.range);
                self.dialog.hear(time, record.range);
            }
            None => self.asking = Some(self.dialog.prompt(b, turn, record.range)),
        }
    }

    fn answer(&mut self, b: &mut TraceBuilder, record: &Record<'_>, time: Option<Moment>) {
        let json = record.json;
        self.asking = None;
        let is_item = json.get("role").is_none() && json.get("type").is_some();
        let goes_on = is_item || json.get("type").is_some_and(|it| it.is("message"));
        match self.answering.filter(|_| goes_on) {
            Some(id) => {
                b.record(id, record.range);
                b.output(id, record.range);
            }
            None => {
                let id = self.llm_call(b, record, time);
                self.answering = goes_on.then_some(id);
                self.llm_calls.push(id);
            }
        }
        if is_item || json.first(&["function_call"]).is_some() {
            self.tool_call(b, record, json);
        }
        for list in ["content", "parts", "tool_calls"] {
            for part in json.get(list).into_iter().flat_map(Json::items) {
                self.tool_call(b, record, part);
            }
        }
        if json.get("from").is_some_and(|it| it.is("function_call")) {
            self.share_gpt(b, record);
        }
    }

    fn llm_call(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        time: Option<Moment>,
    ) -> DraftId {
        let json = record.json;
        let reason = text(json.first(&["stop_reason", "finish_reason"]));
        let call = LlmCall {
            model: b.intern(&text(json.get("model"))),
            tokens: json
                .first(&["usage", "usage_metadata"])
                .map_or_else(Default::default, |it| usage::tokens(b, record, it)),
            finish_reason: FinishReason::from_raw(&reason),
            finish_reason_raw: b.intern(&reason),
            output: record.range,
            ..LlmCall::default()
        };
        let draft = Draft {
            end: time,
            ..super::draft(record)
        };
        self.dialog.llm_call(b, draft, call)
    }

    /// A part of an answer, if it asks for a tool call. A tool that the provider runs has its result
    /// in the answer too.
    fn tool_call(&mut self, b: &mut TraceBuilder, record: &Record<'_>, json: Json<'_>) {
        let Some(item) = Item::of(json) else { return };
        if !item.is_call {
            return self.result(b, record, json, None);
        }
        let held = Held::new(record, record.json);
        let (draft, tool) = item.tool_call(b, &held);
        self.dialog.tool_call(b, draft, tool, &item.id);
    }

    /// ShareGPT's, as JSON in a string.
    fn share_gpt(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let Some(value) = record.json.get("value") else {
            return;
        };
        let held = Held::new(record, value);
        let name = b.intern(&text(held.json().get("name")));
        let tool = ToolCall {
            name,
            input: held.range_if(held.json().first(&["arguments", "parameters"])),
            ..ToolCall::default()
        };
        let draft = Draft {
            name,
            ..super::draft(record)
        };
        self.dialog.tool_call(b, draft, tool, "");
    }

    fn result(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        json: Json<'_>,
        time: Option<Moment>,
    ) {
        let item = Item::of(json);
        let said = item.as_ref().and_then(Item::output);
        let said = said.or_else(|| json.get("value")).unwrap_or(json);
        let failed = item.as_ref().is_some_and(|it| it.failed);
        let draft = Draft {
            id: record.range_if(item.as_ref().and_then(Item::call_id)),
            record: record.range_of(json),
            end: time,
            status: if failed { Status::Error } else { Status::Unset },
            ..Draft::default()
        };
        let id = item.map_or_else(String::new, |it| it.id);
        self.dialog
            .tool_result(b, draft, &id, record.range_of(said));
    }
}
