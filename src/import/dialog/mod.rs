//! Conversations that a file tells message by message, and not as spans with a start and an end:
//! which turns, LLM calls and tool calls there were follows from who spoke after whom.
//!
//! A reader says what happens in the order of the file. What has no times gets none; where each
//! message has one, it is the end of what it tells: an LLM call starts when all that it answers
//! was there, a tool call when the LLM call that asked for it ended. Both are marked as derived.
//!
//! Here: turns, and what the model hears and answers; `tools.rs`: tool calls and their results.

mod tools;

use std::collections::VecDeque;

use super::llm::add;
use crate::model::{
    Agent, ByteRange, Draft, DraftId, KeySet, LlmCall, Marks, Moment, SpanKey, Sym, TraceBuilder,
};
pub(in crate::import) use tools::{runs, take_result};

/// One conversation: the user's with an agent, or that of a sub-agent.
#[derive(Default)]
pub(in crate::import) struct Dialog {
    /// Which trace of the file it is, from 0.
    trace: u32,
    /// The number of the first turn.
    first_turn: u32,
    /// The turns, and when they began.
    turns: Vec<(Option<Moment>, DraftId)>,
    /// The turn, or the span of the sub-agent.
    home: Option<DraftId>,
    /// What stands for the turn that was open before this part of the conversation.
    carried: Option<SpanKey>,
    /// Who speaks in it, where it has several agents.
    agent: Option<(Sym, DraftId)>,
    /// When all that the next LLM call answers was there.
    heard: Option<Moment>,
    /// What the model is told before all else.
    system: ByteRange,
    /// The messages that it answers.
    inputs: Vec<ByteRange>,
    /// Whether these are all there are: what came before was left out or summed up.
    anew: bool,
    llm_call: Option<DraftId>,
    /// Whether nothing was heard since the last LLM call: it may go on.
    answering: bool,
    /// Whether the user's words that opened the turn wait for an answer.
    asked: bool,
    /// Whether this is a sub-agent's: nobody in it is the user.
    is_sub: bool,
    /// Tool calls in the order they were asked for; those before the first without a result go.
    open: VecDeque<DraftId>,
    /// Those among them that have one now.
    closed: KeySet,
}

impl Dialog {
    /// The conversation of trace number `trace` of the file.
    pub(in crate::import) fn of_trace(trace: u32) -> Self {
        Dialog {
            trace,
            ..Dialog::default()
        }
    }

    /// A part of a conversation whose earlier part comes later: its turns come after those numbered
    /// below `turn`, and what is before them lies in `carried`, which is to be replaced by the turn
    /// that the earlier part ends in.
    pub(in crate::import) fn from_turn(trace: u32, turn: u32, carried: SpanKey) -> Self {
        Dialog {
            first_turn: turn,
            carried: Some(carried),
            anew: true,
            ..Dialog::of_trace(trace)
        }
    }

    /// The conversation of a sub-agent. `draft` has the span it lies in.
    pub(in crate::import) fn of_agent(b: &mut TraceBuilder, draft: Draft, agent: Agent) -> Self {
        let marks = draft.marks.with(Marks::END_DERIVED);
        let home = b.agent(Draft { marks, ..draft }, agent);
        Dialog {
            trace: draft.trace,
            heard: draft.start,
            home: Some(home),
            is_sub: true,
            ..Dialog::default()
        }
    }

    /// A conversation within a span that was added before, which began at `start`.
    pub(in crate::import) fn within(home: DraftId, trace: u32, start: Option<Moment>) -> Self {
        Dialog {
            trace,
            heard: start,
            home: Some(home),
            ..Dialog::default()
        }
    }

    /// The turn or the sub-agent's span that is open.
    pub(in crate::import) fn home(&self) -> Option<DraftId> {
        self.home
    }

    /// The turn that was open at a moment.
    pub(in crate::import) fn turn_at(&self, time: Option<Moment>) -> Option<DraftId> {
        let nanos = |it: Option<Moment>| it.map_or(i64::MIN, Moment::nanos);
        let after = self.turns.partition_point(|it| nanos(it.0) <= nanos(time));
        let before = self.turns.get(after.saturating_sub(1));
        before.map(|it| it.1).or(self.home)
    }

    /// The user wants something: a turn begins. `input` is what the user said, as a message.
    pub(in crate::import) fn begin_turn(
        &mut self,
        b: &mut TraceBuilder,
        draft: Draft,
        input: ByteRange,
    ) -> DraftId {
        self.settle(b);
        let draft = Draft {
            trace: self.trace,
            turn: self.first_turn.saturating_add(self.turns.len() as u32),
            marks: if draft.end.is_none() {
                draft.marks.with(Marks::END_DERIVED)
            } else {
                draft.marks
            },
            ..draft
        };
        self.agent = None;
        let id = b.turn(draft, None, input);
        self.turns.push((draft.start, id));
        self.home = Some(id);
        self.answering = false;
        id
    }

    /// The same where what the user said is all that the model is told.
    pub(in crate::import) fn prompt(
        &mut self,
        b: &mut TraceBuilder,
        draft: Draft,
        message: ByteRange,
    ) -> DraftId {
        let id = self.begin_turn(b, draft, message);
        self.hear(draft.start, message);
        id
    }

    /// The same where the user may say several things before the model answers, which are one turn
    /// (the last of them is its input), and where a sub-agent is told things like a user.
    pub(in crate::import) fn user(
        &mut self,
        b: &mut TraceBuilder,
        draft: Draft,
        input: ByteRange,
        message: ByteRange,
    ) {
        match self.home.filter(|_| self.asked) {
            _ if self.is_sub => {}
            Some(turn) => {
                b.record(turn, draft.record);
                b.set_turn(turn, None, input);
            }
            None => {
                self.begin_turn(b, draft, input);
                self.asked = true;
            }
        }
        self.hear(draft.start, message);
    }

