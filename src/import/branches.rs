//! Conversations that go back to what was said earlier and on from there: each record names the
//! one that it follows.

use super::fields::text;
use crate::model::{Json, KeyMap, SpanKey};

/// How far each record is in the conversation.
#[derive(Default)]
pub(super) struct Branches {
    /// The last message at each record or before it, counted from 1.
    at: KeyMap<u32>,
    last: u32,
}

impl Branches {
    /// Takes a record. Whether it is on another branch than the last message.
    pub(super) fn leaves(
        &mut self,
        id: Option<Json<'_>>,
        parent: Option<Json<'_>>,
        is_message: bool,
    ) -> bool {
        let parent = SpanKey::of(text(parent).as_ref());
        let at = self.at.get(&parent).copied().unwrap_or(self.last);
        let leaves = at != self.last;
        let at = if is_message {
            self.at.len() as u32 + 1
        } else {
            at
        };
        self.at.insert(SpanKey::of(text(id).as_ref()), at);
        self.last = at;
        leaves
    }
}
