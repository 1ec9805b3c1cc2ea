//! What the user looks for, in every way a file may spell it.
//!
//! Text stands in a trace as JSON has it: in a string, often in a string within that string. So a
//! quote may be `"`, `\"` or `\\\"`, and an é may be `\u00e9`. Each writer spells the whole text in one
//! way; all these spellings are looked for, and ASCII letters in either case.

use crate::model::sort_by_key;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Query {
    groups: Vec<Group>,
    longest: usize,
}

/// Spellings that have two neighboring bytes in common: only where those stand, the rest is compared.
#[derive(Clone, Debug)]
struct Group {
    pair: Pair,
    /// A spelling, and where in it the pair is.
    spellings: Vec<(Vec<u8>, usize)>,
}

/// Two neighboring bytes; of a text of one byte, that and any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair {
    first: u8,
    second: Option<u8>,
}

impl Query {
    /// The most characters that are looked for: of a longer text its beginning.
    pub const MOST: usize = 500;

    /// What is looked for of a text.
    pub fn cut(text: &str) -> &str {
        let end = text.char_indices().nth(Self::MOST).map(|it| it.0);
        end.and_then(|it| text.get(..it)).unwrap_or(text)
    }

    /// Looks for `text`, or for [so much](Self::cut) of it. Nothing is looked for in vain: of an
    /// empty text there is `None`.
    pub fn new(text: &str) -> Option<Query> {
        let mut left = spellings(Self::cut(text));
        let mut query = Query {
            groups: Vec::new(),
            longest: left.iter().map(Vec::len).max()?,
        };
        while let Some(pair) = best_pair(&left) {
            let mut spellings = Vec::new();
            left.retain(|it| {
                let at = pair.place_in(it);
                spellings.extend(at.map(|at| (it.clone(), at)));
                at.is_none()
            });
            query.groups.push(Group { pair, spellings });
        }
        Some(query)
    }

    /// The most bytes that a hit has.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Where the text stands in `bytes`, in order: first byte and length. Hits may overlap.
    pub fn hits(&self, bytes: &[u8]) -> Vec<(usize, usize)> {
        self.hits_up_to(bytes, usize::MAX).unwrap_or_default()
    }

    /// The same; `None` if there are more than `most`.
    pub fn hits_up_to(&self, bytes: &[u8], most: usize) -> Option<Vec<(usize, usize)>> {
        let mut hits = Vec::new();
        for group in &self.groups {
            group.pair.candidates(bytes, &mut |at| {
                for (spelling, pair_at) in &group.spellings {
                    let Some(from) = at.checked_sub(*pair_at) else {
                        continue;
                    };
                    let here = bytes.get(from..from + spelling.len());
                    let is_here = here.is_some_and(|it| it.eq_ignore_ascii_case(spelling));
                    if is_here && hits.len() <= most {
                        hits.push((from, spelling.len()));
                    }
                }
            });
        }
        if hits.len() > most {
            return None;
        }
        sort_by_key(&mut hits, |it| (it.0 as i64, it.1 as i64));
        hits.dedup_by_key(|it| it.0);
        Some(hits)
    }
}

impl Pair {
    /// The pair at a place of a spelling.
    fn at(spelling: &[u8], at: usize) -> Option<Pair> {
        Some(Pair {
            first: *spelling.get(at)?,
            second: spelling.get(at + 1).copied(),
        })
    }

    /// Where in a spelling the pair is.
    fn place_in(self, spelling: &[u8]) -> Option<usize> {
        (0..spelling.len()).find(|at| Pair::at(spelling, *at) == Some(self))
    }

