//! JSON of any size as lines that fold. Only what is seen is read: where a value ends that is longer
//! than can be read at once is found a part at a time, and what stands after it is shown then.

use std::cell::{Cell, RefCell};

use gloo::timers::callback::Timeout;

use super::blocks::{BlockId, Blocks, Spelling, size};
use super::marks::Hit;
use super::node::{Node, button, el};
use super::pretty::compact;
use crate::model::{Skip, Stop, skip_blank};

/// Bytes that are read each time a tree is drawn.
const AT_ONCE: usize = 6 << 20;
/// Where longer values end is kept.
const LONG: usize = 64 << 10;
/// Members that are shown at first, and how many more each time one asks.
const PAGE: usize = 100;
/// The most members of one value that are shown together.
const MOST: usize = 300;
/// Strings longer than this are blocks of their own, that show more when asked.
const SHORT: usize = 500;
/// What is shorter stands on one line.
const LINE: usize = 60;
/// Lines that are open without being asked for, and how deep they are.
const OPEN_LINES: usize = 60;
const OPEN_DEPTH: usize = 4;

/// What was found out about long values.
#[derive(Default)]
pub(super) struct Ends {
    /// How far each was read, and whether that is its end.
    values: RefCell<Vec<(BlockId, Skip, usize, bool)>>,
    /// Of what has many members, which one begins where.
    pages: RefCell<Vec<(BlockId, usize, usize)>>,
    /// What draws anew, once.
    again: Cell<Option<Timeout>>,
}

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
        blocks.unfolded.ends.again.set(Some(again));
    }
    vec![el("div", "tree code").children(tree.lines).into()]
}

struct Tree<'a> {
    blocks: &'a Blocks,
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

/// A value with members, and where in it we are.
#[derive(Clone, Copy)]
struct Level {
    start: usize,
    is_object: bool,
    /// The next member, and where it begins.
    index: usize,
    pos: usize,
    /// The members that are shown.
    from: usize,
    to: usize,
    /// Where the member before ends is not known yet.
    is_cut: bool,
}

