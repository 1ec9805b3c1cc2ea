//! Answers that came in pieces: the events of a stream, put together to the message they are.
//!
//! Sources: the pages about streaming in the API references of OpenAI (`chat.completion.chunk`;
//! `response.*`), Anthropic (`message_start` and so on), Google (`streamGenerateContent`;
//! `interaction.*` and `step.*`) and Amazon Bedrock (`ConverseStream`). Not read: annotations and citations.

use std::borrow::Cow;

use super::{Message, Part, joined, part, parts_of, text};
use crate::model::{Json, KeyMap, Kind, Skip, SpanKey, Stop};

/// Whether a value is an event of a stream.
pub fn is_event(json: Json<'_>) -> bool {
    const ANTHROPIC: &[&str] = &[
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ];
    let [object, kind, event, candidates, choices] =
        json.pick(["object", "type", "event_type", "candidates", "choices"]);
    let (kind, event) = (text(kind), text(event));
    let begins = |it: &&str| event.starts_with(*it);
    ANTHROPIC.contains(&kind.as_str())
        || kind.starts_with("response.")
        || ["interaction.", "step.", "content."].iter().any(begins)
        || object.is_some_and(|it| it.is("chat.completion.chunk"))
        || candidates.is_some_and(|it| it.kind() == Kind::Array)
        || choices.is_some_and(|it| it.items().any(|it| it.get("delta").is_some()))
        || of_converse(json).is_some()
}

/// What an event of Amazon's Converse API says: its key tells what it is.
pub fn of_converse(json: Json<'_>) -> Option<Json<'_>> {
    const KEYS: &[&str] = &[
        "contentBlockDelta",
        "messageStart",
        "contentBlockStart",
        "contentBlockStop",
        "messageStop",
    ];
    json.first(KEYS)
}

/// The events in a text: one a line, with `data:` or anything else before it, one after another, or
/// the items of an array.
pub fn events(text: &str) -> Events<'_> {
    let mut events = Events {
        text,
        pos: 0,
        lines: true,
    };
    events.lines = events.clone().next().is_some();
    events
}

/// What [`events`] finds.
#[derive(Clone, Debug)]
pub struct Events<'a> {
    text: &'a str,
    pos: usize,
    /// Whether none goes over a line: then a broken one costs one line.
    lines: bool,
}

impl<'a> Iterator for Events<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        loop {
            let rest = self.text.get(self.pos..)?;
            let start = self.pos + memchr::memchr(b'{', rest.as_bytes())?;
            let (end, stop) = Skip::default().run(self.text.as_bytes(), start, self.lines);
            self.pos = end;
            match stop {
                Stop::Complete => return self.text.get(start..end).map(Json::new),
                Stop::Newline => {}
                Stop::MoreNeeded => return None,
            }
        }
    }
}