    /// Where the pair may stand, in order. Eight bytes at a time, as one number: a byte of it is 0
    /// where both are as they should be. A few other places may be named too.
    fn candidates(self, bytes: &[u8], see: &mut dyn FnMut(usize)) {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGH: u64 = 0x8080_8080_8080_8080;
        // Letters are compared without the bit that tells their case.
        let mask = |it: u8| if it.is_ascii_alphabetic() { 0xdf } else { 0xff };
        let all = |it: u8| u64::from(it) * ONES;
        let first_mask = all(mask(self.first));
        let first = all(self.first) & first_mask;
        let second_mask = self.second.map_or(0, |it| all(mask(it)));
        let second = self.second.map_or(0, all) & second_mask;
        let mut at = 0;
        let mut look = |eight: [u8; 8], next: u8, at: usize| {
            let here = u64::from_le_bytes(eight);
            let after = here >> 8 | u64::from(next) << 56;
            let differs = (here & first_mask ^ first) | (after & second_mask ^ second);
            let mut same = differs.wrapping_sub(ONES) & !differs & HIGH;
            while same != 0 {
                see(at + same.trailing_zeros() as usize / 8);
                same &= same - 1;
            }
        };
        while let Some([eight @ .., next]) = bytes.get(at..).and_then(|it| it.first_chunk::<9>()) {
            look(*eight, *next, at);
            at += 8;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let mut last = [0; 9];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        let [eight @ .., next] = last;
        look(eight, next, at);
    }
}

/// The pair of the first of these spellings that most of the others have too; of those, the rarest.
fn best_pair(spellings: &[Vec<u8>]) -> Option<Pair> {
    /// Of a long text, one of the first pairs will do.
    const MOST: usize = 64;
    let first = spellings.first()?;
    let mut best = None;
    for at in 0..(first.len().max(2) - 1).min(MOST) {
        let pair = Pair::at(first, at)?;
        let shared = spellings.iter().filter(|it| pair.place_in(it).is_some());
        let rare = common(pair.first) * pair.second.map_or(1, common);
        let rank = (spellings.len() - shared.count(), rare);
        if best.is_none_or(|(other, _)| rank < other) {
            best = Some((rank, pair));
        }
    }
    best.map(|it| it.1)
}

/// How common a byte is in traces, roughly, in thousandths.
fn common(byte: u8) -> u32 {
    /// From a to z.
    const LETTERS: &[u8; 26] = b"\x41\x10\x20\x28\x60\x12\x14\x20\x40\x04\x08\x2c\x18\x40\x40\x14\x04\x38\x40\x50\x1c\x08\x0c\x06\x10\x04";
    match byte {
        b'a'..=b'z' => u32::from(LETTERS.get(usize::from(byte - b'a')).copied().unwrap_or(1)),
        b' ' | b'"' => 0x60,
        b'\\' | b',' | b':' | b'0'..=b'9' => 0x20,
        _ => 0x08,
    }
}

/// How a writer spells what stands in a string, besides what JSON demands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// As it is.
    Plain,
    /// What is not ASCII by its number.
    Ascii,
    /// A slash with a backslash.
    Slash,
    /// What HTML takes for its own by its number.
    Html,
}

/// The ways in which text may stand in a file, the shorter first. One that has another in it is
/// found with that.
fn spellings(text: &str) -> Vec<Vec<u8>> {
    const STYLES: [Style; 4] = [Style::Plain, Style::Ascii, Style::Slash, Style::Html];
    let mut all = vec![text.to_owned()];
    let inside = STYLES.map(|it| escaped(text, it));
    all.extend(
        inside
            .iter()
            .flat_map(|it| STYLES.map(|style| escaped(it, style))),
    );
    all.extend(inside);
    sort_by_key(&mut all, |it| (it.len() as i64, 0));
    let mut found: Vec<Vec<u8>> = Vec::new();
    for it in all {
        let mut it = it.into_bytes();
        it.make_ascii_lowercase();
        let has = |other: &Vec<u8>| it.windows(other.len().max(1)).any(|it| it == other);
        if !it.is_empty() && !found.iter().any(has) {
            found.push(it);
        }
    }
    found
}

