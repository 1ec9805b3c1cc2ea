//! What the viewer says in its own words, in the language that is asked for.
//!
//! `phrases.rs` has every phrase in English, which is always there: a phrase is its English. The other
//! languages are in `languages/`, each a [`Translation`](super::Translation): one that lacks a phrase does
//! not compile. They are published as dictionaries, fetched when asked for, and [learned](Language::learn).
//!
//! Two viewers on a page may speak two languages. So whoever runs anew speaks first what it spoke
//! when it was made ([`spoken`], [`Language::speak`]): each effect and each listener of the view.

use std::borrow::Cow;
use std::cell::Cell;
use std::iter::successors;

use super::number;
use super::phrases::Phrase;

/// A language: what phrases are in it, and how it writes figures. By default English.
#[derive(Clone, Copy, Default)]
pub struct Language(Option<&'static Dictionary>);

struct Dictionary {
    /// As it was learned.
    text: &'static str,
    /// How it writes figures, then each phrase in English and in the language, in order of the English.
    lines: Vec<&'static str>,
    /// What was learned before.
    before: Option<&'static Dictionary>,
}

/// How many lines say how figures are written.
const HEAD: usize = 6;

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language(None)) };
    static LEARNED: Cell<Option<&'static Dictionary>> = const { Cell::new(None) };
}

/// The language that is spoken now.
#[inline(never)]
pub fn spoken() -> Language {
    SPOKEN.get()
}

impl Language {
    /// A language from its lines, which are
    ///
    /// 1. its BCP 47 tag
    /// 2. what is between a number and its decimal places
    /// 3. what is between the groups of a number
    /// 4. the same in a number of four digits: nothing where such a number has no groups
    /// 5. the plural of zero, as `Intl.PluralRules` has it: `one` as in French, or another
    /// 6. a date: `{0}` is the year, then month, day, hour, minute
    ///
    /// and then, two by two and in the order of the English, each phrase in English and in the language. What
    /// is not there is English. Each is kept once, for as long as the page is.
    pub fn learn(lines: String) -> Language {
        let mut learned = successors(LEARNED.get(), |it| it.before);
        let known = learned.find(|it| it.text == lines);
        Language(Some(known.unwrap_or_else(|| keep(lines.leak()))))
    }

    /// From now on this is spoken.
    pub fn speak(self) {
        SPOKEN.set(self);
    }

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        self.line(0, "en")
    }

    /// Between a number and its decimal places.
    pub(super) fn decimal(self) -> &'static str {
        self.line(1, ".")
    }

    /// Between the groups of a number of so many digits.
    pub(super) fn group(self, n_digits: usize) -> &'static str {
        self.line(if n_digits == 4 { 3 } else { 2 }, ",")
    }

    /// Whether a number is that of one thing.
    fn is_one(self, n: u64) -> bool {
        n == 1 || n == 0 && self.line(4, "") == "one"
    }

    /// A date: `{0}` is the year, then month, day, hour, minute.
    pub(super) fn date(self) -> &'static str {
        self.line(5, "{0}-{1}-{2} {3}:{4}")
    }

    #[inline(never)]
    fn line(self, at: usize, english: &'static str) -> &'static str {
        let line = self.0.and_then(|it| it.lines.get(at));
        line.copied().unwrap_or(english)
    }
}

fn keep(text: &'static str) -> &'static Dictionary {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        lines.push(line);
    }
    let kept: &Dictionary = Box::leak(Box::new(Dictionary {
        text,
        lines,
        before: LEARNED.get(),
    }));
    LEARNED.set(Some(kept));
    kept
}

impl Dictionary {
    #[inline(never)]
    fn look_up(&self, english: &str) -> Option<&'static str> {
        let (pairs, _) = self.lines.get(HEAD..)?.as_chunks::<2>();
        let at = pairs
            .binary_search_by(|[key, _]| (*key).cmp(english))
            .ok()?;
        pairs.get(at).map(|it| it[1])
    }
}

