//! JSON of any size as lines that fold. Only what is seen is read: where a value ends that is longer
//! than can be read at once is found a part at a time, and what stands after it is shown then.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use gloo::timers::callback::Timeout;

use super::blocks::{Blocks, Spelling, size};
use super::marks::Hit;
use super::node::{Node, button, el};
use super::pretty::compact;
use super::unfolded::BlockId;
use crate::model::skip_blank;
use crate::payload::{Member, Members, PAGE, Walk};
use crate::text::Phrase;

/// Bytes that are read each time a tree is drawn.
const AT_ONCE: usize = 6 << 20;
/// The most members of one value that are shown together.
const MOST: usize = 300;
/// Strings longer than this are blocks of their own, that show more when asked.
const SHORT: usize = 500;
/// What is shorter stands on one line.
const LINE: usize = 60;
/// Lines that are open without being asked for, and how deep they are.
const OPEN_LINES: usize = 60;
const OPEN_DEPTH: usize = 4;

/// JSON as lines. `open_lines`: line breaks in strings are line breaks.
pub(super) fn tree(
    blocks: &Blocks,
    id: BlockId,
    text: &str,
    open_lines: bool,
    hit: Option<Hit>,
) -> Vec<Node> {
    let spelling = if open_lines {
        Spelling::Lines
    } else {
        Spelling::Plain
    };
    let mut tree = Tree {
        blocks,
        known: blocks.unfolded.members(id, text),
        id,
        text,
        spelling,
        hit,
        left: AT_ONCE,
        is_cut: false,
        lines: Vec::new(),
        levels: Vec::new(),
    };
    tree.value(None, skip_blank(text.as_bytes(), 0), Some(text.len()));
    while tree.go_on() {}
    if tree.is_cut {
        let unfolded = blocks.unfolded.clone();
        let again = Timeout::new(0, move || unfolded.touch());
        blocks.unfolded.again.set(Some(again));
    }
    vec![el("div", "tree code").children(tree.lines).into()]
}

struct Tree<'a> {
    blocks: &'a Blocks,
    /// What was found out about the text.
    known: Rc<RefCell<Members>>,
    id: BlockId,
    text: &'a str,
    spelling: Spelling,
    hit: Option<Hit>,
    /// Bytes that may still be read.
    left: usize,
    /// That was too few.
    is_cut: bool,
    lines: Vec<Node>,
    /// The values that are open around where we are.
    levels: Vec<Level>,
}

/// A value that is open, and where in it we are.
#[derive(Clone, Copy)]
struct Level {
    walk: Walk,
    /// One past its end, if that is known.
    end: Option<usize>,
    /// The members that are shown.
    from: usize,
    to: usize,
    /// Where the member before ends is not known yet.
    is_cut: bool,
}

