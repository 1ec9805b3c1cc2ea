//! ATIF, the Agent Trajectory Interchange Format of Harbor, which VS Code writes too (v1.0 to v1.8).
//!
//! Source: `docs/rfcs/0001-trajectory-format.md` of Harbor, and `trajectoryTypes.ts` of VS Code's
//! Copilot Chat. `prompt_tokens` includes `cached_tokens`; `completion_tokens` includes reasoning.
//! A timestamp is when a step was there; where VS Code has a duration, when it began.
//!
//! A step of the agent is an LLM call. But converters write `metrics` once for a response of
//! several steps: where steps have them, those without go on with the answer before; where none
//! has, those do before which nothing new was heard. Steps with `is_copied_context` were counted
//! elsewhere: they are what the next LLM call is sent. A trajectory that goes on in another file,
//! and those of sub-agents (in other files or within), are one trace: by the ids of sessions, which
//! a sub-agent's file that comes first must name (`agent.extra.parent_session_id`).
//! Not read: token ids, logprobs, sums (`final_metrics`), the efforts of reasoning.

mod step;

use super::dialog::Dialog;
use super::fields::text;
use super::head::Head;
use super::records::{Place, Record};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{
    Agent, ByteRange, Draft, DraftId, IssueKind, Json, KeyMap, Marks, SpanKey, Sym, TraceBuilder,
    Work,
};

pub(super) const FORMAT: Format = Format {
    id: "atif",
    name: "ATIF trajectory",
    sniff: |head| {
        let version = |it: &Json<'_>| text(it.get("schema_version")).starts_with("ATIF");
        head.any(version)
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: &DOCUMENT,
        reader: Box::new(Atif::default()),
    }),
};

const TRAJECTORY: u8 = 1;
const STEPS: u8 = 2;
const INSIDE: u8 = 3;
static DOCUMENT: [Place; 1] = [Place::new(TRAJECTORY, "", &PARTS)];
static PARTS: [Place; 2] = [
    Place::new(STEPS, "steps", &[]),
    Place::new(INSIDE, "subagent_trajectories", &DOCUMENT),
];

#[derive(Default)]
struct Atif {
    /// The trajectories that are being read, each within the one before.
    open: Vec<Trajectory>,
    /// By id; also those that others name and that have not come.
    sessions: KeyMap<Session>,
    /// Where the trajectories of sub-agents are referred to, by id: their trace and their parent.
    refs: KeyMap<(u32, DraftId)>,
    /// Sub-agents, with their ids.
    subs: Vec<(DraftId, [Option<SpanKey>; 2])>,
    /// Parts of sessions that came before the part before them: what stands for its last turn.
    carried: Vec<Carried>,
    n_traces: u32,
}

/// A part of a session that came before the part before it.
struct Carried {
    trace: u32,
    /// The number of its first turn.
    first_turn: u32,
    /// What stands for the turn that the part before it ends in.
    home: SpanKey,
}

/// What is known of a session.
#[derive(Default)]
struct Session {
    trace: u32,
    /// Which part of it was read last, counted from 0.
    part: Option<u32>,
    /// The conversation, to go on with.
    dialog: Option<Dialog>,
}

/// A trajectory, while it is read.
#[derive(Default)]
struct Trajectory {
    ids: Ids,
    trace: u32,
    dialog: Dialog,
    has_begun: bool,
    agent: Sym,
    agent_record: ByteRange,
    agent_id: ByteRange,
    model: Sym,
    system: ByteRange,
    tools: ByteRange,
    /// Whether its steps have counts of tokens.
    has_metrics: bool,
}

/// What a trajectory is called, and what it belongs to.
#[derive(Clone, Copy, Default)]
struct Ids {
    session: Option<SpanKey>,
    trajectory: Option<SpanKey>,
    parent: Option<SpanKey>,
    /// Which part of the session it is, from 0.
    part: u32,
}

/// An id, where there is one.
fn key(id: Option<Json<'_>>) -> Option<SpanKey> {
    let id = text(id);
    (!id.is_empty()).then(|| SpanKey::of(id.as_ref()))
}

impl Ids {
    /// Takes what `agent` says.
    fn agent(&mut self, agent: Json<'_>) {
        self.parent = key(agent.path(&["extra", "parent_session_id"]));
        let part = agent.path(&["extra", "continuation_index"]);
        let part = part.and_then(Json::u64).map(|it| it.min(1000) as u32);
        self.part = part.unwrap_or(0);
    }
}

