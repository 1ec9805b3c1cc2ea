//! Which agents and turns of Trace Tab JSON the scopes of a trace become.
//!
//! The main line of every turn is one agent; each further scope is an agent of its own.

use std::collections::HashSet;

use super::messages::NATIVE;
use crate::analysis::{Rounds, Scope, text};
use crate::model::{
    ByteRange, Clock, Json, Marks, Nanos, Span, SpanId, SpanKey, Trace, Work,
};

/// An agent to write.
pub(super) struct Agent {
    pub(super) id: String,
    pub(super) name: String,
    /// Who started it, by place in [`Plan::agents`]; `None` for the main line and for what takes over from it.
    pub(super) parent: Option<usize>,
    /// By which tool call.
    pub(super) parent_call: Option<SpanId>,
}

/// A turn to write.
pub(super) struct Turn {
    /// Whose, by place in [`Plan::agents`].
    pub(super) agent: usize,
    pub(super) number: u32,
    pub(super) scope: u32,
    /// The span that has its times. A tool call's are not those of what runs in it.
    pub(super) span: Option<SpanId>,
    pub(super) input: ByteRange,
}

/// What lies directly in a scope.
#[derive(Clone, Default)]
pub(super) struct Content {
    /// Tool calls in no round.
    pub(super) tools: Vec<SpanId>,
    /// Spans that are neither turn, agent nor action.
    pub(super) others: Vec<SpanId>,
    /// Whether it has an LLM call or a tool call.
    has_actions: bool,
    /// First start and last stop of what has times.
    pub(super) cover: Option<(Nanos, Nanos)>,
}

/// What is to be written.
pub(super) struct Plan {
    pub(super) agents: Vec<Agent>,
    /// A turn, then those of the agents in it, then the next turn.
    pub(super) turns: Vec<Turn>,
    /// By scope.
    pub(super) contents: Vec<Content>,
    /// The agent of each scope.
    pub(super) agent_of: Vec<Option<usize>>,
}

impl Plan {
    pub(super) fn new(trace: &Trace, rounds: &Rounds) -> Plan {
        let mut plan = Plan {
            agents: Vec::new(),
            turns: Vec::new(),
            contents: contents(trace, rounds),
            agent_of: vec![None; rounds.scopes.len()],
        };
        let known = trace.agents.iter().map(|it| text(trace, it.id));
        let mut ids = Ids::new(known);
        let mut at = 0;
        for (i, turn) in trace.turns.iter().enumerate() {
            let len = rounds.scopes.get(at..).unwrap_or_default();
            let len = len.iter().take_while(|it| it.turn as usize == i).count();
            let scopes = at..at + len;
            at += len;
            let main = plan.main_scope(trace, rounds, scopes.clone());
            if plan.agents.is_empty() {
                plan.agents.push(main_agent(trace, rounds, main, &mut ids));
            }
            plan.take_in_others(rounds, main, scopes.clone());
            plan.add_turn(rounds, main, 0, turn.number.unwrap_or(i as u32 + 1), turn.input);
            for scope in scopes.filter(|it| *it != main) {
                if plan.is_written(rounds, scope) {
                    let agent = plan.further_agent(trace, rounds, scope, main, &mut ids);
                    plan.agents.push(agent);
                    plan.add_turn(rounds, scope, plan.agents.len() - 1, 1, ByteRange::default());
                }
            }
        }
        plan
    }

    fn content(&self, scope: usize) -> Option<&Content> {
        self.contents.get(scope)
    }

    /// What is in no agent is written as one only if it does something.
    fn is_written(&self, rounds: &Rounds, scope: usize) -> bool {
        rounds.scopes.get(scope).is_some_and(|it| it.span.is_some())
            || self.content(scope).is_some_and(|it| it.has_actions)
    }

    /// The main line: the turn itself, else what begins first.
    fn main_scope(&self, trace: &Trace, rounds: &Rounds, scopes: std::ops::Range<usize>) -> usize {
        let start = |scope: usize| {
            let span = rounds.scopes.get(scope)?.span;
            let own = span.and_then(|it| trace.span(it));
            let is_turn = own.is_some_and(|it| matches!(it.work, Work::Turn(_)));
            let cover = self.content(scope).and_then(|it| it.cover);
            let start = own.map_or(cover.map_or(Nanos::MAX, |it| it.0), |it| it.start);
            Some((!is_turn, start))
        };
        let is_sub = |scope: usize| rounds.scopes.get(scope).is_some_and(|it| it.is_sub);
        scopes
            .clone()
            .filter(|it| !is_sub(*it) && self.is_written(rounds, *it))
            .min_by_key(|it| start(*it))
            .unwrap_or(scopes.start)
    }

    /// Spans around or beside the agents of a turn go to its main line.
    fn take_in_others(&mut self, rounds: &Rounds, main: usize, scopes: std::ops::Range<usize>) {
        for scope in scopes.filter(|it| *it != main) {
            if !self.is_written(rounds, scope)
                && let Some(content) = self.contents.get_mut(scope)
            {
                let others = std::mem::take(&mut content.others);
                self.contents
                    .get_mut(main)
                    .into_iter()
                    .for_each(|it| it.others.extend(&others));
            }
        }
    }

    fn add_turn(&mut self, rounds: &Rounds, scope: usize, agent: usize, number: u32, input: ByteRange) {
        if let Some(it) = self.agent_of.get_mut(scope) {
            *it = Some(agent);
        }
        let span = rounds.scopes.get(scope).and_then(|it| it.span);
        self.turns.push(Turn { agent, number, scope: scope as u32, span, input });
    }

