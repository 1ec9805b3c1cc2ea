//! What happens in the conversation of one agent.

use super::Event;
use crate::import::fields::{count, millis, text};
use crate::import::llm::began;
use crate::import::roles::{Roles, Said};
use crate::import::usage::{Counted, Usage};
use crate::model::{
    ByteRange, Draft, FinishReason, Json, LlmCall, Marks, SpanKey, Status, Tokens, TraceBuilder,
};

/// The conversation of an agent.
#[derive(Default)]
pub(super) struct Side {
    pub(super) roles: Roles,
    /// The response that the last message is of.
    response: Option<SpanKey>,
    /// Whether thoughts were said, and the message is still to come.
    is_thinking: bool,
}

impl Side {
    /// Takes an event. `false` if it tells nothing of the conversation.
    pub(super) fn event(&mut self, b: &mut TraceBuilder, event: &Event<'_>, kind: &str) -> bool {
        let (data, time) = (event.data, event.time);
        let dialog = &mut self.roles.dialog;
        match kind {
            "session.start"
            | "session.resume"
            | "session.model_change"
            | "session.auto_mode_resolved" => {
                let model = data.first(&["newModel", "chosenModel", "selectedModel"]);
                if let Some(model) = model {
                    self.roles.model = b.intern(&text(Some(model)));
                }
                return false;
            }
            "session.context_cleared" | "session.snapshot_rewind" => dialog.begin_anew(),
            "session.compaction_complete" => return self.compaction(b, event),
            "session.error" | "abort" => self.happened(b, event, kind),
            "system.message" => self.roles.system = event.record.range_if(data.get("content")),
            "system.notification" => dialog.hear(time, event.whole()),
            "user.message" => self.user(b, event),
            // The request is made.
            "assistant.turn_start" => {
                dialog.hear(time, ByteRange::default());
                return false;
            }
            "assistant.reasoning" | "assistant.message" => self.answer(b, event, kind),
            "assistant.usage" => return self.usage(b, event),
            "model.call_failure" => self.failure(b, event),
            "tool.execution_start" => {
                dialog.run(b, event.record, data, time);
            }
            "tool.execution_complete" => {
                dialog.result(b, event.record, data, time);
                dialog.hear(time, event.whole());
            }
            _ => return false,
        }
        true
    }

    /// What is said while the agent is at work opens no turn.
    fn user(&mut self, b: &mut TraceBuilder, event: &Event<'_>) {
        let dialog = &mut self.roles.dialog;
        if text(event.data.get("delivery")) == "steering" && dialog.home().is_some() {
            return dialog.hear(event.time, event.whole());
        }
        let draft = Draft {
            start: event.time,
            end: None,
            ..event.draft()
        };
        let input = event.record.range_if(event.data.get("content"));
        dialog.user(b, draft, input, event.whole());
    }

    /// Thoughts, then a message, which may come in chunks.
    fn answer(&mut self, b: &mut TraceBuilder, event: &Event<'_>, kind: &str) {
        let data = event.data;
        let response = data.get("apiCallId").filter(|it| it.is_some());
        let key = response.map(|it| SpanKey::of(text(Some(it)).as_ref()));
        let is_same = key.is_some() && key == self.response;
        let goes_on = std::mem::replace(&mut self.is_thinking, kind == "assistant.reasoning");
        self.response = key.or(self.response.filter(|_| self.is_thinking));
        let said = Said {
            role: "assistant",
            message: data,
            whole: event.whole(),
            draft: event.draft(),
            call: LlmCall {
                model: b.intern(&text(data.get("model"))),
                tokens: Tokens {
                    output: count(b, event.record, data.get("outputTokens")),
                    ..Tokens::default()
                },
                response_id: event.record.range_if(response),
                ..LlmCall::default()
            },
            goes_on: goes_on || is_same,
        };
        self.roles.message(b, event.record, said);
    }

    /// What a call took, where it is the last one's.
    fn usage(&mut self, b: &mut TraceBuilder, event: &Event<'_>) -> bool {
        let (record, data) = (event.record, event.data);
        let response = text(data.get("apiCallId"));
        let of_last = response.is_empty() || self.response == Some(SpanKey::of(response.as_ref()));
        let Some(id) = self.roles.dialog.last_llm_call().filter(|_| of_last) else {
            return false;
        };
        let usage = Usage::read(b, record, data);
        let reason = text(data.get("finishReason"));
        let raw = b.intern(&reason);
        b.record(id, record.range);
        if let Some(call) = b.llm_call_mut(id) {
            call.tokens = usage.tokens(Counted::Inside, Counted::Inside);
            call.finish_reason = FinishReason::from_raw(&reason);
            call.finish_reason_raw = raw;
            call.time_to_first_token = millis(data.get("timeToFirstTokenMs")).into();
        }
        began(b, id, data.get("duration"));
        true
    }

    /// A request that failed.
    fn failure(&mut self, b: &mut TraceBuilder, event: &Event<'_>) {
        let draft = Draft {
            status: Status::Error,
            ..event.draft()
        };
        let call = LlmCall {
            model: b.intern(&text(event.data.get("model"))),
            requested_model: self.roles.model,
            system: self.roles.system,
            ..LlmCall::default()
        };
        let id = self.roles.dialog.llm_call(b, draft, call);
        began(b, id, event.data.get("durationMs"));
        let error = event.record.range_if(event.data.get("errorMessage"));
        if !error.is_empty() {
            b.error(id, error);
        }
    }

    /// The summary is an LLM call, where its counts are known.
    fn compaction(&mut self, b: &mut TraceBuilder, event: &Event<'_>) -> bool {
        let (record, data) = (event.record, event.data);
        if data.get("success").and_then(Json::bool) == Some(false) {
            self.happened(b, event, "compaction");
            return true;
        }
        let summary = data.get("summaryContent");
        let dialog = &mut self.roles.dialog;
        let id = dialog.compaction(b, record, event.time, summary);
        if let Some(used) = data.get("compactionTokensUsed") {
            let usage = Usage::read(b, record, used);
            let call = LlmCall {
                model: b.intern(&text(used.get("model"))),
                tokens: usage.tokens(Counted::Inside, Counted::Inside),
                output: record.range_if(summary),
                ..LlmCall::default()
            };
            b.become_llm_call(id, call);
            began(b, id, used.get("duration"));
        }
        true
    }

    /// Something that happened at a moment.
    fn happened(&mut self, b: &mut TraceBuilder, event: &Event<'_>, kind: &str) {
        let dialog = &mut self.roles.dialog;
        if kind == "abort" {
            dialog.settle(b);
        }
        let error = event
            .record
            .range_if(event.data.first(&["message", "error"]));
        let failed = matches!(kind, "session.error" | "compaction");
        let draft = Draft {
            name: b.intern(kind),
            start: event.time,
            marks: Marks::END_DERIVED,
            status: if failed { Status::Error } else { Status::Unset },
            ..event.draft()
        };
        let draft = dialog.place(b, draft);
        let id = b.span(draft);
        if failed && !error.is_empty() {
            b.error(id, error);
        }
    }
}
