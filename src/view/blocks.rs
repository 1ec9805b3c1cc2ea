//! Blocks of text and JSON. Whatever a trace says is text here: no markup, nothing fetched. Of what
//! is long a part is in the document, and more of it when asked.

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use super::marks::{Hit, Marks, Seek};
use super::node::{Node, button, el};
use super::pretty::{pretty, tokens};
use super::tree::tree;
use super::unfolded::{BlockId, Unfolded};
use crate::model::{ByteRange, unescape};
use crate::payload::{is_json, string_in, whole};
use crate::state::{DetailTab, RowId};
use crate::text::{self, Phrase};

/// Bytes that a block shows at first, how many more each time it is asked, and the most it shows.
const FIRST: usize = 4_000;
const MORE: usize = 100_000;
const MOST: usize = 400_000;

/// A payload longer than this is shown from the bytes of the file, without reading it whole.
pub(crate) const BIG: u32 = 128 << 10;

/// Elements that a pane has at most, so that all panes together stay below 3,000.
const ROOM: usize = 1_400;

/// Makes the blocks of a tab of a row.
pub(crate) struct Blocks {
    pub(super) unfolded: Unfolded,
    row: RowId,
    tab: DetailTab,
    next: Cell<u32>,
    room: Rc<Cell<usize>>,
    marks: Option<Rc<Marks>>,
    /// Set where nothing is drawn: the text is looked through for a hit.
    seek: Option<Rc<Seek>>,
}

/// How a piece of text is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As it stands.
    Plain,
    /// Of the inside of a JSON string what it says.
    Decoded,
    /// With the lines that it says as lines.
    Lines,
}

impl Spelling {
    pub(super) fn show(self, piece: &str) -> Cow<'_, str> {
        match self {
            Spelling::Decoded => unescape(piece),
            Spelling::Lines if piece.contains("\\n") => Cow::Owned(piece.replace("\\n", "\n")),
            _ => Cow::Borrowed(piece),
        }
    }
}

impl Blocks {
    pub(crate) fn new(unfolded: &Unfolded, row: RowId, tab: DetailTab) -> Self {
        Blocks {
            unfolded: unfolded.clone(),
            row,
            tab,
            next: Cell::new(0),
            room: Rc::new(Cell::new(ROOM)),
            marks: None,
            seek: None,
        }
    }

    /// With what is looked for.
    pub(crate) fn marked(self, marks: Option<Rc<Marks>>) -> Self {
        Blocks { marks, ..self }
    }

    /// To draw nothing, and look for a hit.
    pub(crate) fn seeking(self, seek: Rc<Seek>) -> Self {
        let seek = Some(seek);
        Blocks { seek, ..self }
    }

    /// The same, counting from `first`.
    pub(crate) fn from(&self, first: u32) -> Self {
        Blocks {
            next: Cell::new(first),
            room: self.room.clone(),
            marks: self.marks.clone(),
            seek: self.seek.clone(),
            ..Blocks::new(&self.unfolded, self.row, self.tab)
        }
    }

    /// The number of the next block.
    pub(crate) fn first(&self) -> u32 {
        self.next.get()
    }

    fn id(&self) -> BlockId {
        let number = self.next.replace(self.next.get() + 1);
        (self.row, self.tab, number, 0)
    }

    /// Takes room for so many elements, if there is as much.
    pub(super) fn take(&self, elements: usize) -> bool {
        let left = self.room.get().checked_sub(elements);
        self.room.set(left.unwrap_or(self.room.get()));
        left.is_some()
    }

    /// The hit that is looked at, if it is in this block: where in its text.
    fn hit(&self, block: BlockId) -> Option<Hit> {
        let marks = self.marks.as_ref()?;
        marks.shown.filter(|it| it.0 == block).map(|it| it.1)
    }

    /// The number of the block with the hit that is looked at.
    pub(crate) fn hit_block(&self) -> Option<u32> {
        let (block, _) = self.marks.as_ref()?.shown?;
        let is_here = (block.0, block.1) == (self.row, self.tab);
        is_here.then_some(block.2)
    }

    /// Whether text is looked through and not drawn.
    pub(crate) fn is_seeking(&self) -> bool {
        self.seek.is_some()
    }

    /// Text as it stands.
    pub(crate) fn prose(&self, text: &str) -> Vec<Node> {
        self.text(text, false)
    }

