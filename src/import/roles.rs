//! Conversations whose messages say who speaks: what coding agents keep, a line a message.

use super::dialog::Dialog;
use super::fields::text;
use super::records::Record;
use super::tools::requests;
use crate::model::{ByteRange, Draft, Json, Kind, LlmCall, Sym, TraceBuilder};

/// A conversation, and what holds for all LLM calls from here on.
#[derive(Default)]
pub(super) struct Roles {
    pub(super) dialog: Dialog,
    pub(super) system: ByteRange,
    pub(super) tools: ByteRange,
    /// The model that is asked.
    pub(super) model: Sym,
    pub(super) provider: Sym,
}

/// A message.
pub(super) struct Said<'a> {
    /// Who speaks.
    pub(super) role: &'a str,
    /// What has the content.
    pub(super) message: Json<'a>,
    /// What says who speaks, too.
    pub(super) whole: ByteRange,
    /// Its record, its id, and when it was there (as the end) or began.
    pub(super) draft: Draft,
    /// What is known of it as an answer.
    pub(super) call: LlmCall,
    /// Whether it is more of the answer before it, if nothing was heard since.
    pub(super) goes_on: bool,
}

impl Roles {
    /// Takes a message. `false` if nobody speaks who is known.
    pub(super) fn message(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        said: Said<'_>,
    ) -> bool {
        let time = said.draft.end;
        match said.role {
            "system" | "developer" => {
                self.system = record.range_if(said.message.get("content").or(Some(said.message)));
            }
            "user" => self.user(b, record, &said),
            "assistant" | "model" => {
                self.assistant(b, record, said);
            }
            "tool" | "toolResult" | "tool_result" => {
                self.dialog.result(b, record, said.message, time);
                self.dialog.hear(time, said.whole);
            }
            _ => return false,
        }
        true
    }

    /// Results of tool calls may stand in what the user says; the rest are the user's own words.
    fn user(&mut self, b: &mut TraceBuilder, record: &Record<'_>, said: &Said<'_>) {
        let time = said.draft.end;
        let content = said
            .message
            .first(&["content", "text"])
            .unwrap_or(said.message);
        let mut has_words = content.kind() == Kind::String;
        for part in content.items() {
            if text(part.get("type")) == "tool_result" {
                self.dialog.result(b, record, part, time);
            } else {
                has_words = true;
            }
        }
        if has_words {
            let draft = Draft {
                start: time,
                end: None,
                ..said.draft
            };
            let input = record.range_of(content);
            self.dialog.user(b, draft, input, said.whole);
        } else {
            self.dialog.hear(time, said.whole);
        }
    }

    fn assistant(&mut self, b: &mut TraceBuilder, record: &Record<'_>, said: Said<'_>) {
        let or = |own: Sym, usual: Sym| if own.is_empty() { usual } else { own };
        let call = LlmCall {
            model: or(said.call.model, self.model),
            requested_model: self.model,
            provider: or(said.call.provider, self.provider),
            system: self.system,
            tools: self.tools,
            output: said.whole,
            ..said.call
        };
        let goes_on = said.goes_on && self.dialog.is_answering();
        self.dialog.answer(b, said.draft, call, goes_on);
        for part in requests(said.message) {
            self.dialog.ask(b, record, part, None);
        }
    }
}
