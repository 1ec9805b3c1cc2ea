//! Trace Tab JSON, our own format: one document, or JSON Lines with the same records.
//!
//! Documented field by field in `docs/format.md`; the schema is `src/web/trace.schema.json`.
//! Not read: a header's `start_time` and `end_time`, which follow from the turns.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;

use super::records::{Place, Record, Shape, TOP};
use super::{Became, Format, ImportError, Opened, Reader, count, draft, moment, text, unix_nanos};
use crate::model::{
    Agent, ByteRange, Draft, DraftId, FinishReason, IssueKind, Json, Kind, LlmCall, Marks, Moment,
    SpanKey, Status, Sym, Tokens, ToolCall, TraceBuilder,
};

pub(super) const FORMAT: Format = Format {
    id: "trace-tab",
    name: "Trace Tab JSON",
    sniff: |head| {
        head.says("format", &["trace-tab"]) || (head.lines && head.says("record", RECORDS))
    },
    open: |head| Opened {
        // A document may be one line as well.
        shape: if head.says("record", RECORDS) {
            &[]
        } else {
            DOCUMENT
        },
        reader: Box::new(TraceTab::default()),
    },
};

const RECORDS: &[&str] = &["header", "agent", "turn", "llm_call", "tool_call"];

const HEADER: u8 = 1;
const AGENTS: u8 = 2;
const TURNS: u8 = 3;
const TURN: u8 = 4;
const ROUNDS: u8 = 5;
const ROUND: u8 = 6;
const TOOL_CALLS: u8 = 7;
const OTHERS: u8 = 8;

const DOCUMENT: Shape = &[Place::new(HEADER, "", &[AGENTS_PLACE, TURNS_PLACE])];
const AGENTS_PLACE: Place = Place::new(AGENTS, "agents", &[]);
const TURNS_PLACE: Place = Place::new(TURNS, "turns", TURN_PLACES);
const TURN_PLACES: Shape = &[Place::new(TURN, "", &[ROUNDS_PLACE, OTHERS_PLACE])];
const OTHERS_PLACE: Place = Place::new(OTHERS, "other_spans", &[]);
const ROUNDS_PLACE: Place = Place::new(ROUNDS, "rounds", &[Place::new(ROUND, "", &[CALLS_PLACE])]);
const CALLS_PLACE: Place = Place::new(TOOL_CALLS, "tool_calls", &[]);

#[derive(Default)]
struct TraceTab {
    agents: HashMap<SpanKey, AgentFacts>,
    first_agent: Option<SpanKey>,
    turns: Vec<TurnSoFar>,
    /// The turn that records go to, by its place in `turns`.
    current: usize,
    /// What the round that is open has so far, for a number that comes last.
    round: RoundSoFar,
    /// LLM calls with the turn they are in: their agent may be described later.
    llm_calls: Vec<(DraftId, u32)>,
    /// Who started an agent: a tool call's `agent_id`.
    started_by: HashMap<SpanKey, DraftId>,
    /// Spans by their id in JSON Lines, where a later record replaces an earlier one.
    replaceable: HashMap<SpanKey, DraftId>,
    ids: HashSet<SpanKey>,
    lines: bool,
}

#[derive(Clone, Copy, Default)]
struct AgentFacts {
    name: Sym,
    id: ByteRange,
    model: Sym,
    provider: Sym,
    system: ByteRange,
    tools: ByteRange,
    parent_call: Option<SpanKey>,
    parent_agent: Option<SpanKey>,
}

struct TurnSoFar {
    draft: DraftId,
    agent: Option<SpanKey>,
    number: Option<u32>,
    input: ByteRange,
    /// Whether the file says that it is not over.
    runs: bool,
}

#[derive(Default)]
struct RoundSoFar {
    number: Option<NonZeroU32>,
    llm_call: Option<DraftId>,
    spans: Vec<DraftId>,
}

