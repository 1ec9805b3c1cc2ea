//! What an LLM call was sent and said where that stands in log records beside the spans, joined by
//! the ids of trace and span. A span that only log records name is what they say of it.
//!
//! Source: docs/gen-ai/gen-ai-events.md of the OpenTelemetry conventions: one event an inference
//! (since 1.37), or one a message (before).

use super::attributes::Operation;
use super::events::{EventShape, Events, attribute};
use super::facts::Facts;
use super::fields::{draft, text, unix_nanos};
use super::records::Record;
use super::requests::{Asked, asked};
use super::spans::Spans;
use super::traces::TraceFacts;
use super::values::{either, either_range, peel};
use crate::model::{
    ByteRange, Draft, DraftId, FinishReason, IssueKind, Json, KeyMap, LlmCall, Marks, Moment,
    SpanKey, Sym, TraceBuilder, fill, sort_by_key,
};
use crate::payload;
use std::borrow::Cow;

/// A log record as its envelope has it.
pub(super) struct Log<'a> {
    /// The span it was written in.
    pub(super) span: Option<SpanKey>,
    /// Where that span is named.
    pub(super) id: ByteRange,
    /// The number of that span's trace.
    pub(super) trace: u32,
    /// What wrote it.
    pub(super) scope: Sym,
    pub(super) time: Option<Moment>,
    pub(super) name: Option<Json<'a>>,
    pub(super) attributes: Option<Json<'a>>,
    pub(super) body: Option<Json<'a>>,
}

impl<'a> Log<'a> {
    /// What kind of event it is.
    pub(super) fn name(&self) -> Cow<'a, str> {
        let name = self.name.or_else(|| self.attribute("event.name"));
        text(name.map(peel))
    }

    /// An attribute, as it stands.
    pub(super) fn attribute(&self, key: &str) -> Option<Json<'a>> {
        attribute(self.attributes?, key)
    }
}

/// Log records that were written in spans.
#[derive(Default)]
pub(super) struct Logs {
    heard: Vec<Heard>,
    /// The spans, as their log records have them, each once.
    spans: Vec<Logged>,
    by_key: KeyMap<usize>,
}

/// What a log record says of an LLM call.
struct Heard {
    span: SpanKey,
    nanos: i64,
    record: ByteRange,
    call: LlmCall,
    /// Whether it is one message among others.
    is_message: bool,
    asked: Vec<Asked>,
}

/// What log records say of the span they were written in.
struct Logged {
    draft: Draft,
    is_llm: bool,
    /// What kind of event the first is.
    name: Sym,
    error: ByteRange,
    about: TraceFacts,
    n_records: u32,
    /// The records after the first that say nothing of an LLM call.
    others: Vec<ByteRange>,
}

impl Logged {
    fn new(record: &Record<'_>, log: &Log<'_>) -> Self {
        Logged {
            draft: Draft {
                key: log.span,
                id: log.id,
                trace: log.trace,
                scope: log.scope,
                start: log.time,
                end: log.time,
                marks: Marks::START_DERIVED.with(Marks::END_DERIVED),
                ..draft(record)
            },
            is_llm: false,
            name: Sym::default(),
            error: ByteRange::default(),
            about: TraceFacts::default(),
            n_records: 0,
            others: Vec::new(),
        }
    }

    /// The span was there when this was written.
    fn reach(&mut self, time: Option<Moment>) {
        let draft = &mut self.draft;
        let nanos = |it: &Moment| it.nanos();
        draft.start = draft.start.into_iter().chain(time).min_by_key(nanos);
        draft.end = draft.end.into_iter().chain(time).max_by_key(nanos);
        self.n_records += 1;
    }

    /// Adds it as a span.
    fn tell(self, b: &mut TraceBuilder, spans: &mut Spans) -> DraftId {
        let Logged {
            mut draft, error, ..
        } = self;
        spans.note(&draft, self.about);
        b.issue(IssueKind::LogsAlone, draft.record);
        b.tally.other = b.tally.other.saturating_sub(self.n_records);
        b.tally.read = b.tally.read.saturating_add(self.n_records);
        let id = if self.is_llm {
            b.llm_call(draft, LlmCall::default())
        } else {
            draft.name = self.name;
            b.span(draft)
        };
        self.others.into_iter().for_each(|it| b.record(id, it));
        if !error.is_empty() {
            b.fail(id, error);
        }
        id
    }
}

