//! OTLP/JSON with the OpenTelemetry GenAI conventions: one `ExportTraceServiceRequest`, one a
//! line, one after another, or an array of them; also Tempo's `batches` and Jaeger's `result`.
//!
//! Source: opentelemetry-proto docs/specification.md ("JSON Protobuf Encoding") and
//! docs/gen-ai/gen-ai-spans.md of the conventions; `attributes.rs` has the keys.
//! Not read: content that is only in log records, links, metrics.

use std::borrow::Cow;

use memchr::memchr_iter;

use super::attributes::{Fact, Operation, fact, operation};
use super::records::{Place, Record, Shape, TOP};
use super::{Became, Format, ImportError, Opened, Reader, count, draft, text, unix_nanos};
use crate::model::{
    Agent, ByteRange, Draft, DraftId, FinishReason, IssueKind, Json, KeyMap, Kind, LlmCall, Moment,
    Request, SpanKey, Status, Sym, ToolCall, TraceBuilder, sort_by_key,
};
use crate::payload;

pub(super) const FORMAT: Format = Format {
    id: "otlp",
    name: "OTLP JSON",
    sniff: |head| {
        ["resourceSpans", "batches", "resourceLogs"]
            .iter()
            .any(|it| head.has(&[it]))
            || has_result(head)
    },
    open: |_| Opened {
        shape: DOCUMENT,
        reader: Box::new(Otlp::default()),
    },
};

fn has_result(head: &super::Head) -> bool {
    head.values
        .iter()
        .any(|it| it.path(&["result", "resourceSpans"]).is_some())
}

const REQUEST: u8 = 1;
const RESOURCES: u8 = 2;
const RESOURCE: u8 = 3;
const SCOPES: u8 = 4;
const SCOPE: u8 = 5;
const SPANS: u8 = 6;

const DOCUMENT: Shape = &[Place::new(REQUEST, "", REQUEST_INSIDE)];
const REQUEST_INSIDE: Shape = &[
    spans_in("resourceSpans"),
    spans_in("batches"),
    Place::new(REQUEST, "result", &[spans_in("resourceSpans")]),
];
const SCOPE_INSIDE: Shape = &[Place::new(SCOPE, "", &[Place::new(SPANS, "spans", &[])])];

const RESOURCES_INSIDE: Shape = &[Place::new(
    RESOURCE,
    "",
    &[
        Place::new(SCOPES, "scopeSpans", SCOPE_INSIDE),
        Place::new(SCOPES, "instrumentationLibrarySpans", SCOPE_INSIDE),
    ],
)];

const fn spans_in(key: &'static str) -> Place {
    Place::new(RESOURCES, key, RESOURCES_INSIDE)
}

#[derive(Default)]
struct Otlp {
    /// What recorded the spans of the container that is open.
    scope: Sym,
    /// Spans of that container that came before its name.
    since: Vec<DraftId>,
    /// The traces by their ids: what number each has, and the conversation it belongs to.
    traces: KeyMap<u32>,
    /// The last of them: spans of one trace come together.
    latest: (String, u32),
    conversations: Vec<Option<SpanKey>>,
    /// The first start in each.
    starts: Vec<Option<i64>>,
    has_logs: bool,
}

/// What is gathered of one span.
#[derive(Default)]
struct Facts<'a> {
    operation: Option<Operation>,
    call: LlmCall,
    tool: ToolCall,
    call_id: Cow<'a, str>,
    /// What an LLM call said.
    output: Option<Json<'a>>,
    agent: Sym,
    conversation: Option<SpanKey>,
    error: ByteRange,
    is_llm: bool,
    is_tool: bool,
}