impl Reader for TraceTab {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match record.place {
            TOP if record.json.kind() != Kind::Object => Became::Bad,
            TOP => self.line(b, record),
            HEADER => {
                Self::header(b, record.key, record.json);
                Became::Detail
            }
            AGENTS => {
                self.agent(b, record, record.json);
                Became::Other
            }
            TURN => {
                self.turn_member(b, record, record.key, record.json);
                Became::Detail
            }
            ROUND => match record.key {
                "llm_call" if record.json.is_some() => {
                    self.llm_call(b, record, record.json);
                    Became::Span
                }
                "round" => {
                    self.number_round(b, number(Some(record.json)));
                    Became::Detail
                }
                _ => Became::Detail,
            },
            TOOL_CALLS => {
                self.tool_call(b, record, record.json);
                Became::Span
            }
            OTHERS => {
                self.other_span(b, record, record.json, None);
                Became::Span
            }
            _ => Became::Detail,
        }
    }

    fn opened(&mut self, b: &mut TraceBuilder, place: u8, at: u32) {
        match place {
            TURN => {
                let record = ByteRange { start: at, len: 1 };
                self.begin_turn(
                    b,
                    None,
                    Draft {
                        record,
                        ..Draft::default()
                    },
                );
            }
            ROUND => self.round = RoundSoFar::default(),
            _ => {}
        }
    }

    fn closed(&mut self, b: &mut TraceBuilder, place: u8, range: ByteRange) {
        if place == TURN
            && let Some(draft) = self
                .turns
                .get(self.current)
                .and_then(|it| b.draft(it.draft))
        {
            draft.record = range;
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        for (llm_call, turn) in &self.llm_calls {
            let agent = self
                .turns
                .get(*turn as usize)
                .and_then(|it| it.agent)
                .or(self.first_agent);
            let Some(facts) = agent.and_then(|it| self.agents.get(&it)) else {
                continue;
            };
            let Some(call) = b.llm_call_mut(*llm_call) else {
                continue;
            };
            for (own, agents) in [
                (&mut call.system, facts.system),
                (&mut call.tools, facts.tools),
            ] {
                if own.is_empty() {
                    *own = agents;
                }
            }
            if call.requested_model.is_empty() {
                call.requested_model = facts.model;
            }
            if call.model.is_empty() {
                call.model = call.requested_model;
            }
            if call.provider.is_empty() {
                call.provider = facts.provider;
            }
        }
        self.place_turns(b);
        Ok(())
    }
}

impl TraceTab {
    /// The first agent's turns are the turns of the trace; any other agent's is an agent within
    /// what started it.
    fn place_turns(&self, b: &mut TraceBuilder) {
        let main = self
            .first_agent
            .or_else(|| self.turns.first().and_then(|it| it.agent));
        let mut latest: HashMap<SpanKey, DraftId> = HashMap::new();
        let mut n_turns = 0_u32;
        for turn in &self.turns {
            let agent = turn.agent.or(main);
            let facts = agent.and_then(|it| self.agents.get(&it)).copied();
            let facts = facts.unwrap_or_default();
            b.set_turn(turn.draft, turn.number, turn.input);
            let mut parent = None;
            if agent == main {
                n_turns += 1;
            } else {
                let call = facts.parent_call.and_then(|it| b.call(it));
                let started_by = agent.and_then(|it| self.started_by.get(&it)).copied();
                let around = facts
                    .parent_agent
                    .and_then(|it| self.turn_around(&latest, it));
                parent = started_by
                    .or(call)
                    .or(around)
                    .filter(|it| *it != turn.draft);
                let (name, id) = (facts.name, facts.id);
                b.become_agent(turn.draft, Agent { name, id });
            }
            agent.and_then(|it| latest.insert(it, turn.draft));
            let Some(draft) = b.draft(turn.draft) else {
                continue;
            };
            draft.name = facts.name;
            draft.parent = parent.map(DraftId::key);
            if parent.is_none() {
                // What takes over from the first agent belongs to its turn.
                draft.turn = n_turns.saturating_sub(1);
            }
            if draft.end.is_none() && !turn.runs {
                draft.marks = draft.marks.with(Marks::END_DERIVED);
            }
        }
    }

    /// The turn of an agent that a sub-agent lies in, where no tool call says: the latest before
    /// it, else the first.
    fn turn_around(&self, latest: &HashMap<SpanKey, DraftId>, agent: SpanKey) -> Option<DraftId> {
        let of = |it: &&TurnSoFar| it.agent.or(self.first_agent) == Some(agent);
        let first = || self.turns.iter().find(of).map(|it| it.draft);
        latest.get(&agent).copied().or_else(first)
    }

