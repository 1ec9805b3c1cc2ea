//! Finds every value of a record in one pass: whoever reads the record then, as often as it likes,
//! scans nothing. Anything that is not plain JSON makes it give up, and the reading is done by the
//! lenient scan of [`Json`] instead.

#![expect(
    clippy::inline_always,
    reason = "measured: a sixth of the time that reading takes"
)]

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
    /// The open containers around the innermost: their nodes, and whether they are objects.
    around: Vec<(u32, bool)>,
    /// The innermost open container.
    open: (u32, bool),
    expect: Expect,
    token: Token,
}

impl Default for Index {
    fn default() -> Self {
        Index {
            nodes: Vec::new(),
            around: Vec::new(),
            open: (0, false),
            expect: Expect::Value,
            token: Token::None,
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
        let opens = text
            .as_bytes()
            .get(start)
            .is_some_and(|it| matches!(it, b'{' | b'['));
        let end = text.trim_end().len();
        if !opens || index.run(text.as_bytes(), start, start, false) != Indexed::Complete(end) {
            index.clear();
        }
        index
    }

    /// Begins a record.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.around.clear();
        self.expect = Expect::Value;
        self.token = Token::None;
    }

    /// The record itself, which is all of `text` but the white space around it.
    pub fn json<'a>(&'a self, text: &'a str) -> Json<'a> {
        Json::indexed(text, &self.nodes)
    }