/// The inside of a JSON string that says `text`.
fn escaped(text: &str, style: Style) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for it in text.chars() {
        let short = match it {
            '"' | '\\' => Some(it),
            '/' if style == Style::Slash => Some(it),
            '\n' => Some('n'),
            '\r' => Some('r'),
            '\t' => Some('t'),
            '\u{8}' => Some('b'),
            '\u{c}' => Some('f'),
            _ => None,
        };
        let by_number = it < ' '
            || match style {
                Style::Ascii => !it.is_ascii(),
                Style::Html => matches!(it, '<' | '>' | '&' | '\'' | '\u{2028}' | '\u{2029}'),
                _ => false,
            };
        match short {
            Some(short) => out.extend(['\\', short]),
            None if by_number => {
                for unit in it.encode_utf16(&mut [0; 2]) {
                    let digit = |shift: u32| {
                        char::from_digit(u32::from(*unit) >> shift & 15, 16).unwrap_or('0')
                    };
                    out.push_str("\\u");
                    out.extend([12, 8, 4, 0].map(digit));
                }
            }
            None => out.push(it),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, a byte at a time.
    fn slow(text: &str, bytes: &[u8]) -> Vec<(usize, usize)> {
        let spellings = spellings(text);
        let at = |from: usize| {
            let is_here = |it: &&Vec<u8>| {
                let here = bytes.get(from..from + it.len());
                here.is_some_and(|here| here.to_ascii_lowercase() == **it)
            };
            spellings.iter().find(is_here).map(|it| (from, it.len()))
        };
        (0..bytes.len()).filter_map(at).collect()
    }

    #[test]
    fn agrees_with_the_slow_one() {
        let words = [
            "a", "A", "\"", "\\", "\\n", "n", "é", "\\u00e9", "/", "\\/", "<", "{", " ", "7",
            "\\\"", "x",
        ];
        let mut seed = 7_u64;
        let mut below = |end: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % end
        };
        for query in [
            "a", "\"", "ax", "a\"", "\"a", "\n", "a\nx", "é", "éa", "a/", "<a", "\\", "aaaa",
            "7 x", "n\\u00E9",
        ] {
            for len in 0..40 {
                let text: String = (0..len).map(|_| words[below(words.len())]).collect();
                let found = Query::new(query).unwrap().hits(text.as_bytes());
                assert_eq!(found, slow(query, text.as_bytes()), "{query:?} in {text}");
            }
        }
    }

    #[test]
    fn of_a_long_text_its_beginning_is_looked_for() {
        let long = "é\"😀".repeat(5_000);
        let query = Query::new(&long).unwrap();
        assert_eq!(Query::cut(&long).chars().count(), Query::MOST);
        assert!(query.longest() < 20 * Query::MOST);
        assert_eq!(query.hits(long.as_bytes()).first().map(|it| it.0), Some(0));
        let escaped = escaped(&escaped(&long, Style::Ascii), Style::Plain);
        assert_eq!(
            query.hits(escaped.as_bytes()).first().map(|it| it.0),
            Some(0)
        );
    }

    #[test]
    fn finds_every_spelling() {
        let says = "He said \"naïve 😀\"\n\tat C:\\tmp/x <b>";
        let one = |it: &str| escaped(it, Style::Plain);
        let file = [
            says.to_owned(),
            one(says),
            one(&one(says)),
            escaped(says, Style::Ascii),
            one(&escaped(says, Style::Ascii)),
            escaped(&one(says), Style::Ascii),
            escaped(&escaped(says, Style::Slash), Style::Slash),
            escaped(says, Style::Html),
            serde_json::to_string(&serde_json::to_string(says).unwrap()).unwrap(),
        ];
        let all = file.join(" | ").to_ascii_uppercase();
        for part in ["c:\\TMP", "said \"na", "\"\n\tat", "tmp/x", "<B>"] {
            let found = Query::new(part).unwrap().hits(all.as_bytes());
            assert_eq!(found.len(), file.len(), "{part:?}");
        }
        for spelled in &file {
            let found = Query::new(says).unwrap().hits(spelled.as_bytes());
            assert_eq!(found.len(), 1, "{spelled}");
        }
        assert!(Query::new("").is_none());
        let two = Query::new("a").unwrap();
        assert_eq!(two.hits_up_to(b"a b a", 2), Some(two.hits(b"a b a")));
        assert_eq!(two.hits_up_to(b"a b a", 1), None);
        assert_eq!(Query::new("plain").unwrap().groups.len(), 1);
    }
}
