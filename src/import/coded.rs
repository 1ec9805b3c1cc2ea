//! Bodies that stand in a file in a code.
//!
//! Sources: RFC 4648 (Base64); "Event stream encoding" of the AWS SDK documentation and
//! `ConverseStream`, `InvokeModelWithResponseStream` of the Bedrock API reference. Not checked: the
//! checksums of an event stream.

/// Bytes of Base64, in the alphabet of files or of addresses, with line breaks or without. None if it
/// is none.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut n_bits) = (0_u32, 0);
    for byte in text.trim_end().trim_end_matches('=').bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'\r' | b'\n' => continue,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(six)) & 0xFFFF;
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits) as u8);
        }
    }
    Some(bytes)
}

/// The text that a body in Base64 is: as it stands, or an event a line. None if it is neither text
/// nor a stream of events.
pub(super) fn text(body: &str) -> Option<String> {
    let bytes = base64(body)?;
    match String::from_utf8(bytes) {
        Ok(text) if !text.starts_with('\0') => Some(text),
        Ok(text) => events(text.as_bytes()),
        Err(no_text) => events(no_text.as_bytes()),
    }
}

/// The events of an AWS event stream, a line each: `{"type":…}`, as the SDKs name them, or, of a model
/// that is called by its provider's own API, what that says. What is cut off at the end is left out.
fn events(mut bytes: &[u8]) -> Option<String> {
    let mut lines = String::new();
    while let Some((message, rest)) = message(bytes) {
        bytes = rest;
        let Some((kind, payload)) = message else {
            continue;
        };
        if kind == "chunk" {
            let json = crate::model::Json::new(payload);
            let inner = json.get("bytes").and_then(crate::model::Json::str);
            let inner = inner.and_then(|it| String::from_utf8(base64(&it)?).ok());
            lines.push_str(&inner.unwrap_or_default());
        } else {
            lines.extend(["{\"", kind, "\":", payload, "}"]);
        }
        lines.push('\n');
    }
    (!lines.is_empty()).then_some(lines)
}

/// An event: its type and its payload.
type Event<'a> = (&'a str, &'a str);

/// The first message of an event stream, if it is an event, and what comes after it. A message: its
/// length, that of its headers, a checksum, the headers, the payload, a checksum.
fn message(bytes: &[u8]) -> Option<(Option<Event<'_>>, &[u8])> {
    const AROUND: usize = 16;
    let number = |at: usize| {
        let four = bytes.get(at..)?.first_chunk()?;
        usize::try_from(u32::from_be_bytes(*four)).ok()
    };
    let (len, headers) = (number(0)?, number(4)?);
    if len < AROUND.checked_add(headers)? {
        return None;
    }
    let (message, rest) = bytes.split_at_checked(len)?;
    let (headers, payload) = message.get(12..len - 4)?.split_at_checked(headers)?;
    let payload = std::str::from_utf8(payload).ok();
    Some((kind(headers).zip(payload), rest))
}

/// The type that the headers of a message name: each has a name, the number of its type, and a value.
fn kind(mut headers: &[u8]) -> Option<&str> {
    const STRING: u8 = 7;
    loop {
        let (len, rest) = headers.split_first()?;
        let (name, rest) = rest.split_at_checked(usize::from(*len))?;
        let (of, rest) = rest.split_first()?;
        let (len, rest) = match *of {
            0 | 1 => (0, rest),
            2 => (1, rest),
            3 => (2, rest),
            4 => (4, rest),
            5 | 8 => (8, rest),
            9 => (16, rest),
            _ => {
                let (len, rest) = rest.split_first_chunk()?;
                (usize::from(u16::from_be_bytes(*len)), rest)
            }
        };
        let (value, rest) = rest.split_at_checked(len)?;
        if *of == STRING && matches!(name, b":event-type" | b":exception-type") {
            let is_word = value.iter().all(u8::is_ascii_alphanumeric);
            return std::str::from_utf8(value).ok().filter(|_| is_word);
        }
        headers = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_in_either_alphabet() {
        assert_eq!(base64("aGk/Pz8+").as_deref(), Some(&b"hi???>"[..]));
        assert_eq!(base64("aGk_Pz8-\r\n").as_deref(), Some(&b"hi???>"[..]));
        assert_eq!(base64("aA==").as_deref(), Some(&b"h"[..]));
        assert_eq!(base64("no base64"), None);
    }

    #[test]
    fn what_is_no_stream_of_events_is_none() {
        for bytes in [
            &b""[..],
            b"\0\0\0\0\0\0\0\0",
            b"\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",
            b"\0\0\0\x10\xff\xff\xff\xff\0\0\0\0\0\0\0\0",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        ] {
            assert_eq!(events(bytes), None);
        }
    }
}
