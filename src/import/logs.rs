//! What an LLM call was sent and said where that stands in log records beside the spans, joined by
//! the ids of trace and span.
//!
//! Source: docs/gen-ai/gen-ai-events.md of the OpenTelemetry conventions: one event an inference
//! (since 1.37), or one a message (before).

use super::events::{EventShape, Events, attribute};
use super::facts::Facts;
use super::fields::{text, unix_nanos};
use super::records::Record;
use super::requests::{Asked, asked};
use super::values::peel;
use crate::model::{
    ByteRange, DraftId, FinishReason, Json, KeyMap, KeySet, LlmCall, SpanKey, TraceBuilder, fill,
    sort_by_key,
};
use crate::payload;
use std::borrow::Cow;

/// A log record as its envelope has it.
pub(super) struct Log<'a> {
    /// The span it was written in.
    pub(super) span: Option<SpanKey>,
    /// The number of that span's trace.
    pub(super) trace: u32,
    pub(super) nanos: Option<i64>,
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

/// Log records that are about LLM calls.
#[derive(Default)]
pub(super) struct Logs {
    heard: Vec<Heard>,
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
        let attributes = log.attributes.unwrap_or(Json::new(""));
        let Some(span) = log.span else { return };
        let mut heard = Heard {
            span,
            nanos: log.nanos.unwrap_or(i64::MAX),
            record: record.range,
            call: LlmCall::default(),
            is_message: true,
            asked: Vec::new(),
        };
        let mut said = None;
        match log.name().as_ref() {
            "gen_ai.client.inference.operation.details" => {
                let mut facts = Facts::default();
                facts.read(b, record, attributes);
                said = facts.complete(b, record, NO_EVENTS);
                heard.call = facts.call;
                heard.is_message = false;
            }
            "gen_ai.choice" => {
                heard.call.output = record.range;
                said = Some(record.json);
                let body = log.body.unwrap_or(Json::new(""));
                let body = payload::flatten(body).unwrap_or_else(|| body.text().to_owned());
                let reason = text(Json::new(&body).get("finish_reason")).into_owned();
                heard.call.finish_reason = FinishReason::from_raw(&reason);
                heard.call.finish_reason_raw = b.intern(&reason);
            }
            name if name.starts_with("gen_ai.") && name.ends_with(".message") => {
                heard.call.input = record.range;
            }
            _ => return,
        }
        if let Some(said) = said {
            let all = &mut heard.asked;
            asked(b, log.trace, heard.call.output, said, |_, it| all.push(it));
        }
        self.heard.push(heard);
    }

    /// Tells the LLM calls, once all spans are there.
    pub(super) fn tell(&mut self, b: &mut TraceBuilder) {
        if self.heard.is_empty() {
            return;
        }
        let about: KeySet = self.heard.iter().map(|it| it.span).collect();
        let mut calls: KeyMap<(DraftId, bool, bool)> = KeyMap::default();
        let drafts = b.drafts().filter_map(|it| Some((it.0, it.1.key?)));
        let drafts: Vec<_> = drafts.filter(|it| about.contains(&it.1)).collect();
        for (id, key) in drafts {
            if let Some(call) = b.llm_call_mut(id) {
                let known = (id, !call.input.is_empty(), !call.output.is_empty());
                calls.insert(key, known);
            }
        }
        // Those of one time stay in the order of the file.
        sort_by_key(&mut self.heard, |it| (it.nanos, 0));
        for heard in self.heard.drain(..) {
            let Some((id, has_input, has_output)) = calls.get(&heard.span).copied() else {
                continue;
            };
            b.record(id, heard.record);
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
