//! JSON with the long strings in it cut short, so that reading it takes no longer than looking at it.

use std::borrow::Cow;
use std::ops::Range;

use super::unwrap;
use crate::model::{Json, unescape, value_end};
use memchr::memchr;

/// A slice of the source of which strings longer than `most` bytes have only their beginning, and
/// how long they are.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    // In a string there is no structure to keep: it is opened.
    let opened = unwrap(Json::new(text));
    let text = opened.as_ref();
    if !text.starts_with(['{', '[', '"']) {
        /// A stream of events is no JSON either, and no part of it can be left out.
        const TEXT: usize = 1 << 20;
        return match text.len() {
            0..=TEXT => opened,
            len => {
                let cut = whole(text, most);
                let kept = text.get(..cut).unwrap_or_default();
                Cow::Owned([kept, "… (", &(len - cut).to_string(), " bytes more)"].concat())
            }
        };
    }
    let bytes = text.as_bytes();
    let mut out = String::new();
    let (mut from, mut at) = (0, 0);
    while let Some(quote) = bytes.get(at..).and_then(|it| memchr(b'"', it)) {
        let start = at + quote;
        at = value_end(bytes, start);
        if at - start > most {
            let cut = whole(text, start + most);
            out.push_str(text.get(from..cut).unwrap_or_default());
            out.push_str("… (");
            out.push_str(&(at - cut).to_string());
            out.push_str(" bytes more)\"");
            from = at;
        }
    }
    if from == 0 {
        return opened;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(out)
}

/// The smallest part of a text that has these bytes and no part of a character.
pub fn around_chars(text: &str, bytes: Range<usize>) -> Range<usize> {
    let is_whole = |at: &usize| text.is_char_boundary(*at);
    let start = (0..=bytes.start.min(text.len())).rev().find(is_whole);
    let start = start.unwrap_or(0);
    let end = (bytes.end.max(start)..text.len()).find(is_whole);
    start..end.unwrap_or(text.len())
}

/// The last place at `at` or before it where the inside of a JSON string can be cut: between two
/// characters, and in no escape.
pub fn whole(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let bytes = text.as_bytes();
    // An escape that goes on after this began at most eleven bytes before: `\ud83d\ude00`.
    for from in at.saturating_sub(11)..at {
        let before = bytes.get(..from).unwrap_or_default();
        let slashes = before.iter().rev().take_while(|it| **it == b'\\').count();
        if bytes.get(from) != Some(&b'\\') || slashes % 2 == 1 {
            continue;
        }
        let rest = text.get(from..).unwrap_or_default();
        let is_pair = rest.get(1..2) == Some("u") && rest.get(6..8) == Some("\\u");
        let len = match rest.as_bytes().get(1) {
            Some(b'u')
                if is_pair && unescape(rest.get(..12).unwrap_or_default()).chars().count() == 1 =>
            {
                12
            }
            Some(b'u') => 6,
            _ => 2,
        };
        if from + len > at && from + len <= text.len() {
            return from;
        }
    }
    at
}

/// The string that a slice of the source is, without its quotes and with its escapes; `None` for
/// anything else.
pub fn string_in(text: &str) -> Option<&str> {
    let json = Json::new(text);
    let json = super::otel::string(json).unwrap_or(json);
    let inner = json.text().strip_prefix('"')?;
    Some(inner.strip_suffix('"').unwrap_or(inner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::{Part, messages};

    #[test]
    fn a_part_has_whole_characters() {
        let text = "aé😀";
        for (bytes, part) in [
            (0..1, "a"),
            (2..3, "é"),
            (2..4, "é😀"),
            (4..5, "😀"),
            (3..3, ""),
        ] {
            assert_eq!(&text[around_chars(text, bytes)], part);
        }
        assert_eq!(around_chars(text, 90..99), 7..7);
        assert_eq!(around_chars(text, Range { start: 3, end: 1 }), 3..3);
    }

    #[test]
    fn nothing_is_cut_in_two() {
        let text = r#"a\n\\\"é\u00e9\ud83d\ude00\\u00e9\ud83dx"#;
        let decoded = unescape(text);
        for at in 0..=text.len() {
            let (first, rest) = text.split_at(whole(text, at));
            assert_eq!([unescape(first), unescape(rest)].concat(), decoded, "{at}");
            assert!(first.len() + 12 > at);
        }
    }

    #[test]
    fn long_strings_are_cut_and_all_else_is_kept() {
        let long = "\\\"é".repeat(1_000);
        let text = format!(
            r#"[{{"role":"user","content":"short"}},{{"role":"user","content":"{long}"}},{{"role":"user","content":"last"}}]"#
        );
        let inside = serde_json::to_string(&text).unwrap();
        for text in [&text, &inside] {
            let read = messages(&shortened(text, 100));
            let said: Vec<_> = read
                .iter()
                .flat_map(|it| &it.parts)
                .map(|it| match it {
                    Part::Text(text) => text.clone(),
                    other => format!("{other:?}"),
                })
                .collect();
            assert_eq!(
                (said.len(), said[0].as_str(), said[2].as_str()),
                (3, "short", "last")
            );
            assert!(
                said[1].len() < 150
                    && said[1].starts_with("\"é\"é")
                    && said[1].ends_with(" bytes more)"),
                "{said:?}"
            );
        }
        assert_eq!(shortened("{\"a\":1}", 3), "{\"a\":1}");
    }
}
