//! Takes what importers say of traces.
//!
//! An importer says what the file says, in the order of the file, as [`Draft`]s: times are
//! absolute, parents are named. [`TraceBuilder::finish`] decides what
//! that means as a tree.

use std::borrow::Cow;

use super::{
    Agent, AgentId, ByteRange, Draft, DraftId, IssueKind, Issues, KeyMap, LlmCall, LlmCallId,
    Piece, Request, Said, SpanId, SpanKey, Stated, Status, Strings, Sym, Tally, ToolCall,
    ToolCallId, TurnId, Work, grow::Growth, ids::id_check, live::Before,
};

/// What the file says of a turn.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TurnFacts {
    pub(super) number: Option<u32>,
    pub(super) input: ByteRange,
}

/// Collects drafts and makes traces of them.
#[derive(Clone, Debug, Default)]
pub struct TraceBuilder {
    pub(super) drafts: Vec<Draft>,
    pub(super) llm_calls: Vec<LlmCall>,
    pub(super) tool_calls: Vec<ToolCall>,
    pub(super) agents: Vec<Agent>,
    pub(super) turns: Vec<TurnFacts>,
    pub(super) requests: Vec<Request>,
    /// What is read later.
    pub(super) said: Vec<Said>,
    pub(super) calls: KeyMap<DraftId>,
    /// Tool calls with the id of a later one.
    pub(super) earlier_calls: Vec<(SpanKey, DraftId)>,
    pub(super) pieces: Vec<(DraftId, Piece, ByteRange)>,
    pub(super) names: Vec<(u32, String)>,
    /// By trace: one entry each.
    pub(super) stated: Vec<(u32, Stated)>,
    /// Texts that are named in the places they belong to.
    pub(crate) attachments: KeyMap<ByteRange>,
    /// What stands in the file in a code, as text. See [`Source::decoded`](super::Source::decoded).
    pub(crate) decoded: String,
    pub(super) growth: Growth,
    /// The record that is read.
    pub(super) reading: ByteRange,
    /// The number of the first draft: not 0 where this is the end of another builder.
    pub(super) first: u32,
    /// The root that stands before the first draft, where that is the end of another builder.
    pub(super) root: Option<DraftId>,
    /// The settled root whose end is open: of that something may be said.
    pub(super) open_root: Option<DraftId>,
    /// Of the drafts that are settled, the first that something was said of since; see `live.rs`.
    pub(super) unsettled: u32,
    /// Tool calls with the keys of their ids, in order, while that is asked for.
    pub(super) identified: Option<Vec<(SpanKey, DraftId)>>,
    /// What comes before the drafts, where they are the end of a trace.
    pub(super) before: Option<Before>,
    /// Names: models, tools, reasons.
    pub strings: Strings,
    /// What could not be taken as it stood.
    pub issues: Issues,
    /// What became of the records.
    pub tally: Tally,
}

impl TraceBuilder {
    /// The symbol of a name.
    pub fn intern(&mut self, name: &str) -> Sym {
        self.strings.intern(name)
    }

    /// Says how many bytes the file has, where that is known: there is room for what they bring
    /// before it comes.
    pub fn expect(&mut self, total_bytes: u64) {
        self.growth.total = total_bytes;
    }

    /// Says what is read now: where it lies in the file.
    pub fn reads(&mut self, record: ByteRange) {
        self.growth.read = record.end().into();
        self.reading = record;
    }

    /// How many spans there are so far.
    pub fn n_spans(&self) -> usize {
        self.drafts.len()
    }

    /// Adds a span of no particular kind.
    pub fn span(&mut self, mut draft: Draft) -> DraftId {
        // What no record tells of itself, the one that is read tells.
        if draft.record.is_empty() {
            draft.record = self.reading;
        }
        draft.id_check = None;
        self.growth.push(&mut self.drafts, draft);
        self.id(self.drafts.len() - 1)
    }

    /// Adds a turn: its number, where the file gives one, and what the user said.
    pub fn turn(&mut self, draft: Draft, number: Option<u32>, input: ByteRange) -> DraftId {
        let id = self.span(draft);
        self.become_turn(id, number, input);
        id
    }

    /// Makes a turn of a span added before.
    pub fn become_turn(&mut self, id: DraftId, number: Option<u32>, input: ByteRange) {
        self.turns.push(TurnFacts { number, input });
        let work = Work::Turn(TurnId::new(self.turns.len() - 1));
        self.draft(id).into_iter().for_each(|it| it.work = work);
    }

