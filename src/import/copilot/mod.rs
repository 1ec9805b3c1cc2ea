//! `events.jsonl` of GitHub Copilot's command line: a line an event, `{type, data, id, timestamp}`.
//!
//! Source: `nodejs/src/generated/session-events.ts` of github/copilot-sdk. What sub-agents do
//! stands among the rest, with an `agentId` (before: the id of the tool call that started them).
//! `assistant.turn_start` is when a request is made. The log has output tokens only; streams also
//! have `assistant.usage`, where input includes what was cached. Not read: costs, which are no
//! money; the totals of `session.shutdown`; permissions and settings.

mod side;

use super::dialog::Dialog;
use super::fields::{Unknown, draft, moment, text};
use super::records::Record;
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{
    Agent, ByteRange, Draft, DraftId, Json, KeyMap, Marks, Moment, SpanKey, Status, TraceBuilder,
};
use side::Side;

pub(super) const FORMAT: Format = Format {
    id: "copilot",
    name: "Copilot CLI events",
    sniff: |head| {
        let is_event = |it: &Json<'_>| {
            let kind = text(it.get("type"));
            let family = kind.split_once('.').map(|it| it.0);
            it.get("data").is_some()
                && it.get("parentId").is_some()
                && family.is_some_and(|it| FAMILIES.contains(&it))
        };
        head.any(is_event)
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(Copilot::default()),
    }),
};

/// What the types of events begin with.
const FAMILIES: &[&str] = &[
    "session",
    "assistant",
    "user",
    "system",
    "tool",
    "subagent",
    "hook",
    "model",
    "abort",
    "skill",
    "permission",
    "user_input",
    "elicitation",
    "sampling",
    "mcp",
    "mcp_app",
    "command",
    "commands",
    "external_tool",
    "exit_plan_mode",
    "auto_mode_switch",
    "pending_messages",
];

#[derive(Default)]
struct Copilot {
    main: Side,
    sides: Vec<Side>,
    /// Which of them is whose, by the ids of the agent and of the tool call that started it.
    side_of: KeyMap<usize>,
    hooks: KeyMap<DraftId>,
    unknown: Unknown,
}

/// An event, with what all of them have.
struct Event<'a> {
    record: &'a Record<'a>,
    data: Json<'a>,
    time: Option<Moment>,
}

impl Event<'_> {
    /// A draft of what was there at this moment.
    fn draft(&self) -> Draft {
        Draft {
            id: self.record.range_if(self.record.json.get("id")),
            end: self.time,
            ..draft(self.record)
        }
    }

    fn whole(&self) -> ByteRange {
        self.record.range_of(self.data)
    }
}

impl Reader for Copilot {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let [kind, data] = record.json.pick(["type", "data"]);
        let (kind, Some(data)) = (text(kind), data) else {
            return Became::Bad;
        };
        let time = moment(b, record, record.json.get("timestamp"));
        let event = Event { record, data, time };
        match kind.as_ref() {
            "session.title_changed" => b.name(0, text(data.get("title")).into_owned()),
            "subagent.started" => self.sub_agent(b, &event),
            "subagent.completed" | "subagent.failed" => self.sub_agent_ended(b, &event, &kind),
            "hook.start" | "hook.end" => self.hook(b, &event, &kind),
            _ if self.side(b, &event).event(b, &event, &kind) => {}
            "" => return Became::Bad,
            kind => {
                let family = kind.split_once('.').map_or(kind, |it| it.0);
                if FAMILIES.contains(&family) {
                    return Became::Other;
                }
                return self.unknown.note(b, record, kind);
            }
        }
        Became::Span
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        let sides = self.sides.iter_mut();
        for side in sides.chain([&mut self.main]) {
            side.roles.dialog.settle(b);
        }
        Ok(())
    }
}

impl Copilot {
    /// The conversation that an event belongs to. A sub-agent may speak before it is said to have
    /// started.
    fn side(&mut self, b: &mut TraceBuilder, event: &Event<'_>) -> &mut Side {
        let own = event.record.json.get("agentId").filter(|it| it.is_some());
        let whose = text(own.or_else(|| event.data.get("parentToolCallId")));
        if whose.is_empty() {
            return &mut self.main;
        }
        let at = match self.side_of.get(&SpanKey::of(whose.as_ref())) {
            Some(at) => *at,
            None => self.begin_side(b, event, event.data.get("parentToolCallId")),
        };
        self.sides.get_mut(at).unwrap_or(&mut self.main)
    }

    /// Begins the conversation of a sub-agent that a tool call started.
    fn begin_side(
        &mut self,
        b: &mut TraceBuilder,
        event: &Event<'_>,
        call: Option<Json<'_>>,
    ) -> usize {
        let own = event.record.json.get("agentId");
        let name = event.data.first(&["agentName", "agentDisplayName"]);
        let agent = Agent {
            name: b.intern(&text(name)),
            id: event.record.range_if(own.or(call)),
        };
        let call_id = text(call);
        let draft = Draft {
            parent: self.main.roles.dialog.known(b, &call_id).map(DraftId::key),
            name: agent.name,
            start: event.time,
            ..draft(event.record)
        };
        let draft = self.main.roles.dialog.place(b, draft);
        let at = self.sides.len();
        let mut side = Side::default();
        side.roles.dialog = Dialog::of_agent(b, draft, agent);
        self.sides.push(side);
        for id in [text(own), call_id].iter().filter(|it| !it.is_empty()) {
            self.side_of.insert(SpanKey::of(id.as_ref()), at);
        }
        at
    }

    fn sub_agent(&mut self, b: &mut TraceBuilder, event: &Event<'_>) {
        self.begin_side(b, event, event.data.get("toolCallId"));
    }

    fn sub_agent_ended(&mut self, b: &mut TraceBuilder, event: &Event<'_>, kind: &str) {
        let key = SpanKey::of(text(event.data.get("toolCallId")).as_ref());
        let side = self
            .side_of
            .get(&key)
            .and_then(|it| self.sides.get_mut(*it));
        let Some((dialog, id)) = side.and_then(|it| {
            let home = it.roles.dialog.home()?;
            Some((&mut it.roles.dialog, home))
        }) else {
            return;
        };
        dialog.settle(b);
        b.record(id, event.record.range);
        let failed = kind == "subagent.failed";
        if let Some(agent) = b.draft(id) {
            agent.end = event.time;
            agent.marks = agent.marks.without(Marks::END_DERIVED);
            agent.status = if failed { Status::Error } else { Status::Ok };
        }
        let error = event.record.range_if(event.data.get("error"));
        if failed && !error.is_empty() {
            b.error(id, error);
        }
    }

    fn hook(&mut self, b: &mut TraceBuilder, event: &Event<'_>, kind: &str) {
        let key = SpanKey::of(text(event.data.get("hookInvocationId")).as_ref());
        let known = self.hooks.remove(&key).filter(|_| kind == "hook.end");
        if let Some(id) = known {
            b.record(id, event.record.range);
            let failed = event.data.get("success").and_then(Json::bool) == Some(false);
            if let Some(hook) = b.draft(id) {
                hook.end = event.time;
                hook.status = if failed { Status::Error } else { Status::Ok };
            }
            return;
        }
        let draft = Draft {
            name: b.intern(&text(event.data.get("hookType"))),
            start: event.time,
            ..draft(event.record)
        };
        let draft = self.side(b, event).roles.dialog.place(b, draft);
        let id = b.span(draft);
        self.hooks.insert(key, id);
    }
}
