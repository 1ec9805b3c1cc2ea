//! Runs of LangSmith: an array or JSON Lines of them, what the API answers (`{"runs": […]}`), or
//! what an SDK sends (`{"post": […], "patch": […]}`): a run is posted when it starts and patched
//! when it ends.
//!
//! Source: `python/langsmith/schemas.py` of langsmith-sdk (0.15) and "Run data format" of its
//! documentation; `langchain_core/outputs/` for what an LLM run holds. Times without a zone are UTC.
//! Usage is LangChain's: input includes what was cached, output what was reasoned. A chain is an
//! agent if it has the name of the agent that its metadata names, or the name that LangChain gives
//! agents. Chains repeat usage and messages of what lies in them, and are no LLM calls. Not read:
//! `dotted_order` (the parents say the same), feedback, the state of every chain.

use super::fields::{Unknown, any_utc, dollars, text};
use super::records::{Place, Record, Shape};
use super::told::{Keys, Kind, Spans, Told};
use super::usage::{Counted, Usage};
use super::{Became, Format, ImportError, Opened, Reader, count};
use crate::model::{Agent, Json, Kind as JsonKind, SpanKey, Status, TraceBuilder};
use crate::payload;

pub(super) const FORMAT: Format = Format {
    id: "langsmith",
    name: "LangSmith",
    sniff: |head| head.values.iter().any(|it| is_run(*it) || has_runs(*it)),
    open: crate::import::Reads::Here(|head| Opened {
        shape: if head.values.iter().any(|it| is_run(*it)) {
            &[]
        } else {
            BODY
        },
        reader: Box::new(LangSmith::default()),
    }),
};

const AROUND: u8 = 1;
const RUNS: u8 = 2;

const BODY: Shape = &[Place::new(
    AROUND,
    "",
    &[
        Place::new(RUNS, "runs", &[]),
        Place::new(RUNS, "post", &[]),
        Place::new(RUNS, "patch", &[]),
    ],
)];

fn is_run(json: Json<'_>) -> bool {
    let has = |key: &str| json.get(key).is_some();
    has("dotted_order") || (has("run_type") && has("trace_id"))
}

fn has_runs(json: Json<'_>) -> bool {
    let mut lists = ["runs", "post", "patch"]
        .iter()
        .filter_map(|it| json.get(it));
    lists.any(|it| it.items().take(2).any(is_run))
}

const KEYS: Keys = Keys {
    trace: &["trace_id"],
    id: &["id"],
    parent: &["parent_run_id"],
    name: &["name"],
    start: &["start_time"],
    end: &["end_time"],
    clock: any_utc,
};

/// What LangChain and LangGraph call an agent that has no name.
const AGENTS: &[&str] = &["AgentExecutor", "LangGraph"];

/// What LangSmith takes for the id of a conversation.
const THREAD: &[&str] = &["session_id", "thread_id", "conversation_id"];

#[derive(Default)]
struct LangSmith {
    spans: Spans,
    unknown: Unknown,
}

impl Reader for LangSmith {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        if record.place == AROUND {
            return Became::Detail;
        }
        if record.json.get("id").is_none() {
            return match record.json.kind() {
                JsonKind::Object => self.unknown.note(b, record, "no run"),
                _ => Became::Bad,
            };
        }
        self.run(b, record);
        Became::Span
    }

    /// A run may have its end in another file.
    fn goes_on(&mut self, _head: &super::Head<'_>) -> bool {
        true
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.spans.end(b);
        Ok(())
    }
}

impl LangSmith {
    fn run(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let mut told = self.spans.told(b, record, &KEYS);
        let json = record.json;
        let metadata = json.path(&["extra", "metadata"]).unwrap_or(Json::new(""));
        told.draft.status = match text(json.get("status")).as_ref() {
            "success" => Status::Ok,
            "error" => Status::Error,
            _ => Status::Unset,
        };
        told.failed(record, json.get("error"));
        let thread = text(metadata.first(THREAD));
        told.of.conversation = (!thread.is_empty()).then(|| SpanKey::of(thread));
        if told.draft.parent.is_none() {
            told.of.name = told.draft.name;
        }
        told.input = json.get("inputs");
        let outputs = json.get("outputs");
        told.output = outputs.filter(|it| it.members().next().is_some());
        match text(json.get("run_type")).as_ref() {
            // It was said when the run was posted.
            "" => tool(record, &mut told),
            "llm" => llm(b, record, &mut told, metadata),
            "tool" => {
                told.kind = Some(Kind::Tool);
                tool(record, &mut told);
            }
            "chain" => chain(b, &mut told, metadata),
            _ => told.kind = Some(Kind::Other),
        }
        self.spans.add(b, record, told);
    }
}

