//! What the OpenAI Agents SDK exports of a run: traces and spans, as the body of a request
//! (`{"data": […]}`), as an array, or one a line.
//!
//! Source: `src/agents/tracing/{spans,traces,span_data}.py` of openai-agents-python (0.24). Spans
//! of turns and tasks repeat the sum of what lies in them and are no LLM calls; a turn is a round.
//! Usage follows OpenAI: input includes what was cached, output what was reasoned. A hand-over is
//! the tool call that asks for it, under the name that the SDK gives it. Not read: the metadata of a
//! trace, types of output, sound.

use super::fields::{Unknown, moment, text};
use super::records::{Place, Record, Shape, TOP};
use super::told::{Keys, Kind, Spans, Told};
use super::usage::{Counted, Usage};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{Agent, ByteRange, DraftId, Json, KeyMap, Marks, SpanKey, TraceBuilder, Work};
use std::num::NonZeroU32;

pub(super) const FORMAT: Format = Format {
    id: "openai-agents",
    name: "OpenAI Agents",
    sniff: |head| head.values.iter().any(|it| is_own(*it) || has_own(*it)),
    open: crate::import::Reads::Here(|head| Opened {
        shape: if head.values.iter().any(|it| is_own(*it)) {
            &[]
        } else {
            BODY
        },
        reader: Box::new(OpenaiAgents::default()),
    }),
};

const AROUND: u8 = 1;
const DATA: u8 = 2;

const BODY: Shape = &[Place::new(AROUND, "", &[Place::new(DATA, "data", &[])])];

fn is_own(json: Json<'_>) -> bool {
    json.get("object")
        .is_some_and(|it| it.is("trace") || it.is("trace.span"))
}

fn has_own(json: Json<'_>) -> bool {
    let data = json.get("data");
    data.is_some_and(|it| it.items().take(4).any(is_own))
}

const KEYS: Keys = Keys {
    trace: &["trace_id"],
    id: &["id"],
    parent: &["parent_id"],
    name: &[],
    start: &["started_at"],
    end: &["ended_at"],
    clock: moment,
};

#[derive(Default)]
struct OpenaiAgents {
    spans: Spans,
    /// The names of the tools that each agent has.
    tools: KeyMap<ByteRange>,
    unknown: Unknown,
}

impl Reader for OpenaiAgents {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match (record.place, text(record.json.get("object")).as_ref()) {
            (AROUND, _) => return Became::Detail,
            (TOP | DATA, "trace") => self.trace(b, record),
            (TOP | DATA, "trace.span") => self.span(b, record),
            (_, "") => return Became::Bad,
            (_, kind) => return self.unknown.note(b, record, kind),
        }
        Became::Span
    }

    /// A trace is sent in several parts.
    fn goes_on(&mut self, _head: &super::Head<'_>) -> bool {
        true
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.spans.end(b);
        self.give_tools(b);
        Ok(())
    }
}

impl OpenaiAgents {
    /// A trace is a turn; its times are those of its spans.
    fn trace(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        const OF_TRACE: Keys = Keys {
            trace: &["id"],
            name: &["workflow_name"],
            parent: &[],
            start: &[],
            end: &[],
            ..KEYS
        };
        let mut told = self.spans.told(b, record, &OF_TRACE);
        told.kind = Some(Kind::Turn);
        told.draft.marks = Marks::END_DERIVED;
        told.of.name = told.draft.name;
        let group = text(record.json.get("group_id"));
        told.of.conversation = (!group.is_empty()).then(|| SpanKey::of(group));
        self.spans.add(b, record, told);
    }

    fn span(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let mut told = self.spans.told(b, record, &KEYS);
        let data = record.json.get("span_data").unwrap_or(Json::new(""));
        let kind = text(data.get("type"));
        let name = text(data.get("name"));
        told.draft.name = b.intern(if name.is_empty() { &kind } else { &name });
        told.kind = Some(Kind::Other);
        told.failed(record, record.json.get("error"));
        let mut round = None;
        match kind.as_ref() {
            "generation" | "response" => generation(b, record, &mut told, data),
            "function" => {
                told.kind = Some(Kind::Tool);
                told.input = data.get("input");
                told.output = data.get("output");
                if let Some(mcp) = data.get("mcp_data").filter(|it| it.is_some()) {
                    told.tool.kind = b.intern("mcp");
                    told.tool.server = b.intern(&text(mcp.get("server")));
                }
            }
            "handoff" => hand_over(b, &mut told, data),
            "agent" => {
                told.kind = Some(Kind::Agent);
                told.agent = Agent {
                    name: told.draft.name,
                    ..Agent::default()
                };
                let tools = data.get("tools").filter(|it| it.items().next().is_some());
                if let Some(key) = told.draft.key {
                    self.tools.insert(key, record.range_if(tools));
                }
            }
            "custom" => {
                let number = data.path(&["data", "turn"]).and_then(Json::u64);
                round = number.and_then(|it| NonZeroU32::new(it as u32));
            }
            _ => {}
        }
        let id = self.spans.add(b, record, told);
        if round.is_some() {
            self.spans.inside.steps.push((id, round));
        }
    }

    /// A model is offered the tools of the agent that calls it.
    fn give_tools(&self, b: &mut TraceBuilder) {
        /// The agent, its turn, the call: a few spans may lie between.
        const HIGHEST: usize = 8;
        let keys = b.drafts().filter_map(|(id, it)| Some((it.key?, id)));
        let by_key: KeyMap<DraftId> = keys.collect();
        let calls = b.drafts().filter(|it| matches!(it.1.work, Work::Llm(_)));
        let found = calls.filter_map(|(id, call)| {
            let mut at = call.parent;
            for _ in 0..HIGHEST {
                if let Some(tools) = self.tools.get(&at?) {
                    return Some((id, *tools));
                }
                at = b.get(*by_key.get(&at?)?)?.parent;
            }
            None
        });
        let found: Vec<(DraftId, ByteRange)> = found.collect();
        for (id, tools) in found {
            b.llm_call_mut(id)
                .into_iter()
                .for_each(|it| it.tools = tools);
        }
    }
}

/// With the Responses API content and model stay with OpenAI, and only usage is exported.
fn generation<'a>(b: &mut TraceBuilder, record: &Record<'a>, told: &mut Told<'a>, data: Json<'a>) {
    told.kind = Some(Kind::Llm);
    let call = &mut told.call;
    call.requested_model = b.intern(&text(data.get("model")));
    call.request = record.range_if(data.get("model_config"));
    call.response_id = record.range_if(data.get("response_id"));
    if let Some(usage) = data.get("usage").filter(|it| it.is_some()) {
        let usage = Usage::read(b, record, usage);
        call.tokens = usage.tokens(Counted::Inside, Counted::Inside);
    }
    told.input = data.get("input");
    told.output = data.get("output");
}

/// The model asks to be followed by another agent: by a tool that has no span of its own.
fn hand_over<'a>(b: &mut TraceBuilder, told: &mut Told<'a>, data: Json<'a>) {
    let to = data.get("to_agent").filter(|it| it.is_some());
    let mut name = "transfer_to_".to_owned();
    let agent = text(to);
    name.extend(agent.chars().map(|it| match it {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => it.to_ascii_lowercase(),
        _ => '_',
    }));
    told.kind = Some(Kind::Tool);
    told.tool.name = b.intern(&name);
    told.tool.kind = b.intern("handoff");
    told.output = to;
}
