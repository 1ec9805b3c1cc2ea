//! Figures and facts in words. All that the viewer says in its own words is in `phrases.rs`; what the
//! script says itself, before there is a viewer, is in `script.rs`, which only `languages/` compiles.

mod language;
mod phrases;

pub use language::{Language, fill, spoken};
pub use phrases::{PHRASES, Phrase, Translation};

use crate::analysis::Told;
use crate::model::{Clock, FinishReason, IssueKind, Nanos, Status};

/// What stands where the file has no figure.
pub fn not_reported() -> String {
    Phrase::not_reported.owned()
}

/// 58938 → "58,938".
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    if digits.len() < 4 {
        return digits;
    }
    let group = spoken().group(digits.len());
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push_str(group);
        }
        out.push(digit);
    }
    out
}

/// A token count, or that there is none.
pub fn count(n: Option<u64>) -> String {
    n.map_or_else(not_reported, number)
}

/// "13.2 s", "340 ms", "2 min 5 s".
pub fn duration(nanos: Nanos) -> String {
    let abs = nanos.unsigned_abs();
    let secs = abs / 1_000_000_000;
    let sign = if nanos < 0 { "\u{2212}" } else { "" };
    let value = match abs {
        0 => Phrase::unit_s.with(&["0"]),
        1..1_000 => fill("{0} ns", &[&abs.to_string()]),
        1_000..1_000_000 => fill("{0} \u{b5}s", &[&(abs / 1_000).to_string()]),
        1_000_000..100_000_000 => fill("{0} ms", &[&(abs / 1_000_000).to_string()]),
        100_000_000..60_000_000_000 => Phrase::unit_s.with(&[&decimal(abs, 1_000_000_000, 1)]),
        _ => {
            let (phrase, unit, part) = match secs {
                0..3_600 => (Phrase::min_s, 60, 1),
                3_600..86_400 => (Phrase::h_min, 3_600, 60),
                _ => (Phrase::d_h, 86_400, 3_600),
            };
            phrase.with(&[&number(secs / unit), &number(secs % unit / part)])
        }
    };
    fill("{0}{1}", &[sign, &value])
}

/// A length by the trace's clock.
pub fn length(clock: Clock, n: Nanos) -> String {
    match clock {
        Clock::Wall => duration(n),
        Clock::Ordinal => Phrase::steps.of(n.unsigned_abs()),
    }
}

/// A moment on the trace's clock.
pub fn moment(clock: Clock, n: Nanos) -> String {
    match clock {
        Clock::Wall => duration(n),
        Clock::Ordinal => Phrase::step_at.with(&[&n.saturating_add(1).to_string()]),
    }
}

/// A tick of the time axis; `step` tells how exact it must be.
pub fn tick(clock: Clock, time: Nanos, step: Nanos) -> String {
    if clock == Clock::Ordinal {
        return number(time.unsigned_abs());
    }
    let (unit, name): (Nanos, Phrase) = match step {
        ..1_000 => (1, Phrase::same("{0} ns")),
        1_000..1_000_000 => (1_000, Phrase::same("{0} \u{b5}s")),
        1_000_000..1_000_000_000 if time.unsigned_abs() < 1_000_000_000 => {
            (1_000_000, Phrase::same("{0} ms"))
        }
        1_000_000..60_000_000_000 => (1_000_000_000, Phrase::unit_s),
        60_000_000_000..3_600_000_000_000 => (60_000_000_000, Phrase::unit_min),
        3_600_000_000_000..86_400_000_000_000 => (3_600_000_000_000, Phrase::unit_h),
        _ => (86_400_000_000_000, Phrase::unit_d),
    };
    if time == 0 {
        return name.with(&["0"]);
    }
    let places = (0..9)
        .find(|it| step.saturating_mul(10_i64.pow(*it)) % unit == 0)
        .unwrap_or(9);
    let value = decimal(time.unsigned_abs(), unit.unsigned_abs(), places);
    name.with(&[&value])
}

