//! Formats that have one record a span, in a flat list: a record names its trace, itself, its
//! parent, its times. A later record may tell more of a span that an earlier one began.
//!
//! Here: what a record tells, and the spans as they come; `settle.rs`: what follows from all.

mod settle;

use crate::import::answer::{Answer, alone, asked, is_data};
use crate::import::events::Clock;
use crate::import::fields::{draft, text};
use crate::import::inside::Inside;
use crate::import::provider::{Held, read_request};
use crate::import::records::Record;
use crate::import::requests::{self, Asked};
use crate::import::traces::{TraceFacts, Traces};
use crate::import::values::either_range;
use crate::model::{
    Agent, ByteRange, Draft, DraftId, IssueKind, Json, KeyMap, LlmCall, Marks, SpanKey, Status,
    ToolCall, TraceBuilder, Work, fill,
};
use std::borrow::Cow;

/// The first of these members that is there.
pub(in crate::import) type Member = &'static [&'static str];

/// Under which keys a format has what all of them have.
pub(in crate::import) struct Keys {
    pub(in crate::import) trace: Member,
    pub(in crate::import) id: Member,
    pub(in crate::import) parent: Member,
    pub(in crate::import) name: Member,
    pub(in crate::import) start: Member,
    pub(in crate::import) end: Member,
    /// How to read a time.
    pub(in crate::import) clock: Clock,
}

/// What kind of work a record says that a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::import) enum Kind {
    Turn,
    Agent,
    /// An agent, if a model is called in it and not for another agent alone.
    MaybeAgent,
    Llm,
    /// An LLM call, if none lies in it; else as [`MaybeTool`](Self::MaybeTool).
    MaybeLlm,
    Tool,
    /// A tool call, if a model asked for a tool of this name.
    MaybeTool,
    Other,
}

/// What one record tells of a span.
#[derive(Default)]
pub(in crate::import) struct Told<'a> {
    pub(in crate::import) draft: Draft,
    /// `None` if the record does not say.
    pub(in crate::import) kind: Option<Kind>,
    pub(in crate::import) call: LlmCall,
    pub(in crate::import) tool: ToolCall,
    pub(in crate::import) call_id: Cow<'a, str>,
    pub(in crate::import) agent: Agent,
    /// What went in.
    pub(in crate::import) input: Option<Json<'a>>,
    /// What came out.
    pub(in crate::import) output: Option<Json<'a>>,
    /// Why it failed.
    pub(in crate::import) error: ByteRange,
    pub(in crate::import) of: TraceFacts,
    /// Whether the record is there to add to an earlier one.
    pub(in crate::import) is_more: bool,
}

/// The spans of a file.
#[derive(Default)]
pub(in crate::import) struct Spans {
    pub(in crate::import) traces: Traces,
    pub(in crate::import) inside: Inside,
    known: KeyMap<DraftId>,
    /// By trace: the turn that it is.
    turns: KeyMap<DraftId>,
    maybe_llm: Vec<(DraftId, LlmCall, Vec<Asked>)>,
    maybe_tool: Vec<(DraftId, ToolCall)>,
    /// What went into what lies in nothing else.
    asked: Vec<(DraftId, ByteRange)>,
}

