//! Finds every value of a record in one pass: whoever reads the record then, as often as it likes,
//! scans nothing. Anything that is not plain JSON makes it give up, and the reading is done by the
//! lenient scan of [`Json`] instead.

#![expect(
    clippy::inline_always,
    reason = "measured: a sixth of the time that reading takes"
)]

use wide::u8x16;

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
    /// The bytes ran out first.
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
    /// A comma or the end.
    Comma,
}

/// The values of one record, an object or an array, in pre-order: a container, then what lies in
/// it; a key, then its value.
#[derive(Debug, Default)]
pub struct Index {
    nodes: Vec<Node>,
    /// The open containers around the innermost: their nodes, and whether they are objects.
    around: Vec<(u32, bool)>,
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
        if !opens || index.run(text.as_bytes(), start, false) != Indexed::Complete(end) {
            index.clear();
        }
        index
    }

    /// Knows of no values.
    pub fn clear(&mut self) {
        self.nodes.clear();
    }

    /// The record itself, which is all of `text` but the white space around it.
    pub fn json<'a>(&'a self, text: &'a str) -> Json<'a> {
        Json::indexed(text, &self.nodes)
    }

    /// Reads the record that begins at `start`, to its end.
    /// With `lines`, a newline between values is none of plain JSON.
    pub fn run(&mut self, bytes: &[u8], start: usize, lines: bool) -> Indexed {
        self.nodes.clear();
        self.around.clear();
        let mut pos = start;
        // The innermost open container, and whether it is an object.
        let mut open = (0, false);
        let mut expect = Expect::Value;
        loop {
            let byte = loop {
                match bytes.get(pos) {
                    None => return Indexed::MoreNeeded,
                    Some(b' ' | b'\t' | b'\r') => pos += 1,
                    Some(b'\n') if !lines => pos += 1,
                    Some(byte) => break *byte,
                }
            };
            let at = (pos - start) as u32;
            match (expect, byte) {
                (Expect::Key | Expect::KeyOrEnd, b'"') => {
                    pos = match self.string(bytes, pos, at) {
                        Ok(end) => end,
                        Err(stopped) => return stopped,
                    };
                    if bytes.get(pos) != Some(&b':') {
                        pos += blank(bytes.get(pos..).unwrap_or_default(), lines);
                        match bytes.get(pos) {
                            Some(b':') => {}
                            Some(_) => return Indexed::GaveUp,
                            None => return Indexed::MoreNeeded,
                        }
                    }
                    pos += 1;
                    expect = Expect::Value;
                }
                (Expect::Value | Expect::ValueOrEnd, b'"') => {
                    pos = match self.string(bytes, pos, at) {
                        Ok(end) => end,
                        Err(stopped) => return stopped,
                    };
                    expect = Expect::Comma;
                }
                (Expect::Value | Expect::ValueOrEnd, b'{' | b'[') => {
                    if self.nodes.len() >= Self::MOST {
                        return Indexed::GaveUp;
                    }
                    if !self.nodes.is_empty() {
                        self.around.push(open);
                    }
                    open = (self.nodes.len() as u32, byte == b'{');
                    self.add(at, at, false);
                    pos += 1;
                    expect = if byte == b'{' {
                        Expect::KeyOrEnd
                    } else {
                        Expect::ValueOrEnd
                    };
                }
                (Expect::Comma, b',') => {
                    if self.nodes.len() > Self::MOST {
                        return Indexed::GaveUp;
                    }
                    pos += 1;
                    expect = if open.1 { Expect::Key } else { Expect::Value };
                }
                (Expect::Comma | Expect::KeyOrEnd, b'}')
                | (Expect::Comma | Expect::ValueOrEnd, b']')
                    if open.1 == (byte == b'}') =>
                {
                    pos += 1;
                    self.close(open.0, at + 1);
                    match self.around.pop() {
                        Some(outer) => open = outer,
                        None => return Indexed::Complete(pos),
                    }
                    expect = Expect::Comma;
                }
                (_, b'\n' | b'}' | b']' | b':' | b',' | b'"' | b'{' | b'[') => {
                    return Indexed::GaveUp;
                }
                (Expect::Value | Expect::ValueOrEnd, _) => {
                    pos += bare(bytes.get(pos..).unwrap_or_default());
                    if pos >= bytes.len() {
                        return Indexed::MoreNeeded;
                    }
                    self.add(at, (pos - start) as u32, false);
                    expect = Expect::Comma;
                }
                _ => return Indexed::GaveUp,
            }
        }
    }

    #[inline(always)]
    fn add(&mut self, start: u32, end: u32, escaped: bool) {
        self.nodes.push(Node {
            start,
            end,
            size: 1,
            escaped,
        });
    }

    /// Adds the string whose quote is at `pos` of the bytes, `at` of the record. One past its end.
    #[inline(always)]
    fn string(&mut self, bytes: &[u8], pos: usize, at: u32) -> Result<usize, Indexed> {
        let (end, escaped) = string_end(bytes, pos + 1);
        match bytes.get(end) {
            Some(b'"') => {
                self.add(at, at + (end + 1 - pos) as u32, escaped);
                Ok(end + 1)
            }
            Some(_) => Err(Indexed::GaveUp),
            None => Err(Indexed::MoreNeeded),
        }
    }

    /// Closes a container.
    #[inline(always)]
    fn close(&mut self, at: u32, end: u32) {
        let count = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.end = end;
            node.size = count - at;
        }
    }
}

