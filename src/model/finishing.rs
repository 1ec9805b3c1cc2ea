//! From drafts to traces: every repair is made here, once, and nothing is dropped.

use std::sync::Arc;

use super::{
    Draft, DraftId, KeyMap, Request, Source, SpanId, SpanKey, Strings, Trace, TraceBuilder,
    at_once, in_slices, links::Links, merge, nested, pause, requests, tree,
};

impl TraceBuilder {
    /// The traces, read as `format` (its id and its name), in the order in which the file first names them.
    pub fn finish(self, source: &Arc<Source>, format: (&'static str, &'static str)) -> Vec<Trace> {
        at_once(self.finish_in_slices(source, format))
    }

    /// The same, with pauses.
    pub async fn finish_in_slices(
        mut self,
        source: &Arc<Source>,
        format: (&'static str, &'static str),
    ) -> Vec<Trace> {
        let strings = Arc::new(std::mem::take(&mut self.strings));
        let parts = self.split().await;
        let n_traces = parts.len() as u32;
        let mut traces = Vec::with_capacity(parts.len());
        for mut part in parts {
            let mut trace = part.finish_one(source, &strings, format).await.0;
            trace.n_traces = n_traces;
            trace.strings = strings.clone();
            traces.push(trace);
        }
        traces
    }

    /// The trace of all drafts, and the span of each, where that is asked for.
    pub(super) async fn finish_one(
        &mut self,
        source: &Arc<Source>,
        strings: &Strings,
        format: (&'static str, &'static str),
    ) -> (Trace, Vec<Option<SpanId>>) {
        let mut links = Links::resolve(self).await;
        merge::merge(self, &mut links, source).await;
        nested::unite(self, &links, strings).await;
        requests::join(self, &mut links).await;
        self.calls = KeyMap::default();
        tree::finish(self, links, source, format).await
    }

    /// One builder a trace.
    async fn split(mut self) -> Vec<TraceBuilder> {
        let mut n_traces = 1;
        in_slices(self.drafts.len(), &mut |slice| {
            let drafts = self.drafts.get(slice).into_iter().flatten();
            n_traces = drafts.map(|it| it.trace + 1).fold(n_traces, u32::max);
        })
        .await;
        if n_traces == 1 {
            return vec![self];
        }
        let shared = TraceBuilder {
            issues: std::mem::take(&mut self.issues),
            tally: self.tally,
            ..TraceBuilder::default()
        };
        let mut parts = vec![shared; n_traces as usize];
        // Where each draft comes to be.
        let mut moved = Vec::with_capacity(self.drafts.len());
        let mut new_ids = vec![None; self.llm_calls.len()];
        in_slices(self.drafts.len(), &mut |slice| {
            for draft in self.drafts.get(slice).into_iter().flatten() {
                let Some(part) = parts.get_mut(draft.trace as usize) else {
                    continue;
                };
                moved.push((draft.trace, DraftId(part.drafts.len() as u32)));
                part.take(&self, Draft { trace: 0, ..*draft }, &mut |old, new| {
                    if let Some(it) = new_ids.get_mut(old.index()) {
                        *it = Some(new);
                    }
                });
            }
        })
        .await;
        let home = |id: DraftId| moved.get(id.index()).copied();
        for (trace, part) in (0..).zip(&mut parts) {
            pause().await;
            for tool in &mut part.tool_calls {
                tool.requested_by = tool.requested_by.and_then(|id| *new_ids.get(id.index())?);
            }
            for draft in &mut part.drafts {
                if let Some(parent) = draft.parent.and_then(SpanKey::draft) {
                    let new = home(parent).filter(|it| it.0 == trace);
                    draft.parent = new.map(|it| it.1.key());
                }
            }
        }
        let mut to_part = |id: DraftId, give: &mut dyn FnMut(&mut TraceBuilder, DraftId)| {
            let home = home(id).and_then(|it| Some((parts.get_mut(it.0 as usize)?, it.1)));
            home.into_iter().for_each(|(part, id)| give(part, id));
        };
        in_slices(self.pieces.len(), &mut |slice| {
            for (id, piece, at) in self.pieces.get(slice).into_iter().flatten() {
                to_part(*id, &mut |part, id| part.pieces.push((id, *piece, *at)));
            }
        })
        .await;
        in_slices(self.requests.len(), &mut |slice| {
            for request in self.requests.get(slice).into_iter().flatten() {
                let own = |llm_call| Request {
                    llm_call,
                    ..*request
                };
                to_part(request.llm_call, &mut |part, id| part.request(own(id)));
            }
        })
        .await;
        let mut calls = self.calls.iter();
        in_slices(self.calls.len(), &mut |slice| {
            for (key, id) in calls.by_ref().take(slice.len()) {
                to_part(*id, &mut |part, id| _ = part.calls.insert(*key, id));
            }
        })
        .await;
        for (key, id) in &self.earlier_calls {
            to_part(*id, &mut |part, id| part.earlier_calls.push((*key, id)));
        }
        for (trace, name) in self.names {
            parts
                .get_mut(trace as usize)
                .into_iter()
                .for_each(|it| it.name(0, name.clone()));
        }
        for (trace, stated) in self.stated {
            let part = parts.get_mut(trace as usize);
            part.into_iter().for_each(|it| it.state(0, stated));
        }
        parts.retain(|it| !it.drafts.is_empty());
        parts
    }
}
