//! Gemini CLI: the chats that it keeps. Before 0.40 one JSON document with `messages`; since then
//! JSON Lines: a header, messages, and patches (`$set`). Some documents have the `history` instead,
//! as the API has it, with the model beside it.
//!
//! Source: `packages/core/src/services/chatRecordingService.ts` of Gemini CLI, chats of 0.24 to
//! 0.61. A message is written again under its id when there is more of it: the last counts. A
//! message of `gemini` is one LLM call; its time is when it was there, that of a tool call when
//! that had ended. Thoughts and what tools of the provider brought in are beside the other counts.
//! `$set.messages` takes the place of all that was said: what a chat begins with, or a summary. What
//! `$rewindTo` takes back was said all the same, but is not sent any more. A sub-agent has a chat of
//! its own, whose id the tool call has that started it (`local-executor.ts`).

mod session;
mod tools;

use super::fields::{Unknown, text};
use super::head::Head;
use super::records::{Place, Record, Shape, TOP};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{Json, KeyMap, Kind, TraceBuilder};
use session::{About, Session};

pub(super) const FORMAT: Format = Format {
    id: "gemini-cli",
    name: "Gemini CLI chat",
    sniff: |head| {
        head.has(&["sessionId", "projectHash"])
            || head.has(&["$set"])
            || head.any(is_history)
            || head.says("type", &["gemini"]) && head.has(&["id", "content"])
    },
    open: crate::import::Reads::Here(|head| {
        let is_document =
            head.values.len() == 1 && (head.has(&["messages"]) || head.any(is_history));
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
    &[
        Place::new(MESSAGES, "messages", &[]),
        Place::new(MESSAGES, "history", &[]),
    ],
)];

/// Whether a document has its messages as the API has them, with the model beside them.
fn is_history(json: &Json<'_>) -> bool {
    let first = json.get("history").and_then(|it| it.items().next());
    first.is_some_and(|it| it.get("role").is_some() && it.get("parts").is_some())
}

/// The chats of one session: the user's, and those of its sub-agents.
#[derive(Default)]
struct GeminiCli {
    /// The one whose file is being read.
    session: Session,
    /// Those before it.
    sessions: Vec<Session>,
    unknown: Unknown,
}

impl Reader for GeminiCli {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        match record.place {
            TOP if json.kind() != Kind::Object => return Became::Bad,
            TOP => {
                if let Some(became) = self.session.line(b, record) {
                    return became;
                }
            }
            MESSAGES => {
                if let Some(became) = self.session.message(b, record, json) {
                    return became;
                }
            }
            _ => {
                self.session.header(b, record, record.key, json);
                return Became::Detail;
            }
        }
        self.unknown.note(b, record, &text(json.get("type")))
    }

    /// A sub-agent's chat goes on with the one that names it; the main one with those of sub-agents
    /// of its project that began later.
    fn goes_on(&mut self, head: &Head<'_>) -> bool {
        let header = head
            .values
            .iter()
            .find(|it| it.get("projectHash").is_some());
        let Some(about) = header.map(|it| About::of(*it)) else {
            return false;
        };
        let sessions = || self.sessions.iter().chain([&self.session]);
        let goes_on = if about.is_sub {
            sessions().any(|it| it.started(about.id) || it.about.is_sibling(&about))
        } else {
            sessions().all(|it| it.about.is_sub && it.about.may_be_of(&about))
        };
        if goes_on {
            self.sessions.push(std::mem::take(&mut self.session));
        }
        goes_on
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.sessions.push(std::mem::take(&mut self.session));
        self.sessions.iter_mut().for_each(|it| it.end(b));
        let started = self.sessions.iter().flat_map(|it| &it.started);
        let started: KeyMap<_> = started.map(|it| (it.0, (it.1, it.2))).collect();
        for session in &self.sessions {
            let call = session.about.id.and_then(|it| started.get(&it));
            session.place(b, call.copied());
        }
        Ok(())
    }
}
