//! What the files that were given hold, and what the list says of each trace of several.

use std::sync::Arc;

use super::shown::{count, own_title};
use crate::analysis::{Rounds, Summary};
use crate::model::{Trace, at_once, pause};

/// What the files that were given hold.
#[derive(Debug, Default)]
pub struct Given {
    /// The traces.
    pub traces: Vec<Arc<Trace>>,
    /// Files that are no trace.
    pub unread: Vec<Unread>,
    /// What the list says of each trace, where there are several.
    pub(super) entries: Vec<Entry>,
}

/// A file that is no trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What it is called; "" if it has no name.
    pub name: String,
    /// Why it was not read.
    pub why: String,
}

/// A trace in the list of several.
#[derive(Debug)]
pub(super) struct Entry {
    /// What it is called; nothing where the file does not say.
    pub(super) title: Option<String>,
    /// The file that it begins in, where there are several; else "".
    pub(super) file: String,
    /// Its figures.
    pub(super) summary: Summary,
}

impl Given {
    /// These traces, and files that are none.
    pub fn new(traces: Vec<Trace>, unread: Vec<Unread>) -> Self {
        at_once(Given::in_slices(traces, unread))
    }

    /// A trace, with no other beside it.
    pub fn one(trace: Arc<Trace>) -> Self {
        Given {
            traces: vec![trace],
            ..Given::default()
        }
    }

    /// The same as [`new`](Self::new), with pauses.
    pub async fn in_slices(traces: Vec<Trace>, unread: Vec<Unread>) -> Self {
        let mut entries = Vec::new();
        for trace in traces.iter().filter(|_| traces.len() > 1) {
            entries.push(Entry::of(trace).await);
            pause().await;
        }
        Given {
            traces: traces.into_iter().map(Arc::new).collect(),
            unread,
            entries,
        }
    }
}

impl Entry {
    async fn of(trace: &Trace) -> Self {
        let rounds = Rounds::in_slices(trace).await;
        let counted = count(trace, &rounds).await;
        let first = trace.spans.first().map(|it| it.record.start);
        let files: Vec<_> = trace.source.files().collect();
        let mut around = files
            .iter()
            .filter(|it| files.len() > 1 && first.is_some_and(|at| at < it.0.end()));
        Entry {
            title: own_title(trace),
            file: around.next().map_or_else(String::new, |it| it.1.to_owned()),
            summary: counted.totals(trace).summary,
        }
    }
}
