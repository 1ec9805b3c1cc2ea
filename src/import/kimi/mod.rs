//! `wire.jsonl` of Kimi Code: the journal of an agent, a line an operation, times in milliseconds.
//!
//! Source: `packages/agent-core-v2` of MoonshotAI/kimi-code (`LlmRequest`, `LoopRecordedEvent`,
//! protocol 1.0 to 1.5). Each agent has a journal; none names its session or its parent. A journal
//! that begins with a prompt for a sub-agent goes on with the one whose times it lies in, and its
//! parent is the call of `Agent` that ran when it began. `inputOther` excludes what was read from
//! and written to a cache. `usage.record` repeats the usage of `step.end`. Not read: permissions,
//! tasks, goals, plans, counts of the tokens in the context.

mod side;

use super::fields::{Unknown, text, unix_millis};
use super::head::Head;
use super::records::Record;
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{DraftId, IssueKind, Moment, TraceBuilder, sort_by_key};
use side::{AgentCall, Side};

pub(super) const FORMAT: Format = Format {
    id: "kimi",
    name: "Kimi Code journal",
    sniff: |head| head.has(&["protocol_version", "created_at"]) && head.says("type", &["metadata"]),
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(Kimi::default()),
    }),
};

/// What the types of operations begin with.
const FAMILIES: &[&str] = &[
    "metadata",
    "config",
    "context",
    "cron",
    "file_history",
    "forked",
    "full_compaction",
    "goal",
    "interaction",
    "interruptionReminder",
    "llm",
    "mcp",
    "micro_compaction",
    "permission",
    "plan",
    "plan_mode",
    "plugin",
    "profile",
    "prompt",
    "runtime",
    "skill",
    "staleGuard",
    "subagent",
    "swarm_mode",
    "task",
    "token_counting",
    "tools",
    "tower_mode",
    "turn",
    "usage",
];

#[derive(Default)]
struct Kimi {
    /// The journals, in the order of the files.
    sides: Vec<Side>,
    unknown: Unknown,
}

impl Reader for Kimi {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let [kind, time] = record.json.pick(["type", "time"]);
        let kind = text(kind);
        if kind.is_empty() {
            return Became::Bad;
        }
        let time = unix_millis(b, record, time.or_else(|| record.json.get("created_at")));
        if kind == "metadata" || self.sides.is_empty() {
            self.sides.push(Side::new(time));
        }
        let Some(side) = self.sides.last_mut() else {
            return Became::Bad;
        };
        if side.operation(b, record, &kind, time) {
            return Became::Span;
        }
        let family = kind.split_once('.').map_or(kind.as_ref(), |it| it.0);
        if FAMILIES.contains(&family) {
            return Became::Other;
        }
        self.unknown.note(b, record, &kind)
    }

    /// A sub-agent's journal goes on with the one in whose time it began; the main one with those
    /// of sub-agents that began later.
    fn goes_on(&mut self, head: &Head<'_>) -> bool {
        let Some(began) = head.values.iter().find_map(|it| it.get("created_at")) else {
            return false;
        };
        let Some(began) = began.i64() else {
            return false;
        };
        let is_sub = head.values.iter().any(|it| side::is_for_sub_agent(*it));
        let mut sides = self.sides.iter();
        if is_sub {
            sides.any(|it| it.is_sub() || it.lasts(began))
        } else {
            sides.all(|it| it.is_sub() && it.begins_after(began))
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        let mut calls = Vec::new();
        let mut subs = Vec::new();
        for side in &mut self.sides {
            side.end(b);
            calls.append(&mut side.agent_calls);
            subs.extend(side.agent());
        }
        link(b, calls, subs);
        Ok(())
    }
}

/// Puts each sub-agent into the call that ran when it began, in order. A call of a swarm starts
/// many.
fn link(b: &mut TraceBuilder, calls: Vec<AgentCall>, subs: Vec<DraftId>) {
    let calls = calls.into_iter().map(|it| (times(b, it.id), it));
    let mut calls: Vec<_> = calls.collect();
    let mut subs: Vec<_> = subs.into_iter().map(|it| (times(b, it).0, it)).collect();
    sort_by_key(&mut calls, |it| it.0);
    sort_by_key(&mut subs, |it| (it.0, 0));
    let mut calls = calls.into_iter().peekable();
    for (began, sub) in subs {
        while calls.next_if(|it| it.0.1 < began).is_some() {}
        let call = calls.peek().filter(|it| it.0.0 <= began).copied();
        if call.is_some_and(|it| !it.1.is_swarm) {
            calls.next();
        }
        let Some(draft) = b.draft(sub) else { continue };
        let record = draft.record;
        match call {
            Some((_, call)) => draft.parent = Some(call.id.key()),
            None => b.issue(IssueKind::SubAgentAlone, record),
        }
    }
}

/// When it began and when it ended; what has no time is far away.
fn times(b: &mut TraceBuilder, id: DraftId) -> (i64, i64) {
    let nanos = |it: Option<Moment>| it.map_or(i64::MAX, Moment::nanos);
    b.draft(id)
        .map_or((i64::MAX, i64::MAX), |it| (nanos(it.start), nanos(it.end)))
}
