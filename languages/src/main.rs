//! Publishes the viewer's phrases in the languages besides English: a file a language, with its
//! phrases in the order of `text/phrases.rs`, which the script fetches when such a language is asked
//! for. A translation that lacks a phrase does not compile.
//!
//! To add a language: copy `de.rs`, translate it, and name it in [`ALL`] and in `LANGUAGES` of
//! `xtask/src/extras.rs`.

mod de;
mod es;
mod fr;
mod ja;
#[allow(dead_code, unreachable_pub, reason = "the viewer uses the rest")]
#[path = "../../src/text/phrases.rs"]
mod phrases;
mod zh;

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use phrases::Translation;

/// Every language, by what BCP 47 calls it.
const ALL: [(&str, &Translation); 5] = [
    ("de", &de::GERMAN),
    ("es", &es::SPANISH),
    ("fr", &fr::FRENCH),
    ("ja", &ja::JAPANESE),
    ("zh", &zh::CHINESE),
];

/// Writes the files into the folder that is named.
fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("Which folder?")?;
    fs::create_dir_all(&folder)?;
    for (name, language) in ALL {
        let file = Path::new(&folder).join(format!("{name}.json"));
        fs::write(file, serde_json::to_string(&language.phrases())?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrases::ENGLISH;

    /// What is filled in, in order of its number.
    fn places(form: &str) -> Vec<&str> {
        let mut found: Vec<_> = form.split('{').skip(1).map(|it| &it[..2]).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn every_translation_says_what_english_does() {
        for (name, language) in ALL {
            for (english, phrase) in ENGLISH.split('\n').skip(6).zip(language.phrases()) {
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
}