impl Reader for Otlp {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match (record.place, record.key) {
            (SPANS, _) if record.json.kind() != Kind::Object => Became::Bad,
            (SPANS, _) => {
                self.span(b, record);
                Became::Span
            }
            (SCOPE, "scope" | "instrumentationLibrary") => {
                self.scope = b.intern(&text(record.json.get("name")));
                for id in self.since.drain(..) {
                    b.draft(id).into_iter().for_each(|it| it.scope = self.scope);
                }
                Became::Detail
            }
            (REQUEST, "resourceLogs") => {
                self.has_logs = true;
                Became::Other
            }
            (REQUEST, "resourceMetrics") => Became::Other,
            // No document at all: a number, a word.
            (TOP, _) => Became::Bad,
            _ => Became::Detail,
        }
    }

    fn opened(&mut self, _b: &mut TraceBuilder, place: u8, _at: u32) {
        if place == SCOPE {
            self.scope = Sym::default();
            self.since.clear();
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        // Traces of one conversation are its turns, in the order of their starts: what ends or is
        // sent first comes first in the file.
        let mut groups: KeyMap<u32> = KeyMap::default();
        let mut next = 0;
        let mut homes = Vec::with_capacity(self.conversations.len());
        for conversation in &self.conversations {
            let mut new_group = || {
                next += 1;
                next - 1
            };
            let group = match conversation {
                Some(key) => *groups.entry(*key).or_insert_with(new_group),
                None => new_group(),
            };
            homes.push((group, 0));
        }
        let mut by_start: Vec<(Option<i64>, usize)> =
            self.starts.iter().copied().zip(0..).collect();
        sort_by_key(&mut by_start, |it| (it.0.unwrap_or(i64::MIN), it.1 as i64));
        let mut turns = vec![0; next as usize];
        for (_, trace) in by_start {
            if let Some(home) = homes.get_mut(trace)
                && let Some(turn) = turns.get_mut(home.0 as usize)
            {
                *turn += 1;
                home.1 = *turn;
            }
        }
        b.regroup(|trace| homes.get(trace as usize).copied().unwrap_or_default());
        if self.has_logs {
            return Err(ImportError::NotATrace(
                "This is an OTLP file of log records alone: what was said, but no spans. \
                 Open the file with the spans (\u{201c}resourceSpans\u{201d}) that the same run wrote.",
            ));
        }
        Ok(())
    }
}

impl Otlp {
    fn span(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let [
            trace_id,
            span_id,
            parent_id,
            name,
            start,
            end,
            status,
            attributes,
            events,
            dropped,
        ] = record.json.pick([
            "traceId",
            "spanId",
            "parentSpanId",
            "name",
            "startTimeUnixNano",
            "endTimeUnixNano",
            "status",
            "attributes",
            "events",
            "droppedAttributesCount",
        ]);
        let mut draft = draft(record);
        let mut facts = Facts::default();
        draft.id = span_id.map_or_else(ByteRange::default, |it| record.range_of(it));
        draft.name = b.intern(&text(name));
        draft.start = unix_nanos(b, record, start);
        draft.end = unix_nanos(b, record, end);
        if let Some(status) = status {
            read_status(record, status, &mut draft, &mut facts);
        }
        if let Some(list) = attributes {
            read_attributes(b, record, list, &mut facts);
        }
        if dropped.and_then(Json::u64).is_some_and(|it| it > 0) {
            b.issue(IssueKind::DroppedAttributes, record.range);
        }
        let (span_id, parent_id) = (normal_id(text(span_id)), normal_id(text(parent_id)));
        draft.scope = self.scope;
        draft.trace = self.trace(&normal_id(text(trace_id)));
        if !span_id.is_empty() {
            draft.key = Some(SpanKey::of((draft.trace, &span_id)));
        }
        if !parent_id.is_empty() {
            draft.parent = Some(SpanKey::of((draft.trace, &parent_id)));
        }
        if let (Some(conversation), Some(it)) = (
            facts.conversation,
            self.conversations.get_mut(draft.trace as usize),
        ) {
            *it = Some(conversation);
        }
        if let Some(first) = self.starts.get_mut(draft.trace as usize) {
            let start = draft.start.map(Moment::nanos);
            *first = (*first).into_iter().chain(start).min();
        }
        let error = facts.error;
        let id = add(b, record, draft, facts, events);
        if b.draft(id).is_some_and(|it| it.status == Status::Error) && !error.is_empty() {
            b.error(id, error);
        }
        self.since.push(id);
    }

