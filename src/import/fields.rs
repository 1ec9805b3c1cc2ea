//! The fields of a record: times, counts and texts, and what is wrong with them.

use super::Became;
use super::records::Record;
use crate::model::{
    ByteRange, Count, Dollars, Draft, IssueKind, Json, KeySet, Moment, Nanos, SpanKey,
    TraceBuilder, parse_rfc3339,
};
use crate::payload;
use std::borrow::Cow;

/// A moment from RFC 3339 text; notes an issue where there is text and no moment in it.
pub(super) fn moment(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Option<Json<'_>>,
) -> Option<Moment> {
    let time = time.filter(|it| it.is_some())?;
    let nanos = time.str().and_then(|it| parse_rfc3339(&it));
    check(builder, record, time, nanos)
}

/// The same of a writer that leaves out the time zone: then it is taken for UTC, and an issue says
/// so once.
pub(super) fn zoneless(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Option<Json<'_>>,
) -> Option<Moment> {
    let value = time.filter(|it| it.is_some())?;
    let said = value.str().unwrap_or_default();
    if parse_rfc3339(&said).is_some() {
        return moment(builder, record, time);
    }
    let nanos = parse_rfc3339(&[said.trim(), "Z"].concat());
    let is_said = builder.issues.counts().any(|it| it.0 == IssueKind::NoZone);
    if nanos.is_some() && !is_said {
        builder.issue(IssueKind::NoZone, record.range_of(value));
    }
    check(builder, record, value, nanos)
}

/// A moment from decimal nanoseconds, as a string or a number. 0 is "not there".
pub(super) fn unix_nanos(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Option<Json<'_>>,
) -> Option<Moment> {
    let time = time.filter(|it| it.is_some() && !matches!(it.text(), "0" | "\"0\"" | "\"\""))?;
    check(builder, record, time, time.i64())
}

fn check(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Json<'_>,
    nanos: Option<i64>,
) -> Option<Moment> {
    /// 2000-01-01 and 2100-01-01: outside, the unit is wrong (seconds, milliseconds) or the clock.
    const LIKELY: std::ops::Range<i64> = 946_684_800_000_000_000..4_102_444_800_000_000_000;
    let Some(nanos) = nanos else {
        builder.issue(IssueKind::BadTime, record.range_of(time));
        return None;
    };
    if !LIKELY.contains(&nanos) {
        builder.issue(IssueKind::UnlikelyTime, record.range_of(time));
    }
    Moment::new(nanos)
}

/// A token count; notes an issue where there is something that is none.
pub(super) fn count(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    value: Option<Json<'_>>,
) -> Count {
    let Some(value) = value.filter(|it| it.is_some()) else {
        return Count::default();
    };
    let whole = || value.f64().filter(|it| *it >= 0.0 && it.fract() == 0.0);
    let count = value.u64().or_else(|| whole().map(|it| it as u64));
    // More than fits is no count of tokens, and another number in its place would be made up.
    let count = count.filter(|it| Count::new(*it).get() == Some(*it));
    if count.is_none() {
        builder.issue(IssueKind::BadCount, record.range_of(value));
    }
    count.into()
}