/// `n / unit` with some decimal places, rounded. Integers all the way: formatting floats would cost
/// the download 20 kB.
fn decimal(n: u64, unit: u64, places: u32) -> String {
    pointed(n, unit, places, spoken().decimal())
}

fn pointed(n: u64, unit: u64, places: u32, point: &str) -> String {
    let scale = 10_u64.pow(places);
    // The whole units and the rest apart: together they might not fit.
    let (whole, rest) = (n / unit, n % unit);
    let rest = (rest.saturating_mul(scale) + unit / 2) / unit;
    let scaled = whole.saturating_mul(scale).saturating_add(rest);
    if places == 0 {
        return scaled.to_string();
    }
    format!(
        "{}{point}{:0width$}",
        scaled / scale,
        scaled % scale,
        width = places as usize
    )
}

/// A share of a width, in percent, for a style: "12.345%".
pub fn share(percent: f64) -> String {
    let thousandths = (percent.clamp(-1e9, 1e9) * 1000.0) as i64;
    let sign = if thousandths < 0 { "-" } else { "" };
    format!(
        "{sign}{}%",
        pointed(thousandths.unsigned_abs(), 1000, 3, ".")
    )
}

/// A part of a whole, in whole percent.
pub fn percent(part: u64, whole: u64) -> String {
    Phrase::percent.with(&[&decimal(part.saturating_mul(100), whole.max(1), 0)])
}

/// Bytes, for people.
pub fn bytes(n: u64) -> String {
    let (phrase, unit) = match n {
        0..1_000 => return Phrase::bytes.of(n),
        1_000..1_000_000 => (Phrase::kilobytes, 1_000),
        1_000_000..1_000_000_000 => (Phrase::megabytes, 1_000_000),
        _ => (Phrase::gigabytes, 1_000_000_000),
    };
    phrase.with(&[&decimal(n, unit, 1)])
}

/// Dollars: two places, more for small sums.
pub fn money(usd: f64) -> String {
    let sign = if usd < 0.0 { "\u{2212}" } else { "" };
    let micros = (usd.abs() * 1e6) as u64;
    let places = if micros >= 100_000 || micros == 0 {
        2
    } else {
        4
    };
    let value = Phrase::money.with(&[&decimal(micros, 1_000_000, places)]);
    fill("{0}{1}", &[sign, &value])
}

/// The minute of a time as RFC 3339 has it.
pub fn minute(time: &str) -> String {
    let part = |from, to| time.get(from..to).unwrap_or_default();
    let parts = [
        part(0, 4),
        part(5, 7),
        part(8, 10),
        part(11, 13),
        part(14, 16),
    ];
    fill(spoken().date(), &parts)
}

/// Why the model stopped, as part of a sentence.
pub fn finish(reason: FinishReason, raw: &str) -> String {
    let phrase = match reason {
        FinishReason::Unset => Phrase::stopped_unknown,
        FinishReason::Stop => Phrase::stopped_done,
        FinishReason::ToolCall => Phrase::stopped_tool,
        FinishReason::Length => Phrase::stopped_length,
        FinishReason::ContentFilter => Phrase::stopped_filter,
        FinishReason::Error => Phrase::stopped_error,
        FinishReason::Other => Phrase::stopped_other,
    };
    phrase.with(&[raw])
}

/// A status, as a word; none for an unremarkable one. `is_live`: what has not ended may still do so.
pub fn status(status: Status, is_live: bool) -> &'static str {
    let phrase = match status {
        Status::Unset | Status::Ok => Phrase::same(""),
        Status::Error => Phrase::failed,
        Status::Running if is_live => Phrase::running,
        Status::Running => Phrase::unfinished,
    };
    phrase.text()
}

