//! The events of a sample.

use super::Inspect;
use crate::import::Became;
use crate::import::fields::{moment, text};
use crate::import::records::Record;
use crate::model::{Agent, Draft, DraftId, Json, SpanKey, Status, Sym, ToolCall, TraceBuilder};

/// What changes the state, or says what other events say.
const OTHER: &[&str] = &["anchor", "info", "logger", "sample_init", "state", "store"];

/// What is a span of its own, with the member that has its name.
const SPANS: &[(&str, &str)] = &[
    ("approval", ""),
    ("branch", ""),
    ("checkpoint", ""),
    ("compaction", ""),
    ("error", ""),
    ("input", ""),
    ("interrupt", ""),
    ("review", ""),
    ("sample_limit", "type"),
    ("sandbox", "action"),
    ("score", "scorer"),
    ("score_edit", "score_name"),
    ("subtask", "name"),
];

impl Inspect {
    /// Takes an event, and those within it: until 0.3.93 a tool had its own.
    pub(super) fn event(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let became = self.one(b, record, None);
        let mut inside = Vec::new();
        if let Some(within) = became.1 {
            inside.extend(nested(within, record.json));
        }
        while let Some((within, json)) = inside.pop() {
            let range = record.range_of(json);
            let event = Record {
                json,
                range,
                ..*record
            };
            if let Some(id) = self.one(b, &event, Some(within)).1 {
                inside.extend(nested(id, json));
            }
        }
        became.0
    }

    /// Takes an event. Also says which span it is, where others may lie in it.
    fn one(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        within: Option<DraftId>,
    ) -> (Became, Option<DraftId>) {
        let json = record.json;
        let kind = text(json.get("event"));
        let time = moment(b, record, json.get("timestamp"));
        let sample = &mut self.sample;
        sample.first = [sample.first, time]
            .into_iter()
            .flatten()
            .min_by_key(|it| it.nanos());
        let home = within
            .or(sample.retry)
            .or(sample.steps.last().copied())
            .or(sample.turn);
        let span = json.get("span_id").filter(|it| it.is_some());
        let span = span.and_then(|it| sample.spans.get(&key(it)).copied());
        let parent = span.or(home);
        let draft = Draft {
            parent: parent.map(DraftId::key),
            trace: self.trace(),
            start: time,
            record: record.range,
            ..Draft::default()
        };
        let mut id = None;
        match kind.as_ref() {
            "model" => self.llm_call(b, record, draft),
            "tool" => id = Some(self.tool_call(b, record, draft, parent)),
            "span_begin" => self.span_begin(b, record, draft, home),
            "span_end" => self.span_end(b, record, draft),
            "step" if within.is_none() => self.step(b, record, draft),
            kind if OTHER.contains(&kind) => return (Became::Other, None),
            kind => match SPANS.iter().find(|it| it.0 == kind) {
                Some((_, name)) => id = Some(span_of(b, record, draft, kind, name)),
                None => return (self.unknown.note(b, record, kind), None),
            },
        }
        let last = time.filter(|it| {
            self.sample
                .last
                .is_none_or(|last| last.nanos() < it.nanos())
        });
        self.sample.last = last.or(self.sample.last);
        (Became::Span, id)
    }
}

impl Inspect {
    fn span_begin(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        mut draft: Draft,
        home: Option<DraftId>,
    ) {
        let json = record.json;
        let parent = json.get("parent_id").filter(|it| it.is_some());
        let parent = parent.and_then(|it| self.sample.spans.get(&key(it)).copied());
        let parent = parent.or(home);
        draft.parent = parent.map(DraftId::key);
        draft.name = b.intern(&text(json.get("name")));
        draft.id = record.range_if(json.get("id"));
        let kind = text(json.get("type"));
        let id = if kind == "agent" {
            let agent = Agent {
                name: draft.name,
                ..Agent::default()
            };
            b.agent(draft, agent)
        } else {
            b.span(draft)
        };
        if let (Some(parent), "tool") = (parent, kind.as_ref()) {
            self.sample.tools.push((id, parent, draft.name));
        }
        if let Some(own) = json.get("id") {
            self.sample.spans.insert(key(own), id);
        }
    }

