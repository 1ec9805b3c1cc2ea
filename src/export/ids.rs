//! Ids: those of the file where they can stay, others where they must be made.

use std::collections::HashSet;

use super::messages::NATIVE;
use crate::analysis::text;
use crate::model::{ByteRange, Json, SpanId, SpanKey, ToolCall, Trace, in_slices};

/// Ids that are to be unique. Blanks around one do not count when it is looked up.
#[derive(Default)]
pub(super) struct Ids {
    /// Those of the file: none that is made up is one of them.
    known: HashSet<SpanKey>,
    taken: HashSet<SpanKey>,
}

impl Ids {
    pub(super) fn new(known: impl Iterator<Item = String>) -> Ids {
        Ids {
            known: known.map(|it| SpanKey::of(it.trim())).collect(),
            taken: HashSet::new(),
        }
    }

    /// `id`, if it is the first of its kind; else `fallback` or one like it.
    pub(super) fn take(&mut self, id: String, fallback: &str) -> String {
        if !id.trim().is_empty() && self.taken.insert(SpanKey::of(id.trim())) {
            return id;
        }
        let mut made = fallback.to_owned();
        let mut n = 1;
        while self.known.contains(&SpanKey::of(made.as_str()))
            || !self.taken.insert(SpanKey::of(made.as_str()))
        {
            n += 1;
            made = format!("{fallback}-{n}");
        }
        made
    }
}

/// The ids of the tool calls, in their order: made up for those that have none, or one that an
/// earlier call has.
pub(super) async fn call_ids(trace: &Trace) -> Vec<String> {
    let own = |it: &ToolCall| text(trace, it.call_id);
    let mut ids = Ids::new(trace.tool_calls.iter().map(own));
    let mut unique = Vec::with_capacity(trace.tool_calls.len());
    in_slices(trace.tool_calls.len(), &mut |slice| {
        for (i, it) in (slice.start..).zip(trace.tool_calls.get(slice).unwrap_or_default()) {
            unique.push(ids.take(own(it), &format!("call-{}", i + 1)));
        }
    })
    .await;
    unique
}

/// The file's own ids of the trace and of its conversation; of the trace at least one that stays
/// the same.
pub(super) fn trace_ids(trace: &Trace) -> (String, String) {
    let said = |json: Json<'_>, key: &str| {
        // Not the last of its name but the first: the rest of the file need not be searched.
        let found = json.members().find(|it| it.0 == key);
        found
            .and_then(|it| it.1.str())
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default()
    };
    let record = trace
        .spans
        .first()
        .map_or_else(ByteRange::default, |it| it.record);
    let record = trace.source.slice(record);
    let head = head(trace);
    let head = Json::new(&head);
    let (places, keys): (_, &[&str]) = if trace.format == NATIVE {
        (head, &["trace_id"])
    } else {
        (Json::new(&record), &["traceId", "sessionId"])
    };
    let own = keys
        .iter()
        .map(|it| said(places, it))
        .find(|it| !it.is_empty());
    let key = || trace.spans.first().map(|_| trace.key(SpanId::new(0)));
    let conversation = if trace.format == NATIVE {
        said(head, "conversation_id")
    } else {
        String::new()
    };
    (own.or_else(key).unwrap_or_default(), conversation)
}

/// The beginning of the file, where a header is.
fn head(trace: &Trace) -> String {
    const LEN: u32 = 1 << 16;
    let len = trace.source.len().min(LEN);
    // It may end within a character.
    let heads = (0..4)
        .filter_map(|it| len.checked_sub(it))
        .map(|len| trace.source.slice(ByteRange { start: 0, len }));
    heads
        .into_iter()
        .find(|it| !it.is_empty())
        .unwrap_or_default()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_become_unique_and_stay_if_they_are() {
        let file = ["a", "", "a", "call-3", " a "];
        let mut ids = Ids::new(file.iter().map(|it| (*it).to_owned()));
        let given: Vec<String> = (1..)
            .zip(file)
            .map(|(n, it)| ids.take(it.to_owned(), &format!("call-{n}")))
            .collect();
        assert_eq!(given, ["a", "call-2", "call-3-2", "call-3", "call-5"]);
    }
}
