//! Requests to models and responses, as the APIs of the providers have them: Chat Completions and
//! Responses (OpenAI and all who follow), Messages (Anthropic), `generateContent` and Interactions
//! (Google), Converse (Amazon Bedrock). Whatever file they stand in: as JSON, as JSON in a string,
//! or as the text of a stream of events.
//!
//! Requests of one agent loop send the conversation again, and more: what the user said last tells
//! whose turn a request belongs to, and results of tool calls that stand in it end those calls.
//!
//! Sources: the API references. Not read: when a response was `created`, where it does not say
//! when it ended; log probabilities; safety ratings.

mod address;
mod answer;
mod held;
mod items;
mod request;
mod stream;

use answer::Answer;
pub(super) use answer::{error, is_answer, is_response};
pub(super) use held::Held;
pub(super) use items::{Item, results, role};
use request::Asked;
pub(super) use request::{is_request, read as read_request};
pub(super) use stream::Stream;

use super::dialog::Dialog;
use crate::model::{
    ByteRange, Draft, DraftId, KeyMap, LlmCall, Marks, SpanKey, Status, TraceBuilder,
};

/// What is known of a request beside its body.
#[derive(Default)]
pub(super) struct About<'a> {
    /// Where it was sent; "" if not reported.
    pub(super) url: &'a str,
    /// The status of HTTP, where it is known.
    pub(super) status: Option<u64>,
    /// What the file calls it; "" if it has no name.
    pub(super) name: &'a str,
}

/// The conversations that requests and responses tell.
#[derive(Default)]
pub(super) struct Exchanges {
    turns: Vec<Dialog>,
    by_turn: KeyMap<usize>,
    by_response: KeyMap<usize>,
    /// The turn of what has no request.
    loose: Option<usize>,
}

impl Exchanges {
    /// Adds an LLM call: a request, a response, or both. `draft` has its record and its times.
    pub(super) fn add(
        &mut self,
        b: &mut TraceBuilder,
        draft: Draft,
        about: &About<'_>,
        request: Option<&Held<'_>>,
        response: Option<&Held<'_>>,
    ) -> DraftId {
        let mut call = LlmCall {
            requested_model: b.intern(&address::model(about.url).replace("%3A", ":")),
            provider: b.intern(address::provider(about.url)),
            ..LlmCall::default()
        };
        let asked = request.map(|it| request::read(b, it, &mut call));
        let asked = asked.unwrap_or_default();
        let mut answer = Answer::default();
        if let Some(response) = response {
            answer.read(b, response);
        }
        answer.fill(b, &mut call);
        let has_failed = about.status.is_some_and(|it| it >= 400);
        let status = match answer.status() {
            _ if has_failed => Status::Error,
            // There is no more to come.
            Status::Running => Status::Unset,
            status => status,
        };
        let draft = Draft {
            id: call.response_id,
            start: draft.start.or(answer.start),
            end: draft.end.or(answer.end),
            status,
            ..draft
        };
        let turn = self.turn(b, &draft, about, request, &asked);
        if let (Some(held), Some(dialog)) = (request, self.turns.get_mut(turn)) {
            hear(b, dialog, &draft, held, &asked);
        }
        let id = self.answer(b, turn, draft, call, !asked.previous.is_empty());
        for at in std::mem::take(&mut answer.outputs) {
            b.output(id, at);
        }
        if status == Status::Error {
            let whole = response.map_or_else(ByteRange::default, Held::whole);
            let why = [answer.error, whole].into_iter().find(|it| !it.is_empty());
            why.into_iter().for_each(|it| b.error(id, it));
        }
        if !answer.id_text.is_empty() {
            self.by_response.insert(SpanKey::of(&answer.id_text), turn);
        }
        self.tool_calls(b, turn, &mut answer, &mut Vec::new());
        id
    }

