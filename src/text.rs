//! Figures and facts in words. All that the viewer says about a trace in its own words is here.

use crate::analysis::Told;
use crate::model::{Clock, FinishReason, IssueKind, Nanos, Status};

/// What stands where the file has no figure.
pub const NOT_REPORTED: &str = "not reported";

/// 58938 → "58,938".
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A token count, or that there is none.
pub fn count(n: Option<u64>) -> String {
    n.map_or_else(|| NOT_REPORTED.to_owned(), number)
}

/// "13.2 s", "340 ms", "2 min 5 s".
pub fn duration(nanos: Nanos) -> String {
    let abs = nanos.unsigned_abs();
    let secs = abs / 1_000_000_000;
    let sign = if nanos < 0 { "\u{2212}" } else { "" };
    let value = match abs {
        0 => "0 s".to_owned(),
        1..1_000 => format!("{abs} ns"),
        1_000..1_000_000 => format!("{} \u{b5}s", abs / 1_000),
        1_000_000..100_000_000 => format!("{} ms", abs / 1_000_000),
        100_000_000..60_000_000_000 => format!("{} s", decimal(abs, 1_000_000_000, 1)),
        60_000_000_000..3_600_000_000_000 => format!("{} min {} s", secs / 60, secs % 60),
        3_600_000_000_000..86_400_000_000_000 => {
            format!("{} h {} min", secs / 3600, secs % 3600 / 60)
        }
        _ => format!("{} d {} h", number(secs / 86_400), secs % 86_400 / 3600),
    };
    format!("{sign}{value}")
}

/// A length by the trace's clock.
pub fn length(clock: Clock, n: Nanos) -> String {
    match clock {
        Clock::Wall => duration(n),
        Clock::Ordinal => steps(n),
    }
}

/// A moment on the trace's clock.
pub fn moment(clock: Clock, n: Nanos) -> String {
    match clock {
        Clock::Wall => duration(n),
        Clock::Ordinal => format!("step {}", n.saturating_add(1)),
    }
}

fn steps(n: Nanos) -> String {
    if n == 1 {
        "1 step".to_owned()
    } else {
        format!("{n} steps")
    }
}

/// A tick of the time axis; `step` tells how exact it must be.
pub fn tick(clock: Clock, time: Nanos, step: Nanos) -> String {
    if clock == Clock::Ordinal {
        return number(time.unsigned_abs());
    }
    let (unit, name): (Nanos, &str) = match step {
        ..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "\u{b5}s"),
        1_000_000..1_000_000_000 if time.unsigned_abs() < 1_000_000_000 => (1_000_000, "ms"),
        1_000_000..60_000_000_000 => (1_000_000_000, "s"),
        60_000_000_000..3_600_000_000_000 => (60_000_000_000, "min"),
        3_600_000_000_000..86_400_000_000_000 => (3_600_000_000_000, "h"),
        _ => (86_400_000_000_000, "d"),
    };
    if time == 0 {
        return format!("0 {name}");
    }
    let places = (0..9)
        .find(|it| step.saturating_mul(10_i64.pow(*it)) % unit == 0)
        .unwrap_or(9);
    format!(
        "{} {name}",
        decimal(time.unsigned_abs(), unit.unsigned_abs(), places)
    )
}

/// `n / unit` with some decimal places, rounded. Integers all the way: formatting floats would cost
/// the download 20 kB.
fn decimal(n: u64, unit: u64, places: u32) -> String {
    let scale = 10_u64.pow(places);
    // The whole units and the rest apart: together they might not fit.
    let (whole, rest) = (n / unit, n % unit);
    let rest = (rest.saturating_mul(scale) + unit / 2) / unit;
    let scaled = whole.saturating_mul(scale).saturating_add(rest);
    if places == 0 {
        return scaled.to_string();
    }
    format!(
        "{}.{:0width$}",
        scaled / scale,
        scaled % scale,
        width = places as usize
    )
}

/// A share of a width, in percent, for a style: "12.345%".
pub fn share(percent: f64) -> String {
    let thousandths = (percent.clamp(-1e9, 1e9) * 1000.0) as i64;
    let sign = if thousandths < 0 { "-" } else { "" };
    format!("{sign}{}%", decimal(thousandths.unsigned_abs(), 1000, 3))
}

/// A part of a whole, in whole percent.
pub fn percent(part: u64, whole: u64) -> String {
    format!("{} %", decimal(part.saturating_mul(100), whole.max(1), 0))
}

