//! OpenAI Codex: the rollout of a thread, JSON Lines of `{timestamp, type, payload}`; before 0.40
//! the items without that envelope.
//!
//! Source: rollouts of Codex CLI 0.50 to 0.169, `codex-rs/protocol/src/protocol.rs` and
//! `models.rs`. Cached tokens are in `input_tokens`, reasoning in `output_tokens`.
//!
//! An LLM call is what the model says up to its usage, or to the next thing it is told. The
//! messages come twice, as items and as events; items are read. A sub-agent is a thread with a
//! rollout of its own, which may begin with a copy of its parent's history, usage included: ids
//! of turns are `UUIDv7`, and a turn that is older than its thread was copied. Where turns have
//! no ids, a copy cannot be told and counts. Some logs (0.50 to 0.52) have the ends of turns and no
//! items: what a turn used stands for its LLM calls, as in what `codex exec` prints.
//! Not read: `dynamic_tools` (some of the tools offered, never all), `time_to_first_token_ms` (of a
//! whole turn), limits of rates.

mod events;
pub(super) mod exec;
mod items;
mod thread;
mod tools;

use super::fields::Unknown;
use super::head::Head;
use super::records::Record;
use super::{Became, Format, ImportError, Opened, Reader, Session, in_part, moment, text};
use crate::model::{ByteRange, DraftId, Json, KeyMap, KeySet, Kind, Moment, SpanKey, TraceBuilder};
use thread::Thread;

pub(super) const FORMAT: Format = Format {
    id: "codex",
    name: "Codex rollout",
    sniff: |head| head.values.iter().any(|it| is_record(*it)),
    open: in_part(Session::Codex, open),
};

pub(super) fn open(_: &Head<'_>) -> Opened {
    Opened {
        shape: &[],
        reader: Box::new(Codex::default()),
    }
}

/// The records that a rollout begins with, or has most of.
const RECORDS: &[&str] = &[
    "session_meta",
    "response_item",
    "event_msg",
    "turn_context",
    "compacted",
    "token_usage_record",
    "world_state",
];

fn is_record(json: Json<'_>) -> bool {
    let has = |keys: &[&str]| keys.iter().all(|it| json.get(it).is_some());
    let is_header = has(&["id", "timestamp", "instructions"]);
    let has_payload = json
        .get("payload")
        .is_some_and(|it| it.kind() == Kind::Object);
    has_payload && RECORDS.contains(&text(json.get("type")).as_ref())
        || is_header && json.get("type").is_none()
        || has(&["created_at", "role", "message"])
        || has(&["created_at", "function", "arguments"])
}

/// The threads of one tree: a user's, and those of its sub-agents.
#[derive(Default)]
struct Codex {
    /// The one whose file is being read.
    thread: Thread,
    /// Those before it.
    threads: Vec<Thread>,
    /// Ids of these threads, of their parents and of their trees.
    ties: KeySet,
    unknown: Unknown,
}

/// A record: its payload, and when it was written.
#[derive(Clone, Copy)]
struct Line<'a> {
    record: &'a Record<'a>,
    part: Json<'a>,
    time: Option<Moment>,
}

impl<'a> Line<'a> {
    fn get(&self, key: &str) -> Option<Json<'a>> {
        self.part.get(key).filter(|it| it.is_some())
    }

    fn text(&self, key: &str) -> std::borrow::Cow<'a, str> {
        text(self.get(key))
    }

    fn range(&self, part: Option<Json<'_>>) -> ByteRange {
        self.record.range_if(part)
    }
}

impl Reader for Codex {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        if json.kind() != Kind::Object {
            return Became::Bad;
        }
        let time = json.get("timestamp").or(json.get("created_at"));
        let time = moment(b, record, time);
        let payload = json.get("payload").filter(|it| it.kind() == Kind::Object);
        let line = Line {
            record,
            part: payload.unwrap_or(json),
            time,
        };
        let kind = text(json.get("type"));
        let kind = match (payload, kind.as_ref()) {
            (Some(_), "session_meta") => return self.meta(b, &line),
            (Some(_), kind) => kind,
            (None, "") if json.get("role").is_some() => "response_item",
            // The header of an old rollout; notes between its items.
            (None, "") => {
                return match json.get("record_type") {
                    None => self.meta(b, &line),
                    Some(_) => Became::Other,
                };
            }
            (None, _) => "response_item",
        };
        match self.thread.line(b, &line, kind) {
            Some(became) => became,
            None => self
                .unknown
                .note(b, record, &[kind, &line.text("type")].join(" ")),
        }
    }

    fn goes_on(&mut self, head: &Head<'_>) -> bool {
        let meta = head.values.iter().find_map(|it| it.get("payload"));
        let goes_on = meta.is_some_and(|it| ties(it).any(|it| self.ties.contains(&it)));
        if goes_on {
            self.threads.push(std::mem::take(&mut self.thread));
        }
        goes_on
    }

    fn is_live(&self) -> bool {
        true
    }

    fn so_far(&self, b: &mut TraceBuilder) {
        self.thread.runs(b);
        // Given alone, a sub-agent is a turn.
        if self.thread.is_sub
            && let Some(home) = self.thread.dialog.home()
        {
            self.thread.become_turn(b, home);
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.threads.push(std::mem::take(&mut self.thread));
        for thread in &mut self.threads {
            thread.end(b);
        }
        link(b, &self.threads);
        Ok(())
    }
}

/// What joins a thread to others: its own id, that of its tree, and of a sub-agent its parent's.
fn ties(meta: Json<'_>) -> impl Iterator<Item = SpanKey> {
    let own = ["id", "session_id"].into_iter();
    let own = own.filter_map(move |it| meta.get(it));
    let ids = own.chain(parent(meta)).filter_map(Json::str);
    ids.filter(|it| !it.is_empty()).map(SpanKey::of)
}

/// Who started a sub-agent's thread.
fn parent(meta: Json<'_>) -> Option<Json<'_>> {
    let spawn = meta.path(&["source", "subagent", "thread_spawn", "parent_thread_id"]);
    let own = meta.get("parent_thread_id");
    let own = own.filter(|_| meta.path(&["source", "subagent"]).is_some());
    spawn.or(own)
}

impl Codex {
    fn meta(&mut self, b: &mut TraceBuilder, line: &Line<'_>) -> Became {
        self.ties.extend(ties(line.part));
        self.thread.meta(b, line)
    }
}

/// Puts sub-agents into the tool calls that started them. One whose parent is not here is a turn
/// of its own.
fn link(b: &mut TraceBuilder, threads: &[Thread]) {
    let started = threads.iter().flat_map(|it| &it.started);
    let started: KeyMap<DraftId> = started.copied().collect();
    let by_id = threads.iter().filter_map(|it| Some((it.id?, it)));
    let by_id: KeyMap<&Thread> = by_id.collect();
    for thread in threads.iter().filter(|it| it.is_sub) {
        let Some(home) = thread.dialog.home() else {
            continue;
        };
        let mut keys = [thread.id, thread.path].into_iter().flatten();
        let call = keys.find_map(|it| started.get(&it)).copied();
        let start = b.draft(home).and_then(|it| it.start);
        let turn = || by_id.get(&thread.parent?)?.dialog.turn_at(start);
        match call.or_else(turn) {
            Some(parent) => thread.become_agent(b, home, parent),
            None => thread.become_turn(b, home),
        }
    }
}
