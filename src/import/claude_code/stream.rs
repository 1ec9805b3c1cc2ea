//! What Claude Code prints with `--output-format stream-json`, which its Agent SDK reads.
//!
//! Source: the `SDKMessage` types of `@anthropic-ai/claude-agent-sdk`, recorded output of 2.1.84.
//! Messages are those of a session, but without times (some results have one: not read, as one
//! time among none draws nothing). The file of a sub-agent is here a `parent_tool_use_id`. What was
//! used in all stands in `result`, for the session so far; output is counted in part else.
//! Not read: control messages, the pieces of an answer (`stream_event`) but for its end.

use super::{Became, ClaudeCode, Line};
use crate::import::fields::dollars;
use crate::import::head::Head;
use crate::import::{Format, Opened, text};
use crate::model::{
    ByteRange, Dollars, FinishReason, Json, Kind, Marks, SpanKey, Stated, TraceBuilder,
};

pub(in crate::import) const FORMAT: Format = Format {
    id: "claude-stream-json",
    name: "Claude stream-json",
    sniff,
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(ClaudeCode {
            stream: Some(Stream::default()),
            ..ClaudeCode::default()
        }),
    }),
};

fn sniff(head: &Head) -> bool {
    let is_message = |json: &Json| {
        let has = |key| json.get(key).is_some_and(Json::is_some);
        let kind = text(json.get("type"));
        has("session_id")
            && match kind.as_ref() {
                "user" | "assistant" => json.path(&["message", "content"]).is_some(),
                "system" | "result" => has("subtype"),
                "stream_event" => has("event"),
                _ => false,
            }
    };
    head.values.iter().any(is_message)
}

/// Messages that are no part of the conversation.
const OTHER: &[&str] = &[
    "auth_status",
    "control_cancel_request",
    "control_request",
    "control_response",
    "keep_alive",
    "prompt_suggestion",
    "rate_limit_event",
    "tool_progress",
    "tool_use_summary",
];

/// What only a stream has.
#[derive(Default)]
pub(super) struct Stream {
    /// The tools that are offered.
    pub(super) tools: ByteRange,
    /// What the session used so far, by the last result of it, and which one that is.
    so_far: Stated,
    session: Option<SpanKey>,
}

impl ClaudeCode {
    /// A message that a session does not have. `None`: it is one that a session has too, or none.
    pub(super) fn streamed(
        &mut self,
        b: &mut TraceBuilder,
        line: &Line<'_>,
        kind: &str,
    ) -> Option<Became> {
        let stream = self.stream.as_mut()?;
        let json = line.record.json;
        match kind {
            "system" if text(line.fields.subtype) == "init" => {
                stream.tools = line.range(json.get("tools"));
                Some(Became::Other)
            }
            "stream_event" => Some(self.event(b, line, json.get("event"))),
            "result" => {
                self.result(b, line, json);
                Some(Became::Span)
            }
            kind => OTHER.contains(&kind).then_some(Became::Other),
        }
    }

    /// The end of an answer says why it stopped and counts all of it.
    fn event(&mut self, b: &mut TraceBuilder, line: &Line<'_>, event: Option<Json<'_>>) -> Became {
        let end = event.filter(|it| text(it.get("type")) == "message_delta");
        let last = self.conversation(line.at).llm_call;
        let is_open = |b: &mut TraceBuilder, it| {
            let call = b.llm_call_mut(it);
            call.is_some_and(|it| it.finish_reason_raw.is_empty())
        };
        let Some((end, id)) = end.zip(last).filter(|it| is_open(b, it.1)) else {
            return Became::Other;
        };
        let usage = end.get("usage").unwrap_or(end);
        let tokens = super::llm::usage(b, &line.record, usage);
        let reason = text(end.path(&["delta", "stop_reason"]));
        let raw = b.intern(&reason);
        if let Some(call) = b.llm_call_mut(id) {
            call.tokens = super::llm::most(call.tokens, tokens);
            (call.finish_reason, call.finish_reason_raw) = (FinishReason::from_raw(&reason), raw);
        }
        if let Some(draft) = b.draft(id) {
            draft.marks = draft.marks.without(Marks::OUTPUT_PARTIAL);
        }
        b.record(id, line.record.range);
        Became::Span
    }

    /// A turn is over.
    fn result(&mut self, b: &mut TraceBuilder, line: &Line<'_>, json: Json<'_>) {
        let home = self.home(b, line);
        b.record(home, line.record.range);
        if json.get("is_error").and_then(Json::bool) == Some(true) {
            let said = json.get("errors").or(json.get("result"));
            b.fail(home, line.range(said.or(line.fields.subtype)));
        }
        let reason = text(json.get("stop_reason"));
        let raw = b.intern(&reason);
        let last = self.main.llm_call.and_then(|it| b.llm_call_mut(it));
        if let Some(call) = last.filter(|it| it.finish_reason_raw.is_empty()) {
            (call.finish_reason, call.finish_reason_raw) = (FinishReason::from_raw(&reason), raw);
        }
        self.main.settle(b);
        self.main.home = None;
        let usage = json.get("usage").filter(|it| it.kind() == Kind::Object);
        let used = Stated {
            tokens: usage.map_or_else(Default::default, |it| {
                super::llm::usage(b, &line.record, it)
            }),
            cost_usd: dollars(json.get("total_cost_usd")),
        };
        let session = line.fields.session.and_then(Json::str).map(SpanKey::of);
        if let Some(stream) = &mut self.stream {
            let is_less = |a: Dollars, b: Dollars| a.get() < b.get();
            // Another session, or the same taken up again: it counts from 0.
            if stream.session != session || is_less(used.cost_usd, stream.so_far.cost_usd) {
                b.state(0, stream.so_far);
            }
            (stream.so_far, stream.session) = (used, session);
        }
    }

    /// What the last session used.
    pub(super) fn state(&mut self, b: &mut TraceBuilder) {
        if let Some(stream) = &self.stream {
            b.state(0, stream.so_far);
        }
    }
}
