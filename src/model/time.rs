//! RFC 3339 moments to and from nanoseconds since 1970 UTC.
//!
//! By hand: a library for dates adds 4 kB to the download for these two functions. The calendar is
//! Howard Hinnant's `days_from_civil` and `civil_from_days`; the tests compare with the `time` crate.

const DAY: i64 = 86_400;
const NANOS: i64 = 1_000_000_000;

/// Nanoseconds since 1970 UTC of `2026-11-23T16:06:56.471561Z`, to nanoseconds, with any zone.
/// A blank instead of the `T` is taken. `None` without a zone: it would be a guess.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let bytes = text.trim().as_bytes();
    let number = |from: usize, len: usize| {
        bytes
            .get(from..from + len)?
            .iter()
            .try_fold(0_i64, |n, it| {
                it.is_ascii_digit().then(|| n * 10 + i64::from(it - b'0'))
            })
    };
    let is = |at: usize, any: &[u8]| bytes.get(at).is_some_and(|it| any.contains(it));
    if !(is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    let is_date = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    // A leap second is the moment before the next minute.
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (mut at, mut nanos) = (19, 0);
    if is(at, b".") {
        at += 1;
        let mut scale = NANOS / 10;
        let first = at;
        while let Some(digit) = number(at, 1) {
            nanos += digit * scale;
            scale /= 10;
            at += 1;
        }
        if at == first {
            return None;
        }
    }
    let offset = match bytes.get(at)? {
        b'Z' | b'z' if at + 1 == bytes.len() => 0,
        sign @ (b'+' | b'-') if at + 6 == bytes.len() && is(at + 3, b":") => {
            let (hours, minutes) = (number(at + 1, 2)?, number(at + 4, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 3600 + minutes * 60) * if *sign == b'+' { 1 } else { -1 }
        }
        _ => return None,
    };
    let secs = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second.min(59) - offset;
    let nanos = if second == 60 { NANOS - 1 } else { nanos };
    // Toward zero first: at the ends of the range the whole seconds alone would not fit.
    let back = i64::from(secs < 0);
    (secs + back)
        .checked_mul(NANOS)?
        .checked_add(nanos - back * NANOS)
}

/// `2026-11-23T16:06:56.471561Z`: with as many decimal places as it takes.
pub fn format_rfc3339(unix_nanos: i64) -> String {
    let (secs, nanos) = (unix_nanos.div_euclid(NANOS), unix_nanos.rem_euclid(NANOS));
    let (day, time) = (secs.div_euclid(DAY), secs.rem_euclid(DAY));
    let (year, month, day) = civil(day);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if nanos > 0 {
        let places = format!(".{nanos:09}");
        text.push_str(places.trim_end_matches('0'));
    }
    text.push('Z');
    text
}

fn days_in(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01. Years begin in March, so that the leap day is their last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year = year.rem_euclid(400);
    let day = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year * 365 + year / 4 - year / 100 + day - 719_468
}

/// Year, month and day of a day from 1970-01-01.
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    #[test]
    fn agrees_with_the_time_crate() {
        // A step that comes by every hour, weekday and leap year, over all that fits.
        let step = 1_000_003 * 1_000_000_007_i64;
        for nanos in (0..9_000).map(|it| i64::MIN / 2 + it * step) {
            let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(nanos)).unwrap();
            assert_eq!(format_rfc3339(nanos), moment.format(&Rfc3339).unwrap());
            assert_eq!(parse_rfc3339(&format_rfc3339(nanos)), Some(nanos));
        }
        for text in [
            "2026-11-23T16:06:56.471561Z",
            "2024-02-29T23:59:59+14:00",
            "1999-12-31T00:00:00.000000001-09:30",
            "2026-11-23t16:06:56z",
            "2023-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T16:06:56.Z",
            "2026-11-23T16:06:56",
            "2026-11-23T16:06:56+2:00",
            "yesterday",
            "",
            "2026-11-23T16:06:56Zjunk",
            "0001-01-01T00:00:00Z",
        ] {
            let theirs = OffsetDateTime::parse(text, &Rfc3339).ok();
            let theirs = theirs.and_then(|it| i64::try_from(it.unix_timestamp_nanos()).ok());
            assert_eq!(parse_rfc3339(text), theirs, "{text}");
        }
        assert_eq!(
            parse_rfc3339("2026-11-23 16:06:56Z"),
            parse_rfc3339("2026-11-23T18:06:56+02:00")
        );
    }
}