    /// The number of a trace.
    fn trace(&mut self, id: &str) -> u32 {
        if self.latest.0 == id && !self.traces.is_empty() {
            return self.latest.1;
        }
        let next = self.traces.len() as u32;
        let trace = *self.traces.entry(SpanKey::of(id)).or_insert(next);
        self.latest = (id.to_owned(), trace);
        if trace == next {
            self.conversations.push(None);
            self.starts.push(None);
        }
        trace
    }
}

/// Adds the span as what its attributes say it is.
fn add<'a>(
    b: &mut TraceBuilder,
    record: &Record<'a>,
    draft: Draft,
    mut facts: Facts<'a>,
    span_events: Option<Json<'a>>,
) -> DraftId {
    let events: Vec<Json<'_>> = span_events.into_iter().flat_map(Json::items).collect();
    let kind = facts
        .operation
        .unwrap_or(match (facts.is_tool, facts.is_llm) {
            (true, _) => Operation::Tool,
            // An older writer, before operations had names.
            (_, true) if !facts.call.requested_model.is_empty() => Operation::Llm,
            _ => Operation::Other,
        });
    match kind {
        Operation::Llm => {
            let said = llm_content(b, record, &mut facts.call, &events);
            let id = b.llm_call(draft, facts.call);
            let output = said.or(facts.output);
            request(b, id, draft.trace, facts.call.output, output);
            id
        }
        Operation::Tool => {
            if facts.tool.name.is_empty() {
                facts.tool.name = draft.name;
            }
            tool_content(record, &mut facts.tool, &events);
            let call = TraceBuilder::call_key(draft.trace, &facts.call_id);
            b.tool_call(draft, facts.tool, call)
        }
        Operation::Agent => b.agent(
            draft,
            Agent {
                name: facts.agent,
                id: ByteRange::default(),
            },
        ),
        Operation::Other => b.span(draft),
    }
}

fn read_status(record: &Record<'_>, value: Json<'_>, draft: &mut Draft, facts: &mut Facts<'_>) {
    draft.status = match text_or_number(value.get("code")).as_str() {
        "1" | "STATUS_CODE_OK" => Status::Ok,
        "2" | "STATUS_CODE_ERROR" => Status::Error,
        _ => Status::Unset,
    };
    if let Some(message) = value.get("message").filter(|it| it.text().len() > 2) {
        facts.error = record.range_of(message);
    }
}

fn text_or_number(value: Option<Json<'_>>) -> String {
    value
        .map(|it| {
            it.str()
                .map_or_else(|| it.text().to_owned(), std::borrow::Cow::into_owned)
        })
        .unwrap_or_default()
}

fn read_attributes<'a>(
    b: &mut TraceBuilder,
    record: &Record<'a>,
    list: Json<'a>,
    facts: &mut Facts<'a>,
) {
    for item in list.items() {
        let [key, wrapped] = item.pick(["key", "value"]);
        if let (Some(fact), Some(wrapped)) = (fact(&text(key)), wrapped) {
            take(b, record, facts, fact, wrapped, list);
        }
    }
}

