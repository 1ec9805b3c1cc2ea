//! A record by the fields that are used, found in one pass over its members.

use super::conversation::At;
use crate::import::records::Record;
use crate::import::text;
use crate::model::{ByteRange, Json, Moment};

/// Types of records that are known and are no part of the conversation.
pub(super) const OTHER: &[&str] = &[
    "agent-color",
    "agent-name",
    "agent-setting",
    "ai-title",
    "atis-latch",
    "attachment",
    "bridge-session",
    "custom-title",
    "file-history-snapshot",
    "frame-link",
    "last-prompt",
    "mode",
    "permission-mode",
    "pr-link",
    "progress",
    "queue-operation",
    "relocated",
    "result",
    "started",
    "summary",
    "system",
    "tag",
    "worktree-state",
];

/// Whether a value is a record of a session. An agent's records without a message look like those of
/// other formats, but for `isSidechain`.
pub(super) fn is_record(json: Json<'_>) -> bool {
    let has = |key| json.get(key).is_some();
    match text(json.get("type")).as_ref() {
        "summary" => has("leafUuid"),
        "file-history-snapshot" => has("snapshot"),
        "queue-operation" => has("sessionId") && has("operation"),
        "user" | "assistant" if has("sessionId") && (has("uuid") || has("isSidechain")) => {
            json.path(&["message", "content"]).is_some()
                && json.path(&["message", "parts"]).is_none()
        }
        kind => OTHER.contains(&kind) && has("sessionId") && has("isSidechain"),
    }
}

/// A record of a session.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) record: Record<'a>,
    pub(super) fields: Fields<'a>,
    /// Which conversation it belongs to.
    pub(super) at: At,
    pub(super) time: Option<Moment>,
}

impl Line<'_> {
    /// Where a part of this record lies in the file; nowhere if it is not there or `null`.
    pub(super) fn range(&self, part: Option<Json<'_>>) -> ByteRange {
        part.filter(|it| it.is_some())
            .map_or_else(ByteRange::default, |it| self.record.range_of(it))
    }
}

/// The members of a record.
#[derive(Clone, Copy, Default)]
pub(super) struct Fields<'a> {
    pub(super) kind: Option<Json<'a>>,
    pub(super) uuid: Option<Json<'a>>,
    pub(super) parent: Option<Json<'a>>,
    pub(super) session: Option<Json<'a>>,
    pub(super) agent_id: Option<Json<'a>>,
    pub(super) request_id: Option<Json<'a>>,
    pub(super) timestamp: Option<Json<'a>>,
    pub(super) message: Option<Json<'a>>,
    pub(super) tool_use_result: Option<Json<'a>>,
    pub(super) is_sidechain: bool,
    /// Put in by Claude Code, not by the user.
    pub(super) is_meta: bool,
    pub(super) is_compact_summary: bool,
    pub(super) is_api_error: bool,
    /// Of `system`: which kind.
    pub(super) subtype: Option<Json<'a>>,
    pub(super) error: Option<Json<'a>>,
    pub(super) content: Option<Json<'a>>,
    pub(super) compact_trigger: Option<Json<'a>>,
    /// Of `summary`, and the last record it is about.
    pub(super) summary: Option<Json<'a>>,
    pub(super) leaf: Option<Json<'a>>,
    /// Of `ai-title` and `custom-title`.
    pub(super) title: Option<Json<'a>>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(json: Json<'a>) -> Self {
        let mut fields = Fields::default();
        for (key, value) in json.members() {
            let is_true = value.bool() == Some(true);
            let some = Some(value);
            match key.as_ref() {
                "type" => fields.kind = some,
                "uuid" => fields.uuid = some,
                "parentUuid" => fields.parent = some,
                "sessionId" | "session_id" => fields.session = some,
                // Of a stream: the call that started the sub-agent.
                "parent_tool_use_id" if value.is_some() => {
                    (fields.agent_id, fields.is_sidechain) = (some, true);
                }
                "agentId" => fields.agent_id = some,
                "requestId" => fields.request_id = some,
                "timestamp" => fields.timestamp = some,
                "message" => fields.message = some,
                "toolUseResult" | "tool_use_result" => fields.tool_use_result = some,
                "isSidechain" => fields.is_sidechain = is_true,
                "isMeta" | "isSynthetic" => fields.is_meta = is_true,
                "isCompactSummary" => fields.is_compact_summary = is_true,
                "isApiErrorMessage" => fields.is_api_error = is_true,
                "subtype" => fields.subtype = some,
                "error" => fields.error = some,
                "content" => fields.content = some,
                "compactMetadata" | "compact_metadata" => {
                    fields.compact_trigger = value.get("trigger");
                }
                "summary" => fields.summary = some,
                "leafUuid" => fields.leaf = some,
                "aiTitle" | "customTitle" => fields.title = some,
                _ => {}
            }
        }
        fields
    }
}

/// The message of an assistant record.
#[derive(Clone, Copy, Default)]
pub(super) struct Message<'a> {
    pub(super) id: Option<Json<'a>>,
    pub(super) model: Option<Json<'a>>,
    pub(super) content: Option<Json<'a>>,
    pub(super) stop_reason: Option<Json<'a>>,
    pub(super) usage: Option<Json<'a>>,
}

impl<'a> Message<'a> {
    pub(super) fn new(json: Json<'a>) -> Self {
        let mut message = Message::default();
        for (key, value) in json.members().filter(|it| it.1.is_some()) {
            match key.as_ref() {
                "id" => message.id = Some(value),
                "model" => message.model = Some(value),
                "content" => message.content = Some(value),
                "stop_reason" => message.stop_reason = Some(value),
                "usage" => message.usage = Some(value),
                _ => {}
            }
        }
        message
    }
}
