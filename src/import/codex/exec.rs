//! What `codex exec --json` prints: the events of a thread, JSON Lines without times.
//!
//! Source: `codex-rs/exec/src/exec_events.rs` (0.169). A turn has one usage, and nothing tells
//! where one LLM call in it ends and the next begins: all that the model says in a turn is shown as
//! one LLM call. What the user said, models and what a tool told the model are not in it.

use super::events::describe;
use super::{Line, tools};
use crate::import::dialog::Dialog;
use crate::import::fields::Unknown;
use crate::import::records::Record;
use crate::import::usage::{Counted, Usage};
use crate::import::{Became, Format, ImportError, Opened, Reader, draft, text};
use crate::model::{
    ByteRange, Draft, DraftId, Json, KeyMap, LlmCall, SpanKey, ToolCall, TraceBuilder,
};

pub(in crate::import) const FORMAT: Format = Format {
    id: "codex-exec",
    name: "Codex exec JSON",
    sniff: |head| {
        let events = ["thread.started", "turn.started", "item.completed"];
        head.says("type", &events) && (head.has(&["thread_id"]) || head.has(&["item"]))
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(Exec::default()),
    }),
};

#[derive(Default)]
struct Exec {
    dialog: Dialog,
    /// The LLM calls of the turn, as one.
    llm_call: Option<DraftId>,
    /// Items of the turn that are tool calls.
    calls: KeyMap<DraftId>,
    /// Whether a turn is open.
    runs: bool,
    unknown: Unknown,
}

impl Reader for Exec {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let kind = text(record.json.get("type"));
        let error = record.json.get("error");
        match kind.as_ref() {
            "" => return Became::Bad,
            "thread.started" => return Became::Other,
            "turn.started" => {
                self.dialog
                    .begin_turn(b, draft(record), ByteRange::default());
                (self.llm_call, self.runs) = (None, true);
                self.calls.clear();
            }
            "turn.completed" => self.end_turn(b, record, None),
            "turn.failed" => self.end_turn(b, record, error),
            "error" => return self.error(b, record, record.json),
            "item.started" | "item.updated" | "item.completed" => {
                return self.item(b, record, &kind);
            }
            kind => return self.unknown.note(b, record, kind),
        }
        Became::Span
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        if !self.runs {
            self.dialog.settle(b);
        }
        Ok(())
    }
}

impl Exec {
    fn item(&mut self, b: &mut TraceBuilder, record: &Record<'_>, event: &str) -> Became {
        let Some(item) = record.json.get("item") else {
            return Became::Bad;
        };
        let kind = text(item.get("type").or(item.get("item_type")));
        let line = Line {
            record,
            part: item,
            time: None,
        };
        match kind.as_ref() {
            "agent_message" | "assistant_message" | "reasoning" => {
                let id = self.llm_call(b, record);
                b.output(id, record.range_of(item));
            }
            "error" => return self.error(b, record, item),
            kind => match tools::ran(kind) {
                Some(name) => self.tool(b, &line, name, event == "item.completed"),
                None => return self.unknown.note(b, record, kind),
            },
        }
        Became::Span
    }

    fn llm_call(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> DraftId {
        if let Some(id) = self.llm_call {
            b.record(id, record.range);
            return id;
        }
        let id = self.dialog.llm_call(b, draft(record), LlmCall::default());
        self.llm_call = Some(id);
        id
    }

    fn tool(&mut self, b: &mut TraceBuilder, line: &Line<'_>, name: &str, has_ended: bool) {
        let item_id = line.get("id");
        let key = SpanKey::of(text(item_id));
        let id = match self.calls.get(&key).copied() {
            Some(id) => {
                b.record(id, line.record.range);
                id
            }
            None => {
                self.llm_call(b, line.record);
                let asked = Draft {
                    id: line.range(item_id),
                    ..draft(line.record)
                };
                let id = self.dialog.tool_call(b, asked, ToolCall::default(), "");
                self.calls.insert(key, id);
                id
            }
        };
        describe(b, line, line.part, name, id);
        if has_ended {
            self.dialog.answered(id);
        }
    }

    fn end_turn(&mut self, b: &mut TraceBuilder, record: &Record<'_>, error: Option<Json<'_>>) {
        self.dialog.settle(b);
        self.runs = false;
        if let Some(usage) = record.json.get("usage").filter(|it| it.is_some()) {
            let counts = Usage::read(b, record, usage);
            let id = self.llm_call(b, record);
            if let Some(call) = b.llm_call_mut(id) {
                call.tokens = counts.tokens(Counted::Inside, Counted::Inside);
            }
        }
        if let Some(home) = self.dialog.home()
            && error.is_some()
        {
            b.fail(home, record.range_if(error));
        }
    }

    /// Something went wrong; whether the turn goes on is not known.
    fn error(&mut self, b: &mut TraceBuilder, record: &Record<'_>, about: Json<'_>) -> Became {
        let id = self.dialog.point(b, record.range, None, "error");
        b.fail(id, record.range_if(about.get("message")));
        Became::Span
    }
}