impl Reader for Atif {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let Some(top) = self.open.last_mut() else {
            return Became::Bad;
        };
        if record.place == STEPS {
            if !top.has_begun {
                self.begin(b);
            }
            return self.step(b, record);
        }
        match record.key {
            "session_id" => {
                top.ids.session = key(Some(record.json));
                top.agent_id = record.range_if(Some(record.json));
            }
            "trajectory_id" => top.ids.trajectory = key(Some(record.json)),
            "agent" => {
                top.ids.agent(record.json);
                top.agent = b.intern(&text(record.json.get("name")));
                top.model = b.intern(&text(record.json.get("model_name")));
                top.tools = record.range_if(record.json.get("tool_definitions"));
                top.agent_record = record.range;
            }
            _ => {}
        }
        Became::Detail
    }

    fn opened(&mut self, _: &mut TraceBuilder, place: u8, _: u32) {
        if place == TRAJECTORY {
            self.open.push(Trajectory::default());
        }
    }

    fn closed(&mut self, b: &mut TraceBuilder, place: u8, _: ByteRange) {
        if place == TRAJECTORY {
            self.close(b);
        }
    }

    fn goes_on(&mut self, head: &Head<'_>) -> bool {
        let Some(json) = head.values.first() else {
            return false;
        };
        let mut ids = Ids {
            session: key(json.get("session_id")),
            trajectory: key(json.get("trajectory_id")),
            ..Ids::default()
        };
        json.get("agent").into_iter().for_each(|it| ids.agent(it));
        self.known(ids).is_some()
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        while !self.open.is_empty() {
            self.close(b);
        }
        #[expect(clippy::iter_over_hash_type, reason = "in any order the same")]
        for (_, session) in self.sessions.drain() {
            session.dialog.into_iter().for_each(|mut it| it.settle(b));
        }
        self.carried.iter().for_each(|it| it.settle(b));
        for (id, ids) in std::mem::take(&mut self.subs) {
            let mut refs = ids.iter().flatten().filter_map(|it| self.refs.get(it));
            let Some(draft) = b.draft(id).filter(|it| it.parent.is_none()) else {
                continue;
            };
            let record = draft.record;
            match refs.find(|it| it.0 == draft.trace) {
                Some((_, parent)) => draft.parent = Some(parent.key()),
                None => b.issue(IssueKind::SubAgentAlone, record),
            }
        }
        Ok(())
    }
}

impl Carried {
    /// What lies in the turn that was open before, lies in the last that came before it; if none
    /// did, in one of its own.
    fn settle(&self, b: &mut TraceBuilder) {
        let turns = b.drafts().filter(|(_, it)| {
            matches!(it.work, Work::Turn(_)) && it.trace == self.trace && it.turn < self.first_turn
        });
        let last = turns.max_by_key(|it| it.1.turn).map(|it| it.0);
        let is_here = |it: &Draft| it.trace == self.trace && it.parent == Some(self.home);
        let spans = b.drafts().filter(|it| is_here(it.1));
        let spans: Vec<DraftId> = spans.map(|it| it.0).collect();
        let Some(first) = spans.first().and_then(|it| b.draft(*it)).copied() else {
            return;
        };
        let turn = last.unwrap_or_else(|| {
            let turn = Draft {
                record: first.record,
                trace: self.trace,
                turn: self.first_turn,
                marks: Marks::END_DERIVED,
                ..Draft::default()
            };
            b.turn(turn, None, ByteRange::default())
        });
        let has_times = first.start.or(first.end).is_some();
        for id in spans {
            let Some(it) = b.draft(id) else { continue };
            it.parent = Some(turn.key());
            if !has_times {
                // Then this tells that it comes later.
                it.turn = self.first_turn;
            }
        }
    }
}

impl Atif {
    /// The trace that a trajectory belongs to, where what was read tells.
    fn known(&self, ids: Ids) -> Option<u32> {
        let own = [ids.session, ids.trajectory];
        let named = own.iter().flatten().find_map(|it| self.refs.get(it));
        let same = ids.session.and_then(|it| self.sessions.get(&it));
        // A part that was read already is another run's.
        let same = same.filter(|it| it.part.is_none_or(|it| it != ids.part));
        let parent = ids.parent.and_then(|it| self.sessions.get(&it));
        named.map(|it| it.0).or(same.or(parent).map(|it| it.trace))
    }