    fn span_end(&mut self, b: &mut TraceBuilder, record: &Record<'_>, ended: Draft) {
        let id = record.json.get("id").map(key);
        let Some(id) = id.and_then(|it| self.sample.spans.get(&it).copied()) else {
            return;
        };
        b.record(id, record.range);
        if let Some(span) = b.draft(id).filter(|it| it.end.is_none()) {
            span.end = ended.start;
        }
    }

    /// A step of an old log: it has no id, and holds all up to its end.
    fn step(&mut self, b: &mut TraceBuilder, record: &Record<'_>, mut draft: Draft) {
        let json = record.json;
        if text(json.get("action")) == "begin" {
            draft.name = b.intern(&text(json.get("name")));
            let id = b.span(draft);
            self.sample.steps.push(id);
        } else if let Some(id) = self.sample.steps.pop() {
            b.record(id, record.range);
            b.draft(id).into_iter().for_each(|it| it.end = draft.start);
        }
    }

    /// A tool call. Its event comes within a span of the tool's own, which it is.
    fn tool_call(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        mut draft: Draft,
        parent: Option<DraftId>,
    ) -> DraftId {
        let json = record.json;
        let name = b.intern(&text(json.get("function")));
        let error = json.get("error").filter(|it| it.is_some());
        let failed = error.is_some() || json.get("failed").and_then(Json::bool) == Some(true);
        let server = text(json.path(&["metadata", "bridge", "server"]));
        draft.name = name;
        draft.id = record.range_if(json.get("id"));
        draft.end = moment(b, record, json.get("completed"));
        if json.get("pending").and_then(Json::bool) != Some(true) {
            draft.status = if failed { Status::Error } else { Status::Ok };
            if draft.end.is_none() {
                self.sample.ended(&mut draft);
            }
        }
        let tool = ToolCall {
            name,
            kind: b.intern(if server.is_empty() { "" } else { "mcp" }),
            server: b.intern(&server),
            call_id: draft.id,
            input: record.range_if(json.get("arguments")),
            output: record.range_if(json.get("result").filter(|it| it.text() != "\"\"")),
            ..ToolCall::default()
        };
        let call = TraceBuilder::call_key(draft.trace, &text(json.get("id")));
        let id = match self.take_span(parent, name) {
            Some(id) => {
                if let Some(span) = b.draft(id) {
                    let begin = std::mem::replace(
                        span,
                        Draft {
                            parent: span.parent,
                            ..draft
                        },
                    );
                    b.record(id, begin.record);
                }
                b.become_tool_call(id, tool, call);
                id
            }
            None => b.tool_call(draft, tool, call),
        };
        if let Some(error) = error {
            b.error(id, record.range_of(error.get("message").unwrap_or(error)));
        }
        id
    }

    /// The span of a tool of this name that has not met its event.
    fn take_span(&mut self, parent: Option<DraftId>, name: Sym) -> Option<DraftId> {
        const NEAR: usize = 64;
        let tools = &mut self.sample.tools;
        let mut near = tools.iter().rev().take(NEAR);
        let back = near.position(|it| Some(it.1) == parent && it.2 == name)?;
        let at = tools.len().checked_sub(back + 1)?;
        Some(tools.remove(at).0)
    }
}

/// A span that is neither a call nor named by an id.
fn span_of(
    b: &mut TraceBuilder,
    record: &Record<'_>,
    mut draft: Draft,
    kind: &str,
    name: &str,
) -> DraftId {
    let json = record.json;
    let name = text(json.get(name));
    draft.name = b.intern(if name.is_empty() { kind } else { &name });
    draft.end = moment(b, record, json.get("completed")).or(draft.start);
    let error = match kind {
        "error" => json.path(&["error", "message"]),
        "sample_limit" => json.get("message"),
        _ => None,
    };
    draft.status = error.map_or(Status::Unset, |_| Status::Error);
    let id = b.span(draft);
    if let Some(error) = error {
        b.error(id, record.range_of(error));
    }
    id
}

/// The events within an event, the last first.
fn nested(within: DraftId, json: Json<'_>) -> Vec<(DraftId, Json<'_>)> {
    let events = json.get("events").into_iter().flat_map(Json::items);
    let mut events: Vec<_> = events.map(|it| (within, it)).collect();
    events.reverse();
    events
}

/// The key of a span's id.
fn key(id: Json<'_>) -> SpanKey {
    SpanKey::of(text(Some(id)).as_ref())
}
