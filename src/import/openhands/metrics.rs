//! What a run says of its LLM calls after its events, by the ids of their responses.

use super::OpenHands;
use crate::import::fields::{dollars, text};
use crate::import::records::Record;
use crate::import::usage::{Counted, Usage};
use crate::model::{DraftId, Json, Moment, SpanKey, TraceBuilder};

impl OpenHands {
    pub(super) fn metrics(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let list = |key: &str| record.json.get(key).into_iter().flat_map(Json::items);
        for it in list("response_latencies") {
            let nanos = it
                .get("latency")
                .and_then(Json::f64)
                .map(|it| (it * 1e9) as i64);
            if let (Some(id), Some(nanos)) = (self.response(it), nanos)
                && let Some(call) = b.draft(id)
                && let Some(end) = call.end
            {
                call.start = Moment::new(end.nanos().saturating_sub(nanos));
            }
        }
        for it in list("token_usages") {
            let counts = Usage::read(b, record, it);
            if let Some(call) = self.response(it).and_then(|id| b.llm_call_mut(id))
                && call.tokens.input.get().is_none()
            {
                call.tokens = counts.tokens(Counted::Inside, Counted::Inside);
            }
        }
        // One cost for each call, in their order: else it is not known whose they are.
        if list("costs").count() == self.calls.len() {
            for (id, cost) in self.calls.iter().zip(list("costs")) {
                let cost = dollars(cost.get("cost").or(Some(cost)));
                b.llm_call_mut(*id)
                    .into_iter()
                    .for_each(|it| it.cost_usd = cost);
            }
        }
    }

    fn response(&self, json: Json<'_>) -> Option<DraftId> {
        let key = SpanKey::of(text(json.get("response_id")).as_ref());
        self.responses.get(&key).copied()
    }
}
