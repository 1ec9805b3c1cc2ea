//! Finds every value of a record in one pass: whoever reads the record then, as often as it likes,
//! scans nothing. Anything that is not plain JSON makes it give up, and the reading is done by the
//! lenient scan of [`Json`](super::Json) instead.

use memchr::memchr3;

use super::Json;

/// A value of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Its first byte, counted from the record's.
    pub(super) start: u32,
    /// One past its last byte.
    pub(super) end: u32,
    /// How many nodes it is with all that lies in it: the next value (or key) is so many further.
    pub(super) size: u32,
    /// Whether it is a string with a backslash in it.
    pub(super) escaped: bool,
}

/// What stopped a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indexed {
    /// The value is complete; the position is one past its last byte.
    Complete(usize),
    /// The bytes ran out first; go on with more.
    MoreNeeded,
    /// It is no plain JSON, or has more values than are worth the memory.
    GaveUp,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Value,
    /// A value or the end of the array.
    ValueOrEnd,
    Key,
    /// A key or the end of the object.
    KeyOrEnd,
    Colon,
    /// A comma or the end.
    Comma,
}

/// A token that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    None,
    String,
    /// A string, just after a backslash.
    Escape,
    /// A number or a literal.
    Bare,
}

/// The values of one record, an object or an array, in pre-order: a container, then what lies in
/// it; a key, then its value.
#[derive(Debug)]
pub struct Index {
    nodes: Vec<Node>,
    /// The open containers, by their nodes.
    open: Vec<u32>,
    expect: Expect,
    token: Token,
    in_object: bool,
}

impl Default for Index {
    fn default() -> Self {
        Index {
            nodes: Vec::new(),
            open: Vec::new(),
            expect: Expect::Value,
            token: Token::None,
            in_object: false,
        }
    }
}

impl Index {
    /// A record of more values is read without an index: this many take 16 MB.
    const MOST: usize = 1 << 20;

    /// The values of a whole text. Of what is no plain JSON, none.
    pub fn of(text: &str) -> Index {
        let mut index = Index::default();
        let start = text.len() - text.trim_start().len();
        let opens = text.get(start..).is_some_and(|it| it.starts_with(['{', '[']));
        let end = text.trim_end().len();
        let indexed = opens && index.run(text.as_bytes(), start, start, false) == Indexed::Complete(end);
        if !indexed {
            index.clear();
        }
        index
    }

    /// Begins a record.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.open.clear();
        self.expect = Expect::Value;
        self.token = Token::None;
        self.in_object = false;
    }

    /// The record itself, which is all of `text` but the white space around it.
    pub fn json<'a>(&'a self, text: &'a str) -> Json<'a> {
        Json::indexed(text, &self.nodes)
    }

    /// Reads on from `pos` to the end of the record that began at `start`.
    /// With `lines`, a newline between values is none of plain JSON.
    pub fn run(&mut self, bytes: &[u8], start: usize, mut pos: usize, lines: bool) -> Indexed {
        loop {
            match self.token {
                Token::None => {}
                Token::Bare => {
                    pos += bare(bytes.get(pos..).unwrap_or_default());
                    if pos >= bytes.len() {
                        return Indexed::MoreNeeded;
                    }
                    self.end_token(pos - start);
                }
                Token::String | Token::Escape => {
                    let Some(end) = self.string(bytes, pos) else {
                        return Indexed::MoreNeeded;
                    };
                    if bytes.get(end) != Some(&b'"') {
                        return Indexed::GaveUp;
                    }
                    pos = end + 1;
                    self.end_token(pos - start);
                }
            }
            let Some(&byte) = bytes.get(pos) else {
                return Indexed::MoreNeeded;
            };
            let at = (pos - start) as u32;
            let value = matches!(self.expect, Expect::Value | Expect::ValueOrEnd);
            match byte {
                b'"' if value || matches!(self.expect, Expect::Key | Expect::KeyOrEnd) => {
                    self.expect = if value { Expect::Comma } else { Expect::Colon };
                    self.add(at);
                    self.token = Token::String;
                }
                b':' if self.expect == Expect::Colon => self.expect = Expect::Value,
                b',' if self.expect == Expect::Comma => {
                    self.expect = if self.in_object { Expect::Key } else { Expect::Value };
                }
                b'{' | b'[' if value => {
                    self.in_object = byte == b'{';
                    self.expect = if self.in_object { Expect::KeyOrEnd } else { Expect::ValueOrEnd };
                    self.open.push(self.nodes.len() as u32);
                    self.add(at);
                }
                b'}' if self.in_object && matches!(self.expect, Expect::KeyOrEnd | Expect::Comma) => {
                    if self.close(at + 1, bytes, start) {
                        return Indexed::Complete(pos + 1);
                    }
                }
                b']' if !self.in_object && matches!(self.expect, Expect::ValueOrEnd | Expect::Comma) => {
                    if self.close(at + 1, bytes, start) {
                        return Indexed::Complete(pos + 1);
                    }
                }
                b' ' | b'\t' | b'\r' => {}
                b'\n' if !lines => {}
                b'\n' | b'}' | b']' | b':' | b',' | b'"' => return Indexed::GaveUp,
                _ if value => {
                    self.expect = Expect::Comma;
                    self.add(at);
                    self.token = Token::Bare;
                }
                _ => return Indexed::GaveUp,
            }
            if self.nodes.len() > Self::MOST {
                return Indexed::GaveUp;
            }
            pos += 1;
        }
    }

    fn add(&mut self, start: u32) {
        self.nodes.push(Node {
            start,
            end: start,
            size: 1,
            escaped: false,
        });
    }

    fn end_token(&mut self, end: usize) {
        self.token = Token::None;
        if let Some(node) = self.nodes.last_mut() {
            node.end = end as u32;
        }
    }

    /// Closes the innermost container. Whether that was the record.
    fn close(&mut self, end: u32, bytes: &[u8], start: usize) -> bool {
        let count = self.nodes.len() as u32;
        if let Some(at) = self.open.pop()
            && let Some(node) = self.nodes.get_mut(at as usize)
        {
            node.end = end;
            node.size = count - at;
        }
        self.expect = Expect::Comma;
        let outer = self.open.last().and_then(|it| self.nodes.get(*it as usize));
        let first = outer.and_then(|it| bytes.get(start + it.start as usize));
        self.in_object = first == Some(&b'{');
        self.open.is_empty()
    }

    /// The quote that ends a string, or a newline that should not be there, from `pos` on.
    fn string(&mut self, bytes: &[u8], mut pos: usize) -> Option<usize> {
        if self.token == Token::Escape && pos < bytes.len() {
            self.token = Token::String;
            pos += 1;
        }
        loop {
            let at = pos + memchr3(b'"', b'\\', b'\n', bytes.get(pos..)?)?;
            if bytes.get(at) != Some(&b'\\') {
                return Some(at);
            }
            if let Some(node) = self.nodes.last_mut() {
                node.escaped = true;
            }
            pos = at + 2;
            if pos > bytes.len() {
                self.token = Token::Escape;
                return None;
            }
        }
    }
}

/// How many bytes a number or a literal goes on.
fn bare(bytes: &[u8]) -> usize {
    let ends = |it: &u8| {
        matches!(
            it,
            b',' | b':' | b'}' | b']' | b'{' | b'[' | b'"' | b' ' | b'\t' | b'\r' | b'\n'
        )
    };
    bytes.iter().position(ends).unwrap_or(bytes.len())
}