    /// A record of JSON Lines.
    fn line(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        self.lines = true;
        let json = record.json;
        let kind = text(json.get("record"));
        match kind.as_ref() {
            "header" => {
                for (key, value) in json.members() {
                    Self::header(b, &key, value);
                }
                for agent in json.get("agents").into_iter().flat_map(Json::items) {
                    self.agent(b, record, agent);
                }
                Became::Other
            }
            "agent" => {
                self.agent(b, record, json);
                Became::Other
            }
            "turn" => {
                self.turn_of(b, record, true);
                for (key, value) in json.members() {
                    self.turn_member(b, record, &key, value);
                }
                let others = json.get("other_spans").into_iter().flat_map(Json::items);
                for (i, other) in others.enumerate() {
                    self.other_span(b, record, other, Some(i));
                }
                Became::Span
            }
            "llm_call" => {
                self.turn_of(b, record, false);
                self.round = RoundSoFar {
                    number: number(json.get("round")),
                    ..RoundSoFar::default()
                };
                self.llm_call(b, record, json);
                for call in json.get("tool_calls").into_iter().flat_map(Json::items) {
                    self.tool_call(b, record, call);
                }
                Became::Span
            }
            "tool_call" => {
                self.turn_of(b, record, false);
                let round = number(json.get("round"));
                if round.is_some() && round != self.round.number {
                    self.round = RoundSoFar {
                        number: round,
                        ..RoundSoFar::default()
                    };
                }
                self.tool_call(b, record, json);
                Became::Span
            }
            _ if json.get("format").is_some() => {
                for (key, value) in json.members() {
                    Self::header(b, &key, value);
                }
                Became::Other
            }
            _ => {
                b.issue(IssueKind::UnknownRecord, record.range);
                Became::Other
            }
        }
    }

    fn header(b: &mut TraceBuilder, key: &str, value: Json<'_>) {
        if key == "name"
            && let Some(name) = value.str()
        {
            b.name(0, name.into_owned());
        }
    }

    fn agent(&mut self, b: &mut TraceBuilder, record: &Record<'_>, json: Json<'_>) {
        let mut facts = AgentFacts::default();
        let mut key = SpanKey::of("");
        for (name, value) in json.members() {
            match name.as_ref() {
                "id" => {
                    key = SpanKey::of(text(Some(value)));
                    facts.id = record.range_of(value);
                }
                "name" => facts.name = b.intern(&text(Some(value))),
                "request_model" => facts.model = b.intern(&text(Some(value))),
                "provider_name" => facts.provider = b.intern(&text(Some(value))),
                "system_instructions" if value.is_some() => facts.system = record.range_of(value),
                "tool_definitions" if value.is_some() => facts.tools = record.range_of(value),
                "parent_call_id" => {
                    facts.parent_call = TraceBuilder::call_key(0, &text(Some(value)));
                }
                "parent_agent_id" => facts.parent_agent = value.str().map(SpanKey::of),
                _ => {}
            }
        }
        if facts.name.is_empty() {
            facts.name = b.intern(&text(json.get("id")));
        }
        self.first_agent.get_or_insert(key);
        self.agents.insert(key, facts);
    }

    fn begin_turn(&mut self, b: &mut TraceBuilder, agent: Option<SpanKey>, draft: Draft) {
        let draft = b.turn(draft, None, ByteRange::default());
        self.current = self.turns.len();
        self.turns.push(TurnSoFar {
            draft,
            agent,
            number: None,
            input: ByteRange::default(),
            runs: false,
        });
        self.round = RoundSoFar::default();
    }

    fn turn_member(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        key: &str,
        value: Json<'_>,
    ) {
        let time = match key {
            "start_time" | "end_time" => moment(b, record, Some(value)),
            "start_time_unix_nano" | "end_time_unix_nano" => unix_nanos(b, record, Some(value)),
            _ => None,
        };
        let Some(turn) = self.turns.get_mut(self.current) else {
            return;
        };
        let id = turn.draft;
        match key {
            "turn" => turn.number = value.u64().map(|it| it as u32),
            "agent_id" => turn.agent = value.str().map(SpanKey::of),
            "input" if value.is_some() => turn.input = record.range_of(value),
            "status" => turn.runs = text(Some(value)) == "running",
            "error" if value.is_some() => b.error(id, record.range_of(value)),
            _ => {}
        }
        let Some(draft) = b.draft(id) else { return };
        match key {
            "start_time" | "start_time_unix_nano" => draft.start = time.or(draft.start),
            "end_time" | "end_time_unix_nano" if time.is_some() => {
                draft.end = time;
                draft.marks = draft.marks.without(Marks::END_DERIVED);
            }
            "error" if value.is_some() => draft.status = Status::Error,
            "status" => draft.status = status(&text(Some(value))),
            "derived" => draft.marks = draft.marks.with(derived(value)),
            _ => {}
        }
    }

