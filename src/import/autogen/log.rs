//! The event log: LLM calls, tool calls, and what agents send each other. Only the messages have
//! times: that of an answer is the end of the LLM call before it, that of results the end of the
//! tool calls.

use super::{draft, text, tokens};
use crate::import::Became;
use crate::import::dialog::{Dialog, latest};
use crate::import::fields::system_and_rest;
use crate::import::records::Record;
use crate::import::usage;
use crate::model::{
    Agent, ByteRange, Draft, DraftId, FinishReason, Json, Kind, LlmCall, Marks, Moment, Request,
    SpanKey, Status, Sym, ToolCall, TraceBuilder, parse_rfc3339,
};

/// The types of the lines of a log.
const TYPES: &[&str] = &[
    "LLMCall",
    "LLMStreamStart",
    "LLMStreamEnd",
    "ToolCall",
    "Message",
    "MessageDropped",
    "MessageHandlerException",
    "AgentConstructionException",
];

pub(super) fn is_event(json: &Json<'_>) -> bool {
    let about = ["agent_id", "tool_name", "payload", "exception"];
    let is_type = TYPES.contains(&text(json.get("type")).as_ref());
    is_type && about.iter().any(|it| json.get(it).is_some())
}

#[derive(Default)]
pub(super) struct Log {
    /// The time of the last message.
    last: Option<Moment>,
    /// Calls whose end no message has told yet, and whose they are.
    open: Vec<(DraftId, Sym)>,
    /// The LLM call whose answer is still coming.
    stream: Option<DraftId>,
    /// The last wish of the user: it is sent to everyone.
    wish: Option<SpanKey>,
}

impl Log {
    /// Takes a line.
    pub(super) fn event(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        dialog: &mut Dialog,
    ) -> Became {
        let json = record.json;
        let kind = text(json.get("type"));
        match kind.as_ref() {
            "LLMCall" | "LLMStreamStart" | "LLMStreamEnd" => {
                let known = self.stream.take().filter(|_| kind == "LLMStreamEnd");
                let id = known.unwrap_or_else(|| self.llm_call(b, record, dialog));
                if kind == "LLMStreamStart" {
                    self.stream = Some(id);
                    b.draft(id)
                        .into_iter()
                        .for_each(|it| it.status = Status::Running);
                } else {
                    answer(b, record, id);
                }
                if known.is_some() {
                    b.record(id, record.range);
                }
            }
            "ToolCall" => self.tool_call(b, record, dialog),
            "Message" => {
                self.message(b, record, dialog);
                return Became::Other;
            }
            "MessageDropped" => return Became::Other,
            _ => {
                let failed = Draft {
                    name: b.intern(&kind),
                    start: self.last,
                    end: self.last,
                    status: Status::Error,
                    marks: Marks::START_DERIVED.with(Marks::END_DERIVED),
                    ..draft(record)
                };
                let failed = dialog.place(b, failed);
                let id = b.span(failed);
                b.error(id, record.range_if(json.get("exception")));
            }
        }
        Became::Span
    }

    /// A draft of a call: it starts when the last message was there.
    fn draft(&self, record: &Record<'_>) -> Draft {
        Draft {
            start: self.last,
            marks: Marks::START_DERIVED.with(Marks::END_DERIVED),
            ..draft(record)
        }
    }

    fn llm_call(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        dialog: &mut Dialog,
    ) -> DraftId {
        let json = record.json;
        let agent = Agent {
            name: agent(b, json),
            ..Agent::default()
        };
        dialog.speaks(b, draft(record), agent);
        let sent = json.get("messages");
        let (system, input) = sent.map_or_else(Default::default, |it| system_and_rest(record, it));
        let call = LlmCall {
            system,
            input,
            tools: record.range_if(json.get("tools")),
            ..LlmCall::default()
        };
        let id = dialog.llm_call(b, self.draft(record), call);
        self.open.push((id, agent.name));
        id
    }

