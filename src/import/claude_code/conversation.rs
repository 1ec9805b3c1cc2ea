//! Conversations: the user's with the agent, and those of sub-agents in the same file.

use std::collections::{BTreeSet, VecDeque};

use super::tools;
use super::{ClaudeCode, Fields, Line, said};
use crate::import::{draft, text};
use crate::model::{ByteRange, Draft, DraftId, Json, Marks, Moment, SpanKey, TraceBuilder};

/// Which conversation a record belongs to.
#[derive(Clone, Copy)]
pub(super) enum At {
    Main,
    /// By its place in [`ClaudeCode::sides`].
    Side(u32),
}

/// What is going on in a conversation.
#[derive(Default)]
pub(super) struct Conversation {
    /// The turn, or the span of the sub-agent.
    pub(super) home: Option<DraftId>,
    /// When all that the next LLM call answers was there.
    heard: Option<Moment>,
    /// The messages it answers.
    inputs: Vec<ByteRange>,
    /// Whether the first of them is a summary, which compaction put in the place of everything before.
    is_summed_up: bool,
    /// The last LLM call.
    pub(super) llm_call: Option<DraftId>,
    /// Tool calls without a result, of the last LLM call.
    pub(super) open: BTreeSet<DraftId>,
    /// Of these the ones without an id.
    pub(super) unnamed: VecDeque<DraftId>,
}

impl Conversation {
    /// Something new for the next LLM call. What comes last in the file is not always latest.
    pub(super) fn hear(&mut self, time: Option<Moment>, message: ByteRange) {
        self.heard = latest(self.heard, time);
        self.inputs.push(message);
    }

    /// Compaction has put a summary in the place of all that was said.
    pub(super) fn sum_up(&mut self, time: Option<Moment>, summary: ByteRange) {
        self.inputs.clear();
        self.is_summed_up = true;
        self.hear(time, summary);
    }

    /// When an LLM call began whose first record came at `time`: when all it answers was there
    /// and the last call had ended. If the clock went backward in between, nobody knows.
    pub(super) fn began(&self, b: &mut TraceBuilder, time: Option<Moment>) -> Option<Moment> {
        let before = self
            .llm_call
            .and_then(|it| b.draft(it))
            .and_then(|it| it.end);
        let time = time?;
        latest(self.heard, before)
            .filter(|it| it.nanos() <= time.nanos())
            .or(Some(time))
    }

    /// Takes what the next LLM call answers: the messages, and whether earlier ones were sent too.
    pub(super) fn take_inputs(&mut self) -> (Vec<ByteRange>, bool) {
        self.heard = None;
        let is_delta = !std::mem::take(&mut self.is_summed_up);
        (std::mem::take(&mut self.inputs), is_delta)
    }

    /// A tool call was asked for.
    pub(super) fn open(&mut self, id: DraftId, is_named: bool) {
        self.open.insert(id);
        if !is_named {
            self.unnamed.push_back(id);
        }
    }

    /// The conversation went on: tool calls that are still open have no result.
    pub(super) fn settle(&mut self, b: &mut TraceBuilder) {
        self.unanswered(b);
        self.unnamed.clear();
        self.open.clear();
    }

    /// What the last LLM call asked for and has no result never had one.
    pub(super) fn unanswered(&self, b: &mut TraceBuilder) {
        for id in &self.open {
            tools::never_answered(b, *id);
        }
    }
}

pub(super) fn latest(a: Option<Moment>, b: Option<Moment>) -> Option<Moment> {
    [a, b].into_iter().flatten().max_by_key(|it| it.nanos())
}

/// The conversation of a sub-agent.
#[derive(Default)]
pub(super) struct SideChain {
    pub(super) conversation: Conversation,
    /// What it was asked, and the same as the key of the call that asked.
    pub(super) prompt: ByteRange,
    pub(super) prompt_key: Option<SpanKey>,
    pub(super) agent: Option<SpanKey>,
    pub(super) id: ByteRange,
    /// The turn that was open when it began, where that is seen.
    pub(super) turn: Option<DraftId>,
    /// Whether it sums up the main conversation.
    pub(super) is_compaction: bool,
}

impl ClaudeCode {
    pub(super) fn conversation(&mut self, at: At) -> &mut Conversation {
        match at {
            At::Side(side) => self
                .sides
                .get_mut(side as usize)
                .map_or(&mut self.main, |it| &mut it.conversation),
            At::Main => &mut self.main,
        }
    }

    /// The conversation of a record: its agent's, else that of its parent. Records that are no
    /// messages count too, as they stand between messages.
    pub(super) fn place(&mut self, fields: &Fields<'_>, uuid: Option<SpanKey>) -> At {
        if !fields.is_sidechain {
            return At::Main;
        }
        let key = |it: Option<Json<'_>>| it.and_then(Json::str).map(SpanKey::of);
        let (agent, parent) = (key(fields.agent_id), key(fields.parent));
        let known = match agent {
            Some(agent) => self.side_of_agent.get(&agent),
            None => parent.and_then(|it| self.side_of.get(&it)),
        };
        let side = known.copied().unwrap_or_else(|| {
            self.sides.push(SideChain {
                agent,
                ..SideChain::default()
            });
            self.sides.len() as u32 - 1
        });
        if let Some(agent) = agent {
            self.side_of_agent.insert(agent, side);
        }
        if let Some(uuid) = uuid {
            self.side_of.insert(uuid, side);
        }
        At::Side(side)
    }

    /// The span that actions of this conversation lie in. A file may begin in the middle of one.
    pub(super) fn home(&mut self, b: &mut TraceBuilder, line: &Line<'_>) -> DraftId {
        if self.conversation(line.at).home.is_none() {
            self.begin_side(b, line, draft(&line.record), None);
        }
        if let Some(home) = self.conversation(line.at).home {
            return home;
        }
        let home = self.begin_turn(b, draft(&line.record), ByteRange::default());
        self.main.home = Some(home);
        home
    }

    pub(super) fn begin_turn(
        &mut self,
        b: &mut TraceBuilder,
        draft: Draft,
        input: ByteRange,
    ) -> DraftId {
        // The number keeps turns in the order of the file.
        let draft = Draft {
            turn: self.n_turns,
            marks: Marks::END_DERIVED,
            ..draft
        };
        self.n_turns += 1;
        let turn = b.turn(draft, None, input);
        self.turns.push((draft.start, turn));
        turn
    }

    /// The conversation of a sub-agent begins. Which tool call sent the prompt is seen at the end.
    pub(super) fn begin_side(
        &mut self,
        b: &mut TraceBuilder,
        line: &Line<'_>,
        draft: Draft,
        prompt: Option<Json<'_>>,
    ) {
        let At::Side(side) = line.at else { return };
        if self.conversation(line.at).home.is_some() {
            return;
        }
        let turn = self.main.home.filter(|_| self.is_main_here);
        let home = b.span(Draft {
            marks: Marks::END_DERIVED,
            ..draft
        });
        let Some(side) = self.sides.get_mut(side as usize) else {
            return;
        };
        (side.conversation.home, side.turn) = (Some(home), turn);
        side.prompt = line.range(prompt);
        side.prompt_key = prompt.and_then(said::prompt_key);
        side.id = line.range(line.fields.agent_id);
        let agent = text(line.fields.agent_id);
        side.is_compaction = agent.starts_with("acompact");
    }
}