    /// Reads on from `pos` to the end of the record that began at `start`.
    /// With `lines`, a newline between values is none of plain JSON.
    pub fn run(&mut self, bytes: &[u8], start: usize, mut pos: usize, lines: bool) -> Indexed {
        let mut expect = self.expect;
        loop {
            match self.token {
                Token::None => {}
                Token::Bare => {
                    pos += bare(bytes.get(pos..).unwrap_or_default());
                    if pos >= bytes.len() {
                        self.expect = expect;
                        return Indexed::MoreNeeded;
                    }
                    self.end_token(pos - start);
                }
                Token::String | Token::Escape => {
                    let Some(end) = self.string(bytes, pos) else {
                        self.expect = expect;
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
                self.expect = expect;
                return Indexed::MoreNeeded;
            };
            let at = (pos - start) as u32;
            expect = match (byte, expect) {
                (b'"', Expect::Key | Expect::KeyOrEnd) => {
                    self.begin(at, Token::String);
                    Expect::Colon
                }
                (b':', Expect::Colon) => Expect::Value,
                (b'"', Expect::Value | Expect::ValueOrEnd) => {
                    self.begin(at, Token::String);
                    Expect::Comma
                }
                (b',', Expect::Comma) if self.nodes.len() > Self::MOST => return Indexed::GaveUp,
                (b',', Expect::Comma) if self.open.1 => Expect::Key,
                (b',', Expect::Comma) => Expect::Value,
                (b'{' | b'[', Expect::Value | Expect::ValueOrEnd)
                    if self.nodes.len() < Self::MOST =>
                {
                    if !self.nodes.is_empty() {
                        self.around.push(self.open);
                    }
                    self.open = (self.nodes.len() as u32, byte == b'{');
                    self.begin(at, Token::None);
                    if byte == b'{' {
                        Expect::KeyOrEnd
                    } else {
                        Expect::ValueOrEnd
                    }
                }
                (b'}', Expect::KeyOrEnd | Expect::Comma) if self.open.1 => {
                    if self.close(at + 1) {
                        return Indexed::Complete(pos + 1);
                    }
                    Expect::Comma
                }
                (b']', Expect::ValueOrEnd | Expect::Comma) if !self.open.1 => {
                    if self.close(at + 1) {
                        return Indexed::Complete(pos + 1);
                    }
                    Expect::Comma
                }
                (b' ' | b'\t' | b'\r', _) => expect,
                (b'\n', _) if !lines => expect,
                (b'\n' | b'}' | b']' | b':' | b',' | b'"' | b'{' | b'[', _) => {
                    return Indexed::GaveUp;
                }
                (_, Expect::Value | Expect::ValueOrEnd) => {
                    self.begin(at, Token::Bare);
                    Expect::Comma
                }
                _ => return Indexed::GaveUp,
            };
            pos += 1;
        }
    }

    #[inline(always)]
    fn begin(&mut self, start: u32, token: Token) {
        self.nodes.push(Node {
            start,
            end: start,
            size: 1,
            escaped: false,
        });
        self.token = token;
    }

    #[inline(always)]
    fn end_token(&mut self, end: usize) {
        self.token = Token::None;
        if let Some(node) = self.nodes.last_mut() {
            node.end = end as u32;
        }
    }

    /// Closes the innermost container. Whether that was the record.
    fn close(&mut self, end: u32) -> bool {
        let count = self.nodes.len() as u32;
        let at = self.open.0;
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.end = end;
            node.size = count - at;
        }
        match self.around.pop() {
            Some(outer) => self.open = outer,
            None => return true,
        }
        false
    }

    /// The quote that ends a string, or a newline that should not be there, from `pos` on.
    fn string(&mut self, bytes: &[u8], mut pos: usize) -> Option<usize> {
        if self.token == Token::Escape && pos < bytes.len() {
            self.token = Token::String;
            pos += 1;
        }
        loop {
            let at = special(bytes, pos)?;
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

/// The next quote, backslash or newline. Most strings are short, and most stretches between two
/// escapes: the first bytes are looked at right here, eight at a time; `memchr` does the rest.
fn special(bytes: &[u8], mut pos: usize) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    // The high bit of the bytes that are `byte`; above the first that is, also of some that are not.
    let find = |word: u64, byte: u8| {
        let differs = word ^ (ONES * u64::from(byte));
        differs.wrapping_sub(ONES) & !differs & HIGH
    };
    for _ in 0..4 {
        let Some(word) = bytes.get(pos..).and_then(|it| it.first_chunk()) else {
            break;
        };
        let word = u64::from_le_bytes(*word);
        let found = find(word, b'"') | find(word, b'\\') | find(word, b'\n');
        if found != 0 {
            return Some(pos + found.trailing_zeros() as usize / 8);
        }
        pos += 8;
    }
    memchr3(b'"', b'\\', b'\n', bytes.get(pos..)?).map(|it| pos + it)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    /// All that can be asked of a value, written down.
    fn dump(json: Json<'_>, out: &mut String) {
        out.push_str(json.text());
        out.push_str(&json.str().unwrap_or_default());
        for (key, value) in json.members() {
            out.push_str(&key);
            assert!(json.get(&key).is_some());
            dump(value, out);
        }
        for item in json.items() {
            dump(item, out);
        }
    }

    fn dumped(json: Json<'_>) -> String {
        let mut out = String::new();
        dump(json, &mut out);
        out
    }

    const PLAIN: &[&str] = &[
        r#"{"a":[1,{"b":"x\"]}"}],"c":"\\"}"#,
        r#"[ "\\\"" , [ [ ] ] , { } , null, true ,-12.5e3 ]"#,
        r#"{"long": "a string of more than forty bytes, with \n one escape and \u00e9 another", "é": "ü"}"#,
        r#"{"twice":1,"twice":2,"empty":"","nested":{"a":{"b":{"c":[{}]}}}}"#,
        r#"["0123456","01234567","012345678","\\","01234567\"","01234567890123456789012345678901234567890"]"#,
    ];

    #[test]
    fn finds_what_the_lenient_reader_finds() {
        for text in PLAIN {
            let index = Index::of(text);
            assert!(!index.nodes.is_empty(), "{text}");
            assert_eq!(dumped(index.json(text)), dumped(Json::new(text)), "{text}");
        }
    }

    #[test]
    fn can_be_interrupted_anywhere() {
        for text in PLAIN {
            let (bytes, whole) = (text.as_bytes(), Index::of(text));
            for cut in 0..bytes.len() {
                let mut index = Index::default();
                let first = bytes.get(..cut).unwrap_or_default();
                assert_eq!(
                    index.run(first, 0, 0, true),
                    Indexed::MoreNeeded,
                    "{text} {cut}"
                );
                assert_eq!(
                    index.run(bytes, 0, cut, true),
                    Indexed::Complete(bytes.len())
                );
                assert_eq!(index.nodes, whole.nodes, "{text} cut at {cut}");
            }
        }
    }

    #[test]
    fn leaves_what_is_no_plain_json_to_the_lenient_reader() {
        for odd in [
            "{",
            "{]}",
            "[}",
            "[,]",
            "[1,]",
            "[1 2]",
            "{a:1}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "[\"raw\nnewline\"]",
            "[1]]",
            "[1] 2",
            "1",
            "\"x\"",
            "",
            "{1:2}",
        ] {
            let index = Index::of(odd);
            assert!(index.nodes.is_empty(), "{odd}");
            assert_eq!(dumped(index.json(odd)), dumped(Json::new(odd)), "{odd}");
            assert_eq!(
                Index::of(odd).json(odd).kind() == Kind::Other,
                odd.is_empty()
            );
        }
        let lines = b"{\"a\":\n1}";
        assert_eq!(Index::default().run(lines, 0, 0, true), Indexed::GaveUp);
        assert_eq!(
            Index::default().run(lines, 0, 0, false),
            Indexed::Complete(8)
        );
    }

    #[test]
    fn has_a_most() {
        let deep = "[".repeat(Index::MOST + 10);
        let wide = format!("[{}1]", "1,".repeat(Index::MOST + 10));
        for text in [deep, wide] {
            let mut index = Index::default();
            assert_eq!(index.run(text.as_bytes(), 0, 0, false), Indexed::GaveUp);
            assert!(index.nodes.len() <= Index::MOST + 2);
        }
    }
}
