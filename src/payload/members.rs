//! The members of a JSON value of any size, as far as one wants to read: where a long value ends is
//! found a part at a time, and kept.

use std::ops::Range;

use crate::model::{Index, Skip, Stop, skip_blank};

/// So many bytes are read of a value in any case; where longer ones end is kept.
const LONG: usize = 64 << 10;

/// How many members make a page: where each begins can be kept.
pub const PAGE: usize = 100;

/// Whether a text is one object or array of plain JSON, and nothing else.
pub fn is_json(text: &str) -> bool {
    Index::of(text).json(text).is_indexed()
}

/// What was found out about the values of one text.
#[derive(Debug, Default)]
pub struct Members {
    /// Which text that is.
    print: (usize, u64),
    /// How far long values were read, and whether that is their end.
    ends: Vec<(usize, Skip, usize, bool)>,
    /// Of a value with many members, which one begins where: the last that was seen.
    pages: Vec<Walk>,
}

/// A place among the members of a value.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// Where the value begins.
    pub start: usize,
    /// The next member, from 0.
    pub index: usize,
    /// Where that begins.
    pos: usize,
}

/// A member of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its key with the quotes; none in an array.
    pub key: Option<Range<usize>>,
    /// Where its value begins.
    pub start: usize,
    /// Where that ends, if it was read so far; else what comes after it is not known yet.
    pub end: Option<usize>,
}

impl Walk {
    /// Before the first member of the object or array at `start`.
    pub fn into(start: usize) -> Walk {
        Walk {
            start,
            index: 0,
            pos: start + 1,
        }
    }

    /// Whether there is a further member.
    pub fn has_more(&self, text: &str) -> bool {
        let next = skip_blank(text.as_bytes(), self.pos);
        !matches!(
            text.as_bytes().get(next),
            None | Some(b']' | b'}' | b',' | b':')
        )
    }

    /// What is left after the last member up to `end`, and whether the bracket that closes the value
    /// was there: else it begins with what is no member.
    pub fn rest(&self, text: &str, end: usize) -> (Range<usize>, bool) {
        let bytes = text.as_bytes();
        let is_object = bytes.get(self.start) == Some(&b'{');
        let at = skip_blank(bytes, self.pos);
        let is_closed = bytes.get(at) == Some(if is_object { &b'}' } else { &b']' });
        let from = skip_blank(bytes, at + usize::from(is_closed));
        (from.min(end)..end, is_closed)
    }
}