/// The text of a string member, or "".
pub(super) fn text(value: Option<Json<'_>>) -> Cow<'_, str> {
    value.and_then(Json::str).unwrap_or_default()
}

/// Where, of a list of messages, the first is if it is the system prompt, and the others: a run of
/// items without the brackets around it.
pub(super) fn system_and_rest(record: &Record<'_>, list: Json<'_>) -> (ByteRange, ByteRange) {
    let whole = record.range_of(list);
    let mut items = list.items();
    let first = items.next().filter(|it| {
        let role = text(it.get("role"));
        let is_langchain = || payload::langchain(*it).is_some_and(|it| it.1 == "system");
        matches!(role.as_ref(), "system" | "developer") || is_langchain()
    });
    let Some(first) = first else {
        return (ByteRange::default(), whole);
    };
    let rest = items
        .next()
        .map(|it| ByteRange::new(record.range_of(it).start, whole.end() - 1));
    (record.range_of(first), rest.unwrap_or_default())
}

/// Kinds of records that a format is not known to have.
#[derive(Default)]
pub(super) struct Unknown(KeySet);

impl Unknown {
    /// Notes one, the first time it is met.
    pub(super) fn note(&mut self, b: &mut TraceBuilder, record: &Record<'_>, kind: &str) -> Became {
        if self.0.len() < 100 && self.0.insert(SpanKey::of(kind)) {
            b.issue(IssueKind::UnknownRecord, record.range);
        }
        Became::Other
    }
}

/// A draft of `record`.
pub(super) fn draft(record: &Record<'_>) -> Draft {
    Draft {
        record: record.range,
        ..Draft::default()
    }
}

/// US dollars, also where they are written as a string.
pub(super) fn dollars(value: Option<Json<'_>>) -> Dollars {
    value.and_then(Json::f64).into()
}

/// Nanoseconds from milliseconds, which may have a fraction. Nothing where there are fewer than 0.
pub(super) fn millis(value: Option<Json<'_>>) -> Option<Nanos> {
    let millis = value.and_then(Json::f64).filter(|it| *it >= 0.0);
    millis.map(|it| (it * 1e6) as Nanos)
}

/// A moment from seconds since 1970, with a fraction.
pub(super) fn unix_secs(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Option<Json<'_>>,
) -> Option<Moment> {
    scaled(builder, record, time, 1_000_000_000)
}

/// A moment from milliseconds since 1970.
pub(super) fn unix_millis(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Option<Json<'_>>,
) -> Option<Moment> {
    scaled(builder, record, time, 1_000_000)
}

/// A moment as RFC 3339 text, or as a number of seconds or milliseconds since 1970: which of them,
/// its size tells.
pub(super) fn any_moment(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Option<Json<'_>>,
) -> Option<Moment> {
    /// In seconds the year 5138, in milliseconds 1973.
    const MILLIS: f64 = 1e11;
    match time?.f64() {
        None => moment(builder, record, time),
        Some(number) if number >= MILLIS => unix_millis(builder, record, time),
        Some(_) => unix_secs(builder, record, time),
    }
}

/// The same of a writer whose times are UTC where they have no zone.
pub(super) fn any_utc(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Option<Json<'_>>,
) -> Option<Moment> {
    let said = time.and_then(Json::str).unwrap_or_default();
    match parse_rfc3339(&[said.trim(), "Z"].concat()) {
        Some(nanos) => check(builder, record, time?, Some(nanos)),
        None => any_moment(builder, record, time),
    }
}

/// A moment from microseconds since 1970.
pub(super) fn unix_micros(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Option<Json<'_>>,
) -> Option<Moment> {
    scaled(builder, record, time, 1_000)
}

/// A moment from microseconds of a clock that began at any time: only differences count.
pub(super) fn micros(time: Json<'_>) -> Option<Moment> {
    let digits = time.str();
    let digits = digits.as_deref().unwrap_or(time.text());
    let inexact = || time.f64().map(|it| (it * 1e3) as i64);
    exact(digits.trim(), 1_000)
        .or_else(inexact)
        .and_then(Moment::new)
}

/// A moment from a pair: seconds since 1970, and the nanoseconds after them. Two zeros are "not
/// there".
pub(super) fn unix_pair(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Option<Json<'_>>,
) -> Option<Moment> {
    let time = time.filter(|it| it.is_some())?;
    let mut items = time.items().map(Json::i64);
    let nanos = match (items.next(), items.next()) {
        (Some(Some(secs)), Some(Some(nanos))) => secs
            .checked_mul(1_000_000_000)
            .and_then(|it| it.checked_add(nanos)),
        _ => None,
    };
    if nanos == Some(0) {
        return None;
    }
    check(builder, record, time, nanos)
}

/// A moment from a count of units of so many nanoseconds. Whole ones are not rounded; `null` and 0
/// are "not there".
fn scaled(
    builder: &mut TraceBuilder,
    record: &Record<'_>,
    time: Option<Json<'_>>,
    nanos: i64,
) -> Option<Moment> {
    let time = time.filter(|it| it.is_some() && it.f64() != Some(0.0))?;
    let digits = time.str();
    let digits = digits.as_deref().unwrap_or(time.text());
    let inexact = || time.f64().map(|it| (it * nanos as f64) as i64);
    let exact = exact(digits.trim(), nanos);
    check(builder, record, time, exact.or_else(inexact))
}

/// So many times a decimal number, to the last digit: an `f64` has a quarter of a microsecond left
/// for the fraction of a second of today.
fn exact(digits: &str, times: i64) -> Option<i64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.get(..fraction.len().min(12))?;
    let all: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scaled = all * i128::from(times) / 10_i128.pow(fraction.len() as u32);
    i64::try_from(scaled).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_time_are_exact() {
        let secs = exact("1763913825.1830207", 1_000_000_000);
        assert_eq!(secs, Some(1_763_913_825_183_020_700));
        assert_eq!(
            exact("1763913825183", 1_000_000),
            secs.map(|_| 1_763_913_825_183_000_000)
        );
        assert_eq!(exact("-1.5", 1_000), Some(-1_500));
        assert_eq!(exact("1e9", 1), None);
    }
}
