//! What is known of spans once all are there.

use super::{Spans, add_llm_call, add_tool_call};
use crate::model::{Draft, DraftId, IssueKind, KeySet, SpanKey, TraceBuilder, Work};

impl Spans {
    /// There are no more.
    pub(in crate::import) fn end(&mut self, b: &mut TraceBuilder) {
        self.settle_llm_calls(b);
        self.settle_tool_calls(b);
        self.settle_roots(b);
        // Of several records of an agent the last tells most.
        let mut met = KeySet::default();
        self.inside.agents.reverse();
        self.inside.agents.retain(|it| met.insert(it.0.key()));
        self.inside.agents.reverse();
        self.inside.settle(b);
        self.traces.end(b);
    }

    /// What has the form of an LLM call and has one in it is there for that one.
    fn settle_llm_calls(&mut self, b: &mut TraceBuilder) {
        let maybe = std::mem::take(&mut self.maybe_llm);
        if maybe.is_empty() {
            return;
        }
        let calls = b.drafts().filter(|it| matches!(it.1.work, Work::Llm(_)));
        let parents = calls.map(|it| it.1.parent);
        let also = maybe.iter().map(|it| b.get(it.0).and_then(|it| it.parent));
        let mut around = KeySet::default();
        for parent in parents.chain(also) {
            // Each span is climbed to once.
            let mut at = parent;
            while let Some(key) = at.filter(|it| around.insert(*it)) {
                let parent = self.known.get(&key).and_then(|it| b.get(*it));
                at = parent.and_then(|it| it.parent);
            }
        }
        for (id, call, asked) in maybe {
            let key = b.get(id).and_then(|it| it.key);
            if key.is_none_or(|it| !around.contains(&it)) {
                add_llm_call(b, id, call, asked);
            }
        }
    }

    fn settle_tool_calls(&mut self, b: &mut TraceBuilder) {
        let maybe = std::mem::take(&mut self.maybe_tool);
        if maybe.is_empty() {
            return;
        }
        let asked: KeySet = b.tools_asked_for().map(SpanKey::of).collect();
        for (id, tool) in maybe {
            let work = b.get(id).map(|it| it.work);
            let may = matches!(work, Some(Work::Other | Work::Tool(_)));
            if may && asked.contains(&SpanKey::of(tool.name)) {
                add_tool_call(b, id, tool, None);
            }
        }
    }

    /// What lies in nothing else lies in the turn that its trace is. Where there is none, what went
    /// into it is what the user said.
    fn settle_roots(&mut self, b: &mut TraceBuilder) {
        for (id, input) in std::mem::take(&mut self.asked) {
            let work = b.get(id).map(|it| it.work);
            if matches!(work, Some(Work::Other | Work::Agent(_))) {
                b.input(id, input);
            }
        }
        if self.turns.is_empty() {
            return;
        }
        let is_root = |it: &Draft| it.parent.is_none_or(|it| !self.known.contains_key(&it));
        let roots = b.drafts().filter(|it| is_root(it.1));
        let homes = roots.filter_map(|(id, it)| {
            let turn = self.turns.get(&SpanKey::of(it.trace))?;
            Some((id, *turn)).filter(|it| it.0 != it.1)
        });
        let homes: Vec<(DraftId, DraftId)> = homes.collect();
        for (id, turn) in homes {
            let Some(draft) = b.draft(id) else { continue };
            let (missed, record) = (draft.parent.replace(turn.key()), draft.record);
            if missed.is_some() {
                b.issue(IssueKind::MissingParent, record);
            }
        }
    }
}
