//! Decimal numbers to and from `f64`, in one page: the standard ways carry 25 kB of tables and
//! cases, for numbers that here are costs and seconds.

/// The number that `text` spells. Exact for up to fifteen digits and twenty-two decimal places;
/// beyond that it may differ in the last bit.
pub(super) fn parse(text: &str) -> Option<f64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let exponent: i32 = exponent
                .strip_prefix('+')
                .unwrap_or(exponent)
                .parse()
                .ok()?;
            (mantissa, exponent.clamp(-100_000, 100_000))
        }
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || mantissa.ends_with('.') {
        return None;
    }
    let mut digits = 0_u64;
    let mut exponent = exponent - fraction.len() as i32;
    for digit in whole.bytes().chain(fraction.bytes()) {
        match digits
            .checked_mul(10)
            .and_then(|it| it.checked_add(u64::from(digit - b'0')))
        {
            Some(more) if exponent_is_free(digits) => digits = more,
            // More digits than count: only their number does.
            _ => exponent += 1,
        }
    }
    let value = if exponent < 0 {
        digits as f64 / power(-exponent)
    } else {
        digits as f64 * power(exponent)
    };
    Some(if negative { -value } else { value })
}

/// Whether another digit would still be exact.
fn exponent_is_free(digits: u64) -> bool {
    digits < 1_000_000_000_000_000_000
}

fn power(exponent: i32) -> f64 {
    10_f64.powi(exponent)
}

/// The shortest decimal text for `value`, to sixteen digits; `None` if it is not finite or too large
/// to be anything here.
pub fn decimal(value: f64) -> Option<String> {
    /// Up to here every whole number is exact.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    let size = value.abs();
    let sign = if value < 0.0 { "-" } else { "" };
    let mut best = None;
    for places in 0..=22_usize {
        let scaled = (size * power(places as i32)).round();
        if scaled.is_nan() || scaled > WHOLE {
            break;
        }
        let digits = format!("{:0width$}", scaled as u64, width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        best = Some(format!("{sign}{whole}{point}{fraction}"));
        if scaled / power(places as i32) == size {
            break;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_is_the_standard_one_for_what_people_write() {
        for text in [
            "0",
            "-0",
            "1",
            "12.5",
            "0.0452",
            "0.251992712999936",
            "1e3",
            "1.5E-7",
            "53700.25",
            "-17",
            "123456789012345",
            "0.000123",
        ] {
            assert_eq!(parse(text), Some(text.parse::<f64>().unwrap()), "{text}");
        }
        for text in [
            "", "-", ".5", "5.", "1e", "1e+", "abc", "0x1", "1 2", "NaN", "Infinity", "--1",
            "1.2.3",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        for text in [
            "1e999",
            "123456789012345678901234567890",
            "0.1234567890123456789",
            "1e-999",
        ] {
            let (ours, theirs) = (parse(text).unwrap(), text.parse::<f64>().unwrap());
            assert!(
                ours == theirs || ((ours - theirs) / theirs).abs() < 1e-15,
                "{text}"
            );
        }
    }

    #[test]
    fn decimal_is_read_again() {
        for value in [0.0, 1.0, 0.0452, -3.75, 1e-9, 12_345.678_9] {
            let text = decimal(value).unwrap();
            assert_eq!(parse(&text), Some(value), "{text}");
        }
        for value in [0.1 + 0.2, 0.045_189_299_999_999_996] {
            let text = decimal(value).unwrap();
            let again = parse(&text).unwrap();
            assert!(((again - value) / value).abs() < 1e-15, "{text}");
            assert_eq!(decimal(again).unwrap(), text);
        }
        assert_eq!(decimal(0.0452).unwrap(), "0.0452");
        assert_eq!(decimal(f64::NAN), None);
        assert_eq!(decimal(f64::INFINITY), None);
    }
}
