//! What a model is asked: the body of a request, of any provider.

use super::held::Held;
use super::items::{results, role};
use crate::import::fields::text;
use crate::model::{ByteRange, Json, Kind, LlmCall, SpanKey, TraceBuilder};
use crate::payload;

/// What of a request tells which conversation it goes on with.
#[derive(Default)]
pub(in crate::import) struct Asked<'a> {
    /// The last thing that the user said.
    pub(super) user: Option<Json<'a>>,
    first: Option<Json<'a>>,
    n_users: u32,
    /// Results of tool calls that the model has not answered yet.
    pub(super) results: Vec<Json<'a>>,
    /// The response that this goes on from: its messages are not sent again.
    pub(super) previous: String,
}

impl<'a> Asked<'a> {
    /// Whose turn it is: requests of one turn have the same key. None if the user says nothing.
    pub(super) fn turn(&self) -> Option<SpanKey> {
        let (first, last) = (self.first?, self.user?);
        Some(SpanKey::of((words(first), self.n_users, words(last))))
    }

    fn message(&mut self, message: Json<'a>) {
        match role(message) {
            "assistant" => self.results.clear(),
            "system" => {}
            role => {
                let found = results(message);
                if found.is_empty() && role == "user" {
                    self.user = Some(message);
                    self.first = self.first.or(self.user);
                    self.n_users += 1;
                }
                self.results.extend(found);
            }
        }
    }
}

/// The words of a message, without what may differ from one request to the next, as the mark where
/// the provider's cache ends.
fn words(message: Json<'_>) -> String {
    let content = message.first(&["content", "parts"]).unwrap_or(message);
    match content.kind() {
        Kind::Array => {
            let parts = content.items();
            let parts = parts.map(|it| it.get("text").unwrap_or(it).text());
            parts.collect()
        }
        _ => content.text().to_owned(),
    }
}

/// Whether a body asks a model for an answer.
pub(in crate::import) fn is_request(body: Json<'_>) -> bool {
    let is_input = || body.get("input").is_some() && body.get("model").is_some();
    // Embeddings have a format.
    body.first(&["messages", "contents"]).is_some()
        || (is_input() && body.get("encoding_format").is_none())
}

/// Reads a request into an LLM call.
pub(in crate::import) fn read<'a>(
    b: &mut TraceBuilder,
    held: &'a Held<'_>,
    call: &mut LlmCall,
) -> Asked<'a> {
    let body = held.json();
    let model = text(body.get("model"));
    if !model.is_empty() {
        call.requested_model = b.intern(&model);
    }
    let tools = body.first(&["tools", "functions"]);
    call.tools = held.range_if(tools.or_else(|| body.path(&["toolConfig", "tools"])));
    call.system = held.range_if(body.first(&[
        "system",
        "instructions",
        "systemInstruction",
        "system_instruction",
    ]));
    if payload::has_settings(body) {
        call.request = held.whole();
    }
    let mut asked = Asked {
        previous: text(body.get("previous_response_id")).into_owned(),
        ..Asked::default()
    };
    let said = match body.kind() {
        Kind::Array => Some(body),
        _ => body.first(&["messages", "contents", "input"]),
    };
    match said.map(|it| (it, it.kind())) {
        Some((list, Kind::Array)) => messages(held, list, call, &mut asked),
        Some((one, Kind::String)) => {
            (asked.user, asked.first, asked.n_users) = (Some(one), Some(one), 1);
            call.input = held.range_of(one);
        }
        Some((one, _)) => {
            asked.message(one);
            call.input = held.range_of(one);
        }
        None => {}
    }
    asked
}

/// The system prompt is told apart where it is the first of the messages.
fn messages<'a>(held: &Held<'_>, list: Json<'a>, call: &mut LlmCall, asked: &mut Asked<'a>) {
    // LangChain has a list for each prompt.
    let mut lists = list.items();
    let list = match (lists.next(), lists.next()) {
        (Some(only), None) if only.items().any(|it| it.kind() == Kind::Object) => only,
        _ => list,
    };
    call.input = held.range_of(list);
    let mut rest = list.items();
    let first = rest.next().filter(|it| role(*it) == "system");
    if let Some(first) = first.filter(|_| call.system.is_empty()) {
        let said = first.first(&["kwargs", "data"]).unwrap_or(first);
        call.system = held.range_if(said.first(&["content", "parts"]));
        let start = rest.next().map(|it| held.range_of(it).start);
        // Up to the bracket.
        let end = call.input.end().saturating_sub(1);
        call.input = start.map_or_else(ByteRange::default, |it| ByteRange::new(it, end));
    }
    list.items().for_each(|it| asked.message(it));
}
