//! One spelling of an id of a trace or a span.

use std::borrow::Cow;

use super::coded::base64;

/// Hexadecimal in lower case. Writers that go through protobuf's own JSON use Base64, the Python
/// SDK begins with `0x`; hand-made files use what they like, which stays.
pub(super) fn normal_id(id: Cow<'_, str>) -> Cow<'_, str> {
    let is_hex = |it: u8| matches!(it, b'0'..=b'9' | b'a'..=b'f');
    // All bytes are looked at, many at once: mostly all are.
    let all_hex = || id.bytes().fold(true, |all, it| all & is_hex(it));
    if matches!(id.len(), 16 | 32) && all_hex() {
        return id;
    }
    let id = id.trim();
    let digits = id.strip_prefix("0x").unwrap_or(id);
    if matches!(digits.len(), 16 | 32) && digits.bytes().all(|it| it.is_ascii_hexdigit()) {
        return digits.to_ascii_lowercase().into();
    }
    let bytes = matches!((id.len(), id.ends_with('=')), (12 | 24, true))
        .then(|| base64(id))
        .flatten();
    let hex = |it: Vec<u8>| {
        let digits = it.into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits
            .filter_map(|it| char::from_digit(it.into(), 16))
            .collect()
    };
    bytes.map_or_else(|| id.to_owned(), hex).into()
}

/// The same with the zeros at its beginning that some writers leave out.
pub(super) fn padded(id: Cow<'_, str>) -> Cow<'_, str> {
    let is_hex = !id.is_empty() && id.bytes().all(|it| it.is_ascii_hexdigit());
    let width = match id.len() {
        1..=15 if is_hex => 16,
        17..=31 if is_hex => 32,
        _ => return id,
    };
    let zeros = "0".repeat(width - id.len());
    [zeros.as_str(), &id.to_ascii_lowercase()].concat().into()
}
