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

mod answer;
mod held;
mod items;
mod request;

use answer::Answer;
pub(super) use answer::{error, is_answer, is_response};
pub(super) use held::Held;
pub(super) use items::{Item, results, role};
use request::Asked;
pub(super) use request::{is_request, read as read_request};

use super::dialog::Dialog;
use super::records::Record;
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

/// An LLM call whose answer comes in pieces.
pub(super) struct Stream {
    llm_call: DraftId,
    turn: usize,
    answer: Answer,
    /// The tool calls it asked for so far.
    calls: Vec<DraftId>,
    /// The pieces that stand together in the file, the last ones.
    run: ByteRange,
    /// Whether there were others before.
    is_split: bool,
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
            requested_model: b.intern(model(about.url)),
            provider: b.intern(provider(about.url)),
            ..LlmCall::default()
        };
        let asked = request.map(|it| request::read(b, it, &mut call));
        let asked = asked.unwrap_or_default();
        let turn = self.turn(b, &draft, about, request, &asked);
        if let (Some(held), Some(dialog)) = (request, self.turns.get_mut(turn)) {
            hear(b, dialog, &draft, held, &asked);
        }
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
        let id = self.answer(b, turn, draft, call, !asked.previous.is_empty());
        for at in std::mem::take(&mut answer.outputs) {
            b.output(id, at);
        }
        if status == Status::Error {
            let whole = response.map_or_else(ByteRange::default, Held::whole);
            let why = Some(answer.error).filter(|it| !it.is_empty());
            b.error(id, why.unwrap_or(whole));
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
        let key = asked.turn();
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

    /// An LLM call begins of which `record` is the first piece.
    pub(super) fn begin(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Stream {
        let draft = Draft {
            record: record.range,
            status: Status::Running,
            ..Draft::default()
        };
        let turn = self.turn(b, &draft, &About::default(), None, &Asked::default());
        let llm_call = self.answer(b, turn, draft, LlmCall::default(), false);
        Stream {
            llm_call,
            turn,
            answer: Answer::default(),
            calls: Vec::new(),
            run: record.range,
            is_split: false,
        }
    }

    /// The next piece of an answer.
    pub(super) fn go_on(&mut self, b: &mut TraceBuilder, stream: &mut Stream, record: &Record<'_>) {
        stream.run = ByteRange::new(stream.run.start, record.range.end());
        let held = Held::new(record, record.json);
        stream.answer.event(b, &held, record.json);
        let id = stream.llm_call;
        let mut call = b.llm_call_mut(id).map(|it| *it).unwrap_or_default();
        stream.answer.fill(b, &mut call);
        if let Some(it) = b.llm_call_mut(id) {
            *it = call;
            if !stream.is_split {
                it.output = stream.run;
            }
        }
        if let Some(draft) = b.draft(id) {
            draft.status = stream.answer.status();
            draft.id = call.response_id;
            if !stream.is_split {
                draft.record = stream.run;
            }
            if let Some(end) = stream.answer.end {
                (draft.start, draft.end) = (stream.answer.start, Some(end));
            }
        }
        if draft_failed(b, id) && !stream.answer.error.is_empty() {
            b.error(id, stream.answer.error);
        }
        self.tool_calls(b, stream.turn, &mut stream.answer, &mut stream.calls);
    }

    /// There is no more to come.
    pub(super) fn end(&mut self, b: &mut TraceBuilder) {
        self.turns.iter_mut().for_each(|it| it.settle(b));
    }
}

impl Stream {
    /// Whether all of it has come.
    pub(super) fn is_over(&self) -> bool {
        self.answer.is_over()
    }

    /// The id that its pieces have.
    pub(super) fn id(&self) -> &str {
        &self.answer.id_text
    }

    /// Something else comes between its pieces.
    pub(super) fn split(&mut self, b: &mut TraceBuilder) {
        if self.is_split {
            b.output(self.llm_call, self.run);
            b.record(self.llm_call, self.run);
        }
        self.is_split = true;
    }

    /// Its pieces go on at `start`.
    pub(super) fn resume(&mut self, start: u32) {
        self.run = ByteRange::new(start, start);
    }
}

fn draft_failed(b: &mut TraceBuilder, id: DraftId) -> bool {
    b.draft(id).is_some_and(|it| it.status == Status::Error)
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

/// Who serves models at this address, as the OpenTelemetry conventions call them.
fn provider(url: &str) -> &'static str {
    const HOSTS: &[(&str, &str)] = &[
        ("openai.azure.com", "azure.ai.openai"),
        ("api.openai.com", "openai"),
        ("api.anthropic.com", "anthropic"),
        ("generativelanguage.googleapis.com", "gcp.gemini"),
        ("aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("amazonaws.com", "aws.bedrock"),
        ("api.mistral.ai", "mistral_ai"),
        ("api.groq.com", "groq"),
        ("api.deepseek.com", "deepseek"),
        ("api.x.ai", "x_ai"),
        ("api.perplexity.ai", "perplexity"),
        ("openrouter.ai", "openrouter"),
    ];
    let host = url.split_once("://").map_or(url, |it| it.1);
    let host = host.split(['/', ':', '?']).next().unwrap_or_default();
    let found = HOSTS.iter().find(|it| host.ends_with(it.0));
    found.map_or("", |it| it.1)
}

/// The model that an address names, where the body does not.
fn model(url: &str) -> &str {
    let found = ["/models/", "/model/", "/deployments/"].iter();
    let found = found.filter_map(|it| Some(url.split_once(it)?.1));
    let name = found.into_iter().next().unwrap_or_default();
    name.split(['/', ':', '?']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_tell_who_serves_which_model() {
        for (url, who, which) in [
            ("https://api.openai.com/v1/chat/completions", "openai", ""),
            (
                "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent",
                "gcp.gemini",
                "gemini-2.5-pro",
            ),
            (
                "https://x.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=1",
                "azure.ai.openai",
                "gpt",
            ),
            ("http://localhost:8000/v1/chat/completions", "", ""),
            ("", "", ""),
        ] {
            assert_eq!((provider(url), model(url)), (who, which));
        }
    }
}