/// Something that a file may tell of its calls, and whether those are LLM calls.
pub fn told(told: Told) -> (Phrase, bool) {
    match told {
        Told::Model => (Phrase::model, true),
        Told::InputTokens => (Phrase::tokens_in, true),
        Told::OutputTokens => (Phrase::tokens_out, true),
        Told::CachedTokens => (Phrase::told_cached, true),
        Told::FinishReason => (Phrase::fact_finish_reason, true),
        Told::FirstToken => (Phrase::fact_first_token, true),
        Told::Input => (Phrase::told_sent, true),
        Told::Output => (Phrase::told_answer, true),
        Told::System => (Phrase::system_prompt, true),
        Told::Toolbelt => (Phrase::toolbelt, true),
        Told::LlmTimes => (Phrase::told_measured, true),
        Told::Arguments => (Phrase::told_arguments, false),
        Told::Result => (Phrase::told_result, false),
        Told::ToolTimes => (Phrase::told_measured, false),
    }
}

/// What an issue is, for `n` of them.
pub fn issue(kind: IssueKind, n: u32) -> String {
    let phrase = match kind {
        IssueKind::Truncated => Phrase::issue_truncated,
        IssueKind::SubAgentAlone => Phrase::issue_sub_agent,
        IssueKind::LogsAlone => Phrase::issue_logs,
        IssueKind::NoZone => Phrase::issue_no_zone,
        IssueKind::BadRecord => Phrase::issue_bad_record,
        IssueKind::Malformed => Phrase::issue_malformed,
        IssueKind::InvalidUtf8 => Phrase::issue_utf8,
        IssueKind::MissingParent => Phrase::issue_parent,
        IssueKind::Cycle => Phrase::issue_cycle,
        IssueKind::DuplicateId => Phrase::issue_id,
        IssueKind::NegativeDuration => Phrase::issue_negative,
        IssueKind::OutsideParent => Phrase::issue_outside,
        IssueKind::UnlikelyTime => Phrase::issue_unlikely,
        IssueKind::BadTime => Phrase::issue_time,
        IssueKind::BadCount => Phrase::issue_count,
        IssueKind::CountsDisagree => Phrase::issue_disagree,
        IssueKind::UnknownRecord => Phrase::issue_unknown,
        IssueKind::RecordedTwice => Phrase::issue_twice,
        IssueKind::DroppedAttributes => Phrase::issue_dropped,
        IssueKind::Unfinished => Phrase::issue_unfinished,
    };
    phrase.with(&[&number(n.into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_in_words() {
        assert_eq!(number(58_938), "58,938");
        assert_eq!(number(999), "999");
        for (nanos, text) in [
            (0, "0 s"),
            (340, "340 ns"),
            (99_000_000, "99 ms"),
            (100_000_000, "0.1 s"),
            (13_219_000_000, "13.2 s"),
            (53_700_000_000, "53.7 s"),
            (2_506_248_000_000, "41 min 46 s"),
            (7_500_000_000_000, "2 h 5 min"),
            (-1_500_000_000, "\u{2212}1.5 s"),
            (i64::MAX, "106,751 d 23 h"),
        ] {
            assert_eq!(duration(nanos), text);
        }
        assert_eq!(percent(52_480, 58_938), "89 %");
        assert_eq!(percent(1, 0), "100 %");
        assert_eq!(share(12.3456), "12.345%");
        assert_eq!(share(-4.0), "-4.000%");
        assert_eq!(bytes(86_343), "86.3 kB");
        assert_eq!(bytes(u64::MAX), "18446744073.7 GB");
        assert_eq!(money(0.0452), "$0.0452");
        assert_eq!(money(12.345), "$12.35");
        assert_eq!(tick(Clock::Wall, 10_000_000_000, 10_000_000_000), "10 s");
        assert_eq!(tick(Clock::Wall, 500_000_000, 500_000_000), "500 ms");
        assert_eq!(tick(Clock::Wall, 1_500_000_000, 500_000_000), "1.5 s");
    }
}
