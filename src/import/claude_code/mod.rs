//! Claude Code: the JSON Lines of a session or of a sub-agent, and `{"loglines": […]}` of the web.
//!
//! No specification exists. Source: 552 real sessions (versions 1.0 to 2.1),
//! and the converters of Harbor, claude-code-log and claude-code-transcripts.
//!
//! One record is one content block, not one message: an LLM call is all records of one
//! `message.id`, between which other records lie. Records stay in the order of the file; times
//! go backward in real files and only place bars.
//! Not read: `progress` (its `agent_progress` repeats the messages of sub-agents), hooks,
//! attachments, snapshots of files, the text of local commands, and costs (there are none).
//!
//! The files of sub-agents beside the session (`subagents/agent-*.jsonl`) have its `sessionId`:
//! given together they are one trace. `agent-acompact-*` is the call that sums up the conversation.

mod conversation;
mod line;
mod link;
mod llm;
mod name;
mod said;
pub(super) mod stream;
mod tools;

use std::collections::VecDeque;

use super::fields::Unknown;
use super::head::Head;
use super::records::{Place, Record, Shape, TOP};
use super::{Became, Format, ImportError, Opened, Reader, Session, draft, in_part, moment, text};
use crate::model::{
    Draft, DraftId, Json, KeyMap, KeySet, Kind, Marks, Moment, SpanKey, Status, Sym, TraceBuilder,
};
use conversation::{At, Conversation, SideChain};
use line::{Fields, Line};
use llm::Group;
use name::Name;
use said::Said;
use stream::Stream;
use tools::Task;

pub(super) const FORMAT: Format = Format {
    id: "claude-code",
    name: "Claude Code session",
    sniff,
    open: in_part(Session::ClaudeCode, open),
};

pub(super) fn open(head: &Head<'_>) -> Opened {
    Opened {
        shape: if head.has(&["loglines"]) { WEB } else { &[] },
        reader: Box::new(ClaudeCode::default()),
    }
}

const DOCUMENT: u8 = 1;
const LOG_LINES: u8 = 2;
const WEB: Shape = &[Place::new(
    DOCUMENT,
    "",
    &[Place::new(LOG_LINES, "loglines", &[])],
)];

/// By content. Qwen Code has the same fields but `message.parts`, Claude's stream-json `session_id`.
fn sniff(head: &Head) -> bool {
    head.has(&["loglines"]) || head.values.iter().any(|it| line::is_record(*it))
}

#[derive(Default)]
struct ClaudeCode {
    main: Conversation,
    /// Conversations of sub-agents that stand in the same file.
    sides: Vec<SideChain>,
    /// Which of them a record belongs to, by its uuid: what follows it names it as its parent.
    side_of: KeyMap<u32>,
    /// Which of them is whose, by the id of the agent.
    side_of_agent: KeyMap<u32>,
    /// The LLM calls, by the ids of response and request.
    groups: KeyMap<Group>,
    /// Calls that start sub-agents, by prompt.
    tasks: KeyMap<VecDeque<Task>>,
    /// Compactions, and when they were recorded.
    compactions: Vec<(Option<Moment>, DraftId)>,
    /// Turns, and when they began.
    turns: Vec<(Option<Moment>, DraftId)>,
    /// Whether the main conversation stands in the file that is being read.
    is_main_here: bool,
    /// The file that is being read, from 0, and in which of them each record was met.
    file: u32,
    met: KeyMap<u32>,
    /// The session of the last record, and all of them.
    session: String,
    sessions: KeySet,
    /// The same, by the id of the agent in their results.
    task_of_agent: KeyMap<Task>,
    task_names: KeyMap<Sym>,
    n_turns: u32,
    name: Name,
    unknown: Unknown,
    /// Of what is printed while it happens.
    stream: Option<Stream>,
}

impl Reader for ClaudeCode {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match record.place {
            TOP | LOG_LINES => self.line(b, record),
            _ => {
                if matches!(record.key, "title" | "name") {
                    self.name.set(Name::MADE, &text(Some(record.json)));
                }
                Became::Detail
            }
        }
    }

    fn goes_on(&mut self, head: &Head<'_>) -> bool {
        let sessions = head.values.iter().filter_map(|it| it.get("sessionId"));
        let mut sessions = sessions.filter_map(Json::str).map(SpanKey::of);
        let goes_on = sessions.any(|it| self.sessions.contains(&it));
        if goes_on {
            self.file += 1;
            self.is_main_here = false;
        }
        goes_on
    }

    fn is_live(&self) -> bool {
        self.stream.is_none()
    }

    fn so_far(&self, b: &mut TraceBuilder) {
        self.link_sub_agents(b);
        self.name.tell(b);
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.link_sub_agents(b);
        self.state(b);
        self.name.tell(b);
        Ok(())
    }
}