    /// Goes to the turn that a line names, the latest if it names none.
    fn turn_of(&mut self, b: &mut TraceBuilder, record: &Record<'_>, is_turn: bool) {
        let named = record
            .json
            .get("turn")
            .and_then(Json::u64)
            .map(|it| it as u32);
        let agent = record
            .json
            .get("agent_id")
            .and_then(Json::str)
            .map(SpanKey::of)
            .or(self.first_agent);
        let fits = |it: &TurnSoFar| it.agent == agent && (named.is_none() || it.number == named);
        if let Some(at) = self.turns.iter().rposition(fits) {
            self.current = at;
            if is_turn && let Some(turn) = self.turns.get(at) {
                let id = turn.draft;
                let earlier = b
                    .draft(id)
                    .map(|it| std::mem::replace(&mut it.record, record.range));
                earlier.into_iter().for_each(|it| b.record(id, it));
            }
        } else {
            self.begin_turn(b, agent, draft(record));
            self.turns
                .last_mut()
                .into_iter()
                .for_each(|it| it.number = named);
        }
    }

    /// The draft of an id that was there before. In JSON Lines the later record replaces it.
    fn replace(
        &mut self,
        b: &mut TraceBuilder,
        key: Option<SpanKey>,
        id: ByteRange,
    ) -> Option<DraftId> {
        let key = key?;
        if self.lines {
            return self.replaceable.get(&key).copied();
        }
        if !self.ids.insert(key) {
            b.issue(IssueKind::DuplicateId, id);
        }
        None
    }

    fn llm_call(&mut self, b: &mut TraceBuilder, record: &Record<'_>, json: Json<'_>) {
        let mut draft = self.draft_in_turn(record, json);
        let mut call = LlmCall {
            round: self.round.number,
            input_is_delta: true,
            ..LlmCall::default()
        };
        let mut first_token = None;
        let mut key = None;
        let mut error = ByteRange::default();
        for (name, value) in json.members() {
            let is_there = value.is_some();
            match name.as_ref() {
                "id" if is_there => {
                    draft.id = record.range_of(value);
                    key = Some(SpanKey::of(("llm_call", text(Some(value)))));
                }
                "provider_name" => call.provider = b.intern(&text(Some(value))),
                "request_model" => call.requested_model = b.intern(&text(Some(value))),
                "response_model" => call.model = b.intern(&text(Some(value))),
                "response_id" if is_there => call.response_id = record.range_of(value),
                "first_token_time" => first_token = moment(b, record, Some(value)),
                "first_token_time_unix_nano" => first_token = unix_nanos(b, record, Some(value)),
                "request" if is_there => call.request = record.range_of(value),
                "system_instructions" if is_there => call.system = record.range_of(value),
                "tool_definitions" if is_there => call.tools = record.range_of(value),
                "input_messages" if is_there => call.input = record.range_of(value),
                "input_is_delta" => call.input_is_delta = value.bool().unwrap_or(true),
                "output_message" if is_there => call.output = record.range_of(value),
                "finish_reason" => call.finish_reason = FinishReason::from_raw(&text(Some(value))),
                "finish_reason_raw" => call.finish_reason_raw = b.intern(&text(Some(value))),
                "usage" => call.tokens = usage(b, record, value),
                "cost_usd" => call.cost_usd = value.f64(),
                "attempt" => {
                    call.attempt = value
                        .u64()
                        .map_or(0, |it| it.min(u64::from(u16::MAX)) as u16);
                }
                "round" => call.round = number(Some(value)).or(call.round),
                "error" if is_there => error = record.range_of(value),
                _ => member(b, record, &mut draft, &name, value),
            }
        }
        if call.finish_reason_raw.is_empty() {
            call.finish_reason_raw = b.intern(&text(json.get("finish_reason")));
        }
        if call.model.is_empty() {
            call.model = call.requested_model;
        }
        call.time_to_first_token = first_token
            .zip(draft.start)
            .map(|(token, start): (Moment, Moment)| token.nanos().saturating_sub(start.nanos()));
        draft.name = b.intern(&text(json.get("operation_name")));
        if !error.is_empty() {
            draft.status = Status::Error;
        }
        // Without an id, the round is what a later line replaces.
        let key =
            key.or_else(|| Some(SpanKey::of((self.current, call.round?))).filter(|_| self.lines));
        let id = match self.replace(b, key, draft.id) {
            Some(id) => {
                let earlier = b.draft(id).map(|it| {
                    draft.work = it.work;
                    std::mem::replace(it, draft).record
                });
                earlier.into_iter().for_each(|it| b.record(id, it));
                b.llm_call_mut(id).into_iter().for_each(|it| *it = call);
                id
            }
            None => b.llm_call(draft, call),
        };
        if !error.is_empty() {
            b.error(id, error);
        }
        key.into_iter().for_each(|it| {
            self.replaceable.insert(it, id);
        });
        self.round.number = call.round;
        self.round.llm_call = Some(id);
        self.round.spans.push(id);
        self.llm_calls.push((id, self.current as u32));
        // Its tool calls may have come first.
        let by = b.llm_call_id(id);
        for tool in &self.round.spans {
            b.tool_call_mut(*tool)
                .into_iter()
                .for_each(|it| it.requested_by = by);
        }
    }

