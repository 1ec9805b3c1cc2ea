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

/// Drops tool calls from a place on that stand before it already: some writers have them twice.
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
