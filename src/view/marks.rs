//! What is looked for, marked where it is shown.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ops::Range;

use gloo::timers::callback::Timeout;

use super::node::{Node, el};
use super::unfolded::BlockId;
use crate::analysis::{Around, Query};
use crate::model::ByteRange;
use crate::payload::around_chars;
use crate::state::{DetailTab, RowId};

/// Where in a text a hit is: its first byte, and how many it has.
pub(super) type Hit = (usize, usize);

/// What is marked.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    pub(super) query: Query,
    /// The hit that is looked at: where in the file, and in which pane that is shown.
    pub(super) at: Option<ByteRange>,
    pub(super) pane: Option<(RowId, DetailTab)>,
    /// Where in that pane it is, if a text is shown there that is not as it stands in the file.
    pub(super) shown: Option<(BlockId, Hit)>,
}

impl Marks {
    /// What is looked for, and which hit is looked at, wherever that is shown.
    pub(super) fn of(query: Query, at: Option<ByteRange>) -> Marks {
        Marks {
            query,
            at,
            pane: None,
            shown: None,
        }
    }

    /// Whether this pane has the hit in a text that is as it stands in the file.
    pub(super) fn is_exact(&self, row: RowId, tab: DetailTab) -> bool {
        self.pane == Some((row, tab)) && self.shown.is_none()
    }

    /// What is marked in a text, in order; the hit that is looked at in any case.
    pub(super) fn within(&self, text: &str, hit: Option<Hit>) -> Vec<Hit> {
        /// More in one text are not marked.
        const MOST: usize = 100;
        let mut marks: Vec<Hit> = Vec::new();
        for it in self.query.hits(text.as_bytes()) {
            let is_apart = |other: Hit| other.0 + other.1 <= it.0 || it.0 + it.1 <= other.0;
            if marks.len() < MOST
                && marks.last().is_none_or(|it| is_apart(*it))
                && hit.is_none_or(is_apart)
            {
                marks.push(it);
            }
        }
        if let Some(hit) = hit {
            let at = marks.partition_point(|it| it.0 < hit.0);
            marks.insert(at, hit);
        }
        marks
    }
}

/// A part of a text, which begins there at `from`, with what is marked of it.
pub(super) fn split(part: &str, from: usize, marks: &[Hit], hit: Option<Hit>) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut at = 0;
    let first = marks.partition_point(|it| it.0 + it.1 <= from);
    for mark in marks.get(first..).unwrap_or_default() {
        let bytes = mark.0.saturating_sub(from)..(mark.0 + mark.1).saturating_sub(from);
        // A hit within an escape may be anywhere in what that says.
        let Range { start, end } = around_chars(part, bytes);
        let (start, end) = (start.max(at), end.max(at));
        if mark.0 >= from + part.len() {
            break;
        }
        nodes.extend(plain(part, at, start));
        let marked = el("mark", "").child(part.get(start..end).unwrap_or_default().to_owned());
        nodes.push(if hit == Some(*mark) {
            // Another hit is another element, which is scrolled to.
            let key = format!("{}", mark.0);
            marked
                .attr("aria-current", "true")
                .key(key)
                .mounted(show)
                .into()
        } else {
            marked.into()
        });
        at = end;
    }
    nodes.extend(plain(part, at, part.len()));
    nodes
}

fn plain(part: &str, from: usize, to: usize) -> Option<Node> {
    let text = part.get(from..to).filter(|it| !it.is_empty())?;
    Some(text.to_owned().into())
}

/// Scrolls the detail to a mark, once that is in it.
fn show(mark: &web_sys::Element) -> Box<dyn Any> {
    let mark = mark.clone();
    Box::new(Timeout::new(0, move || {
        let Some(pane) = mark.closest(".detail").ok().flatten() else {
            return;
        };
        let (inner, outer) = (
            mark.get_bounding_client_rect(),
            pane.get_bounding_client_rect(),
        );
        if inner.top() < outer.top() + 40.0 || inner.bottom() > outer.bottom() - 20.0 {
            let middle = f64::from(pane.client_height()) / 3.0;
            let by = inner.top() - outer.top() - middle;
            pane.set_scroll_top(pane.scroll_top() + by as i32);
        }
    }))
}

/// Looks for a hit of the file among the texts of a pane, by what is around it.
pub(crate) struct Seek {
    query: Query,
    around: Around,
    /// How many hits before this one have the same around them.
    nth: usize,
    /// How many hits may still be compared; `None` if there were more.
    left: Cell<Option<usize>>,
    found: RefCell<Vec<(usize, BlockId, Hit)>>,
}

impl Seek {
    /// The most hits whose surroundings are compared, in a few hundredths of a second.
    const MOST: usize = 5_000;

    /// Looks for a hit in a part of the file. `None`: there are too many before it.
    pub(super) fn new(query: &Query, text: &[u8], hit: Hit) -> Option<Seek> {
        let around = |(at, len): Hit| Around::new(text, at..at + len);
        let own = around(hit);
        let before = text.get(..hit.0).unwrap_or_default();
        let before = query.hits_up_to(before, Self::MOST)?;
        let same = before.into_iter().filter(|it| around(*it) == own);
        Some(Seek {
            query: query.clone(),
            nth: same.count(),
            around: own,
            left: Cell::new(Some(Self::MOST)),
            found: RefCell::default(),
        })
    }

    /// Looks through a text.
    pub(super) fn look(&self, block: BlockId, text: &str) {
        let bytes = text.as_bytes();
        let left = self.left.take();
        let Some((left, hits)) = left.and_then(|it| Some((it, self.query.hits_up_to(bytes, it)?)))
        else {
            return;
        };
        self.left.set(left.checked_sub(hits.len()));
        let mut found = self.found.borrow_mut();
        let mut best = found.last().map_or(0, |it| it.0);
        for hit in hits {
            let around = Around::new(bytes, hit.0..hit.0 + hit.1);
            match self.around.likeness(&around) {
                Some(likeness) if likeness >= best => {
                    if likeness > best {
                        found.clear();
                    }
                    found.push((likeness, block, hit));
                    best = likeness;
                }
                _ => {}
            }
        }
    }

    /// Where the hit is, if there were not too many.
    pub(super) fn place(&self) -> Option<(BlockId, Hit)> {
        self.left.get()?;
        let found = self.found.borrow();
        let it = found.get(self.nth).or(found.last())?;
        Some((it.1, it.2))
    }
}