/// How long a text is, and a number that another text hardly has: of a long one from parts of it.
fn print_of(text: &str) -> (usize, u64) {
    const PARTS: usize = 256;
    const EACH: usize = 64;
    let parts = text.as_bytes().chunks((text.len() / PARTS).max(EACH));
    let bytes = parts.flat_map(|it| it.iter().take(EACH));
    // FNV.
    let number = bytes.fold(0xcbf2_9ce4_8422_2325, |number: u64, byte| {
        (number ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    (text.len(), number)
}

impl Members {
    /// Nothing is known yet about this text.
    pub fn of(text: &str) -> Members {
        Members {
            print: print_of(text),
            ..Members::default()
        }
    }

    /// Whether this is about that text.
    pub fn is_of(&self, text: &str) -> bool {
        self.print == print_of(text)
    }

    /// The next member. `left`: how many bytes may be read; half of it goes for one value.
    pub fn next(&mut self, text: &str, walk: &mut Walk, left: &mut usize) -> Option<Member> {
        let bytes = text.as_bytes();
        if !walk.has_more(text) {
            return None;
        }
        let mut pos = skip_blank(bytes, walk.pos);
        let mut key = None;
        if bytes.get(walk.start) == Some(&b'{') {
            if bytes.get(pos) != Some(&b'"') {
                return None;
            }
            let Some(end) = self.end(text, pos, left) else {
                // A key as long as that is shown as what it is, until its end is known.
                walk.index += 1;
                let (start, end) = (pos, None);
                return Some(Member { key, start, end });
            };
            key = Some(pos..end);
            pos = skip_blank(bytes, end);
            pos = skip_blank(bytes, pos + usize::from(bytes.get(pos) == Some(&b':')));
            if matches!(bytes.get(pos), None | Some(b']' | b'}' | b',' | b':')) {
                return None;
            }
        }
        let end = self.end(text, pos, left);
        walk.index += 1;
        if let Some(end) = end {
            walk.pos = skip_blank(bytes, end);
            walk.pos += usize::from(bytes.get(walk.pos) == Some(&b','));
            if walk.index.is_multiple_of(PAGE) {
                self.pages.retain(|it| it.start != walk.start);
                self.pages.push(*walk);
            }
        }
        Some(Member {
            key,
            start: pos,
            end,
        })
    }

    /// A place in the value at `start`, not after the member `index` and not after the byte `at`: the
    /// one that is nearest of those that are known.
    pub fn near(&self, start: usize, index: usize, at: usize) -> Walk {
        let page = self.pages.iter().find(|it| it.start == start).copied();
        let page = page.filter(|it| it.index <= index && it.pos <= at);
        page.unwrap_or(Walk::into(start))
    }

    /// One past the end of the value at `at`, if that can be found out by reading so much.
    fn end(&mut self, text: &str, at: usize, left: &mut usize) -> Option<usize> {
        let known = self.ends.iter().find(|it| it.0 == at).copied();
        let (mut skip, from) = match known {
            Some((_, _, end, true)) => return Some(end),
            Some((_, skip, pos, false)) => (skip, pos),
            None => (Skip::default(), at),
        };
        let until = text.len().min(from + LONG.max(*left / 2));
        let (pos, stop) = skip.run(text.as_bytes().get(..until)?, from, false);
        *left = left.saturating_sub(pos - from);
        let is_end = stop == Stop::Complete || pos >= text.len();
        if pos - at > LONG || !is_end {
            self.ends.retain(|it| it.0 != at);
            self.ends.push((at, skip, pos, is_end));
        }
        is_end.then_some(pos.max(at + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;

    /// Reads members, so much at a time, until all are known; how often that took.
    fn read(text: &str, left: usize) -> (Vec<Member>, usize) {
        let mut members = Members::default();
        for times in 1.. {
            let (mut walk, mut left) = (Walk::into(0), left);
            let mut found: Vec<Member> = Vec::new();
            while found.last().is_none_or(|it| it.end.is_some()) {
                match members.next(text, &mut walk, &mut left) {
                    Some(member) => found.push(member),
                    None => break,
                }
            }
            if found.last().is_none_or(|it| it.end.is_some()) {
                return (found, times);
            }
        }
        unreachable!()
    }

    #[test]
    fn members_are_those_that_a_reader_of_all_finds() {
        let long = "x\\\"]}".repeat(100_000);
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        let cases = [
            (
                format!(
                    "{{\"a\": 1, \"{long}\":[\"{long}\"] ,\"b\":{{}},\"c\":{deep}, \"d\":null}}"
                ),
                true,
            ),
            (format!("[ {deep},\"{long}\", 2,{{\"a\":[]}} ]"), false),
            ("{}".to_owned(), true),
            ("[]".to_owned(), false),
        ];
        for (text, is_object) in cases {
            let json = Json::new(&text);
            let slow: Vec<(&str, &str)> = if is_object {
                json.pairs().map(|it| (it.0.text(), it.1.text())).collect()
            } else {
                json.items().map(|it| ("", it.text())).collect()
            };
            for left in [1, 100_000, usize::MAX] {
                let (found, times) = read(&text, left);
                let key = |it: &Member| it.key.clone().map_or("", |it| &text[it]);
                let found: Vec<_> = found
                    .iter()
                    .map(|it| (key(it), &text[it.start..it.end.unwrap()]))
                    .collect();
                assert!(found == slow, "{} members of {}", found.len(), slow.len());
                assert!(left < usize::MAX || times == 1);
                assert!(left > 1 || slow.is_empty() || times > 4, "{times}");
            }
        }
    }

    #[test]
    fn what_is_no_member_is_left() {
        for (text, left, closed) in [
            ("{\"a\":1} ", "", true),
            ("[1, [2]]", "", true),
            ("{\"a\":1, b:2}", "b:2}", false),
            ("{'a': 1}", "'a': 1}", false),
            ("[1,,2]", ",2]", false),
            ("[1}", "}", false),
            ("[1", "", false),
            ("[INFO] starts\n[INFO] ends", "starts\n[INFO] ends", true),
            ("{\"a\":1}\n{\"a\":2}\n", "{\"a\":2}\n", true),
        ] {
            let (mut members, mut walk) = (Members::of(text), Walk::into(0));
            while members.next(text, &mut walk, &mut 1_000).is_some() {}
            let (rest, is_closed) = walk.rest(text, text.len());
            assert_eq!((&text[rest], is_closed), (left, closed), "{text}");
            assert_eq!(is_json(text), left.is_empty() && closed, "{text}");
        }
        assert!(!is_json("[INFO] starts"));
    }

    #[test]
    fn another_text_is_told_apart() {
        let long = "[1]".repeat(100_000);
        let (grown, other) = (long.clone() + " ", long.replace('1', "2"));
        let members = Members::of(&long);
        assert!(members.is_of(&long) && !members.is_of(&grown) && !members.is_of(&other));
        assert!(!Members::of("[1]").is_of("[2]") && Members::of("").is_of(""));
    }

    #[test]
    fn what_is_no_json_ends_somewhere() {
        for odd in [
            "{",
            "[",
            "{\"a\"",
            "{\"a\":",
            "[,]",
            "{a:1}",
            "[1 2",
            "[\"cut",
            "{]}",
            "[}",
            "{\"a\":1 \"b\"",
            "[é,ü]",
        ] {
            let (found, _) = read(odd, 1);
            assert!(found.len() <= 2, "{odd}: {found:?}");
            assert!(
                found.iter().all(|it| it.end <= Some(odd.len())),
                "{odd}: {found:?}"
            );
        }
    }

    #[test]
    fn a_page_is_found_again() {
        let text = format!(
            "[{}]",
            (0..1_000)
                .map(|it| it.to_string())
                .collect::<Vec<_>>()
                .join(",")
        );
        let (mut members, mut walk) = (Members::default(), Walk::into(0));
        for _ in 0..250 {
            members.next(&text, &mut walk, &mut 0);
        }
        for (index, nearest) in [(199, 0), (200, 200), (999, 200)] {
            let mut walk = members.near(0, index, text.len());
            assert_eq!(walk.index, nearest);
            let member = members.next(&text, &mut walk, &mut 0).unwrap();
            assert_eq!(text[member.start..member.end.unwrap()], nearest.to_string());
        }
    }
}
