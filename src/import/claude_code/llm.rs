//! LLM calls: the records of one `message.id`, which repeat its usage.

use super::conversation::latest;
use super::line::{Line, Message};
use super::{Became, ClaudeCode, tools};
use crate::import::records::Record;
use crate::import::{count, draft, text};
use crate::model::{
    ByteRange, Count, Draft, DraftId, FinishReason, Json, Kind, LlmCall, Marks, SpanKey, Status,
    Tokens, TraceBuilder,
};

/// An LLM call that further records may belong to.
#[derive(Clone, Copy)]
pub(super) struct Group {
    draft: DraftId,
    /// Whether its output says or asks for something, and does not only think.
    has_said: bool,
}

impl ClaudeCode {
    pub(super) fn assistant(&mut self, b: &mut TraceBuilder, line: &Line<'_>) -> Became {
        let Some(json) = line.fields.message.filter(|it| it.kind() == Kind::Object) else {
            return Became::Bad;
        };
        let message = Message::new(json);
        if text(message.model) == "<synthetic>" {
            return self.notice(b, line, message);
        }
        let key = message
            .id
            .and_then(Json::str)
            .map(|it| SpanKey::of((it, text(line.fields.request_id))));
        let known = key.and_then(|it| self.groups.get(&it)).copied();
        if let Some(known) = known {
            b.record(known.draft, line.record.range);
        }
        let mut group = known.unwrap_or_else(|| self.begin_llm_call(b, line));
        self.conversation(line.at).llm_call = Some(group.draft);
        group.has_said |= add(b, line, group, json, message);
        if let Some(key) = key {
            self.groups.insert(key, group);
        }
        for block in message.content.into_iter().flat_map(Json::items) {
            if tools::is_request(block) {
                self.tool_use(b, line, block, group.draft);
            } else if tools::is_result(block) {
                // What the provider ran itself.
                self.tool_result(b, line, block);
            }
        }
        Became::Span
    }

    fn begin_llm_call(&mut self, b: &mut TraceBuilder, line: &Line<'_>) -> Group {
        let parent = Some(self.home(b, line).key());
        let conversation = self.conversation(line.at);
        conversation.settle(b);
        let start = conversation.began(b, line.time);
        let (inputs, input_is_delta) = conversation.take_inputs();
        let call = LlmCall {
            provider: b.intern("anthropic"),
            tools: self
                .stream
                .as_ref()
                .map_or_else(ByteRange::default, |it| it.tools),
            input_is_delta,
            ..LlmCall::default()
        };
        let marks = Marks::START_DERIVED.with(Marks::END_DERIVED);
        let id = b.llm_call(
            Draft {
                parent,
                start,
                marks,
                ..draft(&line.record)
            },
            call,
        );
        inputs.into_iter().for_each(|it| b.input(id, it));
        Group {
            draft: id,
            has_said: false,
        }
    }

    /// What Claude Code says in the name of the model: mostly why a request failed.
    fn notice(&mut self, b: &mut TraceBuilder, line: &Line<'_>, message: Message<'_>) -> Became {
        if !line.fields.is_api_error {
            return Became::Other;
        }
        let parent = Some(self.home(b, line).key());
        let start = self.conversation(line.at).began(b, line.time);
        let marks = Marks::START_DERIVED.with(Marks::END_DERIVED);
        let name = b.intern("api_error");
        let id = b.span(Draft {
            parent,
            name,
            start,
            end: line.time,
            marks,
            ..draft(&line.record)
        });
        fail(b, line, id, message);
        Became::Span
    }
}

/// Adds what one record says of an LLM call. Whether its output says something now.
fn add(
    b: &mut TraceBuilder,
    line: &Line<'_>,
    group: Group,
    json: Json<'_>,
    message: Message<'_>,
) -> bool {
    let tokens = message
        .usage
        .map_or_else(Tokens::default, |it| usage(b, &line.record, it));
    let model = b.intern(&text(message.model));
    let reason = text(message.stop_reason);
    let raw = b.intern(&reason);
    let says = says(message.content);
    let Some(call) = b.llm_call_mut(group.draft) else {
        return says;
    };
    call.tokens = most(call.tokens, tokens);
    if !model.is_empty() {
        call.model = model;
    }
    if !raw.is_empty() {
        (call.finish_reason, call.finish_reason_raw) = (FinishReason::from_raw(&reason), raw);
    }
    // What says something comes first: it is what a row shows.
    let mut output = line.record.range_of(json);
    if says && !group.has_said {
        std::mem::swap(&mut call.output, &mut output);
    }
    if call.response_id.is_empty() {
        call.response_id = line.range(message.id);
    }
    // Written when the answer began, and never again.
    let is_partial = call.finish_reason_raw.is_empty() && call.tokens.output.get().is_some();
    let id = call.response_id;
    if let Some(draft) = b.draft(group.draft) {
        draft.id = id;
        draft.end = latest(draft.end, line.time);
        draft.marks = Marks(draft.marks.0 & !Marks::OUTPUT_PARTIAL.0);
        if is_partial {
            draft.marks = draft.marks.with(Marks::OUTPUT_PARTIAL);
        }
    }
    if !output.is_empty() {
        b.output(group.draft, output);
    }
    if line.fields.is_api_error {
        fail(b, line, group.draft, message);
    }
    says
}

/// Whether a content says or asks for something. Empty text stands before thinking.
fn says(content: Option<Json<'_>>) -> bool {
    let Some(content) = content else { return false };
    content.kind() == Kind::String
        || content.items().any(|it| {
            tools::is_request(it)
                || it
                    .get("text")
                    .and_then(Json::str)
                    .is_some_and(|it| !it.trim().is_empty())
        })
}

fn fail(b: &mut TraceBuilder, line: &Line<'_>, id: DraftId, message: Message<'_>) {
    if let Some(draft) = b.draft(id) {
        draft.status = Status::Error;
    }
    let said = message
        .content
        .and_then(|it| it.items().find_map(|it| it.get("text")))
        .or(message.content);
    b.error(id, line.range(said));
}

/// Anthropic counts cached input beside `input_tokens`, not in it.
pub(super) fn usage(b: &mut TraceBuilder, record: &Record<'_>, usage: Json<'_>) -> Tokens {
    let cached = count(b, record, usage.get("cache_read_input_tokens"));
    let cache_write = count(b, record, usage.get("cache_creation_input_tokens"));
    Tokens {
        input: count(b, record, usage.get("input_tokens"))
            .plus(cached)
            .plus(cache_write),
        cached,
        cache_write,
        output: count(b, record, usage.get("output_tokens")),
        reasoning: count(
            b,
            record,
            usage.path(&["output_tokens_details", "thinking_tokens"]),
        ),
    }
}

/// Each record has the usage so far: the largest is the last.
pub(super) fn most(a: Tokens, b: Tokens) -> Tokens {
    let most = |a: Count, b: Count| Count::from(a.get().max(b.get()));
    Tokens {
        input: most(a.input, b.input),
        cached: most(a.cached, b.cached),
        cache_write: most(a.cache_write, b.cache_write),
        output: most(a.output, b.output),
        reasoning: most(a.reasoning, b.reasoning),
    }
}
