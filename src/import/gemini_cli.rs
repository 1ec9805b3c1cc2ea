//! Gemini CLI: the chats that it keeps. Before 0.40 one JSON document with `messages`; since then
//! JSON Lines: a header, messages, and patches (`$set`).
//!
//! Source: `packages/core/src/services/chatRecordingService.ts` of Gemini CLI, chats of 0.24 to
//! 0.61. A message is written again under its id when there is more of it: the last counts. A
//! message of `gemini` is one LLM call; its time is when it was there, that of a tool call when
//! that had ended. Thoughts and what tools of the provider brought in are beside the other counts.
//! `$set.messages` takes the place of all that was said: what a chat begins with, or a summary.
//! Not read: `$rewindTo` (what was taken back stays), the chats of sub-agents as such.

use super::dialog::{Dialog, latest};
use super::fields::{Unknown, count, draft, moment, text};
use super::records::{Place, Record, Shape, TOP};
use super::usage::{Counted, Usage};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{
    ByteRange, Draft, DraftId, Json, KeyMap, Kind, LlmCall, SpanKey, Status, Tokens, ToolCall,
    TraceBuilder,
};

pub(super) const FORMAT: Format = Format {
    id: "gemini-cli",
    name: "Gemini CLI chat",
    sniff: |head| {
        head.has(&["sessionId", "projectHash"])
            || head.has(&["$set"])
            || head.says("type", &["gemini"]) && head.has(&["id", "content"])
    },
    open: crate::import::rare(|head| {
        let is_document = head.values.len() == 1 && head.has(&["messages"]);
        Opened {
            shape: if is_document { DOCUMENT } else { &[] },
            reader: Box::new(GeminiCli::default()),
        }
    }),
};

const HEADER: u8 = 1;
const MESSAGES: u8 = 2;
const DOCUMENT: Shape = &[Place::new(
    HEADER,
    "",
    &[Place::new(MESSAGES, "messages", &[])],
)];

/// How a message begins that Gemini CLI sends in the user's name.
const NOTES: &[&str] = &[
    "<session_context>",
    "<hook_context>",
    "This is the Gemini CLI. We are setting up the context",
    "System: Please continue.",
];

#[derive(Default)]
struct GeminiCli {
    dialog: Dialog,
    /// LLM calls and messages of the user, by id: they are written again.
    known: KeyMap<usize>,
    messages: Vec<Message>,
    unknown: Unknown,
}

/// A message as it was last written.
#[derive(Clone, Copy, Default)]
struct Message {
    llm_call: Option<DraftId>,
    /// What it says, thinks and asks for.
    output: [ByteRange; 3],
}

impl Reader for GeminiCli {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match record.place {
            TOP => self.line(b, record),
            MESSAGES => self.message(b, record, record.json),
            _ => {
                Self::header(b, record.key, record.json);
                Became::Detail
            }
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.dialog.settle(b);
        for message in &self.messages {
            let Some(id) = message.llm_call else { continue };
            let pieces = message.output.iter().filter(|it| !it.is_empty());
            pieces.for_each(|it| b.output(id, *it));
        }
        Ok(())
    }
}

impl GeminiCli {
    /// A line: a message, a patch or the header.
    fn line(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        if json.kind() != Kind::Object {
            return Became::Bad;
        }
        if json.get("type").is_some() {
            return self.message(b, record, json);
        }
        let patch = json.get("$set").unwrap_or(json);
        for (key, value) in patch.members() {
            Self::header(b, &key, value);
        }
        let messages = patch.get("messages");
        let mut items = messages.into_iter().flat_map(Json::items).peekable();
        if items.peek().is_none() {
            return Became::Other;
        }
        if self.messages.is_empty() {
            for item in items {
                self.message(b, record, item);
            }
        } else {
            self.dialog.begin_anew();
            self.dialog.hear(None, record.range_if(messages));
        }
        Became::Span
    }

