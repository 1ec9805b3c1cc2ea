//! What the beginning of a file shows: enough to tell the format, by content and never by name.

use crate::model::{Json, Kind, Skip, Stop, skip_blank, value_end};

/// The beginning of a file.
#[derive(Debug)]
pub(super) struct Head<'a> {
    /// Whether each line is a value of its own.
    pub(super) lines: bool,
    /// Whether something stands before the value in each line: what a log puts there, or the
    /// `data:` of a stream of events.
    pub(super) prefixed: bool,
    /// The first values, at most [`VALUES`](Self::VALUES): lines, documents one after another, or
    /// the items of an array. The last may be cut off.
    pub(super) values: Vec<Json<'a>>,
}

impl<'a> Head<'a> {
    const VALUES: usize = 12;

    /// Looks at `text`, the beginning of a file or all of it.
    pub(super) fn new(text: &'a str) -> Self {
        for prefixed in [false, true] {
            let good = lines(text, prefixed);
            if !good.is_empty() {
                return Head {
                    lines: true,
                    prefixed,
                    values: flat(good),
                };
            }
        }
        Head {
            lines: false,
            prefixed: false,
            values: flat(values(text)),
        }
    }

    /// Whether any of the first values is what a format has and no other.
    pub(super) fn any(&self, is_own: fn(&Json<'_>) -> bool) -> bool {
        self.values.iter().any(is_own)
    }

    /// Whether any of the first values has all of `keys`.
    pub(super) fn has(&self, keys: &[&str]) -> bool {
        self.values
            .iter()
            .any(|value| keys.iter().all(|key| value.get(key).is_some()))
    }

    /// Whether any of the first values has a string `key` with one of `words`.
    pub(super) fn says(&self, key: &str, words: &[&str]) -> bool {
        let said = |value: &Json| {
            value
                .get(key)
                .and_then(Json::str)
                .is_some_and(|it| words.contains(&it.as_ref()))
        };
        self.values.iter().any(said)
    }

    /// The keys of the first value, for an error message.
    pub(super) fn keys(&self) -> Vec<String> {
        let first = self.values.iter().find(|it| it.kind() == Kind::Object);
        first
            .into_iter()
            .flat_map(|it| it.members())
            .map(|it| it.0.into_owned())
            .take(12)
            .collect()
    }
}

/// The complete values among the first lines, if most lines are one (or, of what is `prefixed`, end
/// with one: in a stream of events no other lines stand between but `event:` and its kin).
fn lines(text: &str, prefixed: bool) -> Vec<Json<'_>> {
    let (mut good, mut bad) = (Vec::new(), 0);
    let complete = text.rfind('\n').map_or(0, |it| it + 1);
    for line in text
        .get(..complete)
        .unwrap_or_default()
        .lines()
        .filter(|it| !(it.trim().is_empty() || prefixed && is_framing(it)))
        .take(Head::VALUES)
    {
        let start = line.find('{').filter(|_| prefixed).unwrap_or(0);
        let line = Json::new(line.get(start..).unwrap_or_default());
        match Skip::default().run(line.text().as_bytes(), 0, false) {
            (end, Stop::Complete) if end == line.text().len() && line.kind() == Kind::Object => {
                good.push(line);
            }
            _ => bad += 1,
        }
    }
    if good.len() <= bad {
        good.clear();
    }
    good
}

/// Whether a line of a stream of events says something about the event and not what it is.
/// Source: HTML standard, 9.2.6 "Interpreting an event stream".
fn is_framing(line: &str) -> bool {
    let begins = |it: &&str| line.starts_with(*it);
    [":", "event:", "id:", "retry:", "data: [DONE]"]
        .iter()
        .any(begins)
}

/// The values that stand one after another.
fn values(text: &str) -> Vec<Json<'_>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut found = Vec::new();
    let mut pos = skip_blank(text.as_bytes(), 0);
    while pos < text.len() && found.len() < Head::VALUES {
        let end = value_end(text.as_bytes(), pos);
        if end == pos {
            break;
        }
        found.push(Json::new(text.get(pos..end).unwrap_or_default()));
        pos = skip_blank(text.as_bytes(), end);
    }
    found
}

/// Arrays at the top, opened.
fn flat(values: Vec<Json<'_>>) -> Vec<Json<'_>> {
    let mut flat = Vec::new();
    for value in values {
        match value.kind() {
            Kind::Array => flat.extend(value.items().take(Head::VALUES)),
            _ => flat.push(value),
        }
    }
    flat.truncate(Head::VALUES);
    flat
}