    /// JSON, indented, with the lines in its strings as lines (SQL, patches), as a tree if it is long;
    /// anything else as it stands.
    pub(crate) fn code(&self, text: &str) -> Vec<Node> {
        match text.trim_start().starts_with(['{', '[']) {
            true if text.len() > FIRST && self.seek.is_none() && is_json(text) => {
                let id = self.id();
                tree(self, id, text, true, self.hit(id))
            }
            // A tree shows the text as it stands, so that is what is looked through. A log and a
            // list of Python are no trees.
            true if text.len() > FIRST => self.text(text, true),
            true => self.text(&pretty(text, true), true),
            false => self.text(text, true),
        }
    }

    /// Part of the file, as it is there: JSON with every escape.
    pub(crate) fn record(&self, text: &str, range: ByteRange) -> Vec<Node> {
        let id = self.id();
        let hit = self.hit_in(range);
        if text.len() <= FIRST && hit.is_none() {
            let spelling = Spelling::Plain;
            return self.long(&pretty(text, false), spelling, true, (id, FIRST), None);
        }
        tree(self, id, text, false, hit)
    }

    /// A payload of any size, from the bytes of the file.
    pub(crate) fn big(&self, text: &str, range: ByteRange) -> Vec<Node> {
        let id = self.id();
        let hit = self.hit_in(range);
        if self.is_seeking() {
            return Vec::new();
        }
        let Some(inner) = string_in(text) else {
            return tree(self, id, text, true, hit);
        };
        let before = inner.as_ptr() as usize - text.as_ptr() as usize;
        let hit = hit.map(|it| (it.0.saturating_sub(before), it.1));
        self.long(inner, Spelling::Decoded, false, (id, FIRST), hit)
    }

    /// Whether the hit that is looked at is in this part of the file.
    pub(crate) fn has_hit(&self, range: ByteRange) -> bool {
        self.hit_in(range).is_some()
    }

    /// The hit that is looked at, if that is in this part of the file.
    fn hit_in(&self, range: ByteRange) -> Option<Hit> {
        let marks = self.marks.as_ref()?;
        let at = marks.at.filter(|it| range.contains(*it))?;
        marks
            .is_exact(self.row, self.tab)
            .then(|| ((at.start - range.start) as usize, at.len as usize))
    }

    fn text(&self, text: &str, is_code: bool) -> Vec<Node> {
        let id = self.id();
        if let Some(seek) = &self.seek {
            seek.look(id, text);
            return Vec::new();
        }
        self.long(text, Spelling::Plain, is_code, (id, FIRST), self.hit(id))
    }

    /// A block that shows its beginning, or what is around a hit, and more when asked.
    pub(super) fn long(
        &self,
        text: &str,
        spelling: Spelling,
        is_code: bool,
        (id, first): (BlockId, usize),
        hit: Option<Hit>,
    ) -> Vec<Node> {
        let near = hit.map_or(0, |it| it.0);
        let from = if near < first { 0 } else { near - first / 4 };
        let (from, to) = self.unfolded.get(id).unwrap_or((from, from + first));
        let (from, to) = (whole(text, from), whole(text, to));
        let piece = text.get(from..to).unwrap_or_default();
        let shown = spelling.show(piece);
        let hit = hit.and_then(|(at, len)| {
            let len_of = |it: Option<&str>| Some(spelling.show(it?).len());
            let at = at.checked_sub(from)?;
            Some((len_of(piece.get(..at))?, len_of(piece.get(at..at + len))?))
        });
        // Colors are for reading; of what is long there would be too many elements.
        let is_colored = is_code && piece.len() <= FIRST;
        let inside = self.styled(&shown, is_colored, hit);
        let block = el("pre", if is_code { "code" } else { "prose" }).children(inside);
        let more = |name: String, from: usize, to: usize| -> Node {
            let unfolded = self.unfolded.clone();
            let show = move |_: &web_sys::Event| unfolded.set(id, Some((from, to)));
            button("plain more", name, show).into()
        };
        let before = (from > 0).then(|| {
            let start = from.saturating_sub(MORE);
            more(
                Phrase::show_more_before.with(&[&size(from)]),
                start,
                to.min(start + MOST),
            )
        });
        let after = (to < text.len()).then(|| {
            let end = text.len().min(to + MORE);
            more(
                Phrase::show_more_of.with(&[&size(text.len())]),
                from.max(end.saturating_sub(MOST)),
                end,
            )
        });
        before
            .into_iter()
            .chain([block.into()])
            .chain(after)
            .collect()
    }

