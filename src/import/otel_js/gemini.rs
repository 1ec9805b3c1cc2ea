//! What Gemini CLI logs beside its spans. Each of its spans is a trace of its own, so the session
//! is the trace; what was sent and said stands in log records, of which some name their span and
//! the others fall into it by their times.
//!
//! Source: `packages/core/src/telemetry/types.ts` of Gemini CLI 0.61. Token counts are Gemini's:
//! what was cached is inside of input, thoughts are beside output.

use std::borrow::Cow;

use crate::import::events::attribute;
use crate::import::facts::Facts;
use crate::import::fields::{count, text};
use crate::import::logs::Log;
use crate::import::records::Record;
use crate::import::requests::{Asked, asked};
use crate::import::usage::{Counted, Usage};
use crate::model::{
    ByteRange, Draft, DraftId, Json, KeyMap, LlmCall, Marks, Moment, SpanKey, Status, Sym,
    TraceBuilder, Work, fill, sort_by_key,
};

/// The session of a span or log record of Gemini CLI.
pub(super) fn session<'a>(scope: &str, attributes: Option<Json<'a>>) -> Option<Cow<'a, str>> {
    let attributes = attributes.filter(|_| scope == "gemini-cli")?;
    let keys = ["gen_ai.conversation.id", "session.id"];
    let id = text(keys.iter().find_map(|it| attribute(attributes, it)));
    Some(id).filter(|it| !it.is_empty())
}

/// The sessions of a file.
#[derive(Default)]
pub(super) struct Gemini {
    pub(super) spans: Vec<DraftId>,
    prompts: Vec<Prompt>,
    answers: Vec<Answer>,
    requests: Vec<(SpanKey, ByteRange, ByteRange)>,
    tools: Vec<Ran>,
}

/// The user wants something.
struct Prompt {
    trace: u32,
    nanos: i64,
    input: ByteRange,
    record: ByteRange,
}

/// What a model answered.
struct Answer {
    trace: u32,
    nanos: i64,
    record: ByteRange,
    call: LlmCall,
    asked: Vec<Asked>,
}

/// A tool ran.
struct Ran {
    scheduled: SpanKey,
    name: Sym,
    input: ByteRange,
    error: ByteRange,
    failed: bool,
    record: ByteRange,
}