/// Whether texts are pieces of a stream.
pub(super) fn is_stream(pieces: &[Cow<'_, str>]) -> bool {
    pieces.iter().all(|it| begins(it))
}

/// Whether a text begins as a stream does.
fn begins(text: &str) -> bool {
    const BEGINNINGS: &[&str] = &["{", "[", "data:", "event:", "id:", "retry:", ":"];
    let begin = text.trim_start();
    BEGINNINGS.iter().any(|it| begin.starts_with(it)) && events(text).next().is_some_and(is_event)
}

/// The first object of a list, or of a list in it.
fn first_object(mut json: Json<'_>) -> Option<Json<'_>> {
    while json.kind() == Kind::Array {
        let is_container = |it: &Json<'_>| matches!(it.kind(), Kind::Object | Kind::Array);
        json = json.items().find(is_container)?;
    }
    Some(json)
}

/// The message that a stream is; `None` of a text that is none. `json` is the same text.
pub(super) fn message(text: &str, json: Json<'_>) -> Option<Message> {
    let is_stream = if json.is_indexed() {
        first_object(json).is_some_and(is_event)
    } else {
        begins(text)
    };
    if !is_stream {
        return None;
    }
    let mut assembly = Assembly::default();
    events(text).for_each(|it| assembly.event(it));
    Some(assembly.message())
}

/// A message that is being put together.
#[derive(Default)]
struct Assembly {
    /// Its blocks, in the order they began.
    blocks: Vec<Vec<Part>>,
    by_key: KeyMap<usize>,
    /// All of it, as some streams say at their end.
    whole: Vec<Message>,
}

impl Assembly {
    fn event(&mut self, json: Json<'_>) {
        let json = of_converse(json).unwrap_or(json);
        let index = json.first(&["index", "output_index", "contentBlockIndex"]);
        let key = SpanKey::of(index.map_or("", Json::text));
        let whole = json.first(&["response", "interaction"]);
        let whole = whole.and_then(|it| it.first(&["output", "steps", "outputs"]));
        if let Some(whole) = whole.filter(|it| it.items().next().is_some()) {
            self.whole = super::read(whole);
        } else if let Some(choices) = json.get("choices") {
            choices.items().for_each(|it| self.choice(it));
        } else if let Some(candidates) = json.get("candidates") {
            let parts = candidates
                .items()
                .filter_map(|it| it.path(&["content", "parts"]));
            parts
                .flat_map(Json::items)
                .for_each(|it| self.push(part(it)));
        } else if let Some(block) = json
            .first(&["content_block", "item", "step", "start"])
            .filter(|it| it.kind() == Kind::Object)
        {
            self.set(key, parts_of(block));
        } else if let Some(delta) = json.get("delta") {
            let inner = delta.first(&["reasoningContent", "toolUse"]);
            let is_thought = text(delta.get("type")).starts_with("th")
                || delta.first(&["reasoningContent"]).is_some();
            self.more(key, is_thought, &said(inner.unwrap_or(delta)));
        }
    }

    /// A choice of the Chat Completions API.
    fn choice(&mut self, choice: Json<'_>) {
        let Some(delta) = choice.get("delta") else {
            return;
        };
        let index = choice.get("index").map_or("", Json::text);
        // Some servers write it under both names.
        let thought = text(delta.first(&["reasoning_content", "reasoning"]));
        self.more(SpanKey::of((index, true)), true, &thought);
        let content = text(delta.first(&["content", "refusal"]));
        self.more(SpanKey::of((index, false)), false, &content);
        for call in delta.get("tool_calls").into_iter().flat_map(Json::items) {
            let place = call.first(&["index", "id"]).map_or("", Json::text);
            let key = SpanKey::of((index, place));
            if self.by_key.contains_key(&key) {
                let more = text(call.path(&["function", "arguments"]));
                self.more(key, false, &more);
            } else {
                self.set(key, vec![part(call)]);
            }
        }
    }

    /// The block of a key: a new one where there is none.
    fn block(&mut self, key: SpanKey) -> Option<&mut Vec<Part>> {
        let at = *self.by_key.entry(key).or_insert(self.blocks.len());
        if at == self.blocks.len() {
            self.blocks.push(Vec::new());
        }
        self.blocks.get_mut(at)
    }

    fn set(&mut self, key: SpanKey, parts: Vec<Part>) {
        if let Some(block) = self.block(key) {
            *block = parts;
        }
    }

    /// More of what the block of a key says.
    fn more(&mut self, key: SpanKey, is_thought: bool, more: &str) {
        let Some(block) = Some(key)
            .filter(|_| !more.is_empty())
            .and_then(|it| self.block(it))
        else {
            return;
        };
        match block.last_mut() {
            Some(last) => append(last, more),
            None if is_thought => block.push(Part::Reasoning(more.to_owned())),
            None => block.push(Part::Text(more.to_owned())),
        }
    }

    /// The next part: it goes on with what the last one says, if both say something.
    fn push(&mut self, part: Part) {
        let last = self.blocks.last_mut().and_then(|it| it.last_mut());
        match (last, part) {
            (Some(Part::Text(last)), Part::Text(more))
            | (Some(Part::Reasoning(last)), Part::Reasoning(more)) => last.push_str(&more),
            (_, part) => self.blocks.push(vec![part]),
        }
    }

    fn message(self) -> Message {
        let parts = if self.whole.is_empty() {
            self.blocks.concat()
        } else {
            self.whole.into_iter().flat_map(|it| it.parts).collect()
        };
        let is_empty =
            |it: &Part| matches!(it, Part::Text(text) | Part::Reasoning(text) if text.is_empty());
        Message {
            role: "assistant".to_owned(),
            parts: parts.into_iter().filter(|it| !is_empty(it)).collect(),
        }
    }
}

/// What a delta adds: some are texts, some have it under a key that says what it is.
fn said(delta: Json<'_>) -> String {
    const KEYS: &[&str] = &[
        "text",
        "thinking",
        "partial_json",
        "arguments",
        "input",
        "content",
        "result",
    ];
    let said = delta.first(KEYS).unwrap_or(delta);
    match (said.kind(), said.get("text")) {
        (Kind::String, _) => text(Some(said)),
        (Kind::Array, _) => joined(said),
        (Kind::Object, Some(inner)) => text(Some(inner)),
        // The arguments of a tool of Google's own come at once.
        (Kind::Object, None) if said != delta => said.text().to_owned(),
        _ => String::new(),
    }
}

fn append(part: &mut Part, more: &str) {
    match part {
        Part::Text(text) | Part::Reasoning(text) | Part::ToolResult { output: text, .. } => {
            text.push_str(more);
        }
        Part::ToolCall { arguments, .. } => {
            // What stands there until the first piece has come.
            if arguments == "{}" {
                arguments.clear();
            }
            arguments.push_str(more);
        }
        Part::Media { .. } | Part::Other { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::messages;
    use super::*;

    fn call(id: &str, name: &str, arguments: &str) -> Part {
        Part::ToolCall {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        }
    }

    #[track_caller]
    fn check(stream: &str, parts: &[Part]) {
        let said = messages(stream);
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].role, "assistant");
        assert_eq!(said[0].parts, parts);
        // The same as a string of a file, and as a part of one.
        let quoted = serde_json::to_string(stream).unwrap();
        assert_eq!(messages(&quoted), said);
    }

    #[test]
    fn chunks_of_a_chat_completion_are_one_message() {
        check(
            r#"data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}

data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Let me "}}]}

data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"\"look\""}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"ls","arguments":""}}]}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"p\":"}}]}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}},{"index":1,"id":"b","function":{"name":"pwd","arguments":"{}"}}]}}]}