    fn further_agent(
        &self,
        trace: &Trace,
        rounds: &Rounds,
        scope: usize,
        main: usize,
        ids: &mut Ids,
    ) -> Agent {
        let it = rounds.scopes.get(scope).filter(|it| it.is_sub);
        let parent_call = it.and_then(|it| tool_around(trace, rounds, it));
        let around = match parent_call {
            // It is written where its round is.
            Some(call) => home(rounds, call),
            None => it.and_then(|it| it.outer),
        };
        let written = around.and_then(|it| *self.agent_of.get(it as usize)?);
        let main = self.agent_of.get(main).copied().flatten();
        let span = rounds.scopes.get(scope).and_then(|it| it.span);
        let (own_id, name) = span.map_or_else(Default::default, |it| names(trace, it));
        let fallback = format!("agent-{}", self.agents.len() + 1);
        let id = ids.take(own_id, &fallback);
        let name = if name.is_empty() { id.clone() } else { name };
        Agent { id, name, parent: it.and(written.or(main)), parent_call }
    }
}

/// Sorts all spans into the scopes that they are written in.
fn contents(trace: &Trace, rounds: &Rounds) -> Vec<Content> {
    let mut contents = vec![Content::default(); rounds.scopes.len()];
    for (id, span) in trace.iter() {
        let scope = home(rounds, id).and_then(|it| contents.get_mut(it as usize));
        let Some(content) = scope else { continue };
        match span.work {
            Work::Turn(_) => continue,
            Work::Agent(_) => {}
            Work::Tool(_) if rounds.of(id).is_none() => {
                content.has_actions = true;
                content.tools.push(id);
            }
            Work::Llm(_) | Work::Tool(_) => content.has_actions = true,
            Work::Other => content.others.push(id),
        }
        if trace.clock == Clock::Wall && !span.marks.has(Marks::TIME_ABSENT) {
            let (start, stop) = content.cover.unwrap_or((span.start, span.stop()));
            content.cover = Some((start.min(span.start), stop.max(span.stop())));
        }
    }
    contents
}

/// The scope that an action is written in: that of its round, which may not be the one it lies in.
fn home(rounds: &Rounds, id: SpanId) -> Option<u32> {
    rounds.of(id).and_then(|it| rounds.round(it)).map_or_else(|| rounds.scope_index(id), |it| Some(it.scope))
}

/// The tool call that a sub-agent lies in, and in no other agent within it.
fn tool_around(trace: &Trace, rounds: &Rounds, scope: &Scope) -> Option<SpanId> {
    let outer = scope.outer.and_then(|it| rounds.scopes.get(it as usize)?.span);
    let parent = |id: &SpanId| trace.span(*id).and_then(|it: &Span| it.parent);
    std::iter::successors(scope.span, parent)
        .take_while(|it| Some(*it) != outer)
        .find(|it| trace.tool_call(*it).is_some())
}

fn main_agent(trace: &Trace, rounds: &Rounds, main: usize, ids: &mut Ids) -> Agent {
    let span = rounds.scopes.get(main).and_then(|it| it.span);
    let (own_id, name) = span.map_or_else(Default::default, |it| names(trace, it));
    let id = ids.take(own_id, "main");
    let name = if name.is_empty() { id.clone() } else { name };
    Agent { id, name, parent: None, parent_call: None }
}

/// The id and the name of the agent behind a span.
fn names(trace: &Trace, id: SpanId) -> (String, String) {
    let Some(span) = trace.span(id) else { return Default::default() };
    let own = trace.text(span.name).to_owned();
    match span.work {
        Work::Agent(agent) => {
            let agent = trace.agents.get(agent.index()).copied().unwrap_or_default();
            let name = if agent.name.is_empty() { own } else { trace.text(agent.name).to_owned() };
            (text(trace, agent.id), name)
        }
        Work::Turn(_) if trace.format == NATIVE => {
            let record = trace.source.slice(span.record);
            let id = Json::new(&record).get("agent_id").and_then(Json::str);
            (id.unwrap_or_default().into_owned(), own)
        }
        Work::Tool(tool) => {
            let name = trace.tool_calls.get(tool.index()).map(|it| it.name);
            (String::new(), trace.text(name.unwrap_or_default()).to_owned())
        }
        _ => (String::new(), own),
    }
}

/// Ids that are to be unique. Blanks around one do not count when it is looked up.
#[derive(Default)]
pub(super) struct Ids {
    /// Those of the file: none that is made up is one of them.
    known: HashSet<SpanKey>,
    taken: HashSet<SpanKey>,
}

impl Ids {
    pub(super) fn new(known: impl Iterator<Item = String>) -> Ids {
        Ids {
            known: known.map(|it| SpanKey::of(it.trim())).collect(),
            taken: HashSet::new(),
        }
    }

    /// `id`, if it is the first of its kind; else `fallback` or one like it.
    pub(super) fn take(&mut self, id: String, fallback: &str) -> String {
        if !id.trim().is_empty() && self.taken.insert(SpanKey::of(id.trim())) {
            return id;
        }
        let mut made = fallback.to_owned();
        let mut n = 1;
        while self.known.contains(&SpanKey::of(made.as_str())) || !self.taken.insert(SpanKey::of(made.as_str())) {
            n += 1;
            made = format!("{fallback}-{n}");
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_become_unique_and_stay_if_they_are() {
        let file = ["a", "", "a", "call-3", " a "];
        let mut ids = Ids::new(file.iter().map(|it| (*it).to_owned()));
        let given: Vec<String> = (1..)
            .zip(file)
            .map(|(n, it)| ids.take(it.to_owned(), &format!("call-{n}")))
            .collect();
        assert_eq!(given, ["a", "call-2", "call-3-2", "call-3", "call-5"]);
    }
}