    /// The model is told something that is no wish of the user: a result, a note, a system prompt.
    pub(in crate::import) fn hear(&mut self, time: Option<Moment>, message: ByteRange) {
        self.heard = latest(self.heard, time);
        if !message.is_empty() {
            self.inputs.push(message);
        }
        self.answering = false;
    }

    /// The last LLM call.
    pub(in crate::import) fn last_llm_call(&self) -> Option<DraftId> {
        self.llm_call
    }

    /// The model is told this before all else, from here on.
    pub(in crate::import) fn system(&mut self, message: ByteRange) {
        self.system = message;
    }

    /// What was said before is no longer sent: it was left out, or summed up.
    pub(in crate::import) fn begin_anew(&mut self) {
        self.inputs.clear();
        self.anew = true;
        self.answering = false;
    }

    /// Says who speaks from here on, where a conversation has several agents: what comes lies in a
    /// span of that agent. `draft` is that of the record that tells.
    pub(in crate::import) fn speaks(&mut self, b: &mut TraceBuilder, draft: Draft, agent: Agent) {
        if agent.name.is_empty() || self.agent.is_some_and(|it| it.0 == agent.name) {
            return;
        }
        self.agent = None;
        let draft = self.place(b, draft);
        let marks = draft.marks.with(Marks::END_DERIVED);
        let id = b.agent(Draft { marks, ..draft }, agent);
        self.agent = Some((agent.name, id));
    }

    /// The model answers. Where `draft` has no start, it is when all was there that it answers.
    /// Where `call` has no input, it is what was heard since the last answer.
    pub(in crate::import) fn llm_call(
        &mut self,
        b: &mut TraceBuilder,
        draft: Draft,
        mut call: LlmCall,
    ) -> DraftId {
        let mut draft = self.place(b, draft);
        let before = self.llm_call.and_then(|it| b.draft(it)?.end);
        if draft.start.is_none()
            && let Some(end) = draft.end
        {
            let heard = latest(self.heard, before).filter(|it| it.nanos() <= end.nanos());
            draft.start = heard.or(Some(end));
            draft.marks = draft.marks.with(Marks::START_DERIVED);
        }
        self.heard = None;
        let inputs = std::mem::take(&mut self.inputs);
        let own_input = !call.input.is_empty();
        call.input_is_delta = !own_input && !std::mem::take(&mut self.anew);
        if call.system.is_empty() {
            call.system = self.system;
        }
        let id = b.llm_call(draft, call);
        if !own_input {
            inputs.into_iter().for_each(|it| b.input(id, it));
        }
        self.llm_call = Some(id);
        (self.answering, self.asked) = (true, false);
        id
    }

    /// The same where an answer may come in several records, of which this is one: where it
    /// `goes_on`, it is more of the last LLM call.
    pub(in crate::import) fn answer(
        &mut self,
        b: &mut TraceBuilder,
        draft: Draft,
        call: LlmCall,
        goes_on: bool,
    ) -> DraftId {
        let Some(id) = self.llm_call.filter(|_| goes_on) else {
            return self.llm_call(b, draft, call);
        };
        b.record(id, draft.record);
        b.output(id, call.output);
        if let Some(known) = b.draft(id) {
            known.end = latest(known.end, draft.end);
        }
        if let Some(known) = b.llm_call_mut(id) {
            add(known, call);
        }
        id
    }

    /// Whether the last LLM call may go on: nothing was heard since.
    pub(in crate::import) fn is_answering(&self) -> bool {
        self.answering
    }

    /// Whether the model was told anything.
    pub(in crate::import) fn is_told(&self) -> bool {
        self.home.is_some() || !self.inputs.is_empty()
    }

    /// Whether the user waits for an answer, and there was none.
    pub(in crate::import) fn is_asked(&self) -> bool {
        self.asked
    }

    /// The file comes back to an earlier LLM call: it has asked for more.
    pub(in crate::import) fn go_on(&mut self, llm_call: DraftId) {
        self.llm_call = Some(llm_call);
    }

    /// Something happened at a moment.
    pub(in crate::import) fn point(
        &mut self,
        b: &mut TraceBuilder,
        record: ByteRange,
        time: Option<Moment>,
        name: &str,
    ) -> DraftId {
        let point = Draft {
            record,
            name: b.intern(name),
            start: time,
            end: time,
            marks: time.map_or_else(Marks::default, |_| Marks::END_DERIVED),
            ..Draft::default()
        };
        let point = self.place(b, point);
        b.span(point)
    }

    /// Puts a draft where it belongs. A file may begin in the middle of a turn.
    pub(in crate::import) fn place(&mut self, b: &mut TraceBuilder, draft: Draft) -> Draft {
        let carried = self.carried.filter(|_| self.home.is_none());
        let home = carried.unwrap_or_else(|| {
            let home = self.home.unwrap_or_else(|| {
                let turn = Draft {
                    record: draft.record,
                    ..Draft::default()
                };
                self.begin_turn(b, turn, ByteRange::default())
            });
            self.agent.map_or(home, |it| it.1).key()
        });
        Draft {
            trace: self.trace,
            parent: draft.parent.or(Some(home)),
            ..draft
        }
    }
}

/// The later of two moments, as far as they are known.
pub(in crate::import) fn latest(a: Option<Moment>, b: Option<Moment>) -> Option<Moment> {
    [a, b].into_iter().flatten().max_by_key(|it| it.nanos())
}
