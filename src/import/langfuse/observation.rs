//! What an observation of Langfuse is, and what is known of it.

use crate::import::attributes::Operation;
use crate::import::facts::Facts;
use crate::import::fields::{any_utc, count, dollars, text};
use crate::import::provider::Held;
use crate::import::records::Record;
use crate::import::told::{Kind, Told};
use crate::import::usage::{Counted, Usage};
use crate::import::values::either_range;
use crate::model::{Agent, ByteRange, Json, LlmCall, Moment, Status, Sym, TraceBuilder};

/// Reads an observation. Returns whether it is a round of an agent.
pub(super) fn read<'a>(b: &mut TraceBuilder, record: &Record<'a>, told: &mut Told<'a>) -> bool {
    let json = record.json;
    told.input = json.get("input");
    told.output = json.get("output");
    if json.get("level").is_some_and(|it| it.is("ERROR")) {
        told.draft.status = Status::Error;
        told.failed(record, json.first(&["statusMessage", "status_message"]));
    }
    let kind = text(json.get("type"));
    if kind == "EVENT" && told.draft.end.is_none() {
        told.draft.end = told.draft.start;
    }
    let is_generation = kind == "GENERATION";
    let call = &mut told.call;
    let model = json.first(&["model", "providedModelName", "provided_model_name"]);
    call.requested_model = b.intern(&text(model));
    let usage = usage(b, record);
    let operation = metadata(b, record, told, usage);
    let is_bare = told.call.requested_model.is_empty() && usage == Usage::default();
    let own = match (kind.as_ref(), operation) {
        // A call of the AI SDK's, which has those of the model in it.
        ("GENERATION", Operation::Agent | Operation::MaybeAgent) => Kind::MaybeAgent,
        ("GENERATION", _) if is_bare => Kind::MaybeLlm,
        ("GENERATION", _) => Kind::Llm,
        ("TOOL", _) => Kind::Tool,
        ("AGENT", _) => Kind::MaybeAgent,
        ("SPAN" | "CHAIN" | "", Operation::Tool) => Kind::Tool,
        ("SPAN" | "CHAIN" | "", Operation::Agent | Operation::MaybeAgent) => Kind::MaybeAgent,
        ("SPAN" | "CHAIN", _) => Kind::MaybeTool,
        _ => Kind::Other,
    };
    told.kind = Some(own);
    if told.agent.name.is_empty() {
        told.agent = Agent {
            name: told.draft.name,
            ..told.agent
        };
    }
    if is_generation {
        generation(b, record, &mut told.call, told.draft.start);
    }
    operation == Operation::Step
}

fn generation(
    b: &mut TraceBuilder,
    record: &Record<'_>,
    call: &mut LlmCall,
    start: Option<Moment>,
) {
    let json = record.json;
    let parameters = json.first(&["modelParameters", "model_parameters"]);
    let parameters = parameters.filter(|it| it.text() != "{}");
    call.request = record.range_if(parameters);
    let tools = json.first(&["toolDefinitions", "tool_definitions"]);
    call.tools = either_range(
        call.tools,
        record.range_if(tools.filter(|it| it.text() != "{}")),
    );
    // What is 0 and has no parts is not known.
    let total = json.first(&["totalCost", "total_cost", "calculatedTotalCost"]);
    let total = total.filter(|it| it.f64() != Some(0.0));
    let details = json.first(&["costDetails", "cost_details"]);
    call.cost_usd = dollars(details.and_then(|it| it.get("total")).or(total));
    let first = json.first(&["completionStartTime", "completion_start_time"]);
    let lapse = any_utc(b, record, first).zip(start);
    let lapse = lapse.map(|it| it.0.nanos().saturating_sub(it.1.nanos()));
    call.time_to_first_token = lapse.filter(|it| *it >= 0).into();
}