impl Spans {
    /// Reads what all formats have.
    pub(in crate::import) fn told<'a>(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'a>,
        keys: &Keys,
    ) -> Told<'a> {
        let json = record.json;
        let mut told = Told {
            draft: draft(record),
            ..Told::default()
        };
        let draft = &mut told.draft;
        let [trace, id, parent] = [keys.trace, keys.id, keys.parent].map(|it| json.first(it));
        draft.trace = self.traces.number(&text(trace));
        draft.id = record.range_if(id);
        draft.key = span_key(draft.trace, id);
        draft.parent = span_key(draft.trace, parent);
        draft.name = b.intern(&text(json.first(keys.name)));
        draft.start = (keys.clock)(b, record, json.first(keys.start));
        draft.end = (keys.clock)(b, record, json.first(keys.end));
        told
    }

    /// Adds a span, or what is told of one that is there.
    pub(in crate::import) fn add<'a>(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'a>,
        mut told: Told<'a>,
    ) -> DraftId {
        self.traces.note(&told.draft, told.of);
        let mut draft = told.draft;
        draft.work = Work::Other;
        let known = draft.key.and_then(|it| self.known.get(&it)).copied();
        let id = match known {
            Some(id) => {
                update(b, id, &told);
                id
            }
            None => b.span(draft),
        };
        if let Some(key) = draft.key {
            self.known.insert(key, id);
        }
        let was = b.get(id).map_or(Work::Other, |it| it.work);
        match (told.kind, was) {
            (Some(Kind::Llm), _) | (None, Work::Llm(_)) => told.llm_call(b, record, id),
            (Some(Kind::Tool), _) | (None, Work::Tool(_)) => told.tool_call(b, record, id),
            (Some(Kind::MaybeLlm), _) => {
                let asked = told.complete(b, record);
                self.maybe_llm.push((id, told.call, asked));
                // Where there is another in it, it may still be a tool.
                told.complete_tool(record);
                self.maybe_tool.push((id, told.tool));
            }
            (Some(Kind::MaybeTool), _) => {
                told.complete_tool(record);
                self.maybe_tool.push((id, told.tool));
            }
            (Some(Kind::Agent), Work::Other) => b.become_agent(id, told.agent),
            (Some(Kind::MaybeAgent), _) => self.inside.agents.push((id, told.agent)),
            (Some(Kind::Turn), Work::Other) => {
                let input = told.input.filter(|it| it.is_some());
                let input = input.map_or_else(ByteRange::default, |it| asked(record, it));
                self.become_turn(b, id, draft.trace, input);
            }
            _ => {}
        }
        if let Some(input) = told
            .input
            .filter(|it| it.is_some() && draft.parent.is_none())
        {
            self.asked.push((id, asked(record, input)));
        }
        if !told.error.is_empty() {
            b.error(id, told.error);
        }
        id
    }

    /// Adds the turn that a trace is. `input` is what the user said.
    pub(in crate::import) fn turn(&mut self, b: &mut TraceBuilder, draft: Draft, input: ByteRange) {
        let id = b.span(draft);
        self.become_turn(b, id, draft.trace, input);
    }

    fn become_turn(&mut self, b: &mut TraceBuilder, id: DraftId, trace: u32, input: ByteRange) {
        b.become_turn(id, None, input);
        self.turns.insert(SpanKey::of(trace), id);
    }
}

/// The identity of a span.
pub(in crate::import) fn span_key(trace: u32, id: Option<Json<'_>>) -> Option<SpanKey> {
    let id = text(id);
    (!id.is_empty()).then(|| SpanKey::of((trace, id.as_ref())))
}

/// Tells a span that is there what a later record says of it.
fn update(b: &mut TraceBuilder, id: DraftId, told: &Told<'_>) {
    let new = &told.draft;
    let (mut twice, mut more) = (false, new.record);
    if let Some(draft) = b.draft(id) {
        // The last that says what it is stands for all.
        if told.kind.is_some() {
            more = std::mem::replace(&mut draft.record, new.record);
        }
        twice = !told.is_more && draft.end.is_some() && new.end.is_some();
        draft.start = new.start.or(draft.start);
        draft.end = new.end.or(draft.end);
        draft.parent = new.parent.or(draft.parent);
        if !new.name.is_empty() {
            draft.name = new.name;
        }
        if !new.scope.is_empty() {
            draft.scope = new.scope;
        }
        if new.status != Status::Unset {
            draft.status = new.status;
        }
        if draft.end.is_some() {
            draft.marks = draft.marks.without(Marks::END_DERIVED);
        }
    }
    b.record(id, more);
    if twice {
        b.issue(IssueKind::DuplicateId, new.record);
    }
}