    fn header(b: &mut TraceBuilder, key: &str, value: Json<'_>) {
        if key == "summary"
            && let Some(name) = value.str().filter(|it| !it.is_empty())
        {
            b.name(0, name.into_owned());
        }
    }

    fn message(&mut self, b: &mut TraceBuilder, record: &Record<'_>, json: Json<'_>) -> Became {
        let content = json.get("content").or(json.get("parts"));
        let kind = text(json.get("type"));
        match kind.as_ref() {
            "" => Became::Bad,
            "user" => self.user(b, record, json, content),
            "gemini" | "model" => {
                self.answer(b, record, json, content);
                Became::Span
            }
            "error" => {
                let time = moment(b, record, json.get("timestamp"));
                let at = record.range_of(json);
                let id = self.dialog.point(b, at, time, "error");
                b.fail(id, record.range_if(content));
                Became::Span
            }
            "info" | "warning" => Became::Other,
            kind => self.unknown.note(b, record, kind),
        }
    }

    /// What was known of a message. `None`: it is new.
    fn met(&mut self, json: Json<'_>) -> Option<usize> {
        let key = SpanKey::of(text(json.get("id").filter(|it| it.is_some())));
        let next = self.messages.len();
        let at = match json.get("id") {
            Some(_) => *self.known.entry(key).or_insert(next),
            None => next,
        };
        if at == next {
            self.messages.push(Message::default());
        }
        Some(at).filter(|it| *it != next)
    }

    /// What the user wants; or the results of tools, which their calls have already.
    fn user(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        json: Json<'_>,
        content: Option<Json<'_>>,
    ) -> Became {
        if self.met(json).is_some() {
            return Became::Other;
        }
        let time = moment(b, record, json.get("timestamp"));
        let (said, whole) = (record.range_if(content), record.range_of(json));
        let results = content.into_iter().flat_map(Json::items);
        let results = results.filter_map(|it| it.get("functionResponse"));
        let (mut n_results, mut n_new) = (0, 0);
        for result in results {
            let id = text(result.get("id"));
            let known = TraceBuilder::call_key(0, &id).and_then(|it| b.call(it));
            n_results += 1;
            match known {
                Some(known) => b.record(known, part_of(record, json).record),
                None => {
                    n_new += 1;
                    let orphan = Draft {
                        id: record.range_if(result.get("id")),
                        end: time,
                        ..part_of(record, json)
                    };
                    let output = record.range_if(result.get("response").map(what));
                    self.dialog.tool_result(b, orphan, &id, output);
                }
            }
        }
        if n_results == 0 && is_prompt(content) {
            let turn = Draft {
                id: record.range_if(json.get("id")),
                start: time,
                ..part_of(record, json)
            };
            self.dialog.begin_turn(b, turn, said);
            self.dialog.hear(time, whole);
        } else if n_results == 0 || n_new > 0 {
            self.dialog.hear(time, whole);
        }
        Became::Span
    }

    fn answer(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        json: Json<'_>,
        content: Option<Json<'_>>,
    ) {
        let end = moment(b, record, json.get("timestamp"));
        let model = b.intern(&text(json.get("model")));
        let used = tokens(b, record, json.get("tokens"));
        let known = self.met(json);
        let at = known.unwrap_or(self.messages.len().saturating_sub(1));
        let before = self.messages.get(at).and_then(|it| it.llm_call);
        let id = if let Some(id) = before {
            b.record(id, part_of(record, json).record);
            self.dialog.go_on(id);
            id
        } else {
            let answer = Draft {
                id: record.range_if(json.get("id")),
                end,
                ..part_of(record, json)
            };
            self.dialog.llm_call(b, answer, LlmCall::default())
        };
        if let Some(call) = b.llm_call_mut(id) {
            call.model = model;
            call.tokens = used;
        }
        if let Some(draft) = b.draft(id) {
            draft.end = latest(draft.end, end);
        }
        let content = content.filter(|it| !matches!(it.text(), "\"\"" | "[]"));
        let list = |key| json.get(key).filter(|it| it.items().next().is_some());
        let output = [content, list("thoughts"), list("toolCalls")];
        if let Some(message) = self.messages.get_mut(at) {
            message.llm_call = Some(id);
            message.output = output.map(|it| record.range_if(it));
        }
        for call in json.get("toolCalls").into_iter().flat_map(Json::items) {
            self.tool_call(b, record, call);
        }
    }

