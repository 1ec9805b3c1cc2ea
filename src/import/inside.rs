//! What follows from what lies in a span: which of those called agents run rounds, and what number
//! the rounds have.

use crate::model::{
    Agent, DraftId, KeyMap, KeySet, Moment, SpanKey, TraceBuilder, Work, sort_by_key,
};
use std::num::NonZeroU32;

/// Spans whose meaning what lies in them tells.
#[derive(Default)]
pub(super) struct Inside {
    /// Agents, if a model is called in them and they are not there for another agent alone.
    pub(super) agents: Vec<(DraftId, Agent)>,
    /// Rounds (a step of the AI SDK, a cycle of Strands), with their number where the file has it.
    pub(super) steps: Vec<Step>,
}

type Step = (DraftId, Option<NonZeroU32>);

/// The spans by their keys.
type ByKey = KeyMap<DraftId>;

impl Inside {
    /// Once all spans are there, or of those that are.
    pub(super) fn settle(&self, b: &mut TraceBuilder) {
        let first = b.first();
        let agents = self.agents.partition_point(|it| it.0 < first);
        let agents = self.agents.get(agents..).unwrap_or_default();
        let steps = self.steps.partition_point(|it| it.0 < first);
        let steps = self.steps.get(steps..).unwrap_or_default();
        if agents.is_empty() && steps.is_empty() {
            return;
        }
        let keys = b.drafts().filter_map(|(id, it)| Some((it.key?, id)));
        let by_key: ByKey = keys.collect();
        promote(agents, b, &by_key);
        number(steps.to_vec(), b, &by_key);
    }
}

fn promote(agents: &[(DraftId, Agent)], b: &mut TraceBuilder, by_key: &ByKey) {
    let mut calls_model = KeySet::default();
    let mut children: KeyMap<u32> = KeyMap::default();
    let mut agents_in: KeyMap<u32> = KeyMap::default();
    for (_, draft) in b.drafts() {
        if let Some(parent) = draft.parent {
            *children.entry(parent).or_default() += 1;
        }
    }
    let calls = b.drafts().filter(|it| matches!(it.1.work, Work::Llm(_)));
    for (_, call) in calls {
        // Each span is climbed to once.
        let mut at = call.parent;
        while let Some(key) = at.filter(|it| calls_model.insert(*it)) {
            let parent = by_key.get(&key).and_then(|it| b.get(*it));
            at = parent.and_then(|it| it.parent);
        }
    }
    for (id, _) in agents {
        // What turned out to be a call, with none in it, is no agent.
        let draft = b
            .get(*id)
            .filter(|it| it.key.is_some_and(|it| calls_model.contains(&it)));
        if let Some(parent) = draft.and_then(|it| it.parent) {
            *agents_in.entry(parent).or_default() += 1;
        }
    }
    for (id, agent) in agents {
        let Some(key) = b.draft(*id).and_then(|it| it.key) else {
            continue;
        };
        let passes_on = children.get(&key) == Some(&1) && agents_in.contains_key(&key);
        if calls_model.contains(&key) && !passes_on {
            b.become_agent(*id, *agent);
        }
    }
}

fn number(mut steps: Vec<Step>, b: &mut TraceBuilder, by_key: &ByKey) {
    let mut numbers: KeyMap<NonZeroU32> = KeyMap::default();
    sort_by_key(&mut steps, |it| {
        let start = b.get(it.0).and_then(|it| it.start);
        (start.map_or(i64::MAX, Moment::nanos), 0)
    });
    let mut n_in: KeyMap<u32> = KeyMap::default();
    for (id, number) in steps {
        let Some(draft) = b.get(id) else { continue };
        let around = draft.parent.unwrap_or(id.key());
        let n = n_in.entry(around).or_default();
        *n += 1;
        // `step 3`, or the third cycle.
        let name = b.strings.name(draft.name).strip_prefix("step ");
        let named = || name.and_then(|it| it.parse().ok()).or(NonZeroU32::new(*n));
        let number = number.or_else(named);
        if let (Some(key), Some(number)) = (draft.key, number) {
            numbers.insert(key, number);
        }
    }
    let found: Vec<(DraftId, NonZeroU32)> = b
        .drafts()
        .filter_map(|(id, it)| Some((id, round_of(b, by_key, &numbers, it.work, it.parent?)?)))
        .collect();
    for (id, number) in found {
        let round = Some(number);
        b.llm_call_mut(id)
            .into_iter()
            .for_each(|it| it.round = round);
        b.tool_call_mut(id)
            .into_iter()
            .for_each(|it| it.round = round);
    }
}

/// The round that an LLM call or tool call lies in: a few spans may lie between, but no action.
fn round_of(
    b: &TraceBuilder,
    by_key: &ByKey,
    numbers: &KeyMap<NonZeroU32>,
    work: Work,
    parent: SpanKey,
) -> Option<NonZeroU32> {
    const HIGHEST: usize = 8;
    if !matches!(work, Work::Llm(_) | Work::Tool(_)) || numbers.is_empty() {
        return None;
    }
    let mut at = parent;
    for _ in 0..HIGHEST {
        if let Some(number) = numbers.get(&at) {
            return Some(*number);
        }
        let draft = b.get(*by_key.get(&at)?)?;
        if draft.work != Work::Other {
            return None;
        }
        at = draft.parent?;
    }
    None
}
