//! Whose rounds there are: which agents, turns and tool calls run rounds.

use super::Rounds;
use crate::model::{Span, SpanId, Trace, Work, in_slices};

/// Whose rounds: an agent, a turn, or a tool call that itself calls a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The agent's, turn's or tool call's span; `None` for what lies in none of these.
    pub span: Option<SpanId>,
    /// Which turn it lies in, from 0.
    pub turn: u32,
    /// Whether it is a sub-agent: one inside a tool call, or inside an agent that runs rounds itself.
    pub is_sub: bool,
    /// The scope it lies in.
    pub outer: Option<u32>,
}

/// The scopes that are open where the spans were gone through.
#[derive(Default)]
struct Open {
    turn: u32,
    /// The last scope of what lies in nothing, and its turn.
    loose: Option<(u32, u32)>,
    /// Enclosing scopes: where their subtree ends, and which they are.
    scopes: Vec<(u32, u32)>,
}

impl Rounds {
    pub(super) async fn find_scopes(&mut self, trace: &Trace) {
        let mut open = Open::default();
        self.scope_of = Vec::with_capacity(trace.spans.len());
        in_slices(trace.spans.len(), &mut |slice| {
            let spans = slice.clone().map(SpanId::new);
            for (id, span) in spans.zip(trace.spans.get(slice).into_iter().flatten()) {
                self.find_scope(trace, &mut open, id, span);
            }
        })
        .await;
        self.tell_sub_agents(trace);
    }

    fn find_scope(&mut self, trace: &Trace, open: &mut Open, id: SpanId, span: &Span) {
        while open
            .scopes
            .last()
            .is_some_and(|it| it.0 as usize <= id.index())
        {
            open.scopes.pop();
        }
        let next = trace.turns.get(open.turn as usize + 1);
        if next.is_some_and(|it| it.first == id) {
            open.turn += 1;
            open.scopes.clear();
        }
        let turn = open.turn;
        if open.scopes.is_empty() {
            // Roots of one turn that lie in nothing share a scope.
            let at = match open.loose {
                Some((of, at)) if of == turn => at,
                _ => {
                    self.scopes.push(Scope {
                        span: None,
                        turn,
                        is_sub: false,
                        outer: None,
                    });
                    self.scopes.len() as u32 - 1
                }
            };
            open.loose = Some((turn, at));
            open.scopes.push((u32::MAX, at));
        }
        let outer = open.scopes.last().map_or(0, |it| it.1);
        self.scope_of.push(outer);
        let is_scope = match span.work {
            Work::Agent(_) | Work::Turn(_) => true,
            Work::Tool(_) => calls_a_model(trace, id, span),
            _ => false,
        };
        if is_scope {
            self.scopes.push(Scope {
                span: Some(id),
                turn,
                is_sub: false,
                outer: Some(outer),
            });
            open.scopes.push((span.end, self.scopes.len() as u32 - 1));
        }
    }

    fn tell_sub_agents(&mut self, trace: &Trace) {
        let mut runs_rounds = vec![false; self.scopes.len()];
        for call in &trace.llm_calls {
            let scope = self
                .scope_index(call.span)
                .and_then(|it| runs_rounds.get_mut(it as usize));
            scope.into_iter().for_each(|it| *it = true);
        }
        for i in 0..self.scopes.len() {
            let Some(scope) = self.scopes.get(i).copied() else {
                continue;
            };
            let Some(id) = scope.span else { continue };
            let is_tool = trace.tool_call(id).is_some();
            let in_tool = ancestors(trace, id)
                .take_while(|it| Some(*it) != self.outer_span(scope))
                .any(|it| trace.tool_call(it).is_some());
            let outer_is_sub = scope
                .outer
                .and_then(|it| self.scopes.get(it as usize))
                .is_some_and(|it| it.is_sub);
            // LLM calls that lie in nothing make no agent of what they stand beside.
            let outer_runs = self.outer_span(scope).is_some()
                && scope
                    .outer
                    .is_some_and(|it| runs_rounds.get(it as usize) == Some(&true));
            let is_sub = is_tool || in_tool || outer_is_sub || outer_runs;
            self.scopes
                .get_mut(i)
                .into_iter()
                .for_each(|it| it.is_sub = is_sub);
        }
    }

    fn outer_span(&self, scope: Scope) -> Option<SpanId> {
        self.scopes.get(scope.outer? as usize)?.span
    }
}

/// Whether an LLM call lies in a span, and in no agent within it.
fn calls_a_model(trace: &Trace, id: SpanId, span: &Span) -> bool {
    let mut at = id.index() + 1;
    while let Some(it) = trace.spans.get(at).filter(|_| at < span.end as usize) {
        match it.work {
            Work::Llm(_) => return true,
            Work::Agent(_) | Work::Tool(_) => at = it.end as usize,
            _ => at += 1,
        }
    }
    false
}

fn ancestors(trace: &Trace, id: SpanId) -> impl Iterator<Item = SpanId> {
    let parent = move |id: SpanId| trace.span(id).and_then(|it| it.parent);
    std::iter::successors(parent(id), move |it| parent(*it))
}