    /// Text with colors and marks, as far as there is room for them.
    pub(super) fn styled(&self, text: &str, is_colored: bool, hit: Option<Hit>) -> Vec<Node> {
        let marks = self.marks.as_ref();
        let marks = marks.map(|it| it.within(text, hit)).unwrap_or_default();
        let marks = if self.take(marks.len()) {
            marks
        } else {
            Vec::new()
        };
        let mut parts = if is_colored {
            tokens(text)
        } else {
            vec![("", text)]
        };
        if !self.take(parts.len()) {
            parts = vec![("", text)];
        }
        let mut at = 0;
        let mut nodes = Vec::with_capacity(parts.len());
        for (class, part) in parts {
            let inside = super::marks::split(part, at, &marks, hit);
            at += part.len();
            match class {
                "" => nodes.extend(inside),
                class => nodes.push(el("span", class).children(inside).into()),
            }
        }
        nodes
    }

    /// Some of `n` things, from where the user is, as many as there is room for. `hit`: the one with
    /// the hit that is looked at.
    pub(crate) fn paged(
        &self,
        n: usize,
        hit: Option<usize>,
        draw: &mut dyn FnMut(usize) -> Vec<Node>,
    ) -> Vec<Node> {
        /// So many at a time, and elements that one of them has in any case.
        const PAGE: usize = 40;
        const EACH: usize = 12;
        let id = self.id();
        if self.is_seeking() {
            return (0..n).flat_map(draw).collect();
        }
        let hit = hit.filter(|it| *it >= PAGE).unwrap_or(0);
        let from = self.unfolded.get(id).map_or(hit, |it| it.0);
        let go = |name: String, to: usize| -> Node {
            let unfolded = self.unfolded.clone();
            let show = move |_: &web_sys::Event| unfolded.set(id, Some((to, 0)));
            button("plain more", name, show).into()
        };
        let mut nodes = Vec::new();
        if from > 0 {
            nodes.push(go(
                Phrase::show_before_n.with(&[&text::number(from as u64)]),
                from.saturating_sub(PAGE),
            ));
        }
        let mut at = from;
        while at < n.min(from + PAGE) && (self.take(EACH) || at == from) {
            nodes.extend(draw(at));
            at += 1;
        }
        if at < n {
            nodes.push(go(
                Phrase::show_after_n.with(&[&text::number((n - at) as u64)]),
                at,
            ));
        }
        nodes
    }

    /// Whether the block is open; what opens and closes it.
    pub(crate) fn toggle(&self) -> (bool, impl Fn(&web_sys::Event) + 'static) {
        let number = self.id();
        let unfolded = self.unfolded.clone();
        let open = self.unfolded.get(number).is_some();
        (open, move |_: &web_sys::Event| {
            unfolded.set(number, (!open).then_some((0, 0)));
        })
    }

    /// A block under a heading, with a note at the right and what copies it.
    pub(crate) fn titled(
        &self,
        title: &str,
        note: String,
        copied: Option<Copied>,
        inside: Vec<Node>,
    ) -> Node {
        let mut head = el("h4", "")
            .child(el("span", "what").child(title.to_owned()))
            .child(el("span", "note").child(note));
        if let Some(copied) = copied {
            head = head.child(self.copy(copied));
        }
        el("section", "block").child(head).children(inside).into()
    }

    fn copy(&self, text: Copied) -> Node {
        let number = self.id();
        let unfolded = self.unfolded.clone();
        let name = if unfolded.get(number).is_some() {
            Phrase::copied
        } else {
            Phrase::copy
        };
        let copy = move |_: &web_sys::Event| {
            if let Some(window) = web_sys::window() {
                let _ = window.navigator().clipboard().write_text(&text());
                unfolded.set(number, Some((0, 0)));
            }
        };
        button("plain copy", name, copy).into()
    }
}

/// What is copied, made when it is: of 50 MB there is no second copy before.
pub(crate) type Copied = Box<dyn Fn() -> String>;

/// What stands in a block, with room around.
pub(crate) fn parts(inside: Vec<Node>) -> Vec<Node> {
    vec![el("div", "parts").children(inside).into()]
}

/// How long a text is, for people.
pub(super) fn size(bytes: usize) -> String {
    text::bytes(bytes as u64)
}