impl ClaudeCode {
    fn line(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let fields = Fields::new(record.json);
        let kind = text(fields.kind);
        if kind.is_empty() {
            return Became::Bad;
        }
        let uuid = fields.uuid.and_then(Json::str).map(SpanKey::of);
        self.name.met(uuid);
        self.belongs(&fields);
        let at = self.place(&fields, uuid);
        let is_said = matches!(kind.as_ref(), "user" | "assistant" | "system");
        // A session that was taken up again may begin with a copy of the one before.
        let met = uuid
            .filter(|_| is_said)
            .map(|it| *self.met.entry(it).or_insert(self.file));
        if met.is_some_and(|it| it != self.file) {
            return Became::Other;
        }
        self.is_main_here |= is_said && matches!(at, At::Main);
        let time = if is_said && self.stream.is_none() {
            moment(b, record, fields.timestamp)
        } else {
            None
        };
        let line = Line {
            record: *record,
            fields,
            at,
            time,
        };
        if let Some(became) = self.streamed(b, &line, &kind) {
            return became;
        }
        match kind.as_ref() {
            "user" => return self.user(b, &line),
            "assistant" => return self.assistant(b, &line),
            "system" => return self.system(b, &line),
            "summary" => {
                let has_begun = self.main.home.is_some();
                self.name
                    .summary(fields.leaf, &text(fields.summary), has_begun);
            }
            "ai-title" => self.name.set(Name::MADE, &text(fields.title)),
            "custom-title" => self.name.set(Name::GIVEN, &text(fields.title)),
            kind if line::OTHER.contains(&kind) => {}
            kind => return self.unknown.note(b, record, kind),
        }
        Became::Other
    }

    /// Which session a record is of.
    fn belongs(&mut self, fields: &Fields<'_>) {
        let session = text(fields.session);
        if session != self.session && !session.is_empty() {
            self.sessions.insert(SpanKey::of(session.as_ref()));
            self.session = session.into_owned();
        }
    }

    fn user(&mut self, b: &mut TraceBuilder, line: &Line<'_>) -> Became {
        let Some((message, content)) = line
            .fields
            .message
            .and_then(|it| Some((it, it.get("content")?)))
        else {
            return Became::Bad;
        };
        if !matches!(content.kind(), Kind::String | Kind::Array) {
            return Became::Bad;
        }
        let mut said = Said::of(content);
        for block in content.items().filter(|it| tools::is_result(*it)) {
            self.tool_result(b, line, block);
            said = Said::Notice;
        }
        let is_own = line.fields.is_meta || line.fields.is_compact_summary;
        match said {
            Said::Nothing | Said::Command => return Became::Other,
            Said::Interruption => return self.interruption(b, line, content),
            Said::Prompt if !is_own => self.prompt(b, line, content),
            Said::Prompt | Said::Notice => {}
        }
        let range = line.record.range_of(message);
        let conversation = self.conversation(line.at);
        if line.fields.is_compact_summary {
            conversation.sum_up(line.time, range);
        } else {
            conversation.hear(line.time, range);
        }
        Became::Span
    }

    /// What the user asks for opens a turn. In a sub-agent only the first prompt does.
    fn prompt(&mut self, b: &mut TraceBuilder, line: &Line<'_>, content: Json<'_>) {
        let draft = Draft {
            id: line.range(line.fields.uuid),
            start: line.time,
            ..draft(&line.record)
        };
        match line.at {
            At::Main => {
                self.main.settle(b);
                let turn = self.begin_turn(b, draft, line.range(Some(said::only_prompt(content))));
                self.main.home = Some(turn);
            }
            At::Side(_) => self.begin_side(b, line, draft, Some(content)),
        }
        if let Some(title) = said::title(content) {
            match line.at {
                At::Main => self.name.set(Name::PROMPT, &title),
                // In a stream the user's own prompt is not there.
                At::Side(_) if self.stream.is_none() => self.name.set(Name::TASK, &title),
                At::Side(_) => {}
            }
        }
    }

    /// Of the tool calls that are open, or of the answer.
    fn interruption(&mut self, b: &mut TraceBuilder, line: &Line<'_>, content: Json<'_>) -> Became {
        let conversation = self.conversation(line.at);
        let Some(home) = conversation.home else {
            return Became::Other;
        };
        let open = std::mem::take(&mut conversation.open);
        let said = line.record.range_of(content);
        let n_ended = open
            .into_iter()
            .filter(|it| tools::interrupt(b, *it, line, said))
            .count();
        if n_ended == 0 && said::is_plain_interruption(content) {
            let name = b.intern("interrupted");
            b.span(point(line, name, home));
        }
        Became::Span
    }

    fn system(&mut self, b: &mut TraceBuilder, line: &Line<'_>) -> Became {
        let kind = text(line.fields.subtype);
        if !matches!(kind.as_ref(), "api_error" | "compact_boundary") {
            return Became::Other;
        }
        let home = self.home(b, line);
        let name = b.intern(&kind);
        let draft = point(line, name, home);
        if kind == "api_error" {
            let id = b.span(Draft {
                status: Status::Error,
                ..draft
            });
            let error = line.range(
                line.fields
                    .error
                    .filter(|it| it.is_some())
                    .or(line.fields.content),
            );
            if !error.is_empty() {
                b.error(id, error);
            }
        } else if text(line.fields.compact_trigger) == "manual" {
            // Between two turns: the one before would seem to last until then.
            let id = b.span(Draft {
                parent: None,
                turn: self.n_turns.saturating_sub(1),
                ..draft
            });
            self.compactions.push((line.time, id));
        } else {
            // The model was busy with the summary since what was last said.
            let start = self.conversation(line.at).began(b, line.time);
            let id = b.span(Draft {
                start,
                marks: Marks::START_DERIVED.with(Marks::END_DERIVED),
                ..draft
            });
            self.compactions.push((line.time, id));
        }
        Became::Span
    }
}

/// Something that happened at a moment.
fn point(line: &Line<'_>, name: Sym, home: DraftId) -> Draft {
    Draft {
        parent: Some(home.key()),
        name,
        start: line.time,
        end: line.time,
        marks: Marks::END_DERIVED,
        ..draft(&line.record)
    }
}