    /// A tool call with its result, as far as there is one. It may be there for the second time.
    fn tool_call(&mut self, b: &mut TraceBuilder, record: &Record<'_>, json: Json<'_>) {
        let id = text(json.get("id"));
        let range = |key| record.range_if(json.get(key));
        let known = TraceBuilder::call_key(0, &id).and_then(|it| b.call(it));
        if known.is_none() {
            let name = text(json.get("name"));
            let shown = text(json.get("displayName"));
            let server = server(&shown).unwrap_or_default();
            let tool = ToolCall {
                name: b.intern(&name),
                kind: b.intern(if server.is_empty() { "" } else { "mcp" }),
                server: b.intern(server),
                call_id: range("id"),
                input: range("args"),
                ..ToolCall::default()
            };
            let asked = Draft {
                id: tool.call_id,
                name: tool.name,
                ..part_of(record, json)
            };
            self.dialog.tool_call(b, asked, tool, &id);
        }
        let status = match text(json.get("status")).as_ref() {
            "success" => Status::Ok,
            "error" | "cancelled" => Status::Error,
            _ => return,
        };
        let ended = Draft {
            id: range("id"),
            end: moment(b, record, json.get("timestamp")),
            status,
            ..part_of(record, json)
        };
        let result = json.get("result").filter(|it| it.items().next().is_some());
        let output = result.map(response).or(json.get("resultDisplay"));
        let was_known = known
            .and_then(|it| b.tool_call_mut(it))
            .is_some_and(|it| !it.output.is_empty());
        self.dialog
            .tool_result(b, ended, &id, record.range_if(output));
        if !was_known {
            let said = record.range_if(result.or(output));
            self.dialog.hear(ended.end, said);
        }
    }
}

/// A draft of a part of a record.
fn part_of(record: &Record<'_>, part: Json<'_>) -> Draft {
    Draft {
        record: record.range_of(part),
        ..draft(record)
    }
}

/// Whether a content is the user's own.
fn is_prompt(content: Option<Json<'_>>) -> bool {
    let Some(content) = content else { return false };
    let parts = content.items().filter_map(|it| it.get("text"));
    let mut texts = parts.chain(Some(content)).filter_map(Json::str);
    !texts.any(|it| NOTES.iter().any(|note| it.trim_start().starts_with(note)))
}

/// What a tool gave: that alone, where it is one response with nothing beside it.
fn response(result: Json<'_>) -> Json<'_> {
    let mut items = result.items();
    let (Some(only), None) = (items.next(), items.next()) else {
        return result;
    };
    let response = only.path(&["functionResponse", "response"]);
    response.map_or(result, what)
}

/// What a response says, without the object around it.
fn what(response: Json<'_>) -> Json<'_> {
    let said = response.get("output").or(response.get("error"));
    said.unwrap_or(response)
}

/// The MCP server in the name that is shown: `search (docs MCP Server)`.
fn server(shown: &str) -> Option<&str> {
    let (_, server) = shown.strip_suffix(" MCP Server)")?.rsplit_once('(')?;
    Some(server)
}

fn tokens(b: &mut TraceBuilder, record: &Record<'_>, tokens: Option<Json<'_>>) -> Tokens {
    let Some(json) = tokens.filter(|it| it.is_some()) else {
        return Tokens::default();
    };
    let mut find = |key| count(b, record, json.get(key));
    let usage = Usage {
        input: find("input").plus(find("tool")),
        cached: find("cached"),
        output: find("output"),
        reasoning: find("thoughts"),
        total: find("total"),
        ..Usage::default()
    };
    usage.arbitrated(Counted::Inside, Counted::Beside)
}
