//! Who lies in whom: parents are found, duplicates stand for each other, cycles are broken.

use std::ops::{ControlFlow, Range};

use super::{
    Draft, DraftId, IssueKind, Issues, Piece, SpanKey, TraceBuilder, in_slices, keys::Places,
};

/// No draft, no span.
pub(super) const NONE: u32 = u32::MAX;

/// Who lies in whom, by index of draft.
pub(super) struct Links {
    /// [`NONE`] for a root.
    parent: Vec<u32>,
    /// The draft that stands for a draft, itself if none does.
    stands: Vec<u32>,
    /// Whether any stands for another.
    has_merged: bool,
    /// Whether what a draft lies in came before it, of all: then there are no cycles.
    is_ordered: bool,
}

impl Links {
    /// Finds the parents. A parent that is missing, or that is the span's own descendant, is none.
    pub(super) async fn resolve(builder: &mut TraceBuilder) -> Links {
        let n = builder.drafts.len();
        let mut links = Links {
            parent: vec![NONE; n],
            stands: (0..n as u32).collect(),
            has_merged: false,
            is_ordered: true,
        };
        let by_key = by_key(builder, &mut links).await;
        // Neighbors mostly have one parent.
        let mut last = (None, None);
        in_slices(n, &mut |slice| {
            for i in slice {
                let draft = builder.drafts.get(i);
                let Some((draft, key)) = draft.and_then(|it| Some((it, it.parent?))) else {
                    continue;
                };
                if last.0 != Some(key) {
                    let found = match key.draft() {
                        Some(id) => Some(id.0).filter(|it| (*it as usize) < n),
                        None => by_key.get(key, has_key(&builder.drafts, key)),
                    };
                    last = (Some(key), found);
                }
                match last.1 {
                    Some(parent) => {
                        links.is_ordered &= (parent as usize) < i;
                        links.set(i, Some(parent));
                    }
                    None => builder.issues.push(IssueKind::MissingParent, draft.record),
                }
            }
        })
        .await;
        links.settle(builder).await;
        links
    }

    /// Hangs what lies in a merged draft into the one that stands for it, and breaks cycles.
    pub(super) async fn settle(&mut self, builder: &mut TraceBuilder) {
        let n = self.parent.len();
        if self.has_merged {
            in_slices(n, &mut |slice| self.shorten(slice)).await;
            in_slices(n, &mut |slice| {
                for i in slice {
                    let parent = self.parent(i).map(|it| self.standing(it) as u32);
                    self.set(i, parent);
                }
            })
            .await;
        } else if self.is_ordered {
            return;
        }
        // 0: not seen. Else the number of the climb that came by; a climb that meets itself has
        // found a cycle, one that meets an earlier climb has not.
        let mut seen = vec![0_u32; n];
        let (drafts, issues) = (&builder.drafts, &mut builder.issues);
        in_slices(n, &mut |slice| {
            for start in slice {
                self.climb(start, &mut seen, drafts, issues);
            }
        })
        .await;
    }

    pub(super) fn parent(&self, draft: usize) -> Option<usize> {
        self.parent
            .get(draft)
            .filter(|it| **it != NONE)
            .map(|it| *it as usize)
    }

    pub(super) fn set(&mut self, draft: usize, parent: Option<u32>) {
        if let Some(it) = self.parent.get_mut(draft) {
            *it = parent.unwrap_or(NONE);
        }
    }

    pub(super) fn is_merged(&self, draft: usize) -> bool {
        self.stands
            .get(draft)
            .is_some_and(|it| *it as usize != draft)
    }

    /// The draft that stands for `draft` in the end.
    pub(super) fn standing(&self, draft: usize) -> usize {
        let mut at = draft;
        while let Some(next) = self
            .stands
            .get(at)
            .map(|it| *it as usize)
            .filter(|it| *it != at)
        {
            at = next;
        }
        at
    }

    /// Lets every draft name the one that stands for it in the end: a chain of thousands of
    /// duplicates is climbed once, not once for each of them.
    fn shorten(&mut self, drafts: Range<usize>) {
        for draft in drafts {
            let last = self.standing(draft) as u32;
            let mut at = draft;
            while let Some(next) = self.stands.get_mut(at).filter(|it| **it != last) {
                at = std::mem::replace(next, last) as usize;
            }
        }
    }

