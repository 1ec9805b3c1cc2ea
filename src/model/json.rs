//! A JSON value as it stands in the source, read only where it is asked.
//!
//! Nothing here can fail: a field of another type than expected is `None`, a value that is cut off
//! ends where the text ends, a duplicate key is simply met twice. That is what lets one strange
//! field cost one field and not the record. Nothing recurses, so no nesting is too deep.

#![expect(
    clippy::inline_always,
    reason = "measured: a sixth of the time that reading takes"
)]

use std::borrow::Cow;

use super::escapes::unescape;
use super::index::Node;
use super::scan::{skip_blank, value_end};

/// A value, borrowed from the text it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<'a> {
    text: &'a str,
    /// Itself and what lies in it, where that is known; else the text is scanned.
    nodes: &'a [Node],
}

/// What a value is, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// A number, in JSON's spelling or not.
    Number,
    /// `true` or `false`
    Bool,
    /// `null`
    Null,
    /// Nothing, or something that is no JSON (`NaN`, `undefined`).
    Other,
}

impl<'a> Json<'a> {
    /// The value in `text`, without the white space (and byte order mark) around it.
    pub fn new(text: &'a str) -> Self {
        Json {
            text: text.trim_start_matches('\u{feff}').trim(),
            nodes: &[],
        }
    }

    /// The same, with what an [`Index`](super::Index) found in it.
    pub(super) fn indexed(text: &'a str, nodes: &'a [Node]) -> Self {
        Json {
            nodes,
            ..Json::new(text)
        }
    }

    /// Whether what lies in it is known: then it is plain JSON to its end.
    pub fn is_indexed(self) -> bool {
        !self.nodes.is_empty()
    }

    /// The value's own text.
    pub fn text(self) -> &'a str {
        self.text
    }

    /// Where in the text the value ends: before its end where more follows that belongs to no value.
    pub fn value_end(self) -> usize {
        match self.nodes {
            [] => value_end(self.text.as_bytes(), 0),
            _ => self.text.len(),
        }
    }

    /// What kind of value this is.
    pub fn kind(self) -> Kind {
        match self.text.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b'-' | b'0'..=b'9') if self.text != "-Infinity" => Kind::Number,
            Some(b't' | b'f') if self.bool().is_some() => Kind::Bool,
            Some(b'n') if self.text == "null" => Kind::Null,
            _ => Kind::Other,
        }
    }

    /// Whether there is a value that says something: not absent and not `null`.
    pub fn is_some(self) -> bool {
        !self.text.is_empty() && self.text != "null"
    }

    /// The members of an object, in the order of the file; nothing for any other value.
    pub fn members(self) -> Members<'a> {
        Members(Walk::into(self, b'{'))
    }

    /// The same with the keys as they stand.
    pub fn pairs(self) -> Pairs<'a> {
        Pairs(Walk::into(self, b'{'))
    }

    /// The items of an array; nothing for any other value.
    pub fn items(self) -> Items<'a> {
        Items(Walk::into(self, b'['))
    }

    /// The member `key` of an object: the last one where it is there twice, as `JSON.parse` has it.
    pub fn get(self, key: &str) -> Option<Json<'a>> {
        let mut found = None;
        let mut walk = Walk::into(self, b'{');
        while let Some((name, value)) = walk.member() {
            if name.is(key) {
                found = Some(value);
            }
        }
        found
    }

    /// The members of these keys, as [`get`](Self::get) finds them, in one walk. Keys in the order
    /// that writers use are the fastest.
    pub fn pick<const N: usize>(self, keys: [&str; N]) -> [Option<Json<'a>>; N] {
        let mut found = [None; N];
        self.pick_into(&keys, &mut found);
        found
    }

    fn pick_into(self, keys: &[&str], found: &mut [Option<Json<'a>>]) {
        let mut walk = Walk::into(self, b'{');
        let mut next = 0;
        while let Some((name, value)) = walk.member() {
            let Some(name) = name.str() else { continue };
            for _ in keys {
                let at = next;
                next = if at + 1 < keys.len() { at + 1 } else { 0 };
                if keys.get(at).is_some_and(|it| **it == *name) {
                    let it = found.get_mut(at).into_iter();
                    it.for_each(|it| *it = Some(value));
                    break;
                }
            }
        }
    }

    /// The first of these members that is there and says something.
    pub fn first(self, keys: &[&str]) -> Option<Json<'a>> {
        let found = keys.iter().filter_map(|it| self.get(it));
        found.into_iter().find(|it| it.is_some())
    }

    /// The value at the end of a path of keys.
    pub fn path(self, keys: &[&str]) -> Option<Json<'a>> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The text of a string, decoded. A lone surrogate becomes U+FFFD, as a browser shows it.
    pub fn str(self) -> Option<Cow<'a, str>> {
        let inner = self.inner()?;
        match self.nodes {
            [node, ..] if !node.escaped => Some(Cow::Borrowed(inner)),
            _ => Some(unescape(inner)),
        }
    }

    /// Whether this is the string `word`, which has nothing to escape.
    #[inline(always)]
    pub fn is(self, word: &str) -> bool {
        match (self.inner(), self.nodes) {
            (None, _) => false,
            (Some(inner), [node, ..]) if !node.escaped => inner == word,
            (Some(inner), _) => inner == word || unescape(inner) == word,
        }
    }

    /// What stands between the quotes of a string.
    #[inline(always)]
    pub(super) fn inner(self) -> Option<&'a str> {
        match self.text.as_bytes() {
            [b'"', .., b'"'] => self.text.get(1..self.text.len() - 1),
            [b'"', ..] => self.text.get(1..),
            _ => None,
        }
    }

    /// An unsigned number, also one written as a string (`"12"`), as 64-bit values often are.
    pub fn u64(self) -> Option<u64> {
        self.digits().parse().ok()
    }

    /// A whole number, also one written as a string.
    pub fn i64(self) -> Option<i64> {
        self.digits().parse().ok()
    }

    /// A finite number, also one written as a string.
    pub fn f64(self) -> Option<f64> {
        super::decimal::parse(self.digits()).filter(|it| it.is_finite())
    }

    /// `true` or `false`.
    pub fn bool(self) -> Option<bool> {
        match self.text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    fn digits(self) -> &'a str {
        self.inner().map_or(self.text, str::trim)
    }
}

