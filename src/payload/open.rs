//! What stands in a value of the file: without quotes and wrappers, and out of strings.

use std::borrow::Cow;

use super::otel;
use crate::model::{Index, Json, Kind, unescape};

/// Takes off OTLP's type wrapper and the quotes of a string; opens JSON that stands in a string,
/// at most three deep, as found in real files.
pub(super) fn unwrap(json: Json<'_>) -> Cow<'_, str> {
    let (mut text, deeper) = match (otel::string(json), json) {
        (Some(inner), _) => (text_of(inner), 1),
        (None, json) => match opened(json) {
            Some(text) => (text, 2),
            None => return Cow::Borrowed(json.text()),
        },
    };
    for _ in 0..deeper {
        if !text.trim_start().starts_with(['{', '"']) {
            break;
        }
        let index = Index::of(&text);
        match opened(index.json(&text)) {
            Some(next) => text = next,
            None => break,
        }
    }
    Cow::Owned(text)
}

/// Whether this is JSON as it stands within a string: the quotes in it are escaped.
fn is_escaped(text: &str) -> bool {
    /// No one nests so deep before the first string.
    const MOST: usize = 64;
    let quote = text.bytes().take(MOST).position(|it| it == b'"');
    let before = quote
        .and_then(|it| text.get(..it))
        .and_then(|it| it.strip_suffix('\\'));
    before.is_some_and(|it| it.bytes().all(|it| br"{[ \nrt".contains(&it)))
}

/// What stands in a type wrapper, in the quotes of a string, or in a part of a string; nothing
/// where there is none of these.
fn opened(json: Json<'_>) -> Option<String> {
    match json.kind() {
        _ if is_escaped(json.text()) => Some(unescape(json.text()).into_owned()),
        // Text may begin with a quote and still be no JSON: a Python file with its docstring.
        Kind::String if json.value_end() < json.text().len() => None,
        Kind::String => Some(text_of(json)),
        Kind::Object => otel::flatten(json),
        _ => None,
    }
}

fn text_of(json: Json<'_>) -> String {
    json.str().unwrap_or_default().into_owned()
}

/// A string member, or "".
pub(super) fn text(json: Option<Json<'_>>) -> String {
    json.and_then(Json::str).unwrap_or_default().into_owned()
}

/// Arguments as text: of an object its JSON, of a string what is in it.
pub(super) fn arguments(json: Option<Json<'_>>) -> String {
    json.filter(|it| it.is_some())
        .map(|it| unwrap(it).into_owned())
        .unwrap_or_default()
}
