//! Items of the Responses API: what the model says and what it is told.

use super::thread::Thread;
use super::{Became, Line, tools};
use crate::import::text;
use crate::model::{
    Draft, DraftId, Json, Marks, SpanKey, Status, ToolCall, TraceBuilder, unescape,
};

/// How a message begins that Codex sends in the user's name. Source: the fragments of
/// `codex-rs/core/src/contextual_user_message.rs` and its kin.
const NOTES: &[&str] = &[
    "<environment_context>",
    "<user_instructions>",
    "# AGENTS.md instructions",
    "<skill",
    "<user_shell_command>",
    "<turn_aborted>",
    "<subagent_notification>",
    "<permissions",
    "<collaboration_mode>",
];

impl Thread {
    pub(super) fn item(&mut self, b: &mut TraceBuilder, line: &Line<'_>) -> Option<Became> {
        self.name_model(b, line);
        let kind = line.text("type");
        match kind.as_ref() {
            // Some of the items before the envelope have a role and no type.
            "message" | "" => match line.text("role").as_ref() {
                "assistant" => self.answer(b, line, true),
                "" if kind.is_empty() => return None,
                role => {
                    if role == "user" && is_prompt(line.part) {
                        let content = line.get("content").or(line.get("message"));
                        self.prompt(b, line, line.range(content));
                    }
                    self.hear(line);
                }
            },
            "reasoning" => self.answer(b, line, false),
            "agent_message" => {
                if self.is_sub {
                    self.prompt(b, line, line.range(line.get("content")));
                }
                self.hear(line);
            }
            "ghost_snapshot" | "compaction" | "context_compaction" => return Some(Became::Other),
            it if it.ends_with("_call") => {
                self.answer(b, line, false);
                self.tool_call(b, line, it);
            }
            it if it.ends_with("_output") || it.ends_with("_result") => self.result(b, line),
            _ => return None,
        }
        Some(Became::Span)
    }

    fn tool_call(&mut self, b: &mut TraceBuilder, line: &Line<'_>, kind: &str) {
        let id = line.get("call_id").or(line.get("id"));
        let own = kind.trim_end_matches("_call");
        let name = line.get("name").or(line.part.path(&["function", "name"]));
        let name = name.map_or(own.into(), |it| text(Some(it)));
        let (server, kind) = match line.text("namespace") {
            it if it.starts_with("mcp__") => (it.into_owned(), "mcp"),
            _ => (String::new(), tools::kind(&name)),
        };
        let server = server.trim_start_matches("mcp__").trim_end_matches("__");
        let tool = ToolCall {
            name: b.intern(&name),
            kind: b.intern(kind),
            server: b.intern(server),
            call_id: line.range(id),
            input: line.range(tools::first(line.part, tools::INPUT)),
            ..ToolCall::default()
        };
        // What the provider runs has no result of its own.
        let ran = line.text("status") == "completed" && tools::runs_at_provider(own);
        let asked = Draft {
            id: tool.call_id,
            record: line.record.range,
            name: tool.name,
            start: line.time,
            end: line.time.filter(|_| ran),
            status: if ran { Status::Ok } else { Status::Unset },
            marks: Marks::START_DERIVED,
            ..Draft::default()
        };
        let key = TraceBuilder::call_key(0, &text(id));
        let known = key.and_then(|it| b.call(it));
        let call = match known {
            Some(known) => ask_late(b, known, tool, asked),
            None => self.dialog.tool_call(b, asked, tool, &text(id)),
        };
        if own == "custom_tool" && name == "exec" {
            self.program = Some(call);
        }
    }

    fn result(&mut self, b: &mut TraceBuilder, line: &Line<'_>) {
        let id = line.get("call_id");
        let output = tools::first(line.part, &[&["output"], &["result"], &["tools"]]);
        let result = Draft {
            id: line.range(id),
            record: line.record.range,
            end: line.time,
            status: match output.and_then(exit_code) {
                None => Status::Unset,
                Some(0) => Status::Ok,
                Some(_) => Status::Error,
            },
            ..Draft::default()
        };
        let call = self
            .dialog
            .tool_result(b, result, &text(id), line.range(output));
        if self.program == Some(call) {
            self.program = None;
        }
        let said = text(output);
        let said = Json::new(&said);
        let thread = said.get("agent_id").or(said.get("task_name"));
        if let Some(thread) = thread.and_then(Json::str) {
            self.started.push((SpanKey::of(thread), call));
        }
        self.hear(line);
    }
}

/// Whether a message of the user is the user's: since 0.16x it says what each of its parts is.
fn is_prompt(message: Json<'_>) -> bool {
    let kinds = message.path(&[
        "internal_chat_message_metadata_passthrough",
        "content_item_kinds",
    ]);
    if let Some(kinds) = kinds {
        return kinds.items().any(|it| text(Some(it)).starts_with("user."));
    }
    let parts = message.get("content").into_iter().flat_map(|it| {
        let parts = it.items().filter_map(|it| it.get("text"));
        parts.chain(Some(it)).filter_map(Json::str)
    });
    let is_note = |it: &str| NOTES.iter().any(|note| it.trim_start().starts_with(note));
    !parts.into_iter().any(|it| is_note(&it))
}

/// What was asked for after its result stood in the file, or is asked for twice.
fn ask_late(b: &mut TraceBuilder, id: DraftId, asked: ToolCall, draft: Draft) -> DraftId {
    b.record(id, draft.record);
    if let Some(call) = b.tool_call_mut(id).filter(|it| it.name.is_empty()) {
        *call = ToolCall {
            output: call.output,
            ..asked
        };
    }
    if let Some(known) = b.draft(id).filter(|it| it.name.is_empty()) {
        known.name = draft.name;
    }
    id
}

/// With which code a command ended, as the text of its result says it.
fn exit_code(output: Json<'_>) -> Option<i64> {
    const SAYS: &[&str] = &["Process exited with code ", "Exit code: "];
    let code = output.path(&["metadata", "exit_code"]);
    if let Some(code) = code.or(output.get("exitCode")) {
        return code.i64();
    }
    // Only the beginning: what the command printed follows.
    let text = output.text().get(1..).unwrap_or_default();
    let mut end = text.len().min(400);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = unescape(text.get(..end).unwrap_or_default());
    if text.starts_with('{') {
        // JSON in a string: what is known comes last.
        let whole = output.str()?;
        let code = Json::new(&whole).path(&["metadata", "exit_code"])?;
        return code.i64();
    }
    let lines = text.lines().take_while(|it| *it != "Output:");
    let mut codes = lines.filter_map(|it| SAYS.iter().find_map(|says| it.strip_prefix(says)));
    codes.next()?.trim().parse().ok()
}
