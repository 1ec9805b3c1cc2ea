//! What the viewer says in its own words, in the language that is asked for.
//!
//! `phrases.rs` has every phrase in English, which is always there. The other languages are in
//! `languages/`, each a [`Translation`](super::Translation): one that lacks a phrase does not compile. They are published
//! as files, fetched when asked for, and [`learn`]ed.
//!
//! Two viewers on a page may speak two languages. So whoever runs anew speaks first what it spoke
//! when it was made ([`spoken`], [`Language::speak`]): each effect and each listener of the view.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use super::number;
use super::phrases::{ENGLISH, N, Phrase};

/// A language: its phrases, and how it writes figures.
pub struct Language {
    /// Its BCP 47 tag.
    pub tag: &'static str,
    /// Between a number and its decimal places.
    pub decimal: &'static str,
    /// Between the groups of a number.
    pub group: &'static str,
    /// Whether a number of four digits has groups.
    pub groups_four: bool,
    /// The digits that are numbers of one thing: "1", in French "01".
    pub ones: &'static str,
    /// A date: `{0}` is the year, then month, day, hour, minute.
    pub date: &'static str,
    phrases: Vec<&'static str>,
}

thread_local! {
    static SPOKEN: Cell<Option<&'static Language>> = const { Cell::new(None) };
    static LEARNED: RefCell<Vec<&'static Language>> = const { RefCell::new(Vec::new()) };
}

/// The language that is spoken now.
#[inline(never)]
pub fn spoken() -> &'static Language {
    SPOKEN.get().unwrap_or_else(|| {
        Language::english().speak();
        Language::english()
    })
}

impl Language {
    /// English.
    pub fn english() -> &'static Language {
        known("en").unwrap_or_else(|| keep(read(ENGLISH)))
    }

    /// From now on this is spoken.
    pub fn speak(&'static self) {
        SPOKEN.set(Some(self));
    }
}

/// A language from its lines: the fields of [`Language`] in order, then its phrases. What has other
/// phrases than this version is not learned. Each tag is kept once, for as long as the page is.
pub fn learn(lines: String) -> Option<&'static Language> {
    let tag = lines.lines().next()?;
    known(tag).or_else(|| {
        let read = read(Box::leak(lines.into_boxed_str()));
        (read.phrases.len() == N).then(|| keep(read))
    })
}

fn known(tag: &str) -> Option<&'static Language> {
    LEARNED.with_borrow(|all| all.iter().find(|it| it.tag == tag).copied())
}

/// Whatever is missing is empty.
#[inline(never)]
fn read(lines: &'static str) -> Language {
    let mut lines = lines.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let (tag, decimal, group) = (next(), next(), next());
    let (fours, ones, date) = (next(), next(), next());
    Language {
        tag,
        decimal,
        group,
        groups_four: fours == group,
        ones,
        date,
        phrases: lines.collect(),
    }
}

fn keep(language: Language) -> &'static Language {
    let kept = Box::leak(Box::new(language));
    LEARNED.with_borrow_mut(|all| all.push(kept));
    kept
}

impl Phrase {
    /// It, as it stands.
    #[inline(never)]
    pub fn text(self) -> &'static str {
        let all = &spoken().phrases;
        all.get(self as usize).copied().unwrap_or_default()
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
        let language = spoken();
        let is_one = language.ones.bytes().any(|it| n == u64::from(it - b'0'));
        let form = match self.text().split_once('|') {
            Some((one, _)) if is_one => one,
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
    use crate::text::{bytes, count, duration, minute, money};

    #[test]
    fn english_and_another() {
        let lines = |name: &str, n: usize| {
            let phrases = ENGLISH
                .split('\n')
                .skip(6)
                .take(n)
                .map(|it| it.replace('d', "D"));
            let head = [name, ",", ".", "2", "01", "{2}.{1}.{0}, {3}:{4}"];
            let head = head.into_iter().map(str::to_owned);
            head.chain(phrases).collect::<Vec<_>>().join("\n")
        };
        assert!(learn(lines("xx", N - 1)).is_none());
        let other = learn(lines("xx", N)).unwrap();
        assert!(std::ptr::eq(other, learn(lines("xx", N)).unwrap()));
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
        Language::english().speak();
        assert_eq!(said(), english);
    }
}