    fn answer(
        &mut self,
        b: &mut TraceBuilder,
        turn: usize,
        draft: Draft,
        call: LlmCall,
        is_delta: bool,
    ) -> DraftId {
        let Some(dialog) = self.turns.get_mut(turn) else {
            return b.llm_call(draft, call);
        };
        let id = dialog.llm_call(b, draft, call);
        if let Some(call) = b.llm_call_mut(id) {
            call.input_is_delta = is_delta;
        }
        id
    }

    /// The turn that a request belongs to: a place in `turns`.
    fn turn(
        &mut self,
        b: &mut TraceBuilder,
        draft: &Draft,
        about: &About<'_>,
        request: Option<&Held<'_>>,
        asked: &Asked<'_>,
    ) -> usize {
        let before = self.by_response.get(&SpanKey::of(&asked.previous)).copied();
        // The same words may be said again later.
        let key = asked.turn().map(|it| SpanKey::of((it, before)));
        let known = match key {
            Some(key) => self.by_turn.get(&key).copied(),
            None if about.name.is_empty() => before.or(self.loose),
            None => None,
        };
        if let Some(known) = known {
            return known;
        }
        let at = self.turns.len();
        let mut dialog = Dialog::default();
        if let (Some(key), Some(said), Some(held)) = (key, asked.user, request) {
            self.by_turn.insert(key, at);
            let input = held.range_of(said);
            let turn = Draft {
                record: input,
                start: draft.start,
                ..Draft::default()
            };
            dialog.begin_turn(b, turn, input);
        } else if about.name.is_empty() {
            self.loose = Some(at);
        } else {
            let turn = Draft {
                name: b.intern(about.name),
                record: draft.record,
                start: draft.start,
                ..Draft::default()
            };
            dialog.begin_turn(b, turn, ByteRange::default());
        }
        self.turns.push(dialog);
        at
    }

    /// Adds the tool calls that an answer is known to ask for, and what more is known of them.
    fn tool_calls(
        &mut self,
        b: &mut TraceBuilder,
        turn: usize,
        answer: &mut Answer,
        known: &mut Vec<DraftId>,
    ) {
        let Some(dialog) = self.turns.get_mut(turn) else {
            return;
        };
        for at in answer.told.drain(..) {
            let Some(call) = answer.calls.get(at) else {
                continue;
            };
            let id = known.get(at).copied();
            if let Some(id) = id {
                if let Some(draft) = b.draft(id) {
                    draft.record = call.draft.record;
                    draft.status = call.draft.status;
                    draft.marks = Marks(draft.marks.0 | call.draft.marks.0);
                }
                if let Some(tool) = b.tool_call_mut(id) {
                    (tool.input, tool.output) = (call.tool.input, call.tool.output);
                }
            } else {
                known.push(dialog.tool_call(b, call.draft, call.tool, &call.id));
            }
            if let Some(id) = known.get(at).filter(|_| !call.error.is_empty()) {
                b.error(*id, call.error);
            }
        }
    }

    /// There is no more to come.
    pub(super) fn end(&mut self, b: &mut TraceBuilder) {
        self.turns.iter_mut().for_each(|it| it.settle(b));
    }
}

/// What a request tells the model of tools: it ends the calls that wait for it.
fn hear(
    b: &mut TraceBuilder,
    dialog: &mut Dialog,
    draft: &Draft,
    held: &Held<'_>,
    asked: &Asked<'_>,
) {
    for json in &asked.results {
        let Some(item) = Item::of(*json) else {
            continue;
        };
        let waits = match TraceBuilder::call_key(0, &item.id) {
            Some(key) => b.call(key).is_some_and(|it| {
                let tool = b.tool_call_mut(it);
                tool.is_some_and(|it| it.output.is_empty())
            }),
            None => dialog.is_waiting(),
        };
        if waits {
            let result = Draft {
                record: held.range_of(*json),
                end: draft.start,
                status: if item.failed {
                    Status::Error
                } else {
                    Status::Unset
                },
                ..Draft::default()
            };
            let output = held.range_of(item.output().unwrap_or(*json));
            dialog.tool_result(b, result, &item.id, output);
        }
    }
}