/// Notes one fact. `wrapped` is the `AnyValue`, whose one member is the value.
fn take<'a>(
    b: &mut TraceBuilder,
    record: &Record<'a>,
    facts: &mut Facts<'a>,
    fact: Fact,
    wrapped: Json<'a>,
    all: Json<'a>,
) {
    let Some((kind, value)) = wrapped.members().next() else {
        return;
    };
    let (call, tool) = (&mut facts.call, &mut facts.tool);
    let range = record.range_of(wrapped);
    let said = || text(Some(value));
    match fact {
        Fact::Operation => facts.operation = Some(operation(&said())),
        Fact::Provider => call.provider = b.intern(&said()),
        Fact::RequestModel => {
            call.requested_model = b.intern(&said());
            if call.model.is_empty() {
                call.model = call.requested_model;
            }
        }
        Fact::ResponseModel => call.model = b.intern(&said()),
        Fact::ResponseId => call.response_id = record.range_of(value),
        Fact::Conversation => {
            facts.conversation = Some(said()).filter(|it| !it.is_empty()).map(SpanKey::of);
        }
        Fact::AgentName => facts.agent = b.intern(&said()),
        Fact::InputMessages => call.input = range,
        Fact::OutputMessages => {
            call.output = range;
            facts.output = Some(wrapped);
        }
        Fact::SystemInstructions => call.system = range,
        Fact::ToolDefinitions => call.tools = range,
        Fact::InputTokens => call.tokens.input = count(b, record, Some(value)),
        Fact::CachedTokens => call.tokens.cached = count(b, record, Some(value)),
        Fact::CacheWriteTokens => call.tokens.cache_write = count(b, record, Some(value)),
        Fact::OutputTokens => call.tokens.output = count(b, record, Some(value)),
        Fact::ReasoningTokens => call.tokens.reasoning = count(b, record, Some(value)),
        Fact::FinishReasons => {
            let first = value.get("values").and_then(|it| it.items().last());
            let word = first.and_then(|it| it.get("stringValue")).unwrap_or(value);
            call.finish_reason = FinishReason::from_raw(&text(Some(word)));
            call.finish_reason_raw = b.intern(&text(Some(word)));
        }
        Fact::TimeToFirstTokenSecs => {
            call.time_to_first_token = value.f64().map(|it| (it * 1e9) as i64).into();
        }
        // The metric of this name is in seconds; Strands writes whole milliseconds.
        Fact::TimeToFirstTokenServer => {
            let scale = if kind == "intValue" { 1e6 } else { 1e9 };
            call.time_to_first_token = value.f64().map(|it| (it * scale) as i64).into();
        }
        // They stand among the others: the detail pane picks them out.
        Fact::RequestParameter => call.request = record.range_of(all),
        Fact::ToolName => tool.name = b.intern(&said()),
        Fact::ToolCallId => {
            tool.call_id = record.range_of(value);
            facts.call_id = said();
        }
        Fact::ToolType => tool.kind = b.intern(&said()),
        Fact::ToolArguments => tool.input = range,
        Fact::ToolResult => tool.output = range,
        Fact::McpMethod => tool.kind = b.intern("mcp"),
        Fact::Cost => call.cost_usd = value.f64().into(),
        Fact::ErrorType if facts.error.is_empty() => facts.error = record.range_of(value),
        Fact::ErrorType => {}
    }
    facts.is_llm |= matches!(
        fact,
        Fact::InputTokens | Fact::OutputTokens | Fact::FinishReasons | Fact::ResponseId
    );
    facts.is_tool |= fact == Fact::ToolName;
}

/// What an LLM call said, where it stands in span events (before 1.37). Returns the output, if it is there.
fn llm_content<'a>(
    b: &mut TraceBuilder,
    record: &Record<'a>,
    call: &mut LlmCall,
    events: &[Json<'a>],
) -> Option<Json<'a>> {
    let name = |it: &Json<'a>| text(it.get("name"));
    let is_output = |it: &Json<'a>| name(it) == "gen_ai.choice";
    let is_input =
        |it: &Json<'a>| name(it).starts_with("gen_ai.") && name(it).ends_with(".message");
    if call.input.is_empty()
        && let Some(first) = events.iter().position(is_input)
    {
        // The run of messages up to the first choice; the payload reader skips what is none.
        let len = events
            .iter()
            .skip(first)
            .take_while(|it| !is_output(it))
            .count();
        let run = events.get(first..first + len).unwrap_or_default();
        if let (Some(first), Some(last)) = (run.first(), run.last()) {
            call.input =
                ByteRange::new(record.range_of(*first).start, record.range_of(*last).end());
        }
    }
    if !call.output.is_empty() {
        return None;
    }
    let choice = *events.iter().find(|it| is_output(it))?;
    call.output = record.range_of(choice);
    let attributes = choice.get("attributes").into_iter().flat_map(Json::items);
    let mut reasons = attributes.filter(|it| text(it.get("key")) == "finish_reason");
    let reason = reasons.find_map(|it| it.path(&["value", "stringValue"]));
    if let Some(reason) = reason.filter(|_| call.finish_reason_raw.is_empty()) {
        call.finish_reason = FinishReason::from_raw(&text(Some(reason)));
        call.finish_reason_raw = b.intern(&text(Some(reason)));
    }
    Some(choice)
}

