//! RFC 3339 moments to and from nanoseconds since 1970 UTC.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Nanoseconds since 1970 UTC of `2026-11-23T16:06:56.471561Z`, up to nanoseconds, with any zone.
/// A blank instead of the `T` is taken. `None` without a zone: it would be a guess.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let text = text.trim();
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok().or_else(|| {
        let text = text.replacen(' ', "T", 1);
        OffsetDateTime::parse(&text, &Rfc3339).ok()
    })?;
    i64::try_from(moment.unix_timestamp_nanos()).ok()
}

/// `2026-11-23T16:06:56.471561Z`; `None` outside the years that RFC 3339 can write.
pub fn format_rfc3339(unix_nanos: i64) -> Option<String> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(unix_nanos))
        .ok()?
        .format(&Rfc3339)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for text in [
            "2026-11-23T16:06:56.471561Z",
            "1970-01-01T00:00:00Z",
            "2026-11-23T16:06:56.000000001Z",
        ] {
            assert_eq!(format_rfc3339(parse_rfc3339(text).unwrap()).unwrap(), text);
        }
        assert_eq!(
            parse_rfc3339("2026-11-23T18:06:56+02:00"),
            parse_rfc3339("2026-11-23 16:06:56Z")
        );
        assert_eq!(parse_rfc3339("2026-11-23T16:06:56"), None);
        assert_eq!(parse_rfc3339("yesterday"), None);
    }
}
