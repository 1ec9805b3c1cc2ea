//! What is gathered of one span from its attributes, whatever it comes wrapped in: OTLP's list of
//! typed values, Jaeger's tags, or the members of an object.
//!
//! Token counts follow the conventions in every dialect here: input includes what was cached,
//! output includes reasoning (`usage.rs`). Where a total says otherwise, the total counts.

use std::borrow::Cow;

use super::attributes::{Fact, Operation, Run, fact, operation, run};
use super::events::{Events, extend};
use super::fields::{count, text};
use super::mcp::Mcp;
use super::provider::Held;
use super::records::Record;
use super::requests::request;
use super::usage::{self, Counted, Usage};
use super::values::{either, either_range, finish_within, nanos, opened, peel, word};
use crate::model::{
    Agent, ByteRange, Draft, DraftId, FinishReason, Json, Kind, LlmCall, SpanKey, Sym, Tokens,
    ToolCall, TraceBuilder,
};

/// What is gathered of one span.
#[derive(Default)]
pub(super) struct Facts<'a> {
    pub(super) operation: Option<Operation>,
    pub(super) call: LlmCall,
    pub(super) tool: ToolCall,
    pub(super) usage: Usage,
    /// Where all counts stand in one object.
    tokens: Option<Tokens>,
    pub(super) call_id: Cow<'a, str>,
    /// What an LLM call said.
    pub(super) output: Option<Json<'a>>,
    /// What went into the span and came out, whatever it is.
    input_else: ByteRange,
    output_else: Option<Json<'a>>,
    /// The attributes that say it piece by piece.
    runs: [ByteRange; 4],
    pub(super) provider_else: Sym,
    pub(super) model_else: Sym,
    pub(super) tools_else: ByteRange,
    pub(super) agent: Agent,
    entity: Sym,
    mcp: Mcp,
    metadata: Option<Json<'a>>,
    pub(super) conversation: Option<SpanKey>,
    pub(super) session: Option<SpanKey>,
    pub(super) trace_name: Sym,
    /// Whether this only says that a span began.
    pub(super) is_pending: bool,
    pub(super) pending_parent: Cow<'a, str>,
    pub(super) error: ByteRange,
    is_llm: bool,
    is_tool: bool,
}

impl<'a> Facts<'a> {
    /// Reads attributes: a list of keys and values, or an object.
    pub(super) fn read(&mut self, b: &mut TraceBuilder, record: &Record<'a>, all: Json<'a>) {
        if all.kind() != Kind::Array {
            return self.members(b, record, all);
        }
        for item in all.items() {
            let [key, value] = item.pick(["key", "value"]);
            let (Some(key), Some(value)) = (key, value) else {
                continue;
            };
            let key = text(Some(key));
            if let Some(fact) = fact(&key) {
                self.take(b, record, fact, value, all);
            } else if let Some(run) = run(&key) {
                self.run(b, run, &key, value, record.range_of(item));
            }
        }
    }

    /// The same of an object. Phoenix has objects in it, whose keys are parts of keys.
    fn members(&mut self, b: &mut TraceBuilder, record: &Record<'a>, all: Json<'a>) {
        const DEEPEST: usize = 8;
        const OWN: &str = "attributes.";
        let mut open = vec![(String::new(), all.pairs())];
        while let Some((prefix, pairs)) = open.last_mut() {
            let Some((own, value)) = pairs.next() else {
                open.pop();
                continue;
            };
            let mut key = text(Some(own));
            let is_own = matches!(prefix.as_str(), "" | OWN);
            if !prefix.is_empty() {
                key = [prefix.as_str(), key.as_ref()].concat().into();
            }
            // Phoenix has them among other members, or columns of a table.
            if let Some(column) = key.strip_prefix(OWN) {
                key = column.to_owned().into();
            }
            if let Some(fact) = fact(&key) {
                self.take(b, record, fact, value, all);
            } else if let Some(run) = run(&key).filter(|_| is_own) {
                let mut at = record.range_of(own);
                extend(&mut at, record.range_of(value));
                self.run(b, run, &key, value, at);
            } else if value.kind() == Kind::Object && open.len() < DEEPEST {
                let prefix = [key.as_ref(), "."].concat();
                open.push((prefix, value.pairs()));
            }
        }
    }

    /// Notes a piece of what is said over several attributes.
    fn run(&mut self, b: &mut TraceBuilder, run: Run, key: &str, value: Json<'a>, at: ByteRange) {
        if let Some(it) = self.runs.get_mut(run as usize) {
            extend(it, at);
        }
        if run == Run::Output && key.ends_with(".finish_reason") {
            self.finish(b, peel(value));
        }
    }