impl Tree<'_> {
    fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn place(&self, at: usize) -> BlockId {
        (self.id.0, self.id.1, self.id.2, at)
    }

    /// The next line of the innermost value that is open. Whether there is more.
    fn go_on(&mut self) -> bool {
        let Some(mut level) = self.levels.pop() else {
            return false;
        };
        if level.is_cut {
            return true;
        }
        let has_more = level.walk.has_more(self.text);
        if level.walk.index >= level.to && has_more {
            let to = level.to + PAGE;
            let from = if to - level.from > MOST {
                level.to
            } else {
                level.from
            };
            self.levels.push(level);
            self.button(Phrase::show_more, level.walk.start, (from, to));
            self.levels.pop();
        }
        let member = if level.walk.index < level.to {
            self.member(&mut level)
        } else {
            None
        };
        let Some(member) = member else {
            let is_paged = level.walk.index >= level.to && has_more;
            self.close(level, is_paged);
            return true;
        };
        let is_shown = level.walk.index > level.from;
        self.levels.push(level);
        if is_shown && !self.blocks.take(5) {
            self.line(vec![Phrase::no_room.into()]);
            return false;
        }
        if member.end.is_none() {
            self.cut();
        }
        if is_shown {
            self.value(member.key, member.start, member.end);
        }
        true
    }

    /// The end of a value; before it or after it, as it stands, what is none of its members.
    fn close(&mut self, level: Level, is_paged: bool) {
        let end = level.end.unwrap_or(0);
        let (rest, is_closed) = level.walk.rest(self.text, end);
        let close = match self.bytes().get(level.walk.start) {
            _ if level.is_cut => Some("…"),
            Some(b'{') => Some("}"),
            _ => Some("]"),
        };
        if let Some(close) = close.filter(|_| is_closed || is_paged || level.is_cut) {
            self.line(vec![close.into()]);
        }
        if !is_paged && !level.is_cut && !rest.is_empty() {
            let hit = self.hit_in(rest.start, rest.end);
            let place = (self.place(rest.start), SHORT * 2);
            let text = self.text.get(rest).unwrap_or_default();
            let long = self.blocks.long(text, self.spelling, true, place, hit);
            self.lines.extend(long);
        }
    }

    /// What comes after the values that are open is not known yet.
    fn cut(&mut self) {
        self.is_cut = true;
        self.levels.iter_mut().for_each(|it| it.is_cut = true);
    }

    /// The next member of a value. What is not shown is read on the next time, if it is too much.
    fn member(&mut self, level: &mut Level) -> Option<Member> {
        if self.left == 0 && level.walk.index < level.from {
            level.is_cut = true;
            self.cut();
            return None;
        }
        let mut known = self.known.borrow_mut();
        known.next(self.text, &mut level.walk, &mut self.left)
    }

    /// The line of a value; if it is open, its members follow.
    fn value(&mut self, key: Option<Range<usize>>, start: usize, end: Option<usize>) {
        let mut head = Vec::new();
        if let Some(key) = key {
            let hit = self.hit_in(key.start, key.end);
            let text = self.text.get(key).unwrap_or_default();
            let inside = self.blocks.styled(text, false, hit);
            head.push(el("span", "key").children(inside).into());
            head.push(": ".into());
        }
        let upto = end.unwrap_or(self.text.len());
        let text = self.text.get(start..upto).unwrap_or_default();
        let hit = self.hit_in(start, upto);
        match self.bytes().get(start) {
            Some(b'{' | b'[') => self.container(head, start, end, hit),
            Some(_) if text.len() > SHORT => {
                let place = (self.place(start), SHORT * 2);
                let long = self.blocks.long(text, self.spelling, true, place, hit);
                self.line(head);
                self.lines.extend(long);
            }
            Some(first) => {
                let class = if *first == b'"' { "string" } else { "" };
                let hit = hit.and_then(|(at, len)| {
                    let shown = |it: &str| self.spelling.show(it).len();
                    Some((shown(text.get(..at)?), shown(text.get(at..at + len)?)))
                });
                let inside = self.blocks.styled(&self.spelling.show(text), false, hit);
                let value = el("span", class).children(inside).into();
                self.line(head.into_iter().chain([value]).collect());
            }
            None => self.line(head),
        }
    }

    fn container(
        &mut self,
        mut head: Vec<Node>,
        start: usize,
        end: Option<usize>,
        hit: Option<Hit>,
    ) {
        let text = self
            .text
            .get(start..end.unwrap_or(start))
            .unwrap_or_default();
        let short = Some(text).filter(|it| !it.is_empty() && it.len() < LINE * 4 && hit.is_none());
        if let Some(short) = short.map(compact).filter(|it| it.len() <= LINE) {
            head.extend(self.blocks.styled(&short, true, None));
            return self.line(head);
        }
        let asked = self.blocks.unfolded.get(self.place(start));
        let depth = self.levels.len();
        let by_itself = depth == 0 || (depth < OPEN_DEPTH && self.lines.len() < OPEN_LINES);
        let is_open = asked.map_or(hit.is_some() || by_itself, |it| it.1 > 0);
        let is_object = self.bytes().get(start) == Some(&b'{');
        let unfolded = self.blocks.unfolded.clone();
        let place = self.place(start);
        let toggle = move |_: &web_sys::Event| {
            unfolded.set(place, Some((0, if is_open { 0 } else { PAGE })));
        };
        let twist = button("plain twist", if is_open { "▾" } else { "▸" }, toggle)
            .attr("aria-expanded", is_open.to_string())
            .attr("aria-label", Phrase::members);
        head.insert(0, twist.into());
        head.push(match (is_object, is_open) {
            (true, true) => "{".into(),
            (false, true) => "[".into(),
            (true, false) => "{…}".into(),
            (false, false) => "[…]".into(),
        });
        if let Some(end) = end.filter(|_| !is_open) {
            head.push(
                el("small", "")
                    .child(format!(" {}", size(end - start)))
                    .into(),
            );
        }
        self.line(head);
        if is_open {
            let (from, to) = asked.unwrap_or((0, PAGE));
            let level = Level {
                walk: Walk::into(start),
                end,
                from,
                to,
                is_cut: false,
            };
            self.open(level, asked.is_none().then_some(hit).flatten());
        }
    }

    /// Goes into a value, to the members that are shown: those with the hit, if that is in it.
    fn open(&mut self, mut level: Level, hit: Option<Hit>) {
        let start = level.walk.start;
        let (index, at) = match hit {
            Some((at, _)) => (usize::MAX, start + at),
            None => (level.from, usize::MAX),
        };
        level.walk = self.known.borrow().near(start, index, at);
        if hit.is_some() {
            // The page that has it begins at the last full hundred before it.
            let mut next = level;
            next.from = usize::MAX;
            while let Some(member) = self.member(&mut next) {
                if member.end.is_none_or(|end| end > at) {
                    break;
                }
                if next.walk.index.is_multiple_of(PAGE) {
                    level.walk = next.walk;
                }
            }
            level.is_cut = next.is_cut;
            (level.from, level.to) = (level.walk.index, level.walk.index + PAGE);
        }
        self.levels.push(level);
        if level.from > 0 {
            let before = level.from.saturating_sub(PAGE);
            self.button(Phrase::show_before, start, (before, level.from));
        }
    }

    /// What shows other members of a value.
    fn button(&mut self, name: Phrase, start: usize, shown: (usize, usize)) {
        let (place, unfolded) = (self.place(start), self.blocks.unfolded.clone());
        let show = move |_: &web_sys::Event| unfolded.set(place, Some(shown));
        self.line(vec![button("plain more", name, show).into()]);
    }

    fn line(&mut self, inside: Vec<Node>) {
        /// Deeper than this nobody reads the indent.
        const DEEPEST: usize = 30;
        let depth = self.levels.len().min(DEEPEST);
        let line = el("div", "at").style("padding-inline-start", format!("{}px", 14 + depth * 14));
        self.lines.push(line.children(inside).into());
    }

    /// The hit that is looked at, if it begins in this part of the text: where in it.
    fn hit_in(&self, from: usize, to: usize) -> Option<Hit> {
        let (at, len) = self.hit?;
        (from <= at && at < to).then(|| (at - from, len))
    }
}