    fn tool_call(&mut self, b: &mut TraceBuilder, record: &Record<'_>, json: Json<'_>) {
        let mut draft = self.draft_in_turn(record, json);
        let by = self.round.llm_call.and_then(|it| b.llm_call_id(it));
        let mut call = ToolCall {
            round: self.round.number,
            requested_by: by,
            ..ToolCall::default()
        };
        let mut call_key = None;
        let mut agent = None;
        let mut error = ByteRange::default();
        for (name, value) in json.members() {
            let is_there = value.is_some();
            match name.as_ref() {
                "call_id" if is_there => {
                    call.call_id = record.range_of(value);
                    call_key = TraceBuilder::call_key(0, &text(Some(value)));
                }
                "name" => call.name = b.intern(&text(Some(value))),
                "type" => call.kind = b.intern(&text(Some(value))),
                "server" => call.server = b.intern(&text(Some(value))),
                "arguments" if is_there => call.input = record.range_of(value),
                "result" if is_there => call.output = record.range_of(value),
                "round" => call.round = number(Some(value)).or(call.round),
                "is_error" if value.bool() == Some(true) => draft.status = Status::Error,
                "error" if is_there => error = record.range_of(value),
                "agent_id" if is_there && (!self.lines || record.json != json) => {
                    agent = value.str().map(SpanKey::of);
                }
                "derived" => {
                    draft.marks = draft.marks.with(derived(value));
                    call.matched = names(value).any(|it| it == "round");
                }
                _ => member(b, record, &mut draft, &name, value),
            }
        }
        draft.id = call.call_id;
        draft.name = call.name;
        if !error.is_empty() {
            draft.status = Status::Error;
        }
        let open = draft.start.is_none() && draft.end.is_none() && draft.status == Status::Unset;
        if open && call.output.is_empty() {
            let asked = self
                .round
                .llm_call
                .and_then(|it| b.draft(it))
                .and_then(|it| it.end.or(it.start));
            (draft.start, draft.end) = (asked, asked);
            let marks = Marks::REQUESTED
                .with(Marks::START_DERIVED)
                .with(Marks::END_DERIVED);
            draft.marks = draft.marks.with(marks);
        }
        let id = match self.replace(b, call_key, call.call_id) {
            Some(id) => {
                let earlier = b.draft(id).map(|it| {
                    draft.work = it.work;
                    std::mem::replace(it, draft).record
                });
                earlier.into_iter().for_each(|it| b.record(id, it));
                let asked = b.tool_call_mut(id).and_then(|it| it.requested_by);
                call.requested_by = asked.or(call.requested_by);
                b.tool_call_mut(id).into_iter().for_each(|it| *it = call);
                id
            }
            None => b.tool_call(draft, call, call_key),
        };
        if !error.is_empty() {
            b.error(id, error);
        }
        call_key.into_iter().for_each(|it| {
            self.replaceable.insert(it, id);
        });
        agent.into_iter().for_each(|it| {
            self.started_by.insert(it, id);
        });
        self.round.spans.push(id);
    }