/// Token counts under the names that Langfuse and its integrations use.
fn usage(b: &mut TraceBuilder, record: &Record<'_>) -> Usage {
    const INPUT: &[&str] = &["input", "input_tokens", "prompt_tokens", "promptTokens"];
    const OUTPUT: &[&str] = &[
        "output",
        "output_tokens",
        "completion_tokens",
        "completionTokens",
    ];
    const CACHED: &[&str] = &[
        "input_cached_tokens",
        "input_cache_read",
        "cache_read_input_tokens",
        "prompt_details.cache_read",
        "input_cached_content_token_count",
    ];
    const CACHE_WRITE: &[&str] = &[
        "input_cache_creation",
        "cache_creation_input_tokens",
        "prompt_details.cache_write",
    ];
    const REASONING: &[&str] = &[
        "output_reasoning",
        "output_reasoning_tokens",
        "completion_details.reasoning",
        "thoughts_token_count",
    ];
    const TOTAL: &[&str] = &["total", "total_tokens", "totalTokens"];
    let json = record.json;
    let details = json.first(&["usageDetails", "usage_details"]);
    let details = details.filter(|it| it.members().next().is_some());
    let from = details
        .or_else(|| json.get("usage"))
        .unwrap_or(Json::new(""));
    let mut find = |keys: &[&str]| count(b, record, from.first(keys));
    Usage {
        input: find(INPUT),
        cached: find(CACHED),
        cache_write: find(CACHE_WRITE),
        output: find(OUTPUT),
        reasoning: find(REASONING),
        total: find(TOTAL),
    }
}

/// What the metadata say: the attributes of an OpenTelemetry span, or what LangChain has.
fn metadata<'a>(
    b: &mut TraceBuilder,
    record: &Record<'a>,
    told: &mut Told<'a>,
    usage: Usage,
) -> Operation {
    let Some(metadata) = record.json.get("metadata") else {
        return Operation::Other;
    };
    let held = Held::new(record, metadata);
    let json = held.json();
    told.draft.scope = b.intern(&text(json.path(&["scope", "name"])));
    let whole = json.text();
    // Where things are in the metadata, whatever they stand in.
    let within = Record {
        json,
        range: ByteRange::new(0, whole.len() as u32),
        ..*record
    };
    let part = |at: ByteRange| {
        let end = at.end() as usize;
        let text = whole
            .get(at.start as usize..end)
            .filter(|it| !it.is_empty());
        text.map(Json::new)
    };
    let mut facts = Facts::default();
    if let Some(attributes) = json.get("attributes") {
        let n_issues = b.issues.list.len();
        facts.read(b, &within, attributes);
        let new = b.issues.list.iter_mut().skip(n_issues);
        new.for_each(|it| it.at = held.range_if(part(it.at)));
    }
    let kind = facts.kind(b, &told.draft);
    let call = &mut told.call;
    let word = |b: &mut TraceBuilder, key: &str| b.intern(&text(json.get(key)));
    let first = |all: &[Sym]| {
        let known = all.iter().find(|it| !it.is_empty());
        known.copied().unwrap_or_default()
    };
    let (provider, model) = (word(b, "ls_provider"), word(b, "ls_model_name"));
    call.provider = first(&[facts.call.provider, facts.provider_else, provider]);
    call.model = facts.call.model;
    call.requested_model = first(&[call.requested_model, facts.call.requested_model, model]);
    call.finish_reason = facts.call.finish_reason;
    call.finish_reason_raw = facts.call.finish_reason_raw;
    call.response_id = held.id(part(facts.call.response_id));
    call.system = held.range_if(part(facts.call.system));
    let tools = either_range(facts.call.tools, facts.tools_else);
    call.tools = held.range_if(part(tools).or_else(|| json.get("tools")));
    call.tokens = usage
        .or(facts.usage)
        .arbitrated(Counted::Beside, Counted::Beside);
    told.tool.name = facts.tool.name;
    told.tool.kind = facts.tool.kind;
    told.tool.call_id = held.id(part(facts.tool.call_id));
    told.agent = Agent {
        id: held.id(part(facts.agent.id)),
        ..facts.agent()
    };
    told.call_id = facts.call_id.into_owned().into();
    kind
}
