//! A trace with all that is derived from it once.

use std::sync::{Arc, OnceLock};

use super::{Given, Shared};
use crate::analysis::{Counted, Reported, Rounds, Sums, Totals, sums, text};
use crate::layout::{Lanes, Rows, SettledPart};
use crate::model::{
    ByteRange, Grown, KeyMap, SLICE, Settled, Span, SpanId, SpanKey, Sym, ToolCall, Trace, Work,
    at_once, in_slices, pause,
};
use crate::payload;
use crate::state::RowId;
use crate::text::Phrase;

/// Columns of the map: finer than any screen shows it.
const COLUMNS: usize = 1000;

/// A trace that is on the screen.
#[derive(Clone, Debug)]
pub struct Shown {
    /// All that was given.
    pub given: Shared<Given>,
    /// Which of its traces this is.
    pub at: usize,
    /// The trace.
    pub trace: Arc<Trace>,
    /// Its rounds.
    pub rounds: Rounds,
    /// Its rows.
    pub rows: Rows,
    /// The figures at the top.
    pub totals: Totals,
    /// Tokens of turns, by their place.
    pub turn_sums: Vec<Sums>,
    /// Tokens of agents, by span.
    pub agent_sums: Vec<(SpanId, Sums)>,
    /// How often each tool was called; tools are few.
    pub tool_uses: Vec<(Sym, u32)>,
    /// Where the tool calls are, by the keys of their ids: once one is asked for.
    by_call_id: OnceLock<KeyMap<u32>>,
    /// What the file does not tell of every call; not known while it grows.
    pub left_out: Vec<Reported>,
    /// The overview map.
    pub lanes: Lanes,
    /// Whether more may come: what runs has not failed to end.
    pub is_live: bool,
    /// What is derived of the part that does not change any more, while it grows.
    settled: SettledPart,
    /// The turn that goes on, up to where it is settled, and the tokens of that.
    open_turn: (usize, usize, Sums),
    /// What it is called without its host, once that was looked for.
    own_title: OnceLock<Option<String>>,
}

impl Shown {
    /// Derives all there is of one of the traces that were given.
    pub fn new(given: Shared<Given>, at: usize) -> Self {
        at_once(Shown::in_slices(given, at))
    }

    /// The same, with pauses.
    pub async fn in_slices(given: Shared<Given>, at: usize) -> Self {
        let trace = given.traces.get(at).cloned().unwrap_or_default();
        let rounds = Rounds::in_slices(&trace).await;
        let rows = Rows::in_slices(&trace, &rounds).await;
        let counted = count(&trace, &rounds).await;
        let stop = trace.spans.iter().map(Span::stop).max().unwrap_or(1);
        let mut lanes = Lanes::new(stop, COLUMNS);
        in_slices(trace.spans.len(), &mut |it| lanes.add(&trace.spans, it)).await;
        let mut shown = Shown {
            totals: counted.totals(&trace),
            tool_uses: counted.tool_uses().to_vec(),
            left_out: counted.left_out(),
            given,
            at,
            trace,
            rounds,
            rows,
            turn_sums: Vec::new(),
            agent_sums: Vec::new(),
            lanes,
            is_live: false,
            settled: SettledPart::new(1, COLUMNS),
            open_turn: (0, 0, Sums::default()),
            own_title: OnceLock::new(),
            by_call_id: OnceLock::new(),
        };
        shown.sum_from(Settled::default()).await;
        shown
    }

    /// The same trace, with what is counted of messages counted anew: they can be read now.
    pub async fn read_again(mut self) -> Self {
        let counted = count(&self.trace, &self.rounds).await;
        self.totals = counted.totals(&self.trace);
        self.own_title = OnceLock::new();
        self
    }

    /// A trace that grows, before there is anything of it.
    pub fn growing() -> Self {
        Shown {
            is_live: true,
            ..Shown::new(Shared::new(Given::default()), 0)
        }
    }

    /// The same trace, of which no more will come: what still runs has failed to end.
    pub fn whole(&self) -> impl Future<Output = Self> + use<> {
        let given = Given::one(self.trace.clone());
        Shown::in_slices(Shared::new(given), 0)
    }