data: [DONE]
"#,
            &[
                Part::Text("Let me \"look\"".to_owned()),
                call("a", "ls", r#"{"p":1}"#),
                call("b", "pwd", "{}"),
            ],
        );
    }

    #[test]
    fn events_of_a_message_are_one_message() {
        check(
            r#"event: message_start
data: {"type":"message_start","message":{"id":"m","role":"assistant","content":[]}}
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"x"}}
data: {"type":"ping"}
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"ls","input":{}}}
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}
data: broken {"type":
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":":2}"}}
data: {"type":"message_delta","delta":{"stop_reason":"tool_use"}}
data: {"type":"content_block_delta","index":1,"del"#,
            &[
                Part::Reasoning("Hm".to_owned()),
                call("t", "ls", r#"{"a":2}"#),
            ],
        );
    }

    #[test]
    fn what_a_stream_says_at_its_end_counts() {
        let begin = r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"message","role":"assistant","content":[]}}
{"type":"response.output_text.delta","output_index":0,"delta":"Hel"}
{"type":"response.output_text.delta","output_index":0,"delta":"lo"}
"#;
        let hello = [Part::Text("Hello".to_owned())];
        check(begin, &hello);
        let end = r#"{"type":"response.completed","response":{"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello"}]}]}}"#;
        check(&[begin, end].concat(), &hello);
    }

    #[test]
    fn parts_and_steps_of_google_are_one_message() {
        check(
            r#"[{"candidates":[{"content":{"parts":[{"text":"Hm","thought":true}]}}]},
{"candidates":[{"content":{"parts":[{"text":"Hel"}]}}]},
{"candidates":[{"content":{"parts":[{"text":"lo"},{"functionCall":{"name":"ls","args":{}}}]}}]}]"#,
            &[
                Part::Reasoning("Hm".to_owned()),
                Part::Text("Hello".to_owned()),
                call("", "ls", "{}"),
            ],
        );
        check(
            r#"{"event_type":"interaction.created","interaction":{"id":"v1"}}
{"event_type":"step.start","index":0,"step":{"type":"thought"}}
{"event_type":"step.delta","index":0,"delta":{"type":"thought_summary","content":{"type":"text","text":"Hm"}}}
{"event_type":"step.start","index":1,"step":{"type":"function_call","id":"c","name":"ls"}}
{"event_type":"step.delta","index":1,"delta":{"type":"arguments_delta","arguments":"{\"a\":1}"}}
{"event_type":"step.start","index":2,"step":{"type":"model_output"}}
{"event_type":"step.delta","index":2,"delta":{"type":"text","text":"Hello"}}
"#,
            &[
                Part::Reasoning("Hm".to_owned()),
                call("c", "ls", r#"{"a":1}"#),
                Part::Text("Hello".to_owned()),
            ],
        );
    }

    #[test]
    fn events_of_amazon_are_one_message() {
        check(
            r#"{"messageStart":{"role":"assistant"}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"x"}}}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"text":"Hel"}}}
{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"text":"lo"}}}
{"contentBlockStart":{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t","name":"ls"}}}}
{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"a\":"}}}}
{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"toolUse":{"input":"1}"}}}}
{"messageStop":{"stopReason":"tool_use"}}
{"metadata":{"usage":{"inputTokens":5,"outputTokens":2,"totalTokens":7}}}
"#,
            &[
                Part::Reasoning("Hm".to_owned()),
                Part::Text("Hello".to_owned()),
                call("t", "ls", r#"{"a":1}"#),
            ],
        );
    }

    #[test]
    fn what_is_no_stream_is_none() {
        for text in [
            "",
            "data: on its own",
            "{\"role\":\"user\"}",
            "[1, 2]",
            ": {",
        ] {
            assert_eq!(message(text, Json::new(text)), None);
        }
    }
}