fn llm<'a>(b: &mut TraceBuilder, record: &Record<'a>, told: &mut Told<'a>, metadata: Json<'a>) {
    told.kind = Some(Kind::Llm);
    let json = record.json;
    let parameters = json.path(&["extra", "invocation_params"]);
    let asked = parameters.and_then(|it| it.first(&["model", "model_name", "model_id"]));
    let call = &mut told.call;
    call.requested_model = b.intern(&text(asked.or_else(|| metadata.first(&["ls_model_name"]))));
    call.provider = b.intern(&text(metadata.get("ls_provider")));
    call.tools = record.range_if(parameters.and_then(|it| it.first(&["tools", "functions"])));
    if parameters.is_some_and(payload::has_settings) {
        call.request = record.range_if(parameters);
    }
    call.cost_usd = dollars(json.get("total_cost"));
    // As the API has it.
    let part = |of: &str, key: &str| json.path(&[of, key]);
    let counts = Usage {
        input: count(b, record, json.get("prompt_tokens")),
        cached: count(b, record, part("prompt_token_details", "cache_read")),
        cache_write: count(b, record, part("prompt_token_details", "cache_creation")),
        output: count(b, record, json.get("completion_tokens")),
        reasoning: count(b, record, part("completion_token_details", "reasoning")),
        total: count(b, record, json.get("total_tokens")),
    };
    let said = metadata.get("usage_metadata").filter(|it| it.is_some());
    let counts = match said {
        Some(usage) => counts.or(Usage::read(b, record, usage)),
        None => counts,
    };
    call.tokens = counts.arbitrated(Counted::Inside, Counted::Inside);
    let mut events = json.get("events").into_iter().flat_map(Json::items);
    let token = events.find(|it| it.get("name").is_some_and(|it| it.is("new_token")));
    let first = json.first(&["first_token_time"]);
    let first = first.or_else(|| token.and_then(|it| it.get("time")));
    let first = any_utc(b, record, first).zip(told.draft.start);
    let lapse = first.map(|it| it.0.nanos().saturating_sub(it.1.nanos()));
    call.time_to_first_token = lapse.filter(|it| *it >= 0).into();
}

/// What a tool gave, where that is a message of LangChain's.
fn tool<'a>(record: &Record<'a>, told: &mut Told<'a>) {
    let json = record.json;
    let result = json.path(&["outputs", "output"]);
    let message = result.and_then(payload::langchain);
    let message = message.filter(|it| it.1 == "tool").map(|it| it.0);
    let id = json.path(&["extra", "tool_call_id"]);
    let id = id.or_else(|| message.and_then(|it| it.get("tool_call_id")));
    told.call_id = text(id);
    told.tool.call_id = record.range_if(id);
    if let Some(message) = message {
        told.output = message.get("content");
        if message.get("status").is_some_and(|it| it.is("error")) {
            told.failed(record, told.output);
        }
    }
}

fn chain<'a>(b: &mut TraceBuilder, told: &mut Told<'a>, metadata: Json<'a>) {
    told.kind = Some(Kind::Other);
    let own = metadata.get("lc_agent_name").filter(|it| it.is_some());
    let name = b.strings.name(told.draft.name);
    if own.is_some_and(|it| it.is(name)) || AGENTS.contains(&name) {
        told.kind = Some(Kind::MaybeAgent);
        let name = b.intern(&text(own));
        told.agent = Agent {
            name: if name.is_empty() {
                told.draft.name
            } else {
                name
            },
            ..Agent::default()
        };
    }
}
