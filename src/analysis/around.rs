//! What stands around a hit, to find it again where the text is shown: there escapes are decoded,
//! lines are broken, and what is around it may be somewhere else.

use std::ops::Range;

/// The letters and digits around a hit, the nearest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    before: Vec<u8>,
    after: Vec<u8>,
}

/// How many letters and digits are compared on each side.
const NEAR: usize = 32;

impl Around {
    /// What stands around `hit` in `text`.
    pub fn new(text: &[u8], hit: Range<usize>) -> Around {
        /// Further away it does not matter.
        const FAR: usize = 400;
        let before = text.get(hit.start.saturating_sub(FAR)..hit.start);
        let after = text.get(hit.end..text.len().min(hit.end + FAR));
        let mut before = letters(before.unwrap_or_default());
        before.reverse();
        before.truncate(NEAR);
        let mut after = letters(after.unwrap_or_default());
        after.truncate(NEAR);
        Around { before, after }
    }

    /// How much of this is around `other` too: letters and digits. `None` if something else is there
    /// as well; that the text ends is nothing else.
    pub fn likeness(&self, other: &Around) -> Option<usize> {
        let same = |a: &[u8], b: &[u8]| {
            let n = a.len().min(b.len());
            (a.get(..n) == b.get(..n)).then_some(n)
        };
        Some(same(&self.before, &other.before)? + same(&self.after, &other.after)?)
    }
}

/// The letters and digits of ASCII in a text, without those that stand for something else: `n` in `\n`.
fn letters(text: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'\\' => {
                let slashes = rest.iter().take_while(|it| **it == b'\\').count();
                let used = match rest.get(slashes) {
                    Some(b'u') => 5,
                    _ => 1,
                };
                rest = rest.get(slashes + used..).unwrap_or_default();
            }
            it if it.is_ascii_alphanumeric() => found.push(*it),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(text: &str, hit: &str) -> Around {
        let at = text.find(hit).unwrap();
        Around::new(text.as_bytes(), at..at + hit.len())
    }

    #[test]
    fn what_is_shown_is_like_what_stands_in_the_file() {
        let file = around(
            r#"{"a":"{\"x\":\"caf\\u00e9\\n a NEEDLE in\\thay\"}","b":2}"#,
            "NEEDLE",
        );
        let like = |shown: &str| file.likeness(&around(shown, "NEEDLE"));
        assert_eq!(like("café\n a NEEDLE in\thay"), Some(9));
        assert_eq!(
            like("{\n  \"x\": \"café\n    a NEEDLE in\\thay\"\n}"),
            Some(10)
        );
        assert_eq!(like("a NEEDLE"), Some(1));
        assert_eq!(like("another NEEDLE in hay"), None);
    }
}
