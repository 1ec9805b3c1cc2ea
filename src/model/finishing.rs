//! From drafts to traces: every repair is made here, once, and nothing is dropped.

use std::sync::Arc;

use super::{
    Draft, DraftId, KeyMap, Request, Source, SpanId, SpanKey, Strings, Trace, TraceBuilder, Work,
    at_once, links::Links, merge, nested, pause, pause_at, requests, tree,
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
        for part in parts {
            traces.push(Trace {
                n_traces,
                strings: strings.clone(),
                ..part.finish_one(source, &strings, format).await.0
            });
        }
        traces
    }

    /// The trace of all drafts, and the span of each, where that is asked for.
    pub(super) async fn finish_one(
        mut self,
        source: &Arc<Source>,
        strings: &Strings,
        format: (&'static str, &'static str),
    ) -> (Trace, Vec<Option<SpanId>>) {
        let mut links = Links::resolve(&mut self).await;
        merge::merge(&mut self, &mut links, source).await;
        nested::unite(&mut self, &links, strings).await;
        requests::join(&mut self, &mut links).await;
        self.calls = KeyMap::default();
        tree::finish(self, links, source, format).await
    }

    /// One builder a trace.
    async fn split(mut self) -> Vec<TraceBuilder> {
        let n_traces = self.drafts.iter().map(|it| it.trace + 1).max().unwrap_or(1);
        if n_traces == 1 {
            return vec![self];
        }
        let shared = TraceBuilder {
            issues: std::mem::take(&mut self.issues),
            tally: self.tally,
            ..TraceBuilder::default()
        };
        let mut parts = vec![shared; n_traces as usize];
        let mut moved = Vec::with_capacity(self.drafts.len());
        let mut new_ids = vec![None; self.llm_calls.len()];
        for (i, draft) in self.drafts.iter().enumerate() {
            pause_at(i).await;
            let Some(part) = parts.get_mut(draft.trace as usize) else {
                continue;
            };
            let draft = Draft { trace: 0, ..*draft };
            moved.push((
                draft.trace,
                match draft.work {
                    Work::Llm(id) => {
                        let call = self.llm_calls.get(id.index()).copied().unwrap_or_default();
                        let draft = part.llm_call(draft, call);
                        new_ids
                            .get_mut(id.index())
                            .into_iter()
                            .for_each(|it| *it = part.llm_call_id(draft));
                        draft
                    }
                    Work::Tool(id) => {
                        let call = self.tool_calls.get(id.index()).copied().unwrap_or_default();
                        part.tool_call(draft, call, None)
                    }
                    Work::Agent(id) => part.agent(
                        draft,
                        self.agents.get(id.index()).copied().unwrap_or_default(),
                    ),
                    Work::Turn(id) => {
                        let facts = self.turns.get(id.index()).copied().unwrap_or_default();
                        part.turn(draft, facts.number, facts.input)
                    }
                    Work::Other => part.span(draft),
                },
            ));
        }
        for part in &mut parts {
            pause().await;
            for tool in &mut part.tool_calls {
                tool.requested_by = tool.requested_by.and_then(|id| *new_ids.get(id.index())?);
            }
        }
        let home = |id: DraftId| {
            let trace = self.drafts.get(id.index())?.trace;
            Some((trace as usize, moved.get(id.index())?.1))
        };
        for (trace, part) in parts.iter_mut().enumerate() {
            pause().await;
            for draft in &mut part.drafts {
                if let Some(parent) = draft.parent.and_then(SpanKey::draft) {
                    let new = home(parent).filter(|it| it.0 == trace);
                    draft.parent = new.map(|it| it.1.key());
                }
            }
        }
        for (i, (id, piece, at)) in self.pieces.iter().enumerate() {
            pause_at(i).await;
            let Some((trace, id)) = home(*id) else {
                continue;
            };
            parts
                .get_mut(trace)
                .into_iter()
                .for_each(|it| it.pieces.push((id, *piece, *at)));
        }
        for (i, request) in self.requests.iter().enumerate() {
            pause_at(i).await;
            let Some((trace, llm_call)) = home(request.llm_call) else {
                continue;
            };
            let request = Request {
                llm_call,
                ..*request
            };
            parts
                .get_mut(trace)
                .into_iter()
                .for_each(|it| it.request(request));
        }
        for (i, (key, id)) in self.calls.iter().enumerate() {
            pause_at(i).await;
            let Some((trace, id)) = home(*id) else {
                continue;
            };
            parts.get_mut(trace).into_iter().for_each(|it| {
                it.calls.insert(*key, id);
            });
        }
        for (key, id) in &self.earlier_calls {
            let Some((trace, id)) = home(*id) else {
                continue;
            };
            parts
                .get_mut(trace)
                .into_iter()
                .for_each(|it| it.earlier_calls.push((*key, id)));
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