/// What went into a tool and came out, where it stands in span events (Strands).
fn tool_content(record: &Record<'_>, tool: &mut ToolCall, events: &[Json<'_>]) {
    for event in events {
        let member = |key: &str| {
            let found = event.get("attributes").into_iter().flat_map(Json::items);
            found
                .filter(|it| text(it.get("key")) == key)
                .find_map(|it| it.get("value"))
        };
        match text(event.get("name")).as_ref() {
            "gen_ai.tool.message" if tool.input.is_empty() => {
                tool.input =
                    member("content").map_or_else(ByteRange::default, |it| record.range_of(it));
            }
            "gen_ai.choice" if tool.output.is_empty() => {
                tool.output =
                    member("message").map_or_else(ByteRange::default, |it| record.range_of(it));
            }
            _ => {}
        }
    }
}

/// The tool calls that an LLM call asked for.
fn request(
    b: &mut TraceBuilder,
    llm_call: DraftId,
    trace: u32,
    at: ByteRange,
    output: Option<Json<'_>>,
) {
    let Some(output) = output else { return };
    for part in payload::messages_in(output)
        .into_iter()
        .flat_map(|it| it.parts)
    {
        if let payload::Part::ToolCall { id, name, .. } = part {
            let name = b.intern(&name);
            let call = TraceBuilder::call_key(trace, &id);
            let call_id =
                quoted(output.text(), &id).map_or_else(ByteRange::default, |it| ByteRange {
                    start: at.start + it as u32,
                    len: id.len() as u32,
                });
            b.request(Request {
                llm_call,
                call,
                name,
                call_id,
                input: ByteRange::default(),
            });
        }
    }
}

/// Where `id` stands in JSON, or in JSON within a string: behind a quote. It has nothing to escape.
fn quoted(json: &str, id: &str) -> Option<usize> {
    let starts = memchr_iter(b'"', json.as_bytes()).map(|it| it + 1);
    let is_it = |it: &usize| {
        json.as_bytes()
            .get(*it..)
            .is_some_and(|it| it.starts_with(id.as_bytes()))
    };
    starts.filter(|_| !id.is_empty()).find(is_it)
}

/// One spelling of an id: hexadecimal in lower case. Writers that go through protobuf's own JSON
/// use Base64; hand-made files use what they like, which stays.
fn normal_id(id: Cow<'_, str>) -> Cow<'_, str> {
    let is_hex = |it: u8| matches!(it, b'0'..=b'9' | b'a'..=b'f');
    if matches!(id.len(), 16 | 32) && id.bytes().all(is_hex) {
        return id;
    }
    let id = id.trim();
    if matches!(id.len(), 16 | 32) && id.bytes().all(|it| it.is_ascii_hexdigit()) {
        return id.to_ascii_lowercase().into();
    }
    let bytes = matches!((id.len(), id.ends_with('=')), (12 | 24, true))
        .then(|| base64(id))
        .flatten();
    let hex = |it: Vec<u8>| {
        let digits = it.into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits
            .filter_map(|it| char::from_digit(it.into(), 16))
            .collect()
    };
    bytes.map_or_else(|| id.to_owned(), hex).into()
}

fn base64(id: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut n_bits) = (0_u32, 0);
    for byte in id.trim_end_matches('=').bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(six)) & 0xFFFF;
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits) as u8);
        }
    }
    Some(bytes)
}