    /// Notes one fact. `value` may have a wrapper around it.
    fn take(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'a>,
        fact: Fact,
        value: Json<'a>,
        all: Json<'a>,
    ) {
        if !value.is_some() || value.text() == "{}" {
            return;
        }
        let inner = peel(value);
        let range = || record.range_of(value);
        let said = || word(inner);
        let key = || Some(said()).filter(|it| !it.is_empty()).map(SpanKey::of);
        let (call, tool) = (&mut self.call, &mut self.tool);
        match fact {
            Fact::Operation => {
                let found = Some(operation(&said()));
                self.operation = self.operation.max(found);
            }
            Fact::Provider => call.provider = b.intern(&said()),
            Fact::ProviderElse => self.provider_else = b.intern(&said()),
            Fact::AiProvider => {
                call.provider = b.intern(said().split('.').next().unwrap_or_default());
            }
            Fact::RequestModel => call.requested_model = b.intern(&said()),
            Fact::RequestModelElse => self.model_else = b.intern(&said()),
            Fact::ResponseModel => call.model = b.intern(&said()),
            Fact::ResponseId => call.response_id = record.range_of(inner),
            Fact::Conversation => self.conversation = key(),
            Fact::Session => self.session = key(),
            Fact::TraceName => self.trace_name = b.intern(&said()),
            Fact::AgentName => self.agent.name = b.intern(&said()),
            Fact::AgentId => self.agent.id = record.range_of(inner),
            Fact::AgentRun => {
                self.agent.name = b.intern(&said());
                self.operation = self.operation.max(Some(Operation::Agent));
            }
            Fact::EntityName => self.entity = b.intern(&said()),
            Fact::Metadata => self.metadata = Some(inner),
            Fact::Input => call.input = range(),
            Fact::InputElse => self.input_else = range(),
            Fact::Events if inner.kind() == Kind::String => self.events(record, inner),
            Fact::Events => {}
            Fact::Output => {
                call.output = range();
                self.output = Some(value);
            }
            Fact::OutputElse => self.output_else = Some(value),
            Fact::System => call.system = range(),
            Fact::Tools => call.tools = range(),
            Fact::ToolsElse => self.tools_else = range(),
            Fact::InputTokens => self.usage.input = count(b, record, Some(inner)),
            Fact::CachedTokens => self.usage.cached = count(b, record, Some(inner)),
            Fact::CacheWriteTokens => self.usage.cache_write = count(b, record, Some(inner)),
            Fact::OutputTokens => self.usage.output = count(b, record, Some(inner)),
            Fact::ReasoningTokens => self.usage.reasoning = count(b, record, Some(inner)),
            Fact::TotalTokens => self.usage.total = count(b, record, Some(inner)),
            Fact::Usage => {
                let said = opened(inner);
                let within = Record {
                    json: Json::new(&said),
                    range: range(),
                    ..*record
                };
                self.tokens = Some(usage::tokens(b, &within, within.json));
            }
            Fact::FinishReasons => self.finish(b, inner),
            Fact::TimeToFirstTokenSecs => call.time_to_first_token = nanos(inner, 1e9),
            Fact::TimeToFirstTokenMillis => call.time_to_first_token = nanos(inner, 1e6),
            // The metric of this name is in seconds; Strands writes whole milliseconds.
            Fact::TimeToFirstTokenServer => {
                let is_whole = inner.i64().is_some() && value.get("doubleValue").is_none();
                call.time_to_first_token = nanos(inner, if is_whole { 1e6 } else { 1e9 });
            }
            // They stand among the others: the detail pane picks them out.
            Fact::RequestParameter => call.request = record.range_of(all),
            Fact::InvocationParameters => {
                call.request = range();
                let said = opened(inner);
                self.model_else = b.intern(&text(Json::new(&said).get("model")));
            }
            Fact::ToolName => tool.name = b.intern(&said()),
            Fact::ToolCallId => {
                tool.call_id = record.range_of(inner);
                self.call_id = said();
            }
            Fact::ToolType => tool.kind = b.intern(&said()),
            Fact::ToolArguments => tool.input = range(),
            Fact::ToolResult => tool.output = range(),
            Fact::McpMethod => self.mcp.is_request = true,
            Fact::McpServer => tool.server = b.intern(&said()),
            Fact::ServerAddress => self.mcp.address = b.intern(&said()),
            Fact::Cost => {
                let sum = || {
                    Json::new(&opened(inner))
                        .get("total_cost")
                        .and_then(Json::f64)
                };
                call.cost_usd = inner.f64().or_else(sum).into();
            }
            Fact::ErrorType if self.error.is_empty() => self.error = record.range_of(inner),
            Fact::ErrorType => {}
            Fact::SpanType => self.is_pending = inner.is("pending_span"),
            Fact::PendingParent => self.pending_parent = said(),
        }
        self.is_llm |= matches!(
            fact,
            Fact::InputTokens | Fact::OutputTokens | Fact::FinishReasons | Fact::ResponseId
        );
        self.is_tool |= fact == Fact::ToolName;
    }

    /// Notes what was sent and said, as a list of events in a string.
    fn events(&mut self, record: &Record<'a>, list: Json<'a>) {
        let held = Held::new(record, list);
        let [_, output, ..] = &mut self.runs;
        for event in held.json().items() {
            let is_answer = event
                .get("event.name")
                .is_some_and(|it| it.is("gen_ai.choice"));
            let to = if is_answer {
                &mut *output
            } else {
                &mut self.input_else
            };
            extend(to, held.range_of(event));
        }
    }

