//! LLM calls by when they started.

use crate::model::{Nanos, SpanId};

/// LLM calls by scope and start.
pub(super) struct Calls {
    pub(super) calls: Vec<(u32, Nanos, SpanId)>,
}

impl Calls {
    /// The latest LLM call of a scope that started at or before `time`.
    pub(super) fn before(&self, scope: u32, time: Nanos) -> Option<SpanId> {
        let end = self
            .calls
            .partition_point(|it| (it.0, it.1) <= (scope, time));
        self.calls
            .get(end.checked_sub(1)?)
            .filter(|it| it.0 == scope)
            .map(|it| it.2)
    }
}
