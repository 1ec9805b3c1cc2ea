//! Formats that have one record a span, in a flat list: a record names its trace, itself, its
//! parent, its times. A later record may tell more of a span that an earlier one began.

use super::answer::{Answer, alone, request};
use super::events::Clock;
use super::fields::{draft, text};
use super::inside::Inside;
use super::records::Record;
use super::requests::{self, Asked};
use super::traces::{TraceFacts, Traces};
use crate::model::{
    Agent, ByteRange, Draft, DraftId, IssueKind, Json, KeyMap, KeySet, LlmCall, Marks, SpanKey,
    Status, ToolCall, TraceBuilder, Work, fill,
};
use std::borrow::Cow;

/// The first of these members that is there.
pub(super) type Member = &'static [&'static str];

/// Under which keys a format has what all of them have.
pub(super) struct Keys {
    pub(super) trace: Member,
    pub(super) id: Member,
    pub(super) parent: Member,
    pub(super) name: Member,
    pub(super) start: Member,
    pub(super) end: Member,
    /// How to read a time.
    pub(super) clock: Clock,
}

/// What kind of work a record says that a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Turn,
    Agent,
    /// An agent, if a model is called in it and not for another agent alone.
    MaybeAgent,
    Llm,
    /// An LLM call, if none lies in it.
    MaybeLlm,
    Tool,
    /// A tool call, if a model asked for a tool of this name.
    MaybeTool,
    Other,
}

/// What one record tells of a span.
#[derive(Default)]
pub(super) struct Told<'a> {
    pub(super) draft: Draft,
    /// `None` if the record does not say.
    pub(super) kind: Option<Kind>,
    pub(super) call: LlmCall,
    pub(super) tool: ToolCall,
    pub(super) call_id: Cow<'a, str>,
    pub(super) agent: Agent,
    /// What went in.
    pub(super) input: Option<Json<'a>>,
    /// What came out.
    pub(super) output: Option<Json<'a>>,
    /// Why it failed.
    pub(super) error: ByteRange,
    pub(super) of: TraceFacts,
    /// Whether the record is there to add to an earlier one.
    pub(super) is_more: bool,
}

/// The spans of a file.
#[derive(Default)]
pub(super) struct Spans {
    pub(super) traces: Traces,
    pub(super) inside: Inside,
    known: KeyMap<DraftId>,
    /// By trace: the turn that it is.
    turns: KeyMap<DraftId>,
    maybe_llm: Vec<(DraftId, LlmCall, Vec<Asked>)>,
    maybe_tool: Vec<(DraftId, ToolCall)>,
}

impl Spans {
    /// Reads what all formats have.
    pub(super) fn told<'a>(
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
    pub(super) fn add<'a>(
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
            }
            (Some(Kind::MaybeTool), _) => {
                told.complete_tool(record);
                self.maybe_tool.push((id, told.tool));
            }
            (Some(Kind::Agent), Work::Other) => b.become_agent(id, told.agent),
            (Some(Kind::MaybeAgent), _) => self.inside.agents.push((id, told.agent)),
            (Some(Kind::Turn), Work::Other) => {
                b.become_turn(id, None, record.range_if(told.input));
                self.turns.insert(SpanKey::of(draft.trace), id);
            }
            _ => {}
        }
        let is_action = matches!(told.kind, Some(Kind::Llm | Kind::Tool | Kind::Turn) | None);
        if draft.parent.is_none() && !is_action && told.input.is_some() {
            b.input(id, record.range_if(told.input));
        }
        if !told.error.is_empty() {
            b.error(id, told.error);
        }
        id
    }

    /// There are no more.
    pub(super) fn end(&mut self, b: &mut TraceBuilder) {
        self.settle_llm_calls(b);
        self.settle_tool_calls(b);
        self.settle_roots(b);
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
            let draft = b.get(id).filter(|it| it.work == Work::Other);
            if draft.is_some_and(|it| it.key.is_none_or(|it| !around.contains(&it))) {
                b.become_llm_call(id, call);
                asked.into_iter().for_each(|it| it.by(b, id));
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
            let is_other = b.get(id).is_some_and(|it| it.work == Work::Other);
            if is_other && asked.contains(&SpanKey::of(tool.name)) {
                b.become_tool_call(id, tool, None);
            }
        }
    }

    /// What lies in nothing else lies in the turn that its trace is.
    fn settle_roots(&mut self, b: &mut TraceBuilder) {
        if self.turns.is_empty() {
            return;
        }
        let roots = b.drafts().filter(|it| it.1.parent.is_none());
        let homes = roots.filter_map(|(id, it)| {
            let turn = self.turns.get(&SpanKey::of(it.trace))?;
            Some((id, *turn)).filter(|it| it.0 != it.1)
        });
        let homes: Vec<(DraftId, DraftId)> = homes.collect();
        for (id, turn) in homes {
            b.draft(id)
                .into_iter()
                .for_each(|it| it.parent = Some(turn.key()));
        }
    }
}

