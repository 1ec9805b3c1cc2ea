//! What Codex calls its tools, and where the records of their runs have what.

use crate::model::{Json, Status};

/// The keys of a part, one inside the other.
type Path = &'static [&'static str];

/// Where arguments are; the first that is there counts.
pub(super) const INPUT: &[Path] = &[
    &["arguments"],
    &["input"],
    &["invocation", "arguments"],
    &["command"],
    &["changes"],
    &["action"],
    &["query"],
    &["prompt"],
    &["path"],
    &["revised_prompt"],
];

/// Where results are.
pub(super) const OUTPUT: &[Path] = &[
    &["aggregated_output"],
    &["result", "Ok"],
    &["result", "Err"],
    &["error"],
    &["result"],
    &["content_items"],
    &["results"],
    &["stdout"],
];

/// The first of some parts that is there.
pub(super) fn first<'a>(json: Json<'a>, paths: &[Path]) -> Option<Json<'a>> {
    let mut found = paths.iter().filter_map(|it| json.path(it));
    found.find(|it| it.is_some())
}

/// The tool that a record of a run is about. Such records are items, or (before 0.16x) events, or
/// the items of `codex exec`. "" where the record names the tool.
pub(super) fn ran(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "CommandExecution" | "command_execution" | "exec_command_begin" | "exec_command_end" => {
            "exec_command"
        }
        "FileChange" | "file_change" | "patch_apply_begin" | "patch_apply_end" => "apply_patch",
        "McpToolCall" | "mcp_tool_call" | "mcp_tool_call_begin" | "mcp_tool_call_end" => "mcp",
        "WebSearch" | "web_search" | "web_search_begin" | "web_search_end" => "web_search",
        "ImageGeneration" | "image_generation_end" => "image_generation",
        "todo_list" => "update_plan",
        "ImageView" | "view_image_tool_call" => "view_image",
        "collab_agent_spawn_end" => "spawn_agent",
        "collab_agent_interaction_end" => "send_input",
        "collab_waiting_end" => "wait",
        "collab_close_end" => "close_agent",
        "CollabAgentToolCall"
        | "collab_tool_call"
        | "DynamicToolCall"
        | "Extension"
        | "dynamic_tool_call_request"
        | "dynamic_tool_call_response" => "",
        _ => return None,
    })
}

/// What kind of tool a name stands for. The names are those of Codex's own tools.
pub(super) fn kind(name: &str) -> &'static str {
    match name {
        "exec_command" | "write_stdin" | "shell" | "shell_command" | "local_shell"
        | "container.exec" => "shell",
        "apply_patch" => "file",
        "web_search" | "web.search" => "web",
        "spawn_agent"
        | "send_input"
        | "wait"
        | "wait_agent"
        | "close_agent"
        | "resume_agent"
        | "spawn_agents_on_csv" => "agent",
        "mcp" => "mcp",
        _ => "",
    }
}

/// Whether the provider runs a tool, and nothing comes back.
pub(super) fn runs_at_provider(name: &str) -> bool {
    matches!(
        name,
        "web_search" | "image_generation" | "file_search" | "code_interpreter"
    )
}

/// How a run ended.
pub(super) fn status(run: Json<'_>) -> Status {
    let has = |path: &[&str]| run.path(path).filter(|it| it.is_some());
    let failed = has(&["exit_code"]).and_then(Json::i64).map(|it| it != 0);
    let failed = failed.or_else(|| Some(!has(&["success"])?.bool()?));
    let failed = failed.or_else(|| has(&["result", "Err"]).map(|_| true));
    let failed = failed.or_else(|| has(&["result", "Ok", "isError"])?.bool());
    let word = has(&["status"]).and_then(Json::str).unwrap_or_default();
    let by_word = match word.as_ref() {
        "completed" | "success" => Some(false),
        "failed" | "declined" | "error" => Some(true),
        _ => None,
    };
    match failed.or(by_word) {
        Some(true) => Status::Error,
        Some(false) => Status::Ok,
        None => has(&["result", "Ok"]).map_or(Status::Unset, |_| Status::Ok),
    }
}