/// The members of an object.
#[derive(Clone)]
pub struct Members<'a>(Walk<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.0.member()?;
        let key = key.str()?;
        Some((key, value))
    }
}

/// The members of an object, with their keys as they stand.
#[derive(Clone)]
pub struct Pairs<'a>(Walk<'a>);

impl<'a> Iterator for Pairs<'a> {
    type Item = (Json<'a>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.member()
    }
}

/// The items of an array.
#[derive(Clone)]
pub struct Items<'a>(Walk<'a>);

impl<'a> Iterator for Items<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        if let Some(value) = self.0.known() {
            return Some(value);
        }
        let value = self.0.value(b']')?;
        self.0.comma(b']');
        Some(value)
    }
}

/// A position inside a container.
#[derive(Clone)]
struct Walk<'a> {
    text: &'a str,
    pos: usize,
    /// What lies ahead, where that is known. Their starts count from `base` on.
    nodes: &'a [Node],
    base: u32,
}

impl<'a> Walk<'a> {
    fn into(json: Json<'a>, open: u8) -> Self {
        let is_it = json.text.as_bytes().first() == Some(&open);
        let (base, nodes) = match json.nodes {
            [own, inside @ ..] if is_it => (own.start, inside),
            _ => (0, &[][..]),
        };
        // Where the values are known, the text is not walked; a container that has none is at its end.
        let pos = if is_it && json.nodes.is_empty() {
            1
        } else {
            json.text.len()
        };
        Walk {
            text: json.text,
            pos,
            nodes,
            base,
        }
    }

    /// The next key and value of an object.
    #[inline(always)]
    fn member(&mut self) -> Option<(Json<'a>, Json<'a>)> {
        if !self.nodes.is_empty() {
            return Some((self.known()?, self.known()?));
        }
        let key = self.value(b'}')?;
        key.inner()?;
        self.punctuation(b':')?;
        let value = self.value(b'}')?;
        self.comma(b'}');
        Some((key, value))
    }

    /// The next of the values that are known.
    #[inline(always)]
    fn known(&mut self) -> Option<Json<'a>> {
        let node = *self.nodes.first()?;
        let (nodes, rest) = self.nodes.split_at_checked(node.size as usize)?;
        self.nodes = rest;
        let at = (node.start - self.base) as usize..(node.end - self.base) as usize;
        self.text.get(at).map(|text| Json { text, nodes })
    }

    /// The next value, unless the container (closed by `close`) ends here.
    fn value(&mut self, close: u8) -> Option<Json<'a>> {
        let bytes = self.text.as_bytes();
        let start = skip_blank(bytes, self.pos);
        if start >= bytes.len() || bytes.get(start) == Some(&close) {
            return None;
        }
        let end = value_end(bytes, start);
        self.pos = end;
        // A value of no length is a stray `,` or `:`; the container is not JSON from here on.
        let text = self.text.get(start..end).filter(|it| !it.is_empty())?;
        Some(Json { text, nodes: &[] })
    }

    fn punctuation(&mut self, byte: u8) -> Option<()> {
        let at = skip_blank(self.text.as_bytes(), self.pos);
        (self.text.as_bytes().get(at) == Some(&byte)).then(|| self.pos = at + 1)
    }

    fn comma(&mut self, close: u8) {
        if self.punctuation(b',').is_none() && self.punctuation(close).is_some() {
            self.pos = self.text.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there_and_survives_what_is_not() {
        let json = Json::new("\u{feff} {\"a\": 1, \"b\":[true, null,\"x\\ny\"], \"a\":\"2\" }\n");
        assert_eq!(json.get("a").and_then(Json::u64), Some(2));
        let items: Vec<_> = json.get("b").unwrap().items().collect();
        assert_eq!(items.len(), 3);
        assert_eq!(items[2].str().unwrap(), "x\ny");
        for odd in [
            "{",
            "{\"a\"",
            "{\"a\":",
            "[,]",
            "{a:1}",
            "[1 2",
            "{\"a\":NaN}",
            "\"",
            "{]}",
            "[}",
        ] {
            let json = Json::new(odd);
            assert!(json.members().count() <= 1);
            assert!(json.items().count() <= 2);
            let _ = (json.kind(), json.str(), json.f64());
        }
    }

    #[test]
    fn numbers_are_strict_where_it_matters() {
        assert_eq!(
            Json::new("1795449609759928015").i64(),
            Some(1_795_449_609_759_928_015)
        );
        assert_eq!(Json::new("\"17\"").u64(), Some(17));
        assert_eq!(Json::new("NaN").f64(), None);
        assert_eq!(Json::new("1e999").f64(), None);
        assert_eq!(Json::new("-3").u64(), None);
    }

    #[test]
    fn nesting_a_hundred_thousand_deep_is_no_trouble() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let json = Json::new(&deep);
        assert_eq!(json.items().count(), 1);
    }
}
