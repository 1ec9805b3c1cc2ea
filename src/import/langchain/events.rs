//! The events of a run: each runnable starts, streams and ends.

use super::{langchain, llm_call, status, text, tool_calls};
use crate::import::Became;
use crate::import::fields::{Unknown, draft, system_and_rest};
use crate::import::records::Record;
use crate::model::{
    Agent, ByteRange, Draft, DraftId, Json, KeyMap, Kind, LlmCall, Request, SpanKey, Status, Sym,
    ToolCall, TraceBuilder,
};

#[derive(Default)]
pub(super) struct Events {
    /// What has started, by its id.
    runs: KeyMap<DraftId>,
    n_turns: u32,
}

impl Events {
    /// Takes an event.
    pub(super) fn event(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        unknown: &mut Unknown,
    ) -> Became {
        let event = text(record.json.get("event"));
        let key = SpanKey::of(text(record.json.get("run_id")).as_ref());
        let known = self.runs.get(&key).copied();
        let (what, when) = event.rsplit_once('_').unwrap_or_default();
        match when {
            "start" => {
                self.start(b, record, what, key);
            }
            "end" | "error" => {
                let id = known.unwrap_or_else(|| self.start(b, record, what, key));
                if known.is_some() {
                    b.record(id, record.range);
                }
                end(b, record, id, when == "error");
            }
            "stream" => return Became::Other,
            _ if event == "on_custom_event" => return Became::Other,
            _ => return unknown.note(b, record, &event),
        }
        Became::Span
    }

    /// Something starts: also what the file has only the end of.
    fn start(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        what: &str,
        key: SpanKey,
    ) -> DraftId {
        let json = record.json;
        let parents = json.get("parent_ids").into_iter().flat_map(Json::items);
        let parent = parents
            .last()
            .map(|it| SpanKey::of(text(Some(it)).as_ref()));
        let name = text(json.get("name"));
        let draft = Draft {
            key: Some(key),
            parent,
            id: record.range_if(json.get("run_id")),
            name: b.intern(&name),
            status: Status::Running,
            ..draft(record)
        };
        let input = json.path(&["data", "input"]);
        let about = |it: &str| text(json.path(&["metadata", it]));
        let id = match what {
            "on_chat_model" | "on_llm" => {
                let model = b.intern(&about("ls_model_name"));
                let (system, input) = sent(record);
                let call = LlmCall {
                    system,
                    input,
                    model,
                    requested_model: model,
                    provider: b.intern(&about("ls_provider")),
                    ..LlmCall::default()
                };
                b.llm_call(draft, call)
            }
            "on_tool" => {
                let tool = ToolCall {
                    name: draft.name,
                    input: record.range_if(input),
                    ..ToolCall::default()
                };
                b.tool_call(draft, tool, None)
            }
            "on_chain" if parent.is_none() => self.turn(b, record, draft, input),
            "on_chain" if !name.is_empty() && name == about("lc_agent_name") => {
                let agent = Agent {
                    name: draft.name,
                    ..Agent::default()
                };
                b.agent(draft, agent)
            }
            _ => b.span(draft),
        };
        self.runs.insert(key, id);
        id
    }

    fn turn(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        draft: Draft,
        input: Option<Json<'_>>,
    ) -> DraftId {
        if self.n_turns == 0 && !draft.name.is_empty() {
            b.name(0, text(record.json.get("name")).into_owned());
        }
        self.n_turns += 1;
        // Of a conversation, the last message is what the user wants now.
        let list = input.and_then(|it| it.get("messages"));
        let last = list.and_then(|it| it.items().last());
        let words = last.and_then(|it| it.items().last()).or(last);
        let turn = Draft {
            turn: self.n_turns,
            ..draft
        };
        b.turn(turn, None, record.range_if(words.or(input)))
    }
}

/// Something ends.
fn end(b: &mut TraceBuilder, record: &Record<'_>, id: DraftId, failed: bool) {
    let data = record.json.get("data");
    let output = data.and_then(|it| it.get("output"));
    let said = output.and_then(|it| langchain(it)).map(|it| it.0);
    let mut ended = if failed { Status::Error } else { Status::Ok };
    if b.llm_call_mut(id).is_some() {
        answer(b, record, id, output, said);
    }
    if let Some(tool) = b.tool_call_mut(id) {
        let content = said.and_then(|it| it.get("content")).or(output);
        tool.output = record.range_if(content);
        let call_id = said.and_then(|it| it.get("tool_call_id"));
        tool.call_id = record.range_if(call_id);
        if let Some(said) = said.filter(|_| !failed) {
            ended = status(said);
        }
        if let Some(call) = TraceBuilder::call_key(0, &text(call_id)) {
            b.identify(id, call);
        }
    }
    if ended == Status::Error {
        let error = data.and_then(|it| it.get("error")).or(output);
        b.error(id, record.range_if(error));
    }
    b.draft(id).into_iter().for_each(|it| it.status = ended);
}

/// What a model is sent: the system prompt, and the rest.
fn sent(record: &Record<'_>) -> (ByteRange, ByteRange) {
    let sent = record.json.path(&["data", "input"]);
    let list = sent.and_then(|it| it.get("messages").or(it.get("prompts")));
    // A list for each of several prompts; there is one.
    let first = list.and_then(|it| it.items().next());
    let list = first.filter(|it| it.kind() == Kind::Array).or(list);
    list.map_or_else(Default::default, |it| system_and_rest(record, it))
}

/// A model answered.
fn answer(
    b: &mut TraceBuilder,
    record: &Record<'_>,
    id: DraftId,
    output: Option<Json<'_>>,
    said: Option<Json<'_>>,
) {
    let found = said.map_or_else(LlmCall::default, |it| llm_call(b, record, it));
    let output = record.range_if(output);
    let Some(call) = b.llm_call_mut(id) else {
        return;
    };
    let or = |a: Sym, b: Sym| if a.is_empty() { b } else { a };
    *call = LlmCall {
        model: or(found.model, call.model),
        requested_model: call.requested_model,
        provider: or(call.provider, found.provider),
        system: call.system,
        input: call.input,
        output,
        ..found
    };
    if call.input.is_empty() {
        (call.system, call.input) = sent(record);
    }
    for asked in said.into_iter().flat_map(tool_calls) {
        let request = Request {
            llm_call: id,
            call: TraceBuilder::call_key(0, &text(asked.get("id"))),
            name: b.intern(&text(asked.get("name"))),
            call_id: record.range_if(asked.get("id")),
            input: record.range_if(asked.get("args")),
        };
        b.request(request);
    }
}