    /// A span of a turn that is neither an LLM call nor a tool call; in JSON Lines with its place
    /// in the list, which a later record of the turn replaces.
    fn other_span(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        json: Json<'_>,
        place: Option<usize>,
    ) {
        let mut draft = self.draft_in_turn(record, json);
        let mut error = ByteRange::default();
        for (name, value) in json.members() {
            match name.as_ref() {
                "id" if value.is_some() => draft.id = record.range_of(value),
                "name" => draft.name = b.intern(&text(Some(value))),
                "error" if value.is_some() => error = record.range_of(value),
                _ => member(b, record, &mut draft, &name, value),
            }
        }
        if !error.is_empty() {
            draft.status = Status::Error;
        }
        let key = place.map(|it| SpanKey::of(("other_span", self.current, it)));
        let id = match key.and_then(|it| self.replaceable.get(&it)).copied() {
            Some(id) => {
                let earlier = b.draft(id).map(|it| std::mem::replace(it, draft).record);
                earlier.into_iter().for_each(|it| b.record(id, it));
                id
            }
            None => b.span(draft),
        };
        if !error.is_empty() {
            b.error(id, error);
        }
        key.into_iter().for_each(|it| {
            self.replaceable.insert(it, id);
        });
    }

    fn draft_in_turn(&mut self, record: &Record<'_>, json: Json<'_>) -> Draft {
        Draft {
            record: record.range_of(json),
            parent: self.turns.get(self.current).map(|it| it.draft.key()),
            ..Draft::default()
        }
    }

    fn number_round(&mut self, b: &mut TraceBuilder, number: Option<NonZeroU32>) {
        self.round.number = number;
        for id in &self.round.spans {
            b.llm_call_mut(*id)
                .into_iter()
                .for_each(|it| it.round = number);
            b.tool_call_mut(*id)
                .into_iter()
                .for_each(|it| it.round = number);
        }
    }
}

/// The members that LLM calls and tool calls share.
fn member(
    b: &mut TraceBuilder,
    record: &Record<'_>,
    draft: &mut Draft,
    name: &str,
    value: Json<'_>,
) {
    match name {
        "start_time" => draft.start = moment(b, record, Some(value)),
        "end_time" => draft.end = moment(b, record, Some(value)),
        "start_time_unix_nano" => draft.start = unix_nanos(b, record, Some(value)),
        "end_time_unix_nano" => draft.end = unix_nanos(b, record, Some(value)),
        "derived" => draft.marks = draft.marks.with(derived(value)),
        "status" => draft.status = status(&text(Some(value))),
        _ => {}
    }
}

fn usage(b: &mut TraceBuilder, record: &Record<'_>, usage: Json<'_>) -> Tokens {
    let tokens = Tokens {
        input: count(b, record, usage.get("input_tokens")),
        cached: count(b, record, usage.get("cache_read_input_tokens")),
        cache_write: count(b, record, usage.get("cache_creation_input_tokens")),
        output: count(b, record, usage.get("output_tokens")),
        reasoning: count(b, record, usage.get("reasoning_output_tokens")),
    };
    if !tokens.add_up() {
        b.issue(IssueKind::CountsDisagree, record.range_of(usage));
    }
    tokens
}

fn number(value: Option<Json<'_>>) -> Option<NonZeroU32> {
    value
        .and_then(Json::u64)
        .and_then(|it| NonZeroU32::new(it as u32))
}

fn status(word: &str) -> Status {
    match word {
        "ok" => Status::Ok,
        "error" => Status::Error,
        "running" | "interrupted" => Status::Running,
        _ => Status::Unset,
    }
}

/// The names of fields that the writer did not measure.
fn names(fields: Json<'_>) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
    fields.items().filter_map(Json::str)
}

/// The marks behind them.
fn derived(fields: Json<'_>) -> Marks {
    names(fields).fold(Marks::default(), |marks, field| match field.as_ref() {
        "start_time" => marks.with(Marks::START_DERIVED),
        "end_time" => marks.with(Marks::END_DERIVED),
        "usage.output_tokens" | "usage" => marks.with(Marks::OUTPUT_PARTIAL),
        _ => marks,
    })
}