    fn tool_call(&mut self, b: &mut TraceBuilder, record: &Record<'_>, dialog: &mut Dialog) {
        let json = record.json;
        let agent = agent(b, json);
        let name = b.intern(&text(json.get("tool_name")));
        let tool = ToolCall {
            name,
            input: record.range_if(json.get("arguments")),
            output: record.range_if(json.get("result")),
            ..ToolCall::default()
        };
        let call = Draft {
            name,
            ..self.draft(record)
        };
        let call = dialog.place(b, call);
        let id = b.tool_call(call, tool, None);
        self.open.push((id, agent));
    }

    /// What agents send each other, as JSON in a string.
    fn message(&mut self, b: &mut TraceBuilder, record: &Record<'_>, dialog: &mut Dialog) {
        let payload = text(record.json.get("payload"));
        let payload = Json::new(&payload);
        let time = |it: Json<'_>| parse_rfc3339(&text(it.get("created_at"))).and_then(Moment::new);
        for said in payload.get("messages").into_iter().flat_map(Json::items) {
            let wish = SpanKey::of((text(said.get("id")), text(said.get("content"))));
            if text(said.get("source")) != "user" || self.wish == Some(wish) {
                continue;
            }
            self.wish = Some(wish);
            self.last = latest(self.last, time(said));
            let turn = Draft {
                start: self.last,
                ..draft(record)
            };
            dialog.begin_turn(b, turn, ByteRange::default());
        }
        let Some(said) = payload.get("message") else {
            return;
        };
        let Some(end) = time(said) else { return };
        if self.last.is_some_and(|it| it.nanos() >= end.nanos()) {
            return;
        }
        self.last = Some(end);
        let source = b.intern(&text(said.get("source")));
        for (id, agent) in &self.open {
            if let Some(call) = b.draft(*id).filter(|_| *agent == source) {
                call.end = self.last;
            }
        }
        self.open.retain(|it| it.1 != source);
    }
}

/// The name of an agent: its id is its name, the id of its team, and a key.
fn agent(b: &mut TraceBuilder, json: Json<'_>) -> Sym {
    const UUID: usize = 36;
    let id = text(json.get("agent_id"));
    let own = id.split('/').next().unwrap_or_default();
    let name = own.rsplit_once('_').filter(|it| it.1.len() == UUID);
    b.intern(name.map_or(own, |it| it.0))
}

/// What came back, as the provider said it or as AutoGen does.
fn answer(b: &mut TraceBuilder, record: &Record<'_>, id: DraftId) {
    let json = record.json;
    let response = json.get("response");
    let choices = response.and_then(|it| it.get("choices"));
    let choice = choices.and_then(|it| it.items().next());
    let said = choice.and_then(|it| it.get("message")).or(response);
    let from = choice.or(response);
    let reason = from.and_then(|it| it.get("finish_reason").or(it.get("stop_reason")));
    let reason = text(reason);
    let usage = response.and_then(|it| it.get("usage"));
    let usage = usage.filter(|it| it.kind() == Kind::Object);
    let found = usage.map(|it| usage::tokens(b, record, it));
    let found = found.filter(|it| it.input.get().or(it.output.get()).is_some());
    let tokens = found.unwrap_or_else(|| tokens(b, record, json));
    let model = b.intern(&text(response.and_then(|it| it.get("model"))));
    let reason_raw = b.intern(&reason);
    if let Some(call) = b.llm_call_mut(id) {
        call.model = model;
        call.tokens = tokens;
        call.finish_reason = FinishReason::from_raw(&reason);
        call.finish_reason_raw = reason_raw;
        call.response_id = record.range_if(response.and_then(|it| it.get("id")));
        call.output = record.range_if(said);
    }
    let trace = b.draft(id).map_or(0, |it| {
        it.status = Status::Unset;
        it.trace
    });
    let asked = said.and_then(|it| it.get("tool_calls").or(it.get("content")));
    for asked in asked.into_iter().flat_map(Json::items) {
        let function = asked.get("function").unwrap_or(asked);
        let (Some(name), call_id) = (function.get("name"), asked.get("id")) else {
            continue;
        };
        let request = Request {
            llm_call: id,
            call: TraceBuilder::call_key(trace, &text(call_id)),
            name: b.intern(&text(Some(name))),
            call_id: record.range_if(call_id),
            input: record.range_if(function.get("arguments")),
        };
        b.request(request);
    }
}
