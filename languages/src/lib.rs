//! What the viewer and its script say in the languages besides English. A translation that lacks a phrase
//! does not compile.
//!
//! To add a language: copy `de.rs`, translate it, and name it in [`ALL`], in `LANGUAGES` of
//! `xtask/src/extras.rs`, and in `src/web/languages.js`.

mod de;
mod es;
mod fr;
mod ja;
#[allow(dead_code, unreachable_pub, reason = "the viewer uses the rest")]
#[path = "../../src/text/phrases.rs"]
mod phrases;
#[allow(unreachable_pub, reason = "as in the other list")]
#[path = "../../src/text/script.rs"]
mod script;
mod zh;

use std::collections::BTreeMap;

use phrases::Translation;
pub use script::SCRIPT;
use script::ScriptTexts;

/// Every language, by what BCP 47 calls it.
const ALL: [(&str, &Translation, &ScriptTexts); 5] = [
    ("de", &de::GERMAN, &de::GERMAN_SCRIPT),
    ("es", &es::SPANISH, &es::SPANISH_SCRIPT),
    ("fr", &fr::FRENCH, &fr::FRENCH_SCRIPT),
    ("ja", &ja::JAPANESE, &ja::JAPANESE_SCRIPT),
    ("zh", &zh::CHINESE, &zh::CHINESE_SCRIPT),
];

/// What BCP 47 calls the languages.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|it| it.0)
}

/// What is said in a language, by what it is in English.
pub fn dictionary(name: &str) -> Option<BTreeMap<&'static str, &'static str>> {
    let (_, viewer, script) = ALL.iter().find(|it| it.0 == name)?;
    Some(pairs(viewer, script).collect())
}

/// What is said in English, and in a language.
fn pairs(
    viewer: &Translation,
    script: &ScriptTexts,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    viewer.pairs().into_iter().chain(script.pairs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What is filled in, in order of its number.
    fn places(form: &str) -> Vec<&str> {
        let mut found: Vec<_> = form.split('{').skip(1).map(|it| &it[..2]).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn every_translation_says_what_english_does() {
        for (name, viewer, script) in ALL {
            for (english, phrase) in pairs(viewer, script) {
                assert!(!phrase.is_empty(), "{name}: {english}");
                assert!(!phrase.contains('\n'), "{name}: {phrase}");
                let forms = |it: &str| it.split('|').count();
                // Languages without a plural have one form.
                let one = matches!(name, "ja" | "zh");
                let expected = if one { 1 } else { forms(english) };
                assert_eq!(forms(phrase), expected, "{name}: {phrase}");
                let filled = places(english.split('|').next().unwrap_or_default());
                for form in phrase.split('|') {
                    assert_eq!(places(form), filled, "{name}: {form}");
                }
            }
        }
    }

    /// A phrase is found by its English.
    #[test]
    fn no_two_are_the_same_in_english() {
        let mut seen = BTreeSet::new();
        for (english, _) in pairs(&de::GERMAN, &de::GERMAN_SCRIPT) {
            assert!(!english.contains('\n'), "{english}");
            assert!(seen.insert(english), "twice: {english}");
        }
    }
}
