//! What LLM calls of one agent have in common: its system prompt and its toolbelt.

use super::agents::Plan;
use super::json::Writer;
use super::messages::{self, Slice};
use crate::analysis::Rounds;
use crate::model::{ByteRange, Trace};

/// What the LLM calls of each agent have in common.
pub(super) fn shared(trace: &Trace, rounds: &Rounds, plan: &Plan) -> Vec<Shared> {
    let mut all: Vec<Shared> = plan.agents.iter().map(|_| Shared::default()).collect();
    for round in &rounds.rounds {
        let agent = plan.agent_of.get(round.scope as usize).copied().flatten();
        let Some(shared) = agent.and_then(|it| all.get_mut(it)) else {
            continue;
        };
        for call in rounds
            .members(round)
            .iter()
            .filter_map(|it| trace.llm_call(*it))
        {
            shared.system.meet(call.system);
            shared.tools.meet(call.tools);
        }
    }
    for shared in &mut all {
        shared.system.settle(trace, messages::system);
        shared.tools.settle(trace, messages::toolbelt);
    }
    all
}

/// What all LLM calls of an agent have, so that it need not be written with each.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) system: Common,
    pub(super) tools: Common,
}

/// A part of the first LLM call of an agent.
#[derive(Default)]
pub(super) struct Common {
    range: Option<ByteRange>,
    /// As it is written; empty where an LLM call has none: then each says so itself.
    pub(super) json: String,
}

impl Common {
    fn meet(&mut self, range: ByteRange) {
        match self.range {
            None => self.range = Some(range),
            Some(_) if range.is_empty() => self.range = Some(range),
            Some(_) => {}
        }
    }

    fn settle(&mut self, trace: &Trace, write: fn(&mut Writer, Slice<'_>)) {
        if let Some(range) = self.range.filter(|it| !it.is_empty()) {
            self.json = fragment(trace, range, write);
        }
    }

    /// Writes what an LLM call has of its own.
    pub(super) fn differ(
        &self,
        w: &mut Writer,
        trace: &Trace,
        key: &str,
        range: ByteRange,
        write: fn(&mut Writer, Slice<'_>),
    ) {
        let same =
            |it: ByteRange| it == range || trace.source.slice(it) == trace.source.slice(range);
        if range.is_empty() || (!self.json.is_empty() && self.range.is_some_and(same)) {
            return;
        }
        let json = fragment(trace, range, write);
        w.raw_member(key, Some(json).filter(|it| *it != self.json));
    }
}

fn fragment(trace: &Trace, range: ByteRange, write: fn(&mut Writer, Slice<'_>)) -> String {
    Writer::fragment(|w| messages::with(trace, range, |slice| write(w, slice)))
}
