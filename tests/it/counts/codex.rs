use std::collections::BTreeSet;

use serde_json::Value;

use super::{Count, Counts, number, values};

pub(super) const COUNT: Count = Count {
    format: "codex",
    folders: &["codex"],
    by_hand: |file| {
        let lines = values(file);
        let mut counts = Counts {
            records: lines.len() as u64,
            tool_calls: n_tool_calls(&lines),
            ..Counts::default()
        };
        let usages = usages(&lines);
        for usage in &usages {
            let first = |keys: [&str; 2]| keys.iter().map(|it| number(&usage[*it])).max().unwrap();
            counts.input_tokens += first(["input_tokens", "prompt"]);
            counts.output_tokens += first(["output_tokens", "completion"]);
        }
        counts.llm_calls = n_llm_calls(&lines);
        counts
    },
    others: &[("codex/codex-exec-json-0.169.0.jsonl", "codex-exec")],
    differences: &[],
};

pub(super) const EXEC: Count = Count {
    format: "codex-exec",
    folders: &["codex/codex-exec-json-0.169.0.jsonl"],
    by_hand: |file| {
        let lines = values(file);
        let ends: Vec<&Value> = lines
            .iter()
            .filter(|it| it["type"] == "turn.completed")
            .collect();
        let items = lines.iter().filter(|it| it["item"].is_object());
        let tools = items.filter(|it| {
            let kind = it["item"]["type"].as_str().unwrap();
            !matches!(kind, "reasoning" | "agent_message" | "error")
        });
        let tools: BTreeSet<&str> = tools.map(|it| it["item"]["id"].as_str().unwrap()).collect();
        Counts {
            llm_calls: ends.len() as u64,
            tool_calls: tools.len() as u64,
            input_tokens: ends
                .iter()
                .map(|it| number(&it["usage"]["input_tokens"]))
                .sum(),
            output_tokens: ends
                .iter()
                .map(|it| number(&it["usage"]["output_tokens"]))
                .sum(),
            records: lines.len() as u64,
        }
    },
    others: &[],
    differences: &[],
};

/// What is in the envelope; older lines have none.
fn inner(line: &Value) -> &Value {
    line.get("payload").unwrap_or(line)
}

/// The usage of each response: records of it, where there are any; else what the counts say that
/// tell another sum than the one before; else that of turns.
fn usages(lines: &[Value]) -> Vec<&Value> {
    let records = lines.iter().filter(|it| it["type"] == "token_usage_record");
    let records: Vec<&Value> = records.map(|it| &it["payload"]["usage"]).collect();
    if !records.is_empty() {
        return records;
    }
    let mut last = &Value::Null;
    let counts = lines.iter().map(|it| &inner(it)["info"]);
    let counts = counts.filter(|it| it["last_token_usage"].is_object());
    let counts: Vec<&Value> = counts
        .filter(|it| {
            std::mem::replace(&mut last, &it["total_token_usage"]) != &it["total_token_usage"]
        })
        .map(|it| &it["last_token_usage"])
        .collect();
    if !counts.is_empty() {
        return counts;
    }
    let of_turn = |it| {
        let it = inner(it);
        let is_end = it["type"] == "turn.completed";
        let used = if is_end { &it["usage"] } else { &it["info"] };
        used.is_object().then_some(used)
    };
    lines.iter().filter_map(of_turn).collect()
}

/// Responses by their usage, and those that have none.
fn n_llm_calls(lines: &[Value]) -> u64 {
    let usages: Vec<*const Value> = usages(lines).into_iter().map(std::ptr::from_ref).collect();
    let (mut n, mut answers, mut unpaid) = (0, false, false);
    for line in lines {
        let it = inner(line);
        let paid = [&it["usage"], &it["info"], &it["info"]["last_token_usage"]];
        if paid
            .iter()
            .any(|it| usages.contains(&std::ptr::from_ref(*it)))
        {
            n += u64::from(!unpaid);
            (answers, unpaid) = (false, false);
        }
        if line["type"] == "compacted" {
            answers = false;
        }
        if line.get("payload").is_some() && line["type"] != "response_item" {
            continue;
        }
        let kind = it["type"].as_str().unwrap_or("message");
        let says = kind == "reasoning" || kind.ends_with("_call") || it["role"] == "assistant";
        if says && !answers {
            n += 1;
            unpaid = true;
        }
        if kind != "ghost_snapshot" {
            answers = says;
        }
    }
    n
}

/// By id, of requests, results and what ran; those without an id go together in their order.
fn n_tool_calls(lines: &[Value]) -> u64 {
    const RUNS: &[&str] = &[
        "CommandExecution",
        "FileChange",
        "McpToolCall",
        "Extension",
        "exec_command_end",
        "mcp_tool_call_end",
        "patch_apply_end",
        "web_search_end",
        "image_generation_end",
        "view_image_tool_call",
        "collab_agent_spawn_end",
        "collab_agent_interaction_end",
        "collab_waiting_end",
        "collab_close_end",
        "dynamic_tool_call_request",
        "dynamic_tool_call_response",
    ];
    let (mut ids, mut n_requests, mut n_results) = (BTreeSet::new(), 0, 0);
    for line in lines {
        let it = match inner(line) {
            it if it["item"].is_object() => &it["item"],
            it => it,
        };
        let kind = it["type"].as_str().unwrap_or_default();
        let nameless = if kind.ends_with("_output") || kind.ends_with("_result") {
            &mut n_results
        } else if kind.ends_with("_call") || RUNS.contains(&kind) {
            &mut n_requests
        } else {
            continue;
        };
        let mut keys = ["call_id", "callId", "id"].iter();
        match keys.find_map(|key| it[*key].as_str()) {
            Some(id) => drop(ids.insert(id)),
            None => *nameless += 1,
        }
    }
    ids.len() as u64 + n_requests.max(n_results)
}
