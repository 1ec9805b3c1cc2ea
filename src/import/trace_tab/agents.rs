//! Whose turns and LLM calls they are, which the file may say after them.

use super::{TraceTab, TurnSoFar};
use crate::model::{Agent, DraftId, KeyMap, Marks, SpanKey, TraceBuilder};

impl TraceTab {
    /// What is not said of LLM calls is as their agents have it.
    pub(super) fn describe(&self, b: &mut TraceBuilder, llm_calls: &[(DraftId, u32)]) {
        for (llm_call, turn) in llm_calls {
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
    }

    /// The first agent's turns are the turns of the trace; any other agent's is an agent within
    /// what started it.
    pub(super) fn place_turns(&self, b: &mut TraceBuilder, turns: &[TurnSoFar]) {
        let main = self
            .first_agent
            .or_else(|| self.turns.first().and_then(|it| it.agent));
        let mut latest: KeyMap<DraftId> = KeyMap::default();
        let mut n_turns = 0_u32;
        for turn in turns {
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
                    .and_then(|it| self.turn_around(turns, &latest, it));
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
    fn turn_around(
        &self,
        turns: &[TurnSoFar],
        latest: &KeyMap<DraftId>,
        agent: SpanKey,
    ) -> Option<DraftId> {
        let of = |it: &&TurnSoFar| it.agent.or(self.first_agent) == Some(agent);
        let first = || turns.iter().find(of).map(|it| it.draft);
        latest.get(&agent).copied().or_else(first)
    }
}