/// How many bytes are blank.
fn blank(bytes: &[u8], lines: bool) -> usize {
    let is_blank = |it: &u8| matches!(it, b' ' | b'\t' | b'\r') || (*it == b'\n' && !lines);
    bytes
        .iter()
        .position(|it| !is_blank(it))
        .unwrap_or(bytes.len())
}

/// Of 64 bytes, a bit each: which follow a backslash that is not itself escaped. Source: simdjson,
/// `json_escape_scanner`.
fn after_backslash(backslashes: u64, carried: &mut u64) -> u64 {
    const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
    let starts = backslashes & !*carried;
    let runs = ((starts << 1) | ODD).wrapping_sub(starts) ^ ODD;
    let escaped = runs ^ (backslashes | *carried);
    *carried = (runs & backslashes) >> 63;
    escaped
}

/// Where the quote stands that ends a string of which `pos` is inside, or a newline that should not
/// be there, or the end of the bytes; and whether there is a backslash before it.
fn string_end(bytes: &[u8], mut pos: usize) -> (usize, bool) {
    const QUOTE: u8x16 = u8x16::new([b'"'; 16]);
    const BACKSLASH: u8x16 = u8x16::new([b'\\'; 16]);
    const NEWLINE: u8x16 = u8x16::new([b'\n'; 16]);
    let mut escaped = false;
    // Most strings are short.
    if let Some(block) = bytes.get(pos..).and_then(|it| it.first_chunk()) {
        let block = u8x16::new(*block);
        let ends = block.cmp_eq(QUOTE) | block.cmp_eq(NEWLINE);
        let found = (ends | block.cmp_eq(BACKSLASH)).move_mask();
        if found == 0 {
            pos += 16;
        } else {
            let at = pos + found.trailing_zeros() as usize;
            if bytes.get(at) != Some(&b'\\') {
                return (at, false);
            }
        }
    }
    // Whether the next byte follows a backslash.
    let mut carried = 0;
    while let Some(block) = bytes.get(pos..).and_then(|it| it.first_chunk::<64>()) {
        let (mut ends, mut backslashes) = (0u64, 0u64);
        let (parts, _) = block.as_chunks::<16>();
        for (i, part) in parts.iter().enumerate() {
            let part = u8x16::new(*part);
            let end = part.cmp_eq(QUOTE) | part.cmp_eq(NEWLINE);
            ends |= u64::from(end.move_mask() as u32) << (16 * i);
            let backslash = part.cmp_eq(BACKSLASH);
            backslashes |= u64::from(backslash.move_mask() as u32) << (16 * i);
        }
        let after = after_backslash(backslashes, &mut carried);
        let end = (ends & !after).trailing_zeros();
        if end < 64 {
            escaped |= backslashes & ((1 << end) - 1) != 0;
            return (pos + end as usize, escaped);
        }
        escaped |= backslashes != 0;
        pos += 64;
    }
    pos += carried as usize;
    loop {
        match bytes.get(pos) {
            Some(b'\\') => {
                escaped = true;
                pos += 2;
            }
            Some(b'"' | b'\n') => return (pos, escaped),
            Some(_) => pos += 1,
            None => return (bytes.len(), escaped),
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
    fn a_part_of_a_record_needs_more() {
        for text in PLAIN {
            let mut index = Index::default();
            for cut in 0..text.len() {
                let part = text.as_bytes().get(..cut).unwrap_or_default();
                assert_eq!(
                    index.run(part, 0, true),
                    Indexed::MoreNeeded,
                    "{text} {cut}"
                );
            }
            let whole = index.run(text.as_bytes(), 0, true);
            assert_eq!(whole, Indexed::Complete(text.len()));
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
        assert_eq!(Index::default().run(lines, 0, true), Indexed::GaveUp);
        assert_eq!(Index::default().run(lines, 0, false), Indexed::Complete(8));
    }

    #[test]
    fn has_a_most() {
        let deep = "[".repeat(Index::MOST + 10);
        let wide = format!("[{}1]", "1,".repeat(Index::MOST + 10));
        for text in [deep, wide] {
            let mut index = Index::default();
            assert_eq!(index.run(text.as_bytes(), 0, false), Indexed::GaveUp);
            assert!(index.nodes.len() <= Index::MOST + 2);
        }
    }
}