/// The events of a log record: it has none.
pub(super) const NO_EVENTS: Events<'static> = Events {
    list: None,
    shape: &EventShape {
        name: "",
        attributes: "",
        time: "",
        clock: unix_nanos,
    },
};

impl Logs {
    /// Takes a log record.
    pub(super) fn take<'a>(&mut self, b: &mut TraceBuilder, record: &Record<'a>, log: Log<'a>) {
        let Some(span) = log.span else { return };
        let next = self.spans.len();
        let at = *self.by_key.entry(span).or_insert(next);
        if at == next {
            self.spans.push(Logged::new(record, &log));
        }
        let Some(logged) = self.spans.get_mut(at) else {
            return;
        };
        logged.reach(log.time);
        let name = log.name();
        if logged.n_records == 1 {
            logged.name = b.intern(&name);
        }
        let mut heard = Heard {
            span,
            nanos: log.time.map_or(i64::MAX, Moment::nanos),
            record: record.range,
            call: LlmCall::default(),
            is_message: name != "gen_ai.client.inference.operation.details",
            asked: Vec::new(),
        };
        let is_choice = name == "gen_ai.choice";
        let is_input = name.starts_with("gen_ai.") && name.ends_with(".message");
        if heard.is_message && !is_choice && !is_input {
            if logged.n_records > 1 {
                logged.others.push(record.range);
            }
            return;
        }
        let mut facts = Facts::default();
        facts.read(b, record, log.attributes.unwrap_or(Json::new("")));
        let mut said = None;
        if !heard.is_message {
            said = facts.complete(b, record, NO_EVENTS);
            heard.call = facts.call;
        } else if is_choice {
            heard.call.output = record.range;
            said = Some(record.json);
            let body = log.body.unwrap_or(Json::new(""));
            let body = payload::flatten(body).unwrap_or_else(|| body.text().to_owned());
            let reason = text(Json::new(&body).get("finish_reason")).into_owned();
            heard.call.finish_reason = FinishReason::from_raw(&reason);
            heard.call.finish_reason_raw = b.intern(&reason);
        } else {
            heard.call.input = record.range;
        }
        heard.call.provider = either(facts.call.provider, facts.provider_else);
        logged.is_llm |= facts.operation.is_none_or(|it| it == Operation::Llm);
        logged.error = either_range(logged.error, facts.error);
        logged.about.conversation = logged.about.conversation.or(facts.conversation);
        if let Some(said) = said {
            let all = &mut heard.asked;
            asked(b, log.trace, heard.call.output, said, |_, it| all.push(it));
        }
        self.heard.push(heard);
    }

    /// Tells the LLM calls, once all spans are there, and of the other spans those that are known
    /// from this alone.
    pub(super) fn tell(&mut self, b: &mut TraceBuilder, spans: &mut Spans) {
        if self.spans.is_empty() {
            return;
        }
        let mut calls: KeyMap<(DraftId, bool, bool)> = KeyMap::default();
        let drafts = b.drafts().filter_map(|it| Some((it.0, it.1.key?)));
        let drafts: Vec<_> = drafts
            .filter(|it| self.by_key.contains_key(&it.1))
            .collect();
        for (id, key) in drafts {
            self.by_key.remove(&key);
            if let Some(call) = b.llm_call_mut(id) {
                let known = (id, !call.input.is_empty(), !call.output.is_empty());
                calls.insert(key, known);
            }
        }
        for logged in self.spans.drain(..) {
            if let Some(key) = logged.draft.key.filter(|it| self.by_key.contains_key(it)) {
                calls.insert(key, (logged.tell(b, spans), false, false));
            }
        }
        // Those of one time stay in the order of the file.
        sort_by_key(&mut self.heard, |it| (it.nanos, 0));
        for heard in self.heard.drain(..) {
            let Some((id, has_input, has_output)) = calls.get(&heard.span).copied() else {
                continue;
            };
            if b.get(id).is_some_and(|it| it.record != heard.record) {
                b.record(id, heard.record);
            }
            let (mut call, is_message) = (heard.call, heard.is_message);
            let (input, output) = (call.input, call.output);
            if is_message {
                (call.input, call.output) = (ByteRange::default(), ByteRange::default());
            }
            b.llm_call_mut(id)
                .into_iter()
                .for_each(|it| fill(it, &call));
            if is_message && !has_input && !input.is_empty() {
                b.input(id, input);
            }
            if is_message && !has_output && !output.is_empty() {
                b.output(id, output);
            }
            if !has_output {
                heard.asked.into_iter().for_each(|it| it.by(b, id));
            }
        }
    }
}
