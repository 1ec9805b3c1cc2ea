//! One chat: the user's, or that of a sub-agent.

use super::tools::what;
use crate::import::Became;
use crate::import::dialog::{Dialog, latest};
use crate::import::fields::{any_moment, count, draft, text};
use crate::import::records::Record;
use crate::import::usage::{Counted, Usage};
use crate::model::{
    Agent, ByteRange, Draft, DraftId, IssueKind, Json, KeyMap, LlmCall, Marks, Moment, SpanKey,
    Sym, Tokens, TraceBuilder, parse_rfc3339,
};

/// How a message begins that Gemini CLI sends in the user's name.
const NOTES: &[&str] = &[
    "<session_context>",
    "<hook_context>",
    "This is the Gemini CLI. We are setting up the context",
    "System: Please continue.",
];

/// A message as it was last written.
#[derive(Clone, Copy, Default)]
struct Message {
    llm_call: Option<DraftId>,
    /// What it says, thinks and asks for.
    output: [ByteRange; 3],
}

/// What the header of a chat says of it.
#[derive(Clone, Copy, Default)]
pub(super) struct About {
    pub(super) id: Option<SpanKey>,
    project: Option<SpanKey>,
    start: Option<i64>,
    pub(super) is_sub: bool,
}

impl About {
    pub(super) fn of(header: Json<'_>) -> Self {
        let mut about = About::default();
        header.members().for_each(|it| about.take(&it.0, it.1));
        about
    }

    /// What is there already stays: a chat that is resumed says it again.
    fn take(&mut self, key: &str, value: Json<'_>) {
        let said = value.str().filter(|it| !it.is_empty());
        let id = || said.as_deref().map(SpanKey::of);
        match key {
            "sessionId" => self.id = self.id.or_else(id),
            "projectHash" => self.project = self.project.or_else(id),
            "startTime" => self.start = self.start.or_else(|| parse_rfc3339(said.as_deref()?)),
            "kind" => self.is_sub |= value.is("subagent"),
            _ => {}
        }
    }

    /// Whether both are of sub-agents, maybe of one session.
    pub(super) fn is_sibling(&self, other: &About) -> bool {
        self.is_sub && other.is_sub && self.project == other.project
    }

    /// Whether this may be of a sub-agent of that session.
    pub(super) fn may_be_of(&self, main: &About) -> bool {
        self.is_sub && self.project == main.project && self.start >= main.start
    }
}

/// A chat.
#[derive(Default)]
pub(super) struct Session {
    pub(super) about: About,
    pub(super) dialog: Dialog,
    /// LLM calls and messages of the user, by id: they are written again.
    known: KeyMap<usize>,
    messages: Vec<Message>,
    /// The sub-agents that tool calls started: the id, the call, the name.
    pub(super) started: Vec<(SpanKey, DraftId, Sym)>,
    /// The first thing a sub-agent was told.
    prompt: ByteRange,
    /// The model that stands beside a history, whose messages name none.
    model: Sym,
    is_history: bool,
}

impl Session {
    /// A line: a message, a patch or the header. `None`: it is of a kind that is not known.
    pub(super) fn line(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Option<Became> {
        let json = record.json;
        if json.get("type").is_some() {
            return self.message(b, record, json);
        }
        if json.get("$rewindTo").is_some() {
            self.dialog.begin_anew();
            return Some(Became::Other);
        }
        let patch = json.get("$set").unwrap_or(json);
        for (key, value) in patch.members() {
            self.header(b, record, &key, value);
        }
        let messages = patch.get("messages");
        let mut items = messages.into_iter().flat_map(Json::items).peekable();
        if items.peek().is_none() {
            return Some(Became::Other);
        }
        if self.messages.is_empty() {
            for item in items {
                self.message(b, record, item);
            }
        } else {
            self.dialog.begin_anew();
            self.dialog.hear(None, record.range_if(messages));
        }
        Some(Became::Span)
    }

    /// A member of the header, or of a patch to it.
    pub(super) fn header(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        key: &str,
        value: Json<'_>,
    ) {
        let was_sub = self.about.is_sub;
        self.about.take(key, value);
        if self.about.is_sub && !was_sub && self.messages.is_empty() {
            let start = self.about.start.and_then(Moment::new);
            let home = b.span(Draft {
                start,
                marks: Marks::END_DERIVED,
                ..draft(record)
            });
            self.dialog = Dialog::within(home, 0, start);
        }
        if key == "meta" {
            self.model = b.intern(&text(value.get("model")));
        }
        if key == "summary"
            && !self.about.is_sub
            && let Some(name) = value.str().filter(|it| !it.is_empty())
        {
            b.name(0, name.into_owned());
        }
    }

    /// A message. `None`: it is of a kind that is not known.
    pub(super) fn message(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        json: Json<'_>,
    ) -> Option<Became> {
        let content = json.get("content").or(json.get("parts"));
        let kind = json.get("type");
        self.is_history |= kind.is_none();
        match text(kind.or(json.get("role"))).as_ref() {
            "" => return Some(Became::Bad),
            "user" => return Some(self.user(b, record, json, content)),
            "gemini" | "model" => self.answer(b, record, json, content),
            "error" => {
                let time = time_of(b, record, json);
                let at = record.range_of(json);
                let id = self.dialog.point(b, at, time, "error");
                b.fail(id, record.range_if(content));
            }
            "info" | "warning" => return Some(Became::Other),
            _ => return None,
        }
        Some(Became::Span)
    }

    /// Whether a tool call in it started the sub-agent of that id.
    pub(super) fn started(&self, id: Option<SpanKey>) -> bool {
        id.is_some_and(|id| self.started.iter().any(|it| it.0 == id))
    }

    /// There is no more.
    pub(super) fn end(&mut self, b: &mut TraceBuilder) {
        self.dialog.settle(b);
        for message in &self.messages {
            let Some(id) = message.llm_call else { continue };
            if self.is_history
                && let Some(call) = b.llm_call_mut(id)
            {
                call.model = self.model;
            }
            let pieces = message.output.iter().filter(|it| !it.is_empty());
            pieces.for_each(|it| b.output(id, *it));
        }
    }

    /// Puts a sub-agent's chat into the tool call that started it.
    pub(super) fn place(&self, b: &mut TraceBuilder, call: Option<(DraftId, Sym)>) {
        let Some(home) = self.dialog.home().filter(|_| self.about.is_sub) else {
            return;
        };
        let record = b.draft(home).map(|it| it.record).unwrap_or_default();
        let Some((call, name)) = call else {
            b.become_turn(home, None, self.prompt);
            return b.issue(IssueKind::SubAgentAlone, record);
        };
        let agent = Agent {
            name,
            ..Agent::default()
        };
        b.become_agent(home, agent);
        if let Some(draft) = b.draft(home) {
            (draft.parent, draft.name) = (Some(call.key()), name);
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
        let time = time_of(b, record, json);
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
        if n_results == 0 && self.about.is_sub {
            if self.prompt.is_empty() {
                self.prompt = said;
            }
            self.dialog.hear(time, whole);
        } else if n_results == 0 && is_prompt(content) {
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
        let end = time_of(b, record, json);
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
}

/// When a message was written; in a history, in seconds.
fn time_of(b: &mut TraceBuilder, record: &Record<'_>, message: Json<'_>) -> Option<Moment> {
    let own = message.get("timestamp").or(message.get("ts"));
    any_moment(b, record, own)
}

/// A draft of a part of a record.
pub(super) fn part_of(record: &Record<'_>, part: Json<'_>) -> Draft {
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
