//! Values of attributes, whatever wraps them: OTLP's types, JSON in strings.

use std::borrow::Cow;

use super::fields::text;
use crate::model::{ByteRange, Json, Kind, Lapse, Sym};
use crate::payload;

/// The value in OTLP's wrapper of types (`AnyValue`); any other as it is.
pub(super) fn peel(value: Json<'_>) -> Json<'_> {
    if value.kind() != Kind::Object {
        return value;
    }
    let Some((kind, inner)) = value.pairs().next() else {
        return value;
    };
    match kind.text().as_bytes() {
        [.., b'V', b'a', b'l', b'u', b'e', b'"'] => inner,
        _ => value,
    }
}

/// Why the model stopped, in a provider's response that is kept whole.
pub(super) fn finish_within(response: Json<'_>) -> Option<String> {
    let opened = payload::value(response.text());
    let json = Json::new(&opened);
    let choice = json.get("choices").and_then(|it| it.items().next());
    let reason = choice.and_then(|it| it.get("finish_reason"));
    let reason = reason.or_else(|| json.get("stop_reason"))?.str()?;
    Some(reason.into_owned())
}

/// A text; of JSON in a string (MLflow) what is in that.
pub(super) fn word(value: Json<'_>) -> Cow<'_, str> {
    let said = text(Some(value));
    match said
        .starts_with('"')
        .then(|| Json::new(&said).str())
        .flatten()
    {
        Some(inner) => inner.into_owned().into(),
        None => said,
    }
}

/// An object, or JSON in a string, as JSON.
pub(super) fn opened(value: Json<'_>) -> Cow<'_, str> {
    value.str().unwrap_or(Cow::Borrowed(value.text()))
}

/// A lapse in units of so many nanoseconds.
pub(super) fn nanos(value: Json<'_>, scale: f64) -> Lapse {
    value.f64().map(|it| (it * scale) as i64).into()
}

/// The first of two names, if it is one.
pub(super) fn either(first: Sym, second: Sym) -> Sym {
    if first.is_empty() { second } else { first }
}

/// The first of two places, if it is one.
pub(super) fn either_range(first: ByteRange, second: ByteRange) -> ByteRange {
    if first.is_empty() { second } else { first }
}