/// "1 round", "2 rounds".
pub fn plural(n: u64, one: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else {
        format!("{} {one}s", number(n))
    }
}

/// Bytes, for people.
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => plural(n, "byte"),
        1_000..1_000_000 => format!("{} kB", decimal(n, 1_000, 1)),
        1_000_000..1_000_000_000 => format!("{} MB", decimal(n, 1_000_000, 1)),
        _ => format!("{} GB", decimal(n, 1_000_000_000, 1)),
    }
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
    format!("{sign}${}", decimal(micros, 1_000_000, places))
}

/// Why the model stopped, as part of a sentence.
pub fn finish(reason: FinishReason, raw: &str) -> String {
    match reason {
        FinishReason::Unset => format!("finish reason {NOT_REPORTED}"),
        FinishReason::Stop => "stopped when done".to_owned(),
        FinishReason::ToolCall => "stopped to use a tool".to_owned(),
        FinishReason::Length => "stopped: out of tokens".to_owned(),
        FinishReason::ContentFilter => "stopped by a content filter".to_owned(),
        FinishReason::Error => "stopped by an error".to_owned(),
        FinishReason::Other => format!("stopped: {raw}"),
    }
}

/// A status, as a word; none for an unremarkable one. `is_live`: what has not ended may still do so.
pub fn status(status: Status, is_live: bool) -> &'static str {
    match status {
        Status::Unset | Status::Ok => "",
        Status::Error => "failed",
        Status::Running if is_live => "running",
        Status::Running => "unfinished",
    }
}

/// Something that a file may tell of its calls, and which calls.
pub fn told(told: Told) -> (&'static str, &'static str) {
    const LLM: &str = "LLM call";
    const TOOL: &str = "tool call";
    match told {
        Told::Model => ("Model", LLM),
        Told::InputTokens => ("Tokens in", LLM),
        Told::OutputTokens => ("Tokens out", LLM),
        Told::CachedTokens => ("Cached tokens", LLM),
        Told::FinishReason => ("Finish reason", LLM),
        Told::FirstToken => ("Time to first token", LLM),
        Told::Input => ("Messages sent", LLM),
        Told::Output => ("Answer", LLM),
        Told::System => ("System prompt", LLM),
        Told::Toolbelt => ("Toolbelt", LLM),
        Told::LlmTimes => ("Start and end, measured", LLM),
        Told::Arguments => ("Arguments", TOOL),
        Told::Result => ("Result", TOOL),
        Told::ToolTimes => ("Start and end, measured", TOOL),
    }
}

/// What an issue is, for `n` of them.
pub fn issue(kind: IssueKind, n: u32) -> String {
    let what = match kind {
        IssueKind::Truncated => {
            return "The file ends in the middle of a record. All complete records are shown."
                .to_owned();
        }
        IssueKind::SubAgentAlone => {
            return "This is the file of a sub-agent. The session that started it is another file."
                .to_owned();
        }
        IssueKind::NoZone => {
            return "The times do not say their time zone, and are shown as if they were UTC."
                .to_owned();
        }
        IssueKind::BadRecord => "record is not what its place asks for, and could not be read",
        IssueKind::Malformed => "stretch of the file is no JSON, and was passed over",
        IssueKind::InvalidUtf8 => "stretch of bytes is no UTF-8, and is shown as \u{fffd}",
        IssueKind::MissingParent => {
            "span names a parent that is not in the file, and is shown without"
        }
        IssueKind::Cycle => "circle of spans that lie in each other was broken",
        IssueKind::DuplicateId => "id comes more than once; the last record counts",
        IssueKind::NegativeDuration => "span ends before it starts, and is drawn without length",
        IssueKind::OutsideParent => "span holds one that starts before it: their clocks disagree",
        IssueKind::UnlikelyTime => {
            "time is before 2000 or after 2100: a wrong unit or clock, shown as written"
        }
        IssueKind::BadTime => "time could not be read, and is not reported",
        IssueKind::BadCount => {
            "token count is no whole number below four billion, and is not reported"
        }
        IssueKind::CountsDisagree => "token count is less than its parts, shown as written",
        IssueKind::UnknownRecord => "record of an unknown kind; it is in the file, and in no row",
        IssueKind::RecordedTwice => {
            "LLM call was recorded by two instrumentations, and is shown once"
        }
        IssueKind::DroppedAttributes => "span lost attributes: its writer dropped them",
        IssueKind::Unfinished => "span was never closed by its writer",
    };
    format!("{} \u{d7} {what}.", number(u64::from(n)))
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
