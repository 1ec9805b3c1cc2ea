//! Which agents and turns of Trace Tab JSON the scopes of a trace become.
//!
//! The main line of every turn is one agent; each further scope is an agent of its own.

use std::ops::Range;

use super::calls::has_times;
use super::contents::{Content, home};
use super::ids::Ids;
use super::messages::NATIVE;
use crate::analysis::{Rounds, Scope, text};
use crate::model::{ByteRange, Json, Nanos, Span, SpanId, Trace, Work, sort_by_key};

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

/// How an agent was started.
#[derive(Clone, Copy)]
struct Started {
    /// The scope that started it; `None` for what takes over.
    parent: Option<usize>,
    call: Option<SpanId>,
    /// When: the tool call, then the agent itself.
    at: (Option<Nanos>, Option<Nanos>),
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
    pub(super) fn new(trace: &Trace, rounds: &Rounds, contents: Vec<Content>) -> Plan {
        let mut plan = Plan {
            agents: Vec::new(),
            turns: Vec::new(),
            contents,
            agent_of: vec![None; rounds.scopes.len()],
        };
        let known = trace.agents.iter().map(|it| text(trace, it.id));
        let mut ids = Ids::new(known);
        let mut at = 0;
        for (i, turn) in trace.turns.iter().enumerate() {
            let scopes = rounds.scopes.get(at..).unwrap_or_default();
            let n = scopes.iter().take_while(|it| it.turn as usize == i);
            let scopes = at..at + n.count();
            at = scopes.end;
            let main = plan.main_scope(trace, rounds, scopes.clone());
            plan.take_in_others(rounds, main, scopes.clone());
            if plan.agents.is_empty() {
                let span = rounds.scopes.get(main).and_then(|it| it.span);
                plan.add_agent(trace, span, &mut ids, "main");
            }
            let number = turn.number.unwrap_or(i as u32 + 1);
            plan.add_turn(rounds, main, 0, number, turn.input);
            for (scope, start) in plan.further(trace, rounds, main, scopes) {
                let span = rounds.scopes.get(scope).and_then(|it| it.span);
                let fallback = format!("agent-{}", plan.agents.len() + 1);
                let agent = plan.add_agent(trace, span, &mut ids, &fallback);
                let parent = start
                    .parent
                    .map(|it| plan.agent_of.get(it).copied().flatten());
                if let Some(it) = plan.agents.get_mut(agent) {
                    it.parent = parent.map(Option::unwrap_or_default);
                    it.parent_call = start.call;
                }
                plan.add_turn(rounds, scope, agent, 1, ByteRange::default());
            }
        }
        plan
    }

    /// The other agents of a turn, each after the one that started it, in the order of their starts.
    fn further(
        &self,
        trace: &Trace,
        rounds: &Rounds,
        main: usize,
        scopes: Range<usize>,
    ) -> Vec<(usize, Started)> {
        let written = scopes.filter(|it| *it != main && self.is_written(rounds, *it));
        let mut left: Vec<(usize, Started)> = written
            .map(|it| (it, self.how_started(trace, rounds, main, it)))
            .collect();
        sort_by_key(&mut left, |it| {
            let (call, own) = it.1.at;
            (call.unwrap_or(i64::MIN), own.unwrap_or(i64::MIN))
        });
        let mut within: Vec<(Option<usize>, usize)> =
            (left.iter().map(|it| it.1.parent)).zip(0..).collect();
        sort_by_key(&mut within, |it| (it.0.map_or(-1, |it| it as i64), 0));
        let open = |parent| {
            let from = within.partition_point(|it| it.0 < parent);
            let until = within.partition_point(|it| it.0 <= parent);
            let inside = within.get(from..until).unwrap_or_default();
            inside.iter().rev().map(|it| it.1)
        };
        // What takes over comes after all that lies in the main line.
        let mut stack: Vec<usize> = open(None).chain(open(Some(main))).collect();
        let mut order = Vec::with_capacity(left.len());
        let mut met = vec![false; left.len()];
        while let Some(i) = stack.pop() {
            let Some(it) = left.get(i) else { continue };
            order.push(*it);
            met.get_mut(i).into_iter().for_each(|it| *it = true);
            stack.extend(open(Some(it.0)));
        }
        // Agents that started each other, or that another turn did.
        order.extend(left.iter().zip(&met).filter(|it| !*it.1).map(|it| *it.0));
        order
    }