    /// Begins the conversations of the trajectories that are being read and have not begun, from
    /// the outside in.
    fn begin(&mut self, b: &mut TraceBuilder) {
        let from = self.open.iter().rposition(|it| it.has_begun);
        for at in from.map_or(0, |it| it + 1)..self.open.len() {
            let around = at.checked_sub(1).and_then(|it| self.open.get_mut(it));
            let outer = around.and_then(|it| {
                let home = it.dialog.place(b, Draft::default());
                Some((it.trace, home.parent?))
            });
            let mut it = self
                .open
                .get_mut(at)
                .map(std::mem::take)
                .unwrap_or_default();
            self.begin_one(b, &mut it, outer);
            self.open
                .get_mut(at)
                .into_iter()
                .for_each(|place| std::mem::swap(place, &mut it));
        }
    }

    /// Begins one, in a span of the trace of `outer`, if that is known.
    fn begin_one(
        &mut self,
        b: &mut TraceBuilder,
        top: &mut Trajectory,
        outer: Option<(u32, SpanKey)>,
    ) {
        let ids = top.ids;
        let own = [ids.session, ids.trajectory];
        let is_named = own.iter().flatten().any(|it| self.refs.contains_key(it));
        top.trace = outer.map(|it| it.0).or(self.known(ids)).unwrap_or_else(|| {
            self.n_traces += 1;
            self.n_traces - 1
        });
        top.has_begun = true;
        if outer.is_some() || ids.parent.is_some() || is_named {
            self.begin_sub(b, top, outer.map(|it| it.1));
        } else {
            let session = ids.session.and_then(|it| self.sessions.get_mut(&it));
            let before = session.filter(|it| it.part.is_some_and(|it| it < ids.part));
            top.dialog = match before.and_then(|it| it.dialog.take()) {
                Some(mut dialog) => {
                    dialog.begin_anew();
                    dialog
                }
                None if ids.part == 0 => Dialog::of_trace(top.trace),
                None => self.carried(top.trace, ids.part << 16),
            };
        }
        for id in [ids.session, ids.parent].into_iter().flatten() {
            self.sessions.entry(id).or_default().trace = top.trace;
        }
        if let Some(session) = ids.session.and_then(|it| self.sessions.get_mut(&it)) {
            session.part = Some(ids.part);
        }
    }

    /// Parts may come in any order: the conversation of one that comes too early.
    fn carried(&mut self, trace: u32, first_turn: u32) -> Dialog {
        let home = SpanKey::of(format!("turn before {first_turn} of trace {trace}"));
        self.carried.push(Carried {
            trace,
            first_turn,
            home,
        });
        Dialog::from_turn(trace, first_turn, home)
    }

    /// Begins that of a sub-agent, in `outer` if nothing refers to it.
    fn begin_sub(&mut self, b: &mut TraceBuilder, top: &mut Trajectory, outer: Option<SpanKey>) {
        let own = [top.ids.session, top.ids.trajectory];
        let mut refs = own.iter().flatten().filter_map(|it| self.refs.get(it));
        let draft = Draft {
            parent: refs.next().map(|it| it.1.key()).or(outer),
            id: top.agent_id,
            record: top.agent_record,
            name: top.agent,
            trace: top.trace,
            ..Draft::default()
        };
        let agent = Agent {
            name: top.agent,
            id: top.agent_id,
        };
        top.dialog = Dialog::of_agent(b, draft, agent);
        if let Some(id) = top.dialog.home() {
            self.subs.push((id, own));
        }
    }

    /// The trajectory that is being read is over; its session may go on in another file.
    fn close(&mut self, b: &mut TraceBuilder) {
        let Some(mut top) = self.open.pop() else {
            return;
        };
        let session = top.ids.session.and_then(|it| self.sessions.get_mut(&it));
        match session.filter(|_| top.has_begun) {
            Some(session) => {
                if let Some(mut other) = session.dialog.replace(top.dialog) {
                    other.settle(b);
                }
            }
            None => top.dialog.settle(b),
        }
    }
}
