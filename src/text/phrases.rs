//! Every phrase, in English.
//!
//! `{0}`, `{1}`… are filled in. What is counted has two forms, for one and for more, with `|` in
//! between, and its number is `{0}`. Short labels begin with a small letter where they stand beside a
//! figure. Names of keys, of units and of what agents call things (LLM, JSON, MCP) are phrases only
//! where languages differ.

use std::borrow::Cow;

macro_rules! phrases {
    ($($key:ident: $english:literal,)*) => {
        /// A phrase of the interface.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(non_camel_case_types, reason = "they are the fields of a translation, too")]
        pub enum Phrase {
            $(#[doc = $english] $key,)*
        }

        /// How many there are.
        pub(super) const N: usize = [$($english),*].len();

        /// English, as [`learn`](super::learn) takes a language.
        pub const ENGLISH: &str = concat!("en\n.\n,\n,\n1\n{0}-{1}-{2} {3}:{4}", $("\n", $english),*);

        /// All phrases in another language.
        pub struct Translation {
            $(#[doc = $english] pub $key: &'static str,)*
        }

        impl Translation {
            /// Its phrases, in order.
            pub fn phrases(&self) -> Vec<&'static str> {
                vec![$(self.$key),*]
            }
        }
    };
}

impl From<Phrase> for Cow<'static, str> {
    #[inline(never)]
    fn from(phrase: Phrase) -> Self {
        Cow::Borrowed(phrase.text())
    }
}