impl Gemini {
    /// Takes a log record; `false` if it is none of those.
    pub(super) fn take<'a>(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'a>,
        log: &Log<'a>,
    ) -> bool {
        let Some(nanos) = log.time.map(Moment::nanos) else {
            return false;
        };
        let (trace, record_at) = (log.trace, record.range);
        let get = |key: &str| log.attribute(key);
        let range = |key: &str| get(key).map_or_else(ByteRange::default, |it| record.range_of(it));
        match (log.name().as_ref(), log.span) {
            ("gemini_cli.user_prompt", _) => self.prompts.push(Prompt {
                trace,
                nanos,
                input: range("prompt"),
                record: record_at,
            }),
            ("gemini_cli.api_request", Some(span)) => {
                self.requests.push((span, range("request_text"), record_at));
            }
            ("gemini_cli.tool_call", Some(scheduled)) => self.tools.push(Ran {
                scheduled,
                name: b.intern(&text(get("function_name"))),
                input: range("function_args"),
                error: range("error.message"),
                failed: get("success").and_then(Json::bool) == Some(false),
                record: record_at,
            }),
            ("gemini_cli.api_response", _) => {
                let call = LlmCall {
                    model: b.intern(&text(get("model"))),
                    tokens: Usage {
                        input: count(b, record, get("input_token_count")),
                        cached: count(b, record, get("cached_content_token_count")),
                        output: count(b, record, get("output_token_count")),
                        reasoning: count(b, record, get("thoughts_token_count")),
                        total: count(b, record, get("total_token_count")),
                        ..Usage::default()
                    }
                    .arbitrated(Counted::Inside, Counted::Beside),
                    output: range("response_text"),
                    ..LlmCall::default()
                };
                let mut all = Vec::new();
                if let Some(said) = get("response_text") {
                    asked(b, trace, call.output, said, |_, it| all.push(it));
                }
                self.answer(trace, nanos, record_at, call, all);
            }
            ("gen_ai.client.inference.operation.details", None) => {
                let mut facts = Facts::default();
                if let Some(attributes) = log.attributes {
                    facts.read(b, record, attributes);
                }
                facts.complete(b, record, super::super::logs::NO_EVENTS);
                self.answer(trace, nanos, record_at, facts.call, Vec::new());
            }
            _ => return false,
        }
        true
    }

    fn answer(
        &mut self,
        trace: u32,
        nanos: i64,
        record: ByteRange,
        call: LlmCall,
        asked: Vec<Asked>,
    ) {
        self.answers.push(Answer {
            trace,
            nanos,
            record,
            call,
            asked,
        });
    }

    /// Tells the spans, once all are there.
    pub(super) fn tell(&mut self, b: &mut TraceBuilder) {
        let by_key: KeyMap<DraftId> = self
            .spans
            .iter()
            .filter_map(|it| Some((b.get(*it)?.key?, *it)))
            .collect();
        sort_by_key(&mut self.spans, |it| {
            let start = b.get(*it).and_then(|it| it.start);
            (start.map_or(i64::MAX, Moment::nanos), 0)
        });
        for (span, input, record) in self.requests.drain(..) {
            if let Some(id) = by_key.get(&span) {
                b.record(*id, record);
                b.input(*id, input);
            }
        }
        self.tell_answers(b);
        self.tell_tools(b);
        self.begin_turns(b);
    }

    fn tell_answers(&mut self, b: &mut TraceBuilder) {
        let calls = self.spans.iter().filter_map(|id| {
            let draft = b.get(*id).filter(|it| matches!(it.work, Work::Llm(_)))?;
            Some((*id, draft.trace, draft.start?.nanos(), draft.end?.nanos()))
        });
        let calls: Vec<(DraftId, u32, i64, i64)> = calls.collect();
        for answer in self.answers.drain(..) {
            /// Times of log records are whole milliseconds.
            const SLACK: i64 = 1_000_000;
            let begun = calls.partition_point(|it| it.2 <= answer.nanos);
            let mut near = calls.get(..begun).unwrap_or_default().iter().rev().take(64);
            let found = near.find(|it| it.1 == answer.trace && answer.nanos <= it.3 + SLACK);
            let Some((id, ..)) = found else { continue };
            b.record(*id, answer.record);
            b.llm_call_mut(*id)
                .into_iter()
                .for_each(|it| fill(it, &answer.call));
            answer.asked.into_iter().for_each(|it| it.by(b, *id));
        }
    }

    fn tell_tools(&mut self, b: &mut TraceBuilder) {
        let mut waiting: KeyMap<Vec<DraftId>> = KeyMap::default();
        for id in self.spans.iter().rev() {
            let parent = b.get(*id).and_then(|it| it.parent);
            if let (Some(parent), Some(tool)) = (parent, b.tool_call_mut(*id)) {
                let key = SpanKey::of((parent, tool.name));
                waiting.entry(key).or_default().push(*id);
            }
        }
        for ran in self.tools.drain(..) {
            let waiting = waiting.get_mut(&SpanKey::of((ran.scheduled, ran.name)));
            let Some(id) = waiting.and_then(Vec::pop) else {
                continue;
            };
            b.record(id, ran.record);
            if let Some(tool) = b.tool_call_mut(id) {
                tool.input = ran.input;
            }
            if ran.failed {
                b.draft(id)
                    .into_iter()
                    .for_each(|it| it.status = Status::Error);
                if !ran.error.is_empty() {
                    b.error(id, ran.error);
                }
            }
        }
    }

    /// A prompt opens a turn: the spans up to the next lie in it.
    fn begin_turns(&mut self, b: &mut TraceBuilder) {
        sort_by_key(&mut self.prompts, |it| (it.trace.into(), it.nanos));
        let mut turns: Vec<(u32, i64, SpanKey)> = Vec::new();
        for prompt in self.prompts.drain(..) {
            let draft = Draft {
                trace: prompt.trace,
                start: Moment::new(prompt.nanos),
                record: prompt.record,
                marks: Marks::END_DERIVED,
                ..Draft::default()
            };
            let id = b.turn(draft, None, prompt.input);
            turns.push((prompt.trace, prompt.nanos, id.key()));
        }
        for id in self.spans.drain(..) {
            let Some(draft) = b.draft(id).filter(|it| it.parent.is_none()) else {
                continue;
            };
            let start = draft.start.map_or(i64::MAX, Moment::nanos);
            let at = turns.partition_point(|it| (it.0, it.1) <= (draft.trace, start));
            let turn = at.checked_sub(1).and_then(|it| turns.get(it));
            draft.parent = turn.filter(|it| it.0 == draft.trace).map(|it| it.2);
        }
    }
}
