//! What stands around messages and twice in them: requests and responses of a provider that are
//! kept whole, wrappers around a message, tool calls that two lists have.

use super::Part;
use crate::model::{Json, KeySet, Kind, SpanKey};

/// Where a request or response has its messages.
const LISTS: &[&str] = &[
    "messages",
    "contents",
    "choices",
    "candidates",
    "generations",
    "output",
    "input",
];

/// The messages of a request or response that is kept whole.
pub(super) fn list(json: Json<'_>) -> Option<Json<'_>> {
    if json.get("role").is_some() || json.get("type").is_some() {
        return None;
    }
    let is_list = |it: &Json<'_>| {
        let mut items = it.items();
        items.next().is_some_and(|it| it.kind() != Kind::String)
    };
    LISTS.iter().find_map(|it| json.get(it).filter(is_list))
}

/// The one text that stands beside the model that is to answer it.
pub(super) fn question(json: Json<'_>) -> Option<Json<'_>> {
    let asks = json.get("model").is_some() && json.first(&["role", "type"]).is_none();
    let said = json.first(LISTS).filter(|_| asks);
    said.filter(|it| it.kind() == Kind::String)
}

/// A message, out of what is around it: that of OpenInference, that of a provider's choice.
pub(super) fn inner(json: Json<'_>) -> Json<'_> {
    let has_role = |it: &Json<'_>| it.get("role").is_some();
    if has_role(&json) {
        return json;
    }
    let message = json.get("message").filter(|it| it.kind() == Kind::Object);
    let candidate = json.get("content").filter(has_role);
    message.or(candidate).unwrap_or(json)
}

/// Adds tool calls that do not stand there yet: some writers have them twice.
pub(super) fn add_calls(calls: Json<'_>, parts: &mut Vec<Part>) {
    let from = parts.len();
    super::contents(calls, parts);
    drop_known(parts, from);
}

/// Drops tool calls from a place on that stand before it already.
pub(super) fn drop_known(parts: &mut Vec<Part>, from: usize) {
    let call = |it: &Part| match it {
        Part::ToolCall { id, .. } if !id.is_empty() => Some(SpanKey::of(id)),
        _ => None,
    };
    let known: KeySet = parts.iter().take(from).filter_map(call).collect();
    let mut at = 0;
    parts.retain(|it| {
        at += 1;
        at <= from || call(it).is_none_or(|it| !known.contains(&it))
    });
}