    /// Adds an agent.
    pub fn agent(&mut self, draft: Draft, agent: Agent) -> DraftId {
        self.agents.push(agent);
        self.span(Draft {
            work: Work::Agent(AgentId::new(self.agents.len() - 1)),
            ..draft
        })
    }

    /// Makes an agent of a span added before.
    pub fn become_agent(&mut self, id: DraftId, agent: Agent) {
        self.agents.push(agent);
        let work = Work::Agent(AgentId::new(self.agents.len() - 1));
        self.draft(id).into_iter().for_each(|it| it.work = work);
    }

    /// Adds an LLM call.
    pub fn llm_call(&mut self, draft: Draft, call: LlmCall) -> DraftId {
        let id = self.span(draft);
        self.become_llm_call(id, call);
        id
    }

    /// Makes an LLM call of a span added before.
    pub fn become_llm_call(&mut self, id: DraftId, call: LlmCall) {
        let span = SpanId::new(id.index());
        self.growth
            .push(&mut self.llm_calls, LlmCall { span, ..call });
        let work = Work::Llm(LlmCallId::new(self.llm_calls.len() - 1));
        self.draft(id).into_iter().for_each(|it| it.work = work);
    }

    /// Adds a tool call; `call` is the [`call_key`](Self::call_key) of its id.
    pub fn tool_call(&mut self, draft: Draft, tool: ToolCall, call: Option<SpanKey>) -> DraftId {
        let id = self.span(draft);
        self.become_tool_call(id, tool, call);
        id
    }

    /// Makes a tool call of a span added before.
    pub fn become_tool_call(&mut self, id: DraftId, tool: ToolCall, call: Option<SpanKey>) {
        self.growth.push(&mut self.tool_calls, tool);
        let work = Work::Tool(ToolCallId::new(self.tool_calls.len() - 1));
        self.draft(id).into_iter().for_each(|it| it.work = work);
        call.into_iter().for_each(|it| self.identify(id, it));
    }

    /// Says which id a tool call has, where that comes to be known after it was added.
    pub fn identify(&mut self, id: DraftId, call: SpanKey) {
        if self.calls.len() == self.calls.capacity() {
            let _ = self.calls.try_reserve(self.growth.more(self.calls.len()));
        }
        if let Some(earlier) = self.calls.insert(call, id) {
            self.earlier_calls.push((call, earlier));
        }
        self.identified
            .iter_mut()
            .for_each(|it| it.push((call, id)));
        self.touch(id);
    }

    /// The identity of a call id within trace number `trace`. Blanks around an id do not count.
    pub fn call_key(trace: u32, call_id: &str) -> Option<SpanKey> {
        let call_id = call_id.trim();
        (!call_id.is_empty()).then(|| SpanKey::of((trace, call_id)))
    }

    /// The tool call of a call id.
    pub fn call(&self, call: SpanKey) -> Option<DraftId> {
        self.calls.get(&call).copied()
    }

    /// Says that an LLM call asked for a tool call. One that never ran is shown as just that.
    pub fn request(&mut self, request: Request) {
        self.touch(request.llm_call);
        self.growth.push(&mut self.requests, request);
    }

    /// Says that what an LLM call said, at a place in the file, is read later: it may ask for tool calls.
    pub fn request_later(&mut self, llm_call: DraftId, trace: u32, at: ByteRange) {
        let place = self.requests.len();
        self.said.push(Said {
            llm_call,
            trace,
            at,
            place,
        });
    }

    /// Has `read` say what was left for later, as if it had been read in its place.
    pub fn request_now(&mut self, mut read: impl FnMut(&mut Self, Said)) {
        for said in std::mem::take(&mut self.said).into_iter().rev() {
            let rest = self.requests.split_off(said.place);
            read(self, said);
            self.requests.extend(rest);
        }
    }

    /// The tools that LLM calls asked for so far.
    pub fn tools_asked_for(&self) -> impl Iterator<Item = Sym> {
        self.requests.iter().map(|it| it.name)
    }

    /// A span added before, as it is.
    pub fn get(&self, id: DraftId) -> Option<&Draft> {
        self.drafts.get(self.place(id))
    }

    /// A span added before.
    pub fn draft(&mut self, id: DraftId) -> Option<&mut Draft> {
        self.touch(id);
        let place = self.place(id);
        let draft = self.drafts.get_mut(place)?;
        // It may get another id.
        draft.id_check = None;
        Some(draft)
    }