    /// Takes in what `more` adds to the trace, and says up to where it is as it was, and which
    /// row is the first new one; nothing where there
    /// is nothing to see yet. In a time that what was there before does not lengthen.
    pub fn grow(
        &mut self,
        more: impl FnOnce(&mut Trace) -> Option<Grown>,
    ) -> Option<(Settled, usize)> {
        let grown = more(Arc::make_mut(&mut self.trace))?;
        let (rounds, rows) = (&mut self.rounds, &mut self.rows);
        let (counted, lanes, first_row) = self.settled.grow(&self.trace, &grown, rounds, rows);
        self.by_call_id = OnceLock::new();
        self.totals = counted.totals(&self.trace);
        self.tool_uses = counted.tool_uses().to_vec();
        self.lanes = lanes;
        at_once(self.sum_from(grown.from));
        if grown.from.turns == 0 {
            self.own_title = OnceLock::new();
        }
        Some((grown.from, first_row))
    }

    /// Sums up the turns and agents from there on.
    async fn sum_from(&mut self, from: Settled) {
        let trace = &self.trace;
        let last = trace.spans.len();
        let first_turn = from.turns - usize::from(from.goes_on);
        let mut turns: Vec<Sums> = Vec::new();
        let spans = |from: usize, to: usize| sums(trace, (from..to).map(SpanId::new));
        // To sum up a million is a matter of milliseconds.
        let mut n_summed = 0;
        for at in first_turn..trace.turns.len() {
            let first = trace.turns.get(at).map_or(last, |it| it.first.index());
            let until = trace.turns.get(at + 1).map_or(last, |it| it.first.index());
            n_summed += until.saturating_sub(first);
            if n_summed > SLICE {
                n_summed = 0;
                pause().await;
            }
            if at >= from.turns {
                turns.push(spans(first, until));
                continue;
            }
            // Of the turn that goes on, what is settled was summed up before.
            let (known, upto, sum) = self.open_turn;
            let is_known = known == at && (first..=from.spans).contains(&upto);
            let (upto, sum) = if is_known {
                (upto, sum)
            } else {
                (first, Sums::default())
            };
            let settled = sum.with(spans(upto, from.spans));
            self.open_turn = (at, from.spans, settled);
            turns.push(settled.with(spans(from.spans, until)));
        }
        self.turn_sums.truncate(first_turn);
        let of_open = turns.first().copied().filter(|_| from.goes_on);
        self.turn_sums.extend(turns);
        let is_before = |it: &(SpanId, Sums)| it.0.index() < from.spans;
        let n_agents = self.agent_sums.partition_point(is_before);
        self.agent_sums.truncate(n_agents);
        let open = self.agent_sums.iter_mut().rev();
        if let Some((it, sum)) = open
            .into_iter()
            .find(|it| Some(it.0) == from.root)
            .zip(of_open)
        {
            it.1 = sum;
        }
        let agents = trace.spans.iter().enumerate().skip(from.spans);
        for (at, span) in agents.filter(|it| matches!(it.1.work, Work::Agent(_))) {
            let end = span.end as usize;
            n_summed += end.saturating_sub(at);
            if n_summed > SLICE {
                n_summed = 0;
                pause().await;
            }
            self.agent_sums.push((SpanId::new(at), spans(at, end)));
        }
    }

    /// What a row is known by when the trace has grown: its record, and what kind of row it is.
    pub(super) fn known_by(&self, row: RowId) -> Option<(ByteRange, std::mem::Discriminant<Work>)> {
        let span = self.trace.span(row.span(&self.trace, &self.rounds)?)?;
        Some((span.record, std::mem::discriminant(&span.work)))
    }

    /// The row that was known so, after the trace has grown `from` there on.
    pub(super) fn known(
        &self,
        row: RowId,
        known_by: Option<(ByteRange, std::mem::Discriminant<Work>)>,
        from: Settled,
    ) -> Option<RowId> {
        let is_it = |it: &Span| {
            let (record, work) = (it.record.start, std::mem::discriminant(&it.work));
            known_by.is_some_and(|it| (it.0.start, it.1) == (record, work))
        };
        let span = row.span(&self.trace, &self.rounds);
        let is_still = span.and_then(|it| self.trace.span(it)).is_some_and(is_it);
        if is_still || matches!(row, RowId::Turn(_)) {
            return Some(row);
        }
        let new = self.trace.spans.get(from.spans..)?;
        let span = SpanId::new(from.spans + new.iter().position(is_it)?);
        match row {
            RowId::Round(_) => self.rounds.of(span).map(RowId::Round),
            _ => Some(RowId::Span(span)),
        }
    }

