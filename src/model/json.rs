//! A JSON value as it stands in the source, read only where it is asked.
//!
//! Nothing here can fail: a field of another type than expected is `None`, a value that is cut off
//! ends where the text ends, a duplicate key is simply met twice. That is what lets one strange
//! field cost one field and not the record. Nothing recurses, so no nesting is too deep.

use std::borrow::Cow;

use memchr::memchr;

use super::scan::{skip_blank, value_end};

/// A value, borrowed from the text it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

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
        Json(text.trim_start_matches('\u{feff}').trim())
    }

    /// The value's own text.
    pub fn text(self) -> &'a str {
        self.0
    }

    /// What kind of value this is.
    pub fn kind(self) -> Kind {
        match self.0.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b'-' | b'0'..=b'9') if self.0 != "-Infinity" => Kind::Number,
            Some(b't' | b'f') if self.bool().is_some() => Kind::Bool,
            Some(b'n') if self.0 == "null" => Kind::Null,
            _ => Kind::Other,
        }
    }

    /// Whether there is a value that says something: not absent and not `null`.
    pub fn is_some(self) -> bool {
        !self.0.is_empty() && self.0 != "null"
    }

    /// The members of an object, in the order of the file; nothing for any other value.
    pub fn members(self) -> Members<'a> {
        Members(Walk::into(self.0, b'{'))
    }

    /// The items of an array; nothing for any other value.
    pub fn items(self) -> Items<'a> {
        Items(Walk::into(self.0, b'['))
    }

    /// The member `key` of an object: the last one where it is there twice, as `JSON.parse` has it.
    pub fn get(self, key: &str) -> Option<Json<'a>> {
        self.members()
            .filter(|(it, _)| it == key)
            .map(|(_, value)| value)
            .last()
    }

    /// The value at the end of a path of keys.
    pub fn path(self, keys: &[&str]) -> Option<Json<'a>> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The text of a string, decoded. A lone surrogate becomes U+FFFD, as a browser shows it.
    pub fn str(self) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix('"')?;
        let inner = inner.strip_suffix('"').unwrap_or(inner);
        Some(unescape(inner))
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
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    fn digits(self) -> &'a str {
        match self.0.strip_prefix('"') {
            Some(inner) => inner.strip_suffix('"').unwrap_or(inner).trim(),
            None => self.0,
        }
    }
}

/// The members of an object.
#[derive(Clone)]
pub struct Members<'a>(Walk<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.0.value(b'}')?.str()?;
        self.0.punctuation(b':')?;
        let value = self.0.value(b'}')?;
        self.0.comma(b'}');
        Some((key, value))
    }
}

/// The items of an array.
#[derive(Clone)]
pub struct Items<'a>(Walk<'a>);

impl<'a> Iterator for Items<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
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
}

impl<'a> Walk<'a> {
    fn into(text: &'a str, open: u8) -> Self {
        let pos = if text.as_bytes().first() == Some(&open) {
            1
        } else {
            text.len()
        };
        Walk { text, pos }
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
        (end > start)
            .then(|| self.text.get(start..end).map(Json))
            .flatten()
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

/// Decodes the inside of a JSON string.
pub fn unescape(inner: &str) -> Cow<'_, str> {
    let Some(first) = memchr(b'\\', inner.as_bytes()) else {
        return Cow::Borrowed(inner);
    };
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    let mut next = Some(first);
    while let Some(at) = next {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let mut chars = tail.chars();
        chars.next();
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let (decoded, used) = unicode(chars.as_str());
                out.push(decoded);
                chars = chars.as_str().get(used..).unwrap_or_default().chars();
            }
            Some(other) => out.push(other),
            None => {}
        }
        rest = chars.as_str();
        next = memchr(b'\\', rest.as_bytes());
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character after `\u`, and how many bytes of `rest` it took.
fn unicode(rest: &str) -> (char, usize) {
    let unit = |from: usize| {
        rest.get(from..from + 4)
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
    };
    let Some(high) = unit(0) else {
        return (char::REPLACEMENT_CHARACTER, 0);
    };
    if let Some(decoded) = char::from_u32(high) {
        return (decoded, 4);
    }
    let low = rest
        .get(4..6)
        .filter(|it| *it == "\\u")
        .and_then(|_| unit(6));
    match low {
        Some(low @ 0xDC00..=0xDFFF) if high < 0xDC00 => {
            let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
            (
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
                10,
            )
        }
        _ => (char::REPLACEMENT_CHARACTER, 4),
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
    fn decodes_surrogates() {
        assert_eq!(unescape(r"\ud83d\ude00"), "😀");
        assert_eq!(unescape(r"a\ud83d"), "a\u{fffd}");
        assert_eq!(unescape(r"\ud83dx"), "\u{fffd}x");
        assert_eq!(unescape(r"\ude00\ud83d\ude00"), "\u{fffd}😀");
        assert_eq!(unescape(r"\u00"), "\u{fffd}00");
        assert_eq!(unescape("x\\"), "x");
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