    /// Takes the checks of the ids of the spans from number `first` on, while what they are of is at
    /// hand: `text_of` says what stands there.
    pub fn check_ids<'a>(&mut self, first: usize, text_of: impl Fn(ByteRange) -> Option<&'a str>) {
        for draft in self.drafts.iter_mut().skip(first) {
            draft.id_check = text_of(draft.id).map(|it| id_check(Cow::Borrowed(it)));
        }
    }

    /// The spans added so far.
    pub fn drafts(&self) -> impl Iterator<Item = (DraftId, &Draft)> {
        let drafts = self.drafts.iter().enumerate();
        drafts.map(|it| (self.id(it.0), it.1))
    }

    /// An LLM call added before.
    pub fn llm_call_mut(&mut self, id: DraftId) -> Option<&mut LlmCall> {
        self.touch(id);
        match self.get(id)?.work {
            Work::Llm(call) => self.llm_calls.get_mut(call.index()),
            _ => None,
        }
    }

    /// A tool call added before.
    pub fn tool_call_mut(&mut self, id: DraftId) -> Option<&mut ToolCall> {
        self.touch(id);
        match self.get(id)?.work {
            Work::Tool(call) => self.tool_calls.get_mut(call.index()),
            _ => None,
        }
    }

    /// The id of the LLM call that a draft is, for [`ToolCall::requested_by`].
    pub fn llm_call_id(&self, id: DraftId) -> Option<LlmCallId> {
        match self.get(id)?.work {
            Work::Llm(call) => Some(call),
            _ => None,
        }
    }

    /// Sets what is known of a turn after it was added.
    pub fn set_turn(&mut self, id: DraftId, number: Option<u32>, input: ByteRange) {
        self.touch(id);
        if let Some(Work::Turn(turn)) = self.get(id).map(|it| it.work)
            && let Some(facts) = self.turns.get_mut(turn.index())
        {
            *facts = TurnFacts { number, input };
        }
    }

    /// Moves every span from the trace it was put into to another, as a turn of it.
    pub fn regroup(&mut self, home: impl Fn(u32) -> (u32, u32)) {
        for draft in &mut self.drafts {
            (draft.trace, draft.turn) = home(draft.trace);
        }
    }

    /// Adds a further record about a span.
    pub fn record(&mut self, id: DraftId, record: ByteRange) {
        self.touch(id);
        self.pieces.push((id, Piece::Record, record));
    }

    /// Says where the file tells why a span failed.
    pub fn error(&mut self, id: DraftId, at: ByteRange) {
        self.touch(id);
        self.pieces.push((id, Piece::Error, at));
    }

    /// Says that a span failed, and where the file tells why.
    pub fn fail(&mut self, id: DraftId, why: ByteRange) {
        self.draft(id)
            .into_iter()
            .for_each(|it| it.status = Status::Error);
        self.error(id, why);
    }

    /// Says what an LLM call was sent besides its input so far. Of another span it is what the user
    /// said, where the span stands for a turn.
    pub fn input(&mut self, id: DraftId, at: ByteRange) {
        match self.llm_call_mut(id) {
            Some(call) if call.input.is_empty() => call.input = at,
            _ => self.pieces.push((id, Piece::Input, at)),
        }
    }

    /// Says what an LLM call answered besides its output so far.
    pub fn output(&mut self, id: DraftId, at: ByteRange) {
        if let Some(call) = self.llm_call_mut(id) {
            if call.output.is_empty() {
                call.output = at;
            } else {
                self.pieces.push((id, Piece::Output, at));
            }
        }
    }

    /// Notes what could not be taken as it stood.
    pub fn issue(&mut self, kind: IssueKind, at: ByteRange) {
        self.issues.push(kind, at);
    }

    /// Adds a text that is named in the places it belongs to. See [`Source::content`](super::Source::content).
    pub fn attachment(&mut self, name: &str, at: ByteRange) {
        self.attachments.insert(SpanKey::of(name), at);
    }

    /// Names trace number `trace`; the last name counts.
    pub fn name(&mut self, trace: u32, name: String) {
        self.names.push((trace, name));
    }

    /// Says what LLM calls of trace number `trace` used in all; what is said twice adds up.
    pub fn state(&mut self, trace: u32, stated: Stated) {
        match self.stated.iter_mut().find(|it| it.0 == trace) {
            Some(known) => known.1.add(stated),
            None => self.stated.push((trace, stated)),
        }
    }
}