    /// How an agent was started.
    fn how_started(&self, trace: &Trace, rounds: &Rounds, main: usize, scope: usize) -> Started {
        let it = rounds.scopes.get(scope);
        let call = it
            .filter(|it| it.is_sub)
            .and_then(|it| tool_around(trace, rounds, it));
        // A tool call is written where its round is.
        let around = call.map_or_else(|| it.and_then(|it| it.outer), |call| home(rounds, call));
        let around = around
            .map(|it| it as usize)
            .filter(|it| self.is_written(rounds, *it) && *it != scope);
        let start = |id| trace.span(id).map(|it| it.start);
        let own = it
            .and_then(|it| it.span)
            .and_then(start)
            .or_else(|| Some(self.content(scope)?.cover?.0));
        // What takes over from an agent beside it lies in none.
        let parent = match it {
            Some(it) if it.is_sub => Some(around.unwrap_or(main)),
            _ => around.filter(|it| rounds.scopes.get(*it).is_some_and(|it| it.span.is_some())),
        };
        Started {
            parent,
            call,
            at: (call.and_then(start).or(own), own),
        }
    }

    /// Where in [`agents`](Self::agents) a new agent is.
    fn add_agent(
        &mut self,
        trace: &Trace,
        span: Option<SpanId>,
        ids: &mut Ids,
        fallback: &str,
    ) -> usize {
        let (own_id, name) = span.map_or_else(Default::default, |it| names(trace, it));
        let id = ids.take(own_id, fallback);
        let name = if name.is_empty() { id.clone() } else { name };
        self.agents.push(Agent {
            id,
            name,
            parent: None,
            parent_call: None,
        });
        self.agents.len() - 1
    }

    /// Tool calls and the agents that they started, by place in [`agents`](Self::agents); in order.
    pub(super) fn started(&self) -> Vec<(SpanId, usize)> {
        let calls = self.agents.iter().enumerate();
        let calls = calls.filter_map(|(i, it)| Some((it.parent_call?, i)));
        let mut calls: Vec<(SpanId, usize)> = calls.collect();
        sort_by_key(&mut calls, |it| (it.0.index() as i64, it.1 as i64));
        calls
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
    fn main_scope(&self, trace: &Trace, rounds: &Rounds, scopes: Range<usize>) -> usize {
        let start = |scope: usize| {
            let span = rounds.scopes.get(scope)?.span;
            let own = span.and_then(|it| trace.span(it));
            let is_turn = own.is_some_and(|it| matches!(it.work, Work::Turn(_)));
            let cover = self.content(scope).and_then(|it| it.cover);
            let own = own.filter(|it| has_times(trace, it)).map(|it| it.start);
            let start = own.or(cover.map(|it| it.0)).unwrap_or(Nanos::MAX);
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
    fn take_in_others(&mut self, rounds: &Rounds, main: usize, scopes: Range<usize>) {
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

    fn add_turn(
        &mut self,
        rounds: &Rounds,
        scope: usize,
        agent: usize,
        number: u32,
        input: ByteRange,
    ) {
        if let Some(it) = self.agent_of.get_mut(scope) {
            *it = Some(agent);
        }
        let span = rounds.scopes.get(scope).and_then(|it| it.span);
        self.turns.push(Turn {
            agent,
            number,
            scope: scope as u32,
            span,
            input,
        });
    }
}

/// The tool call that a sub-agent lies in, and in no other agent within it.
fn tool_around(trace: &Trace, rounds: &Rounds, scope: &Scope) -> Option<SpanId> {
    let outer = scope
        .outer
        .and_then(|it| rounds.scopes.get(it as usize)?.span);
    let parent = |id: &SpanId| trace.span(*id).and_then(|it: &Span| it.parent);
    std::iter::successors(scope.span, parent)
        .take_while(|it| Some(*it) != outer)
        .find(|it| trace.tool_call(*it).is_some())
}

/// The id and the name of the agent behind a span.
fn names(trace: &Trace, id: SpanId) -> (String, String) {
    let Some(span) = trace.span(id) else {
        return Default::default();
    };
    let own = trace.text(span.name).to_owned();
    match span.work {
        Work::Agent(agent) => {
            let agent = trace.agents.get(agent.index()).copied().unwrap_or_default();
            let name = if agent.name.is_empty() {
                own
            } else {
                trace.text(agent.name).to_owned()
            };
            (text(trace, agent.id), name)
        }
        Work::Turn(_) if trace.format == NATIVE => {
            let record = trace.source.slice(span.record);
            let id = Json::new(&record).get("agent_id").and_then(Json::str);
            (id.unwrap_or_default().into_owned(), own)
        }
        Work::Tool(tool) => {
            let name = trace.tool_calls.get(tool.index()).map(|it| it.name);
            (
                String::new(),
                trace.text(name.unwrap_or_default()).to_owned(),
            )
        }
        _ => (String::new(), own),
    }
}