/// The identity of a span.
pub(super) fn span_key(trace: u32, id: Option<Json<'_>>) -> Option<SpanKey> {
    let id = text(id);
    (!id.is_empty()).then(|| SpanKey::of((trace, id.as_ref())))
}

/// Tells a span that is there what a later record says of it.
fn update(b: &mut TraceBuilder, id: DraftId, told: &Told<'_>) {
    let new = &told.draft;
    let mut twice = false;
    if let Some(draft) = b.draft(id) {
        twice = !told.is_more && draft.end.is_some() && new.end.is_some();
        draft.start = new.start.or(draft.start);
        draft.end = new.end.or(draft.end);
        draft.parent = new.parent.or(draft.parent);
        if !new.name.is_empty() {
            draft.name = new.name;
        }
        if new.status != Status::Unset {
            draft.status = new.status;
        }
        if draft.end.is_some() {
            draft.marks = draft.marks.without(Marks::END_DERIVED);
        }
    }
    b.record(id, new.record);
    if twice {
        b.issue(IssueKind::DuplicateId, new.record);
    }
}

impl<'a> Told<'a> {
    /// Says that it failed, and where the record tells why, if it does.
    pub(super) fn failed(&mut self, record: &Record<'a>, why: Option<Json<'a>>) {
        let why = why.filter(|it| it.is_some() && it.text() != "\"\"");
        if why.is_some() {
            self.error = record.range_if(why);
            self.draft.status = Status::Error;
        }
    }

    /// Notes what a request and a response that are kept whole say. Returns the tool calls that
    /// were asked for.
    fn complete(&mut self, b: &mut TraceBuilder, record: &Record<'a>) -> Vec<Asked> {
        let call = &mut self.call;
        if let Some(body) = self.input.filter(|_| call.input.is_empty()) {
            request(record, call, body);
        }
        let mut asked = Vec::new();
        if let Some(output) = self.output.filter(|it| it.is_some()) {
            let answer = Answer::of(output);
            answer.tell(b, record, call);
            if call.response_id.is_empty() {
                call.response_id = record.range_if(answer.id());
            }
            call.output = record.range_of(answer.said);
            let (trace, at) = (self.draft.trace, call.output);
            requests::asked(b, trace, at, answer.said, |_, it| asked.push(it));
        }
        asked
    }

    fn llm_call(&mut self, b: &mut TraceBuilder, record: &Record<'a>, id: DraftId) {
        let asked = self.complete(b, record);
        let mut had_output = false;
        match b.llm_call_mut(id) {
            Some(known) => {
                had_output = !known.output.is_empty();
                fill(&mut self.call, known);
                *known = self.call;
            }
            None => b.become_llm_call(id, self.call),
        }
        if let Some(call) = b.llm_call_mut(id).filter(|it| it.model.is_empty()) {
            call.model = call.requested_model;
        }
        let new = asked.into_iter().filter(|_| !had_output);
        new.for_each(|it| it.by(b, id));
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
        match b.tool_call_mut(id) {
            Some(known) => {
                let new = self.tool;
                if !new.name.is_empty() {
                    known.name = new.name;
                }
                for (own, new) in [
                    (&mut known.input, new.input),
                    (&mut known.output, new.output),
                    (&mut known.call_id, new.call_id),
                ] {
                    if !new.is_empty() {
                        *own = new;
                    }
                }
                key.into_iter().for_each(|it| b.identify(id, it));
            }
            None => b.become_tool_call(id, self.tool, key),
        }
    }
}
