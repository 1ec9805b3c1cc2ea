//! What a model answered, in the record of a span: a provider's response or some of it, or what a
//! framework makes of it. Where in it the message stands, and what stands beside it, its shape tells.
//!
//! Source: the response types of the OpenAI, Anthropic and Gemini APIs, and LangChain's `LLMResult`
//! (`langchain_core/outputs/`).

use super::fields::text;
use super::provider::Held;
use super::records::Record;
use super::usage;
use crate::model::{ByteRange, FinishReason, Json, Kind, LlmCall, Tokens, TraceBuilder};

/// A response.
pub(super) struct Answer<'a> {
    /// What was said: a message, or a list of them.
    pub(super) said: Json<'a>,
    /// All of it.
    whole: Json<'a>,
    /// Where facts stand, the nearest to what was said first.
    places: [Option<Json<'a>>; 5],
}

/// Where the answers stand in a response: most have room for several.
const LISTS: &[&str] = &["choices", "candidates", "generations", "messages", "output"];

impl<'a> Answer<'a> {
    /// The answer in a value: a response, or some of it.
    pub(super) fn of(whole: Json<'a>) -> Answer<'a> {
        let mut whole = whole;
        // Within its own wrapper: `{"output": {…}}`.
        if let Some(inner) = alone(whole).filter(|it| it.kind() == Kind::Object) {
            whole = inner;
        }
        let list = whole.first(LISTS).unwrap_or(whole);
        let mut items = list.items().filter(|_| is_data(list));
        let (first, is_more) = (items.next(), items.next().is_some());
        // One list for each prompt. Of several answers the first says why it stopped.
        let first = first.map(|it| it.items().next().unwrap_or(it));
        let choice = first.filter(|it| it.kind() == Kind::Object).unwrap_or(list);
        let message = choice.get("message").or_else(|| choice.get("content"));
        let message = message.filter(|it| it.kind() == Kind::Object);
        // What only completes a text.
        let text = choice.get("text").filter(|it| it.is_some());
        let only = message.or(text).unwrap_or(choice);
        let said = if is_more { list } else { only };
        let own = message.unwrap_or(choice);
        let own = own.get("kwargs").unwrap_or(own);
        Answer {
            said,
            whole,
            places: [
                Some(own),
                own.get("response_metadata"),
                choice.get("generation_info"),
                Some(choice),
                Some(whole),
            ],
        }
    }

    fn first(&self, keys: &[&str]) -> Option<Json<'a>> {
        let mut places = self.places.iter().flatten();
        places.find_map(|it| it.first(keys))
    }

    /// The token counts.
    pub(super) fn usage(&self) -> Option<Json<'a>> {
        let keys = ["usage_metadata", "usageMetadata", "usage", "token_usage"];
        let total = || self.whole.get("llm_output")?.first(&keys);
        self.first(&keys).or_else(total)
    }

    /// The word for why the model stopped.
    fn finish(&self) -> Option<Json<'a>> {
        let word = self.first(&["finish_reason", "finishReason", "stop_reason", "stopReason"]);
        let of_response = || {
            let is_response = self.whole.get("object").is_some_and(|it| it.is("response"));
            let whole = Some(self.whole).filter(|_| is_response)?;
            let why = whole.path(&["incomplete_details", "reason"]);
            why.filter(|it| it.is_some())
                .or_else(|| whole.get("status"))
        };
        word.or_else(of_response)
    }

    /// What a response of the Responses API says of its request: the toolbelt, the system prompt.
    pub(super) fn request(&self) -> [Option<Json<'a>>; 2] {
        let is_response = self.whole.get("object").is_some_and(|it| it.is("response"));
        ["tools", "instructions"].map(|it| self.whole.get(it).filter(|_| is_response))
    }

    /// The provider's id of the response.
    pub(super) fn id(&self) -> Option<Json<'a>> {
        let [_, metadata, ..] = self.places;
        let own = metadata.and_then(|it| it.first(&["id", "message_id"]));
        own.or_else(|| self.whole.first(&["id", "responseId", "response_id"]))
    }

    /// Notes what it says of the call. What is known already stays.
    pub(super) fn tell(&self, b: &mut TraceBuilder, record: &Record<'_>, call: &mut LlmCall) {
        if call.model.is_empty() {
            let model = self.first(&["model_name", "modelVersion", "model_version", "model"]);
            call.model = b.intern(&text(model));
        }
        if call.finish_reason_raw.is_empty() {
            finish(b, call, &text(self.finish()));
        }
        if let Some(usage) = self.usage().filter(|_| call.tokens == Tokens::default()) {
            call.tokens = usage::tokens(b, record, usage);
        }
    }
}

/// Whether a value is JSON, and no text that begins like it.
pub(super) fn is_data(json: Json<'_>) -> bool {
    let is_list = json
        .items()
        .next()
        .is_some_and(|it| matches!(it.kind(), Kind::Object | Kind::Array));
    (is_list || json.members().next().is_some()) && json.value_end() == json.text().len()
}

/// What the user said, in what goes into a run: the one text of an object, or all of it.
pub(super) fn asked(record: &Record<'_>, input: Json<'_>) -> ByteRange {
    const KEYS: &[&str] = &[
        "input", "question", "query", "q", "prompt", "message", "text", "task",
    ];
    let held = Held::new(record, input);
    let mut members = held.json().members();
    match (members.next(), members.next()) {
        (Some((key, said)), None)
            if KEYS.contains(&key.as_ref()) && said.kind() == Kind::String =>
        {
            held.range_of(said)
        }
        _ => held.whole(),
    }
}

/// Notes why the model stopped.
pub(super) fn finish(b: &mut TraceBuilder, call: &mut LlmCall, word: &str) {
    call.finish_reason = FinishReason::from_raw(word);
    call.finish_reason_raw = b.intern(word);
}

/// The value of `{"output": …}` and its kin, where that is all there is.
pub(super) fn alone(json: Json<'_>) -> Option<Json<'_>> {
    let mut members = json.members();
    match (members.next(), members.next()) {
        (Some((key, inner)), None) if matches!(key.as_ref(), "output" | "result") => Some(inner),
        _ => None,
    }
}