/// A member: its key, where its value begins, and where that ends, if that is known.
struct Member {
    key: Option<(usize, usize)>,
    start: usize,
    end: Option<usize>,
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
        let next = skip_blank(self.bytes(), level.pos);
        let has_more = !matches!(self.bytes().get(next), None | Some(b']' | b'}'));
        if level.index >= level.to && has_more {
            let to = level.to + PAGE;
            let from = if to - level.from > MOST {
                level.to
            } else {
                level.from
            };
            self.levels.push(level);
            self.button("show more", level.start, (from, to));
            self.levels.pop();
        }
        let member = if has_more && level.index < level.to {
            self.member(&mut level)
        } else {
            None
        };
        let Some(member) = member else {
            let close = if level.is_object { "}" } else { "]" };
            self.line(vec![if level.is_cut { "…" } else { close }.into()]);
            return true;
        };
        let is_shown = level.index > level.from;
        self.levels.push(level);
        if is_shown && !self.blocks.take(5) {
            self.line(vec![
                "… there is no room for more: close something above".into(),
            ]);
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

    /// What comes after the values that are open is not known yet.
    fn cut(&mut self) {
        self.is_cut = true;
        self.levels.iter_mut().for_each(|it| it.is_cut = true);
    }

    /// The next member of a value.
    fn member(&mut self, level: &mut Level) -> Option<Member> {
        if self.left == 0 && level.index < level.from {
            (self.is_cut, level.is_cut) = (true, true);
            self.cut();
            return None;
        }
        let mut pos = skip_blank(self.bytes(), level.pos);
        let mut key = None;
        if level.is_object {
            if self.bytes().get(pos) != Some(&b'"') {
                return None;
            }
            let end = self.end(pos)?;
            key = Some((pos, end));
            pos = skip_blank(self.bytes(), end);
            pos = skip_blank(
                self.bytes(),
                pos + usize::from(self.bytes().get(pos) == Some(&b':')),
            );
        }
        if matches!(
            self.bytes().get(pos),
            None | Some(b']' | b'}' | b',' | b':')
        ) {
            return None;
        }
        let end = self.end(pos);
        level.index += 1;
        if let Some(end) = end {
            level.pos = skip_blank(self.bytes(), end);
            level.pos += usize::from(self.bytes().get(level.pos) == Some(&b','));
            if level.index.is_multiple_of(PAGE) {
                let place = self.place(level.start);
                let mut pages = self.blocks.unfolded.ends.pages.borrow_mut();
                pages.retain(|it| it.0 != place);
                pages.push((place, level.index, level.pos));
            }
        }
        Some(Member {
            key,
            start: pos,
            end,
        })
    }

    /// Where a value ends, if that can be found out now.
    fn end(&mut self, at: usize) -> Option<usize> {
        let place = self.place(at);
        let mut values = self.blocks.unfolded.ends.values.borrow_mut();
        let known = values.iter().position(|it| it.0 == place);
        let (mut skip, from) = match known.and_then(|it| values.get(it)) {
            Some((_, _, end, true)) => return Some(*end),
            Some((_, skip, pos, false)) => (*skip, *pos),
            None => (Skip::default(), at),
        };
        // Of what can be read, half is left for what stands in it.
        let until = from + LONG.max(self.left / 2);
        let until = until.min(self.text.len());
        let (pos, stop) = skip.run(self.text.as_bytes().get(..until)?, from, false);
        self.left = self.left.saturating_sub(pos - from);
        let is_end = stop == Stop::Complete || pos >= self.text.len();
        if pos - at > LONG || !is_end {
            values.retain(|it| it.0 != place);
            values.push((place, skip, pos, is_end));
        }
        is_end.then_some(pos.max(at + 1))
    }

    /// The line of a value; if it is open, its members follow.
    fn value(&mut self, key: Option<(usize, usize)>, start: usize, end: Option<usize>) {
        let name = key.map(|(from, to)| {
            let text = self.text.get(from..to).unwrap_or_default();
            let inside = self.blocks.styled(text, false, self.hit_in(from, to));
            el("span", "key").children(inside).into()
        });
        let head: Vec<Node> = name.into_iter().chain(key.map(|_| ": ".into())).collect();
        let upto = end.unwrap_or(self.text.len());
        let text = self.text.get(start..upto).unwrap_or_default();
        let hit = self.hit_in(start, upto);
        match self.bytes().get(start) {
            Some(b'{' | b'[') => self.container(head, start, end, hit),
            Some(b'"') if text.len() > SHORT => {
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
            .attr("aria-label", "Members");
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
                start,
                is_object,
                index: 0,
                pos: start + 1,
                from,
                to,
                is_cut: false,
            };
            self.open(level, asked.is_none().then_some(hit).flatten());
        }
    }

    /// Goes into a value, to the members that are shown: those with the hit, if that is in it.
    fn open(&mut self, mut level: Level, hit: Option<Hit>) {
        let start = level.start;
        let place = self.place(start);
        let pages = self.blocks.unfolded.ends.pages.borrow();
        let page = pages.iter().find(|it| it.0 == place).copied();
        drop(pages);
        let is_before = |it: &(BlockId, usize, usize)| match hit {
            Some((at, _)) => it.2 <= start + at,
            None => it.1 <= level.from,
        };
        if let Some((_, index, pos)) = page.filter(is_before) {
            (level.index, level.pos) = (index, pos);
        }
        if let Some((at, _)) = hit {
            // The page that has it begins at the last full hundred before it.
            let mut next = level;
            next.from = usize::MAX;
            while let Some(member) = self.member(&mut next) {
                if member.end.is_none_or(|end| end > start + at) {
                    break;
                }
                if next.index.is_multiple_of(PAGE) {
                    (level.index, level.pos) = (next.index, next.pos);
                }
            }
            (level.from, level.to, level.is_cut) = (level.index, level.index + PAGE, next.is_cut);
        }
        self.levels.push(level);
        if level.from > 0 {
            let before = level.from.saturating_sub(PAGE);
            self.button("show those before", start, (before, level.from));
        }
    }

    /// What shows other members of a value.
    fn button(&mut self, name: &'static str, start: usize, shown: (usize, usize)) {
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