    /// Notes why the model stopped; of several answers, or a list, the last reason.
    fn finish(&mut self, b: &mut TraceBuilder, value: Json<'_>) {
        let last = |it: Json<'_>| {
            let list = it.get("values").unwrap_or(it);
            word(list.items().last().map_or(list, peel)).into_owned()
        };
        let mut said = last(value);
        if said.starts_with(['[', '{']) {
            said = last(Json::new(&said));
        }
        self.call.finish_reason = FinishReason::from_raw(&said);
        self.call.finish_reason_raw = b.intern(&said);
    }

    /// What kind of work the span is.
    pub(super) fn kind(&mut self, b: &TraceBuilder, draft: &Draft) -> Operation {
        if self.operation == Some(Operation::Other) && self.is_run_of(b.strings.name(draft.name)) {
            self.agent.name = draft.name;
            return Operation::Agent;
        }
        match (self.operation, self.is_tool, self.is_llm) {
            (Some(known), ..) => known,
            (None, true, _) => Operation::Tool,
            // An older writer, before operations had names.
            (None, _, true) if !self.call.requested_model.is_empty() => Operation::Llm,
            _ => Operation::Other,
        }
    }

    /// LangChain runs an agent as a chain with the agent's name; all that lies in it names it too.
    fn is_run_of(&self, name: &str) -> bool {
        let Some(metadata) = self.metadata.filter(|_| !name.is_empty()) else {
            return false;
        };
        let said = opened(metadata);
        Json::new(&said)
            .get("lc_agent_name")
            .is_some_and(|it| it.is(name))
    }

    /// Adds the span as the kind of work it is.
    pub(super) fn add(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'a>,
        draft: Draft,
        kind: Operation,
        events: Events<'a>,
    ) -> DraftId {
        match kind {
            Operation::Llm => self.add_llm_call(b, record, draft, events),
            Operation::Tool => {
                let tool = &mut self.tool;
                tool.name = either(either(tool.name, self.entity), draft.name);
                self.mcp.tell(b, tool);
                events.tool_content(record, tool);
                tool.input = either_range(tool.input, self.input_else);
                let output = self.output_else.map(|it| record.range_of(it));
                tool.output = either_range(tool.output, output.unwrap_or_default());
                let call = TraceBuilder::call_key(draft.trace, &self.call_id);
                b.tool_call(draft, *tool, call)
            }
            Operation::Agent => b.agent(draft, self.agent()),
            Operation::MaybeAgent | Operation::Step | Operation::Other => b.span(draft),
        }
    }

    /// Who runs, if the span is an agent.
    pub(super) fn agent(&self) -> Agent {
        Agent {
            name: either(self.agent.name, self.entity),
            ..self.agent
        }
    }

    fn add_llm_call(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'a>,
        draft: Draft,
        events: Events<'a>,
    ) -> DraftId {
        let output = self.complete(b, record, events);
        if self.call.time_to_first_token.get().is_none() {
            let first = events.first_token(b, record);
            let since = first.zip(draft.start);
            let lapse = since.map(|it| it.0.nanos().saturating_sub(it.1.nanos()));
            self.call.time_to_first_token = lapse.filter(|it| *it >= 0).into();
        }
        let id = b.llm_call(draft, self.call);
        if let Some(output) = output {
            request(b, id, draft.trace, self.call.output, output);
        }
        let [.., reasoning] = self.runs;
        if !reasoning.is_empty() {
            b.output(id, reasoning);
        }
        id
    }

    /// Settles what is known of an LLM call. Returns what it said.
    pub(super) fn complete(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'a>,
        events: Events<'a>,
    ) -> Option<Json<'a>> {
        let [input, output, tools, _] = self.runs;
        let call = &mut self.call;
        call.requested_model = either(call.requested_model, self.model_else);
        call.model = either(call.model, call.requested_model);
        call.provider = either(call.provider, self.provider_else);
        call.input = either_range(call.input, input);
        call.tools = either_range(either_range(call.tools, tools), self.tools_else);
        call.tokens = self.tokens.unwrap_or_else(|| match self.usage.total.get() {
            Some(_) => self.usage.arbitrated(Counted::Inside, Counted::Inside),
            None => self.usage.tokens(Counted::Inside, Counted::Inside),
        });
        let mut said = self.output;
        if said.is_none() && !output.is_empty() {
            call.output = output;
            said = Some(Json::new(record.text_of(output)));
        }
        let (choice, reason) = events.content(record, call);
        call.input = either_range(call.input, self.input_else);
        let else_said = self.output_else.filter(|_| call.output.is_empty());
        if let Some(it) = else_said {
            call.output = record.range_of(it);
        }
        if call.finish_reason_raw.is_empty() {
            let within = self.output_else.and_then(finish_within);
            match (reason, within) {
                (Some(reason), _) => self.finish(b, peel(reason)),
                (_, Some(word)) => {
                    self.call.finish_reason = FinishReason::from_raw(&word);
                    self.call.finish_reason_raw = b.intern(&word);
                }
                _ => {}
            }
        }
        said.or(choice).or(else_said)
    }
}
