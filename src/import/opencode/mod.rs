//! opencode: a session as `opencode export` writes it (`{info, messages: [{info, parts}]}`), or what
//! `opencode run --format json` prints (`{type, timestamp, sessionID, part}`, one a line).
//!
//! Source: `packages/opencode/src/session/message-v2.ts` and `cli/cmd/run.ts`, files of 1.18.
//! A step is an LLM call; an answer of older versions has several, each with its own count.
//! Cached tokens and reasoning are beside the other counts; `total` tells. Tools have times of
//! their own, and an answer is there when its last text is, or its last tool call begins. The
//! sub-agent of a `task` is a session of its own: given together they are one trace.
//! Not read: the sums of `info` (of a session, all its answers), snapshots, patches.

mod session;

use super::dialog::Dialog;
use super::fields::{Unknown, draft, text, unix_millis};
use super::head::Head;
use super::records::{Place, Record, Shape, TOP};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{
    Agent, Draft, DraftId, IssueKind, Json, KeyMap, KeySet, Marks, SpanKey, TraceBuilder,
};
use session::Session;

pub(super) const FORMAT: Format = Format {
    id: "opencode",
    name: "opencode session",
    sniff: |head| {
        let is_session = |it: &Json| text(it.path(&["info", "id"])).starts_with("ses_");
        let is_event = |it: &Json| text(it.get("sessionID")).starts_with("ses_");
        let mut values = head.values.iter();
        values.any(|it| is_session(it) || (is_event(it) && it.get("type").is_some()))
    },
    open: crate::import::Reads::Here(|head| Opened {
        shape: if head.has(&["info"]) { DOCUMENT } else { &[] },
        reader: Box::new(OpenCode::default()),
    }),
};

const SESSION: u8 = 1;
const MESSAGES: u8 = 2;
const DOCUMENT: Shape = &[Place::new(
    SESSION,
    "",
    &[Place::new(MESSAGES, "messages", &[])],
)];

#[derive(Default)]
struct OpenCode {
    /// The one that is being read.
    session: Session,
    /// Those before it.
    sessions: Vec<Session>,
    /// Ids of these and of their parents.
    ties: KeySet,
    unknown: Unknown,
}

impl Reader for OpenCode {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match (record.place, record.key) {
            (TOP, _) => self.event(b, record),
            (MESSAGES, _) => self.session.message(b, record),
            (_, "info") => {
                self.info(b, record);
                Became::Detail
            }
            _ => Became::Detail,
        }
    }

    fn goes_on(&mut self, head: &Head<'_>) -> bool {
        let mut ids = head.values.iter().flat_map(|it| {
            let info = it.get("info");
            let of_info = ["id", "parentID"].map(|key| info.and_then(|it| it.get(key)));
            of_info.into_iter().chain([it.get("sessionID")]).flatten()
        });
        let goes_on = ids.any(|it| key(Some(it)).is_some_and(|it| self.ties.contains(&it)));
        if goes_on {
            self.sessions.push(std::mem::take(&mut self.session));
        }
        goes_on
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.sessions.push(std::mem::take(&mut self.session));
        self.sessions.iter_mut().for_each(|it| it.dialog.settle(b));
        link(b, &self.sessions);
        Ok(())
    }
}

fn key(id: Option<Json<'_>>) -> Option<SpanKey> {
    let id = id.and_then(Json::str).filter(|it| !it.is_empty());
    id.map(SpanKey::of)
}

/// Puts sub-agents into the tool calls that started them. One whose parent is not here is a turn
/// of its own.
fn link(b: &mut TraceBuilder, sessions: &[Session]) {
    let started = sessions.iter().flat_map(|it| &it.started);
    let started: KeyMap<DraftId> = started.copied().collect();
    let by_id = sessions.iter().filter_map(|it| Some((it.id?, it)));
    let by_id: KeyMap<&Session> = by_id.collect();
    for session in sessions {
        let Some(home) = session.home else { continue };
        let call = session.id.and_then(|it| started.get(&it)).copied();
        let start = b.draft(home).and_then(|it| it.start);
        let turn = || by_id.get(&session.parent?)?.dialog.turn_at(start);
        let Some(parent) = call.or_else(turn) else {
            b.become_turn(home, None, session.prompt);
            let record = b.draft(home).map(|it| it.record);
            b.issue(IssueKind::SubAgentAlone, record.unwrap_or_default());
            continue;
        };
        b.become_agent(home, session.agent);
        if let Some(draft) = b.draft(home) {
            draft.parent = Some(parent.key());
            draft.name = session.agent.name;
        }
    }
}

impl OpenCode {
    /// What a session is.
    fn info(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        if self.session.id.is_some() {
            self.sessions.push(std::mem::take(&mut self.session));
        }
        let session = &mut self.session;
        session.id = key(json.get("id"));
        session.parent = key(json.get("parentID"));
        self.ties
            .extend([session.id, session.parent].into_iter().flatten());
        if session.parent.is_none() {
            let title = text(json.get("title"));
            if !title.is_empty() {
                b.name(0, title.into_owned());
            }
            return;
        }
        session.agent = Agent {
            name: b.intern(&text(json.get("agent").or(json.get("title")))),
            id: record.range_if(json.get("id")),
        };
        let start = unix_millis(b, record, json.path(&["time", "created"]));
        let home = b.span(Draft {
            id: session.agent.id,
            start,
            marks: Marks::END_DERIVED,
            ..draft(record)
        });
        session.home = Some(home);
        session.dialog = Dialog::within(home, 0, start);
    }

    /// Something that was printed.
    fn event(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        let time = unix_millis(b, record, json.get("timestamp"));
        let session = &mut self.session;
        if session.id.is_none() {
            session.id = key(json.get("sessionID"));
            self.ties.extend(session.id);
        }
        let kind = text(json.get("type"));
        let part = json.get("part");
        match (kind.as_ref(), part) {
            ("", _) => return Became::Bad,
            ("error", _) => {
                let error = json.get("error");
                session.failed(b, record, "error", time, error);
            }
            ("step_start" | "text" | "reasoning" | "tool_use" | "step_finish", Some(part)) => {
                if kind == "step_start" {
                    session.step = None;
                }
                let id = session.step(b, record, time);
                if b.draft(id).is_some_and(|it| it.record != record.range) {
                    b.record(id, record.range);
                }
                session.part(b, record, part, id);
            }
            (kind, _) => return self.unknown.note(b, record, kind),
        }
        Became::Span
    }
}