    /// Which tool call has this id.
    pub fn tool_call_of(&self, id: &str) -> Option<usize> {
        let by_id = self.by_call_id.get_or_init(|| {
            let calls = self.trace.tool_calls.iter().enumerate().rev();
            let calls = calls.filter(|it| !it.1.call_id.is_empty());
            let key = |it: &ToolCall| SpanKey::of(text(&self.trace, it.call_id).trim());
            calls.map(|(at, it)| (key(it), at as u32)).collect()
        });
        by_id.get(&SpanKey::of(id.trim())).map(|it| *it as usize)
    }

    /// The tokens of an agent.
    pub fn sums_of(&self, agent: SpanId) -> Sums {
        let at = self.agent_sums.binary_search_by_key(&agent, |it| it.0);
        at.ok()
            .and_then(|it| self.agent_sums.get(it))
            .map(|it| it.1)
            .unwrap_or_default()
    }

    /// How often a tool was called.
    pub fn uses_of(&self, tool: &str) -> u32 {
        let uses = self
            .tool_uses
            .iter()
            .find(|it| self.trace.text(it.0) == tool);
        uses.map_or(0, |it| it.1)
    }

    /// What the user said in a turn: where the file says so, else the last thing a user said in
    /// what its first LLM call was sent.
    pub fn turn_input(&self, turn: u32) -> String {
        turn_input(&self.trace, turn)
    }

    /// What the trace is called: by the host, by itself, by what was asked first.
    pub fn title(&self, host: Option<&str>) -> String {
        let own = self.own_title.get_or_init(|| own_title(&self.trace));
        let host = host.filter(|it| !it.trim().is_empty());
        let title = host.or(own.as_deref()).unwrap_or(Phrase::trace.text());
        title.to_owned()
    }
}

/// What is counted of a trace that is all there.
pub(super) async fn count(trace: &Trace, rounds: &Rounds) -> Counted {
    let mut counted = Counted::default();
    let extent = trace.extent();
    counted.add_in_slices(trace, rounds, extent).await;
    counted
}

/// What a trace is called: by itself, by what was asked first; nothing where neither is said.
pub(super) fn own_title(trace: &Trace) -> Option<String> {
    let own = trace.name.clone().filter(|it| !it.trim().is_empty());
    let asked = || Some(first_line(&turn_input(trace, 0), 120)).filter(|it| !it.is_empty());
    own.or_else(asked)
}

/// See [`Shown::turn_input`].
fn turn_input(trace: &Trace, turn: u32) -> String {
    /// Of more, only the beginning is read: this is one line.
    const LIMIT: usize = 256 << 10;
    let Some(turn_facts) = trace.turns.get(turn as usize) else {
        return String::new();
    };
    if !turn_facts.input.is_empty() {
        return payload::preview(&trace.source.content(turn_facts.input), LIMIT);
    }
    let until = trace
        .turns
        .get(turn as usize + 1)
        .map_or(trace.spans.len(), |it| it.first.index());
    let mut spans = (turn_facts.first.index()..until).map(SpanId::new);
    let Some(call) = spans
        .find_map(|it| trace.llm_call(it))
        .filter(|it| (it.input.len as usize) < LIMIT)
    else {
        return String::new();
    };
    let mut messages = payload::messages(&trace.source.content(call.input));
    messages.retain(|it| it.role == "user" || it.role.is_empty());
    let parts = messages.into_iter().rev().flat_map(|it| it.parts);
    let texts = parts.filter_map(|it| match it {
        payload::Part::Text(text) => Some(text),
        _ => None,
    });
    texts.into_iter().next().unwrap_or_default()
}

/// The first line that says something, cut to `limit` characters.
pub(crate) fn first_line(text: &str, limit: usize) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|it| !it.is_empty())
        .unwrap_or_default();
    match line.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line.to_owned(),
    }
}