    /// Adds a draft that was made while building.
    pub(super) fn add(&mut self, parent: Option<u32>) {
        self.stands.push(self.parent.len() as u32);
        self.parent.push(parent.unwrap_or(NONE));
    }

    /// By draft: its nearest ancestor that is such a one, or [`NONE`].
    pub(super) async fn nearest(&self, is_such: impl Fn(usize) -> bool) -> Vec<u32> {
        let step = |at| match self.parent(at) {
            None => ControlFlow::Break(NONE),
            Some(parent) if is_such(parent) => ControlFlow::Break(parent as u32),
            Some(parent) => ControlFlow::Continue(parent),
        };
        ends(self.parent.len(), step).await
    }

    fn climb(&mut self, start: usize, seen: &mut [u32], drafts: &[Draft], issues: &mut Issues) {
        let climb = start as u32 + 1;
        let mut at = start;
        loop {
            match seen.get_mut(at) {
                Some(it) if *it == 0 => *it = climb,
                _ => break,
            }
            let Some(parent) = self.parent(at) else { break };
            if seen.get(parent) == Some(&climb) {
                self.set(at, None);
                let record = drafts.get(at).map(|it| it.record);
                issues.push(IssueKind::Cycle, record.unwrap_or_default());
                break;
            }
            at = parent;
        }
    }
}

/// Where the way from each of `n` places ends. Of a way that many share, each step is gone once.
pub(super) async fn ends(n: usize, step: impl Fn(usize) -> ControlFlow<u32, usize>) -> Vec<u32> {
    let mut ends: Vec<Option<u32>> = vec![None; n];
    let mut way = Vec::new();
    in_slices(n, &mut |slice| {
        for from in slice {
            let mut at = from;
            let end = loop {
                if let Some(end) = ends.get(at).copied().flatten() {
                    break end;
                }
                way.push(at);
                match step(at) {
                    ControlFlow::Break(end) => break end,
                    ControlFlow::Continue(next) => at = next,
                }
            };
            for it in way.drain(..) {
                ends.get_mut(it).into_iter().for_each(|it| *it = Some(end));
            }
        }
    })
    .await;
    ends.into_iter().map(|it| it.unwrap_or(NONE)).collect()
}

/// Finds drafts by their keys. Of two drafts with one key the later counts and keeps the other's record.
async fn by_key(builder: &mut TraceBuilder, links: &mut Links) -> Places {
    let n = builder.drafts.len();
    let mut by_key = Places::new(n);
    in_slices(n, &mut |slice| {
        for i in slice {
            let draft = builder.drafts.get(i);
            let Some((key, record)) = draft.and_then(|it| Some((it.key?, it.record))) else {
                continue;
            };
            if let Some(earlier) = by_key.insert(key, i as u32, has_key(&builder.drafts, key)) {
                links.merge_into(builder, earlier as usize, i);
                // A record of its start alone was to be followed by another.
                let earlier = builder.drafts.get(earlier as usize);
                if earlier.is_some_and(|it| it.end.is_some()) {
                    builder.issues.push(IssueKind::DuplicateId, record);
                }
            }
        }
    })
    .await;
    by_key
}

fn has_key(drafts: &[Draft], key: SpanKey) -> impl Fn(u32) -> bool {
    move |it| {
        drafts
            .get(it as usize)
            .is_some_and(|it| it.key == Some(key))
    }
}

impl Links {
    /// Lets `standing` stand for `merged`, whose record it keeps.
    pub(super) fn merge_into(
        &mut self,
        builder: &mut TraceBuilder,
        merged: usize,
        standing: usize,
    ) {
        if let Some(it) = self.stands.get_mut(merged) {
            *it = standing as u32;
            self.has_merged = true;
        }
        if let Some(draft) = builder.drafts.get(merged) {
            builder
                .pieces
                .push((DraftId(standing as u32), Piece::Record, draft.record));
        }
    }
}
