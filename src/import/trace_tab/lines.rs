//! JSON Lines: a record a line, which may come again with more known.

use std::borrow::Cow;

use super::{RoundSoFar, TraceTab, TurnSoFar, calls, number};
use crate::import::records::Record;
use crate::import::{Became, draft, text};
use crate::model::{ByteRange, DraftId, IssueKind, Json, SpanKey, TraceBuilder};

impl TraceTab {
    /// A record of JSON Lines.
    pub(super) fn line(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        self.lines = true;
        let json = record.json;
        // In one walk: there are a million lines.
        let [kind, turn, agent, round, tool_calls] =
            json.pick(["record", "turn", "agent_id", "round", "tool_calls"]);
        let of = (turn.and_then(Json::u64), agent.and_then(Json::str));
        match text(kind).as_ref() {
            "header" => {
                for (key, value) in json.members() {
                    calls::header(b, record, &key, value);
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
                self.turn_of(b, record, of, true);
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
                self.turn_of(b, record, of, false);
                self.round = RoundSoFar {
                    number: number(round),
                    ..RoundSoFar::default()
                };
                self.llm_call(b, record, json);
                for call in tool_calls.into_iter().flat_map(Json::items) {
                    self.tool_call(b, record, call);
                }
                Became::Span
            }
            "tool_call" => {
                self.turn_of(b, record, of, false);
                let round = number(round);
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
                    calls::header(b, record, &key, value);
                }
                Became::Other
            }
            _ => {
                b.issue(IssueKind::UnknownRecord, record.range);
                Became::Other
            }
        }
    }

    /// Goes to the turn that a line names, the latest if it names none.
    fn turn_of(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        (named, agent): (Option<u64>, Option<Cow<'_, str>>),
        is_turn: bool,
    ) {
        let named = named.map(|it| it as u32);
        let agent = agent.map(SpanKey::of).or(self.first_agent);
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
    pub(super) fn replace(
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
}
