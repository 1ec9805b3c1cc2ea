//! What is known when all files were read: which tool call started which sub-agent.

use super::ClaudeCode;
use super::conversation::SideChain;
use super::tools::Task;
use crate::model::{
    Agent, Draft, DraftId, IssueKind, KeyMap, KeySet, Marks, Moment, Status, Sym, TraceBuilder,
};

/// Where a sub-agent belongs.
#[derive(Clone, Copy)]
enum Home {
    /// In the tool call that started it.
    Task(Task),
    /// In the compaction that it is.
    Compaction(DraftId),
    /// In a turn, for want of the call.
    Turn(DraftId),
    /// Nowhere: the session that started it is not here.
    Alone,
}

impl ClaudeCode {
    /// Of those that are not settled.
    pub(super) fn link_sub_agents(&self, b: &mut TraceBuilder) {
        let first = b.first();
        let is_here = |it: &&SideChain| it.conversation.home.is_none_or(|it| it >= first);
        let n_here = self.sides.iter().rev().take_while(is_here).count();
        let (settled, here) = self.sides.split_at(self.sides.len() - n_here);
        let is_before = |it: &SideChain| it.conversation.home < b.root();
        let root = settled.get(settled.partition_point(is_before));
        let root = root.filter(|it| b.root().is_some() && it.conversation.home == b.root());
        let sides = || root.into_iter().chain(here);
        let mut taken = KeySet::default();
        let mut passed = KeyMap::default();
        let by_id: Vec<Option<Task>> = sides().map(|it| self.task_by_id(it)).collect();
        taken.extend(by_id.iter().flatten().map(|it| it.call.key()));
        let mut n_turns = self.n_turns;
        for (side, by_id) in sides().zip(by_id) {
            let Some(span) = side.conversation.home else {
                continue;
            };
            let by_prompt = || self.task_by_prompt(side, first, &mut taken, &mut passed);
            let home = match by_id.or_else(by_prompt) {
                Some(task) => Home::Task(task),
                None => self.home_of(b, side, span),
            };
            settle(b, side, span, home);
            if let Home::Alone = home {
                // As many turns as there are sub-agents.
                n_turns += 1;
                if let Some(draft) = b.draft(span) {
                    draft.turn = n_turns;
                }
            }
        }
    }

    fn task_by_id(&self, side: &SideChain) -> Option<Task> {
        self.task_of_agent.get(&side.agent?).copied()
    }

    /// The first call that sent this prompt and whose sub-agent is not known. `passed`: how many of
    /// those with a prompt were looked at.
    fn task_by_prompt(
        &self,
        side: &SideChain,
        first: DraftId,
        taken: &mut KeySet,
        passed: &mut KeyMap<u32>,
    ) -> Option<Task> {
        let key = side.prompt_key?;
        let tasks = self.tasks.get(&key)?;
        let settled = || tasks.partition_point(|it| it.call < first) as u32;
        let passed = passed.entry(key).or_insert_with(settled);
        loop {
            let task = *tasks.get(*passed as usize)?;
            *passed += 1;
            if taken.insert(task.call.key()) {
                return Some(task);
            }
        }
    }

    fn home_of(&self, b: &mut TraceBuilder, side: &SideChain, span: DraftId) -> Home {
        if self.turns.is_empty() {
            return Home::Alone;
        }
        let last = side.conversation.llm_call;
        let end = last.and_then(|it| b.draft(it)?.end);
        if side.is_compaction {
            // The summary is there, and then the compaction is recorded.
            let after = self.compactions.partition_point(|it| is_before(it.0, end));
            if let Some(compaction) = self.compactions.get(after) {
                return Home::Compaction(compaction.1);
            }
        }
        let start = b.draft(span).and_then(|it| it.start);
        let by_time = || {
            let after = self.turns.partition_point(|it| !is_before(start, it.0));
            let turn = self.turns.get(after.saturating_sub(1));
            turn.map(|it| it.1)
        };
        let turn = side.turn.or_else(by_time);
        turn.map_or(Home::Alone, Home::Turn)
    }
}

fn is_before(a: Option<Moment>, b: Option<Moment>) -> bool {
    let nanos = |it: Option<Moment>| it.map_or(i64::MIN, Moment::nanos);
    nanos(a) < nanos(b)
}

/// Puts the conversation of a sub-agent where it belongs.
fn settle(b: &mut TraceBuilder, side: &SideChain, span: DraftId, home: Home) {
    let (name, parent) = match home {
        Home::Task(task) => (task.name, task.call),
        Home::Compaction(it) => (b.intern("compaction"), it),
        Home::Turn(it) => (Sym::default(), it),
        Home::Alone => {
            b.become_turn(span, None, side.prompt);
            let record = b.draft(span).map(|it| it.record);
            b.issue(IssueKind::SubAgentAlone, record.unwrap_or_default());
            return;
        }
    };
    b.become_agent(span, Agent { name, id: side.id });
    let start = b.draft(span).and_then(|it| {
        it.name = name;
        it.parent = Some(parent.key());
        it.marks = it.marks.with(Marks::START_DERIVED);
        it.start
    });
    if let Home::Compaction(_) = home {
        // The records before the request are notes of long ago.
        let asked = side.conversation.llm_call.and_then(|it| b.draft(it)?.start);
        b.draft(span).into_iter().for_each(|it| it.start = asked);
        return begins(b, parent, asked);
    }
    begins(b, parent, start.filter(|_| matches!(home, Home::Task(_))));
    if b.draft(parent).is_some_and(|it| it.status != Status::Unset) {
        side.conversation.unanswered(b);
    }
}

/// A call's record is written when all of it has come: its sub-agent may be quicker.
fn begins(b: &mut TraceBuilder, call: DraftId, start: Option<Moment>) {
    let Some(Draft {
        start: own, marks, ..
    }) = b.draft(call)
    else {
        return;
    };
    if own.is_some() && start.is_some() && is_before(start, *own) {
        *own = start;
        *marks = marks.with(Marks::START_DERIVED);
    }
}