impl<'a> Told<'a> {
    /// Says that it failed, and where the record tells why, if it does.
    pub(in crate::import) fn failed(&mut self, record: &Record<'a>, why: Option<Json<'a>>) {
        let why = why.filter(|it| it.is_some() && it.text() != "\"\"");
        if why.is_some() {
            self.error = record.range_if(why);
            self.draft.status = Status::Error;
        }
    }

    /// Notes what a request and a response that are kept whole say. Returns the tool calls that
    /// were asked for.
    fn complete(&mut self, b: &mut TraceBuilder, record: &Record<'a>) -> Vec<Asked> {
        let mut call = self.call;
        if let Some(input) = self.input.filter(|it| it.is_some()) {
            let held = Held::new(record, input);
            if is_data(held.json()) {
                read_request(b, &held, &mut call);
            }
            if call.input.is_empty() {
                call.input = held.whole();
            }
        }
        let mut asked = Vec::new();
        if let Some(output) = self.output.filter(|it| it.is_some()) {
            let held = Held::new(record, output);
            let answer = Answer::of(held.json());
            answer.tell(b, record, &mut call);
            if call.response_id.is_empty() {
                call.response_id = held.id(answer.id());
            }
            let is_whole = answer.said == held.json();
            call.output = if is_whole {
                held.whole()
            } else {
                held.range_of(answer.said)
            };
            let [tools, system] = answer.request();
            call.tools = either_range(call.tools, held.range_if(tools));
            call.system = either_range(call.system, held.range_if(system));
            let said = Json::new(record.text_of(call.output));
            let (trace, at) = (self.draft.trace, call.output);
            requests::asked(b, trace, at, said, |_, it| asked.push(it));
        }
        // What the record states itself counts.
        fill(&mut self.call, &call);
        (self.call.input, self.call.output) = (call.input, call.output);
        asked
    }

    fn llm_call(&mut self, b: &mut TraceBuilder, record: &Record<'a>, id: DraftId) {
        let asked = self.complete(b, record);
        add_llm_call(b, id, self.call, asked);
    }

    fn complete_tool(&mut self, record: &Record<'a>) {
        let tool = &mut self.tool;
        if tool.name.is_empty() {
            tool.name = self.draft.name;
        }
        if tool.input.is_empty() {
            tool.input = record.range_if(self.input);
        }
        if tool.output.is_empty() {
            let output = self.output.map(|it| alone(it).unwrap_or(it));
            tool.output = record.range_if(output);
        }
    }

    fn tool_call(&mut self, b: &mut TraceBuilder, record: &Record<'a>, id: DraftId) {
        self.complete_tool(record);
        let key = TraceBuilder::call_key(self.draft.trace, &self.call_id);
        add_tool_call(b, id, self.tool, key);
    }
}

/// Makes an LLM call of a span, or adds to the one that it is.
fn add_llm_call(b: &mut TraceBuilder, id: DraftId, mut call: LlmCall, asked: Vec<Asked>) {
    let mut had_output = false;
    match b.llm_call_mut(id) {
        Some(known) => {
            had_output = !known.output.is_empty();
            fill(&mut call, known);
            *known = call;
        }
        None => b.become_llm_call(id, call),
    }
    if let Some(call) = b.llm_call_mut(id).filter(|it| it.model.is_empty()) {
        call.model = call.requested_model;
    }
    let new = asked.into_iter().filter(|_| !had_output);
    new.for_each(|it| it.by(b, id));
}

/// Makes a tool call of a span, or adds to the one that it is.
fn add_tool_call(b: &mut TraceBuilder, id: DraftId, tool: ToolCall, key: Option<SpanKey>) {
    let Some(known) = b.tool_call_mut(id) else {
        return b.become_tool_call(id, tool, key);
    };
    if !tool.name.is_empty() {
        known.name = tool.name;
    }
    known.input = either_range(tool.input, known.input);
    known.output = either_range(tool.output, known.output);
    known.call_id = either_range(tool.call_id, known.call_id);
    key.into_iter().for_each(|it| b.identify(id, it));
}