phrases! {
    // Figures and facts.
    not_reported: "not reported",
    of: "{0} of {1}",
    unit_s: "{0} s",
    unit_min: "{0} min",
    unit_h: "{0} h",
    unit_d: "{0} d",
    min_s: "{0} min {1} s",
    h_min: "{0} h {1} min",
    d_h: "{0} d {1} h",
    step_at: "step {0}",
    steps: "{0} step|{0} steps",
    percent: "{0} %",
    money: "${0}",
    bytes: "{0} byte|{0} bytes",
    kilobytes: "{0} kB",
    megabytes: "{0} MB",
    gigabytes: "{0} GB",
    turns: "{0} turn|{0} turns",
    rounds: "{0} round|{0} rounds",
    actions: "{0} action|{0} actions",
    spans: "{0} span|{0} spans",
    traces: "{0} trace|{0} traces",
    errors: "{0} error|{0} errors",
    issues: "{0} issue|{0} issues",
    tokens: "{0} token|{0} tokens",
    characters: "{0} character|{0} characters",
    earlier_messages: "{0} earlier message|{0} earlier messages",
    stopped_unknown: "finish reason not reported",
    stopped_done: "stopped when done",
    stopped_tool: "stopped to use a tool",
    stopped_length: "stopped: out of tokens",
    stopped_filter: "stopped by a content filter",
    stopped_error: "stopped by an error",
    stopped_other: "stopped: {0}",
    failed: "failed",
    running: "running",
    unfinished: "unfinished",

    // The head: names of figures, and notes beside them.
    trace: "Trace",
    live: "Live",
    live_hint: "The agent is running: more may come",
    find: "Find",
    find_hint: "Ctrl+F or /",
    open_file: "Open a file",
    download_json: "Download JSON",
    other_downloads: "Other downloads",
    as_it_came: "As it came",
    as_it_came_note: "{0}, {1}, byte for byte",
    as_ours: "As Trace Tab JSON",
    as_ours_note: "Times, tokens, arguments, models, round numbers and finish reasons, whatever the format was",
    head_turns: "Turns",
    head_rounds: "Rounds",
    head_actions: "Actions",
    head_agents: "Agents",
    head_errors: "Errors",
    model: "Model",
    tokens_in: "Tokens in",
    tokens_out: "Tokens out",
    duration: "Duration",
    cost: "Cost",
    system_prompt: "System prompt",
    toolbelt: "Toolbelt",
    note_kinds: "{0} LLM · {1} tool",
    note_others: "and {0} other|and {0} others",
    note_cached: "{0} cached",
    note_without: "{0} call without|{0} calls without",
    note_reasoning: "{0} reasoning",
    note_partly: "recorded in part",
    note_in_tools: "{0} in tools",
    note_stated: "stated",
    note_stated_partly: "stated in part",
    note_characters: "characters",
    note_used: "{0} used",

    // Screens without a trace.
    loading: "Loading",
    cancel: "Cancel",
    cannot_show: "This trace cannot be shown",
    no_trace: "No trace",
    nothing_yet: "There is nothing to show yet.",
    drop_hint: "Drop a trace here, paste one, or open a file. It stays in this page.",

    // The list of traces.
    list_traces: "Traces",
    a_file: "A file",
    was_not_read: "{0} was not read: {1}",
    column_trace: "trace",
    column_started: "started",
    column_rounds: "rounds",
    column_actions: "actions",
    column_in: "in",
    column_out: "out",
    column_took: "took",

    // The waterfall.
    waterfall: "Waterfall",
    column_in_hint: "Input tokens, cached ones included",
    column_out_hint: "Output tokens, reasoning included",
    show_all: "show all",
    how_much_open: "How much is open",
    level_1: "Turns alone",
    level_2: "Two levels",
    level_3: "Three levels",
    level_all: "All",
    row_turn: "Turn {0}",
    row_round: "Round {0}",
    row_no_model: "LLM call, model not reported",
    row_no_result: "no result recorded",
    row_agent: "agent",
    row_span: "Span",
    spoken_no_time: "no time recorded",
    spoken_takes: "starts at {0}, takes {1}",
    spoken_open: "starts at {0}, has not ended",
    spoken_hit: ", has a hit",

    // Find.
    find_everything: "Find in everything",
    next_hit: "Next hit",
    previous_hit: "Previous hit",
    close_find: "Close the find box",
    nothing_found: "nothing found",
    found: "{0} found",
    only_matches: "Only matches",
    rows: "{0} row|{0} rows",

    // The detail.
    detail: "Detail",
    back_to_rows: "‹ Rows",
    close_detail: "Close the detail",
    error: "error",
    llm_call: "LLM call",
    agent_named: "Agent {0}",
    tool_call: "tool call",
    span: "span",
    in_round: "round {0}",
    starts_at: "starts at {0}",
    took: "took {0}",
    no_times: "times not reported",
    first_token_after: "first token after {0}",
    attempt: "attempt {0}",
    failed_why: "It failed; why is not reported.",
    tab_call: "Call",
    tab_messages: "Messages",
    tab_toolbelt: "Toolbelt {0}",
    tab_facts: "Facts",
    said_unknown: "What the user said is not reported.",
    last_answer: "the last answer",
    record: "record",
    record_of: "record {0} of {1}",
    byte_at: "byte {0}",
    copy: "copy",
    copied: "copied",
    show: "show",
    hide: "hide",
    show_more: "show more",
    show_more_before: "show more of the {0} before",
    show_more_of: "show more of {0}",
    show_before: "show those before",
    show_before_n: "show those before, {0}",
    show_after_n: "show those after, {0}",
    no_room: "… there is no room for more: close something above",
    members: "Members",

    // Messages, tools, payloads.
    message: "message",
    messages_unknown: "Messages not reported: the writer left them out.",
    earlier_left_out: "≈ {0} from rounds before: left out here",
    earlier_of_rounds: "and those of {0} round before|and those of {0} rounds before",
    new_in_round: "new in this round",
    reasoning: "reasoning",
    media: "[{0}: {1}]",
    media_in_file: "[{0}: {1}, {2} in the file]",
    system_title: "system prompt",
    system_unknown: "System prompt not reported.",
    toolbelt_unknown: "Toolbelt not reported.",
    not_used: "not used",
    used_times: "used {0} ×",
    parameters: "Parameters",
    arguments: "arguments",
    result: "result",
    request: "request",

    // Facts.
    fact_name: "Name",
    fact_id: "Id",
    fact_status: "Status",
    fact_honesty: "Honesty",
    fact_requested_model: "Requested model",
    fact_provider: "Provider",
    fact_response_id: "Response id",
    fact_finish_reason: "Finish reason",
    fact_input: "Input tokens",
    fact_cached: "… cached",
    fact_cache_write: "… written to the cache",
    fact_output: "Output tokens",
    fact_reasoning: "… reasoning",
    fact_first_token: "Time to first token",
    fact_tool: "Tool",
    fact_kind: "Kind",
    fact_server: "MCP server",
    fact_call_id: "Call id",
    fact_asked_in: "Asked for in",
    matched: ", matched by name and time",
    as_recorded: "as recorded",
    start_derived: "start follows from other records",
    end_derived: "end follows from other records",
    time_absent: "no times in the file",
    requested: "asked for, no result recorded",
    time_repaired: "times repaired to draw it",
    recorded_twice: "recorded by two instrumentations",
    output_partial: "output tokens counted while the answer was still coming",
    bar_cached: "cached",
    bar_new: "new",
    bar_cache_write: "cache write",
    bar_cost: "cost",

    // The foot: how the file was read.
    read_as: "Read as {0}",
    records: "{0} of {1} records",
    trace_of: "trace {0} of {1}",
    bars_are_steps: "The file has no times: bars are steps",
    no_issues: "no issues",
    leaves_out: "What this file leaves out",
    told_of_no_llm: "not reported for any LLM call",
    told_of_no_tool: "not reported for any tool call",
    told_of_llm: "reported for {1} of {0} LLM call|reported for {1} of {0} LLM calls",
    told_of_tool: "reported for {1} of {0} tool call|reported for {1} of {0} tool calls",
    told_cached: "Cached tokens",
    told_sent: "Messages sent",
    told_answer: "Answer",
    told_measured: "Start and end, measured",
    told_arguments: "Arguments",
    told_result: "Result",
    keys: "Keys",
    key_home: "Home End",
    key_page: "Page ↑ ↓",
    key_enter: "Enter",
    key_find: "Ctrl F, /",
    key_next: "F3, Ctrl G",
    does_up_down: "the row before, the row after",
    does_left_right: "open and go in, close and go out",
    does_home: "the first row, the last row",
    does_page: "a pane up, a pane down",
    does_enter: "to the detail",
    does_escape: "back from the detail; close it",
    does_find: "find in everything",
    does_next: "the next hit; with ⇧ the one before",
    does_zoom: "zoom to the row; all of the time",
    does_zoom_more: "zoom in, out; move (Ctrl or ⇧ wheel)",
    try_again: "Try again",
    does_level: "open to that level; open all",

    // Issues; `{0}` is how many.
    issue_truncated: "The file ends in the middle of a record. All complete records are shown.",
    issue_sub_agent: "This is the file of a sub-agent. The session that started it is another file.",
    issue_no_zone: "The times do not say their time zone, and are shown as if they were UTC.",
    issue_bad_record: "{0} × record is not what its place asks for, and could not be read.",
    issue_malformed: "{0} × stretch of the file is no JSON, and was passed over.",
    issue_utf8: "{0} × stretch of bytes is no UTF-8, and is shown as \u{fffd}.",
    issue_parent: "{0} × span names a parent that is not in the file, and is shown without.",
    issue_cycle: "{0} × circle of spans that lie in each other was broken.",
    issue_id: "{0} × id comes more than once; the last record counts.",
    issue_negative: "{0} × span ends before it starts, and is drawn without length.",
    issue_outside: "{0} × span holds one that starts before it: their clocks disagree.",
    issue_unlikely: "{0} × time is before 2000 or after 2100: a wrong unit or clock, shown as written.",
    issue_time: "{0} × time could not be read, and is not reported.",
    issue_count: "{0} × token count is no whole number below four billion, and is not reported.",
    issue_disagree: "{0} × token count is less than its parts, shown as written.",
    issue_unknown: "{0} × record of an unknown kind; it is in the file, and in no row.",
    issue_twice: "{0} × LLM call was recorded by two instrumentations, and is shown once.",
    issue_dropped: "{0} × span lost attributes: its writer dropped them.",
    issue_unfinished: "{0} × span was never closed by its writer.",

    // Why a file is no trace.
    error_empty: "This file is empty. Export the trace again, or open another file.",
    error_not_json: "This is not JSON: at byte {0} stands “{1}”. A trace is a JSON document or JSON Lines; open the file the agent wrote, not a copy from a page.",
    error_unknown: "This is JSON, but not a trace we know. Looked for: {0}. Its top-level keys: {1}. Export the trace in one of these formats.",
    error_unknown_no_keys: "This is JSON, but not a trace we know. Looked for: {0}. It has no top-level keys. Export the trace in one of these formats.",
    error_logs_alone: "This is an OTLP file of log records alone: what was said, but no spans. Open it together with the file that has the spans (“resourceSpans”) of the same run.",
    error_in_chunks: "This log keeps the events of each sample in chunks, which Trace Tab does not read yet. Convert it with “inspect log convert --to json” and open that file.",
    error_rare: "This is a file of {0}, which this build does not read by itself.",
    error_cut: "This file ends at byte {0}, before its first record is complete. Copy or export it again.",
    error_too_large: "There is not enough memory in this browser for a file of this size (4 GB with all that is made of it is the most). Split it, one session a file.",
    error_no_spans: "This was read as {0}, and there is no LLM call, tool call or other span in it. If the run had any, export it again with its spans.",
    error_not_live: "Nothing can be appended to {0}: it does not come as lines or records that stand for themselves. Load all of it again, or append Trace Tab JSON Lines, OTLP, Claude Code or Codex.",

    // Why a file could not be had. `{0}` says it in English, with what to change.
    why_http: "{0}",
    why_unreachable: "{0}",
    why_timeout: "{0}",
    why_policy: "{0}",
    why_unreadable: "{0}",
}
