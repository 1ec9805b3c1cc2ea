//! Why a file is no trace: what is wrong, where, and what to do.

use super::head::Head;
use crate::model::{Json, Kind, skip_blank};
use crate::text::Phrase;

/// A file that could not be read as a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportError {
    /// There is nothing in it.
    Empty,
    /// It is no JSON. The byte offset, and the first characters there.
    NotJson(u64, String),
    /// It is JSON, but none of the formats we know. Its top-level keys.
    UnknownFormat(Vec<String>),
    /// A file that goes with a trace, but is none: what it is and where the trace is.
    NotATrace(Phrase),
    /// It ends before the first record does.
    Cut(u64),
    /// It does not fit 32-bit offsets.
    TooLarge,
    /// The format was recognized, and there is no span in it. Its name.
    NoSpans(&'static str),
    /// It is of a format that is not read while it grows. The format's name.
    NotLive(&'static str),
}

impl ImportError {
    /// The code in `trace-tab-error`.
    pub fn code(&self) -> &'static str {
        match self {
            ImportError::Empty => "empty",
            ImportError::NotJson(..) => "not-json",
            ImportError::UnknownFormat(_) => "unknown-format",
            ImportError::NotATrace(_) => "not-a-trace",
            ImportError::Cut(_) => "cut",
            ImportError::TooLarge => "too-large",
            ImportError::NoSpans(_) => "no-spans",
            ImportError::NotLive(_) => "not-live",
        }
    }

    /// Where in the file, in bytes.
    pub fn offset(&self) -> Option<u64> {
        match self {
            ImportError::NotJson(at, _) | ImportError::Cut(at) => Some(*at),
            _ => None,
        }
    }
}

impl ImportError {
    /// Why no format takes a file.
    pub(super) fn unknown(text: &str, head: &Head, ended: bool) -> ImportError {
        let trimmed = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        if trimmed.is_empty() && ended {
            return ImportError::Empty;
        }
        let skipped = text.len() - trimmed.len();
        let known = matches!(
            Json::new(trimmed).kind(),
            Kind::Object | Kind::Array | Kind::String | Kind::Number
        ) || matches!(trimmed.trim_end(), "true" | "false" | "null");
        let first_line = trimmed.lines().next().unwrap_or_default();
        // A word or a log line that happens to begin with a digit is no JSON either.
        let scalar_line = matches!(Json::new(first_line).kind(), Kind::Number)
            && Json::new(first_line).f64().is_none();
        let not_json = |at: usize| {
            let seen = text.get(at..).and_then(|it| it.lines().next());
            // Of a file that is no text, what can be shown.
            let shown = |it: char| if it.is_control() { '\u{fffd}' } else { it };
            let seen = seen.unwrap_or_default().chars().map(shown);
            ImportError::NotJson(at as u64, seen.take(24).collect())
        };
        if !known || scalar_line {
            return not_json(skipped);
        }
        let json = Json::new(trimmed);
        if json.kind() == Kind::Object && json.members().next().is_none() {
            // It looks like an object, and has no member: cut off, empty, or in another language.
            let inside = skipped + skip_blank(trimmed.as_bytes(), 1);
            match text.as_bytes().get(inside) {
                Some(b'}') => {}
                None | Some(b'"') if ended => return ImportError::Cut(text.len() as u64),
                _ => return not_json(inside),
            }
        }
        ImportError::UnknownFormat(head.keys())
    }
}

impl std::fmt::Display for ImportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let message = match self {
            ImportError::Empty => Phrase::error_empty.owned(),
            ImportError::NotJson(at, seen) => Phrase::error_not_json.with(&[&at.to_string(), seen]),
            ImportError::UnknownFormat(keys) => {
                let formats: Vec<_> = super::formats().map(|it| it.name).collect();
                let phrase = if keys.is_empty() {
                    Phrase::error_unknown_no_keys
                } else {
                    Phrase::error_unknown
                };
                phrase.with(&[&formats.join(", "), &keys.join(", ")])
            }
            ImportError::NotATrace(what) => what.owned(),
            ImportError::Cut(at) => Phrase::error_cut.with(&[&at.to_string()]),
            ImportError::TooLarge => Phrase::error_too_large.owned(),
            ImportError::NoSpans(format) => Phrase::error_no_spans.with(&[format]),
            ImportError::NotLive(format) => Phrase::error_not_live.with(&[format]),
        };
        f.write_str(&message)
    }
}

impl std::error::Error for ImportError {}
