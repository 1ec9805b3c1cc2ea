//! Trace Tab JSON, our own format: one document, or JSON Lines with the same records.
//!
//! Documented field by field in `docs/format.md`; the schema is `src/web/trace.schema.json`.
//!
//! Here: a document and what is known of it; `lines.rs`: what JSON Lines do otherwise; `calls.rs`: the spans.
//! Not read: a header's `start_time` and `end_time`, which follow from the turns.

mod agents;
mod calls;
mod lines;

use std::num::NonZeroU32;

use super::records::{Place, Record, Shape, TOP};
use super::{Became, Format, ImportError, Opened, Reader, moment, text, unix_nanos};
use crate::model::{
    ByteRange, Draft, DraftId, Json, KeyMap, KeySet, Kind, Marks, SpanKey, Status, Sym,
    TraceBuilder,
};

pub(super) const FORMAT: Format = Format {
    id: "trace-tab",
    name: "Trace Tab JSON",
    sniff: |head| {
        head.says("format", &["trace-tab"]) || (head.lines && head.says("record", RECORDS))
    },
    open: crate::import::Reads::Here(|head| Opened {
        // A document may be one line as well.
        shape: if head.says("record", RECORDS) {
            &[]
        } else {
            DOCUMENT
        },
        reader: Box::new(TraceTab {
            lines: head.says("record", RECORDS),
            ..TraceTab::default()
        }),
    }),
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
    agents: KeyMap<AgentFacts>,
    first_agent: Option<SpanKey>,
    turns: Vec<TurnSoFar>,
    /// The turn that records go to, by its place in `turns`.
    current: usize,
    /// What the round that is open has so far, for a number that comes last.
    round: RoundSoFar,
    /// LLM calls with the turn they are in: their agent may be described later.
    llm_calls: Vec<(DraftId, u32)>,
    /// Who started an agent: a tool call's `agent_id`.
    started_by: KeyMap<DraftId>,
    /// LLM calls and other spans by their id in JSON Lines, where a later record replaces an earlier
    /// one. (Tool calls the builder knows.)
    replaceable: KeyMap<DraftId>,
    ids: KeySet,
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
                calls::header(b, record, record.key, record.json);
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

    fn is_live(&self) -> bool {
        self.lines
    }

    fn so_far(&self, b: &mut TraceBuilder) {
        let first = b.first();
        let calls = self.llm_calls.iter().rev();
        let n_before = self.llm_calls.len() - calls.take_while(|it| it.0 >= first).count();
        self.describe(b, self.llm_calls.get(n_before..).unwrap_or_default());
        let first = b.root().unwrap_or(first);
        let turns = self.turns.partition_point(|it| it.draft < first);
        self.place_turns(b, self.turns.get(turns..).unwrap_or_default());
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.describe(b, &self.llm_calls);
        self.place_turns(b, &self.turns);
        Ok(())
    }
}

impl TraceTab {
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
