//! What the viewer says in its own words, in the language that is asked for.
//!
//! `phrases.rs` has every phrase in English, which is always there. The other languages are in
//! `languages/`, each a [`Translation`]: one that lacks a phrase does not compile. They are published
//! as files, fetched when asked for, and [`learn`]ed.
//!
//! Two viewers on a page may speak two languages. So whoever runs anew speaks first what it spoke
//! when it was made ([`spoken`], [`Language::speak`]): each effect and each listener of the view.

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
    phrases: &'static [&'static str; N],
}

static IN_ENGLISH: Language = Language {
    tag: "en",
    decimal: ".",
    group: ",",
    groups_four: true,
    ones: "1",
    date: "{0}-{1}-{2} {3}:{4}",
    phrases: &ENGLISH,
};

thread_local! {
    static SPOKEN: Cell<&'static Language> = const { Cell::new(&IN_ENGLISH) };
    static LEARNED: RefCell<Vec<&'static Language>> = const { RefCell::new(Vec::new()) };
}

/// The language that is spoken now.
pub fn spoken() -> &'static Language {
    SPOKEN.get()
}

impl Language {
    /// English.
    pub fn english() -> &'static Language {
        &IN_ENGLISH
    }

    /// From now on this is spoken.
    pub fn speak(&'static self) {
        SPOKEN.set(self);
    }
}

/// A language from its lines: the fields of [`Language`] in order, then its phrases. What has other
/// phrases than this version is not learned. Each tag is kept once, for as long as the page is.
pub fn learn(lines: String) -> Option<&'static Language> {
    let tag = lines.lines().next()?;
    let known = LEARNED.with_borrow(|all| all.iter().find(|it| it.tag == tag).copied());
    if known.is_some() {
        return known;
    }
    let lines: &'static str = Box::leak(lines.into_boxed_str());
    let mut lines = lines.split('\n');
    let mut next = || lines.next();
    let (tag, decimal, group) = (next()?, next()?, next()?);
    let (fours, ones, date) = (next()?, next()?, next()?);
    let phrases: Box<[&'static str]> = lines.collect();
    let learned = Box::leak(Box::new(Language {
        tag,
        decimal,
        group,
        groups_four: fours == "true",
        ones,
        date,
        phrases: Box::leak(phrases.try_into().ok()?),
    }));
    LEARNED.with_borrow_mut(|all| all.push(learned));
    Some(learned)
}

impl Phrase {
    /// It, as it stands.
    pub fn text(self) -> &'static str {
        let all = spoken().phrases;
        all.get(self as usize).copied().unwrap_or_default()
    }

    /// It with values in the place of `{0}`, `{1}`…
    pub fn with(self, values: &[&str]) -> String {
        fill(self.text(), values)
    }

    /// It for a number of things, which is `{0}`.
    pub fn of(self, n: u64) -> String {
        self.of_with(n, "")
    }

    /// It for a number of things, which is `{0}`, and with `{1}`.
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

/// A pattern with values in the place of `{0}`, `{1}`… What a value says is not looked at.
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
            let phrases = ENGLISH.iter().take(n).map(|it| it.replace('d', "D"));
            let head = [name, ",", ".", "false", "01", "{2}.{1}.{0}, {3}:{4}"];
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
