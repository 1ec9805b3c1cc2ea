//! Strings of JSON: what they say, and where in them it stands.

use std::borrow::Cow;

use memchr::memchr;

use super::Json;

/// Decodes the inside of a JSON string.
pub fn unescape(inner: &str) -> Cow<'_, str> {
    decode(inner, None)
}

/// Where in a string of the file the characters stand that it decodes to: after each escape, how
/// many bytes are decoded, and of how many.
#[derive(Clone, Debug, Default)]
pub struct Escapes(Vec<(u32, u32)>);

impl Escapes {
    /// Decodes a string. `None` if the value is none.
    pub fn decode(json: Json<'_>) -> Option<(Cow<'_, str>, Escapes)> {
        let mut escapes = Escapes::default();
        let decoded = decode(json.inner()?, Some(&mut escapes));
        Some((decoded, escapes))
    }

    /// Where between the quotes the byte at `pos` of the decoded text comes from.
    pub fn origin(&self, pos: u32) -> u32 {
        let next = self.0.partition_point(|it| it.0 <= pos);
        let last = next.checked_sub(1).and_then(|it| self.0.get(it));
        let (decoded, raw) = last.copied().unwrap_or_default();
        raw + (pos - decoded)
    }
}

fn decode<'a>(inner: &'a str, mut escapes: Option<&mut Escapes>) -> Cow<'a, str> {
    let Some(first) = memchr(b'\\', inner.as_bytes()) else {
        return Cow::Borrowed(inner);
    };
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    let mut next = Some(first);
    while let Some(at) = next {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let (stands_for, used) = match tail.as_bytes().get(1) {
            Some(b'n') => ("\n", 2),
            Some(b'"') => ("\"", 2),
            Some(b'\\') => ("\\", 2),
            Some(b't') => ("\t", 2),
            Some(b'r') => ("\r", 2),
            Some(b'b') => ("\u{8}", 2),
            Some(b'f') => ("\u{c}", 2),
            Some(b'u') => {
                let (decoded, used) = unicode(tail.get(2..).unwrap_or_default());
                out.push(decoded);
                ("", 2 + used)
            }
            // The backslash says nothing; what follows stands for itself.
            _ => ("", 1),
        };
        out.push_str(stands_for);
        rest = tail.get(used..).unwrap_or_default();
        if let Some(escapes) = &mut escapes {
            let raw = inner.len() - rest.len();
            escapes.0.push((out.len() as u32, raw as u32));
        }
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
    fn decodes_surrogates() {
        assert_eq!(unescape(r"\ud83d\ude00"), "😀");
        assert_eq!(unescape(r"a\ud83d"), "a\u{fffd}");
        assert_eq!(unescape(r"\ud83dx"), "\u{fffd}x");
        assert_eq!(unescape(r"\ude00\ud83d\ude00"), "\u{fffd}😀");
        assert_eq!(unescape(r"\u00"), "\u{fffd}00");
        assert_eq!(unescape("x\\"), "x");
    }

    #[test]
    fn decoded_characters_are_found_again() {
        let json = Json::new(r#""{\"a\": \"\ud83d\ude00 é\\n\"}""#);
        let (decoded, escapes) = Escapes::decode(json).unwrap();
        assert_eq!(decoded, "{\"a\": \"😀 é\\n\"}");
        let raw = json.inner().unwrap();
        for (part, stands_as) in [
            ("{", "{"),
            ("a", "a"),
            ("\"😀 é\\n\"", r#"\"\ud83d\ude00 é\\n\""#),
        ] {
            let start = decoded.find(part).unwrap() as u32;
            let end = start + part.len() as u32;
            let range = escapes.origin(start) as usize..escapes.origin(end) as usize;
            assert_eq!(&raw[range], stands_as);
        }
    }
}