impl Phrase {
    /// What is the same in every language.
    pub const fn same(text: &'static str) -> Phrase {
        Phrase(text)
    }

    /// It, as it stands.
    #[inline(never)]
    pub fn text(self) -> &'static str {
        let other = spoken().0.and_then(|it| it.look_up(self.0));
        other.unwrap_or(self.0)
    }

    /// It, as it stands.
    #[inline(never)]
    pub fn owned(self) -> String {
        self.text().to_owned()
    }

    /// It with values in the place of `{0}`, `{1}`…
    #[inline(never)]
    pub fn with(self, values: &[&str]) -> String {
        fill(self.text(), values)
    }

    /// It for a number of things, which is `{0}`.
    #[inline(never)]
    pub fn of(self, n: u64) -> String {
        self.of_with(n, "")
    }

    /// It for a number of things, which is `{0}`, and with `{1}`.
    #[inline(never)]
    pub fn of_with(self, n: u64, more: &str) -> String {
        let form = match self.text().split_once('|') {
            Some((one, _)) if spoken().is_one(n) => one,
            Some((_, other)) => other,
            None => self.text(),
        };
        fill(form, &[&number(n), more])
    }
}

impl From<Phrase> for Cow<'static, str> {
    #[inline(never)]
    fn from(phrase: Phrase) -> Self {
        Cow::Borrowed(phrase.text())
    }
}

/// A pattern with values in the place of `{0}`, `{1}`… What a value says is not looked at.
#[inline(never)]
pub fn fill(pattern: &str, values: &[&str]) -> String {
    let mut out = String::new();
    let mut parts = pattern.split('{');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let at = part.bytes().next().unwrap_or_default().wrapping_sub(b'0');
        out.push_str(values.get(usize::from(at)).unwrap_or(&""));
        out.push_str(part.get(2..).unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::phrases::PHRASES;
    use crate::text::{bytes, count, duration, minute, money};

    #[test]
    fn english_and_another() {
        let lines = || {
            let head = ["xx", ",", ".", "", "one", "{2}.{1}.{0}, {3}:{4}"];
            let mut english: Vec<_> = PHRASES.iter().map(|it| it.0).collect();
            english.sort_unstable();
            let pairs = english
                .iter()
                .flat_map(|it| [(*it).to_owned(), it.replace('d', "D")]);
            let head = head.into_iter().map(str::to_owned);
            head.chain(pairs).collect::<Vec<_>>().join("\n")
        };
        let other = Language::learn(lines());
        assert!(std::ptr::eq(
            other.0.unwrap(),
            Language::learn(lines()).0.unwrap()
        ));
        let said = || {
            [
                count(None),
                count(Some(1_234)),
                count(Some(12_345)),
                duration(13_219_000_000),
                bytes(86_343),
                money(0.0452),
                minute("2026-11-25T23:38:00.000Z"),
                Phrase::rounds.of(0),
                Phrase::rounds.of(1),
                Phrase::rounds.of(2_000),
                Phrase::records.with(&["{1}", "3"]),
            ]
        };
        let english = [
            "not reported",
            "1,234",
            "12,345",
            "13.2 s",
            "86.3 kB",
            "$0.0452",
            "2026-11-25 23:38",
            "0 rounds",
            "1 round",
            "2,000 rounds",
            "{1} of 3 records",
        ];
        assert_eq!(said(), english);
        other.speak();
        let others = [
            "not reporteD",
            "1234",
            "12.345",
            "13,2 s",
            "86,3 kB",
            "$0,0452",
            "25.11.2026, 23:38",
            "0 rounD",
            "1 rounD",
            "2000 rounDs",
            "{1} of 3 recorDs",
        ];
        assert_eq!(said(), others);
        Language::default().speak();
        assert_eq!(said(), english);
    }
}
