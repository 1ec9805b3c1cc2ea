//! Whether a text is JSON to the letter (RFC 8259): what may be put into another file as it stands.
//!
//! The reading side takes what it can get; this is for the writing side. (A general parser would
//! bring 25 kB of error messages into the download for a yes or no.)

use super::scan::skip_blank;

/// Whether `text` is one JSON value and nothing else.
pub fn is_strict(text: &str) -> bool {
    value(text.as_bytes()).is_some_and(|end| skip_blank(text.as_bytes(), end) == text.len())
}

/// One past the value that `bytes` begin with. The stack is a list: no nesting is too deep.
fn value(bytes: &[u8]) -> Option<usize> {
    let mut open: Vec<u8> = Vec::new();
    let mut pos = skip_blank(bytes, 0);
    loop {
        // Here a value begins, or (right after its bracket) a container ends.
        let byte = *bytes.get(pos)?;
        match byte {
            b'{' | b'[' => {
                let close = if byte == b'{' { b'}' } else { b']' };
                pos = skip_blank(bytes, pos + 1);
                if bytes.get(pos) != Some(&close) {
                    open.push(close);
                    if close == b'}' {
                        pos = key(bytes, pos)?;
                    }
                    continue;
                }
                pos += 1;
            }
            b'"' => pos = string(bytes, pos)?,
            b't' => pos = literal(bytes, pos, b"true")?,
            b'f' => pos = literal(bytes, pos, b"false")?,
            b'n' => pos = literal(bytes, pos, b"null")?,
            _ => pos = number(bytes, pos)?,
        }
        // After a value: ends of containers, then a comma and the next one.
        loop {
            let Some(close) = open.last() else {
                return Some(pos);
            };
            pos = skip_blank(bytes, pos);
            match bytes.get(pos)? {
                b',' => {
                    pos = skip_blank(bytes, pos + 1);
                    if *close == b'}' {
                        pos = key(bytes, pos)?;
                    }
                    break;
                }
                it if it == close => {
                    open.pop();
                    pos += 1;
                }
                _ => return None,
            }
        }
    }
}

/// A key, its colon, and the blanks after.
fn key(bytes: &[u8], pos: usize) -> Option<usize> {
    let end = skip_blank(bytes, string(bytes, pos)?);
    (bytes.get(end) == Some(&b':')).then(|| skip_blank(bytes, end + 1))
}

fn string(bytes: &[u8], pos: usize) -> Option<usize> {
    if bytes.get(pos) != Some(&b'"') {
        return None;
    }
    let mut pos = pos + 1;
    loop {
        match bytes.get(pos)? {
            b'"' => return Some(pos + 1),
            0..0x20 => return None,
            b'\\' => match bytes.get(pos + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => pos += 2,
                b'u' => {
                    let digits = bytes.get(pos + 2..pos + 6)?;
                    if !digits.iter().all(u8::is_ascii_hexdigit) {
                        return None;
                    }
                    pos += 6;
                }
                _ => return None,
            },
            _ => pos += 1,
        }
    }
}

fn literal(bytes: &[u8], pos: usize, word: &[u8]) -> Option<usize> {
    let end = pos + word.len();
    (bytes.get(pos..end) == Some(word)).then_some(end)
}

fn number(bytes: &[u8], mut pos: usize) -> Option<usize> {
    let digits = |from: usize| {
        let n = bytes
            .get(from..)?
            .iter()
            .take_while(|it| it.is_ascii_digit())
            .count();
        (n > 0).then_some(from + n)
    };
    if bytes.get(pos) == Some(&b'-') {
        pos += 1;
    }
    let leading_zero = bytes.get(pos) == Some(&b'0');
    let end = digits(pos)?;
    if leading_zero && end > pos + 1 {
        return None;
    }
    pos = end;
    if bytes.get(pos) == Some(&b'.') {
        pos = digits(pos + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(pos) {
        let sign = usize::from(matches!(bytes.get(pos + 1), Some(b'+' | b'-')));
        pos = digits(pos + 1 + sign)?;
    }
    Some(pos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_serde_json() {
        let good = r#" {"a":[1,-0.5e+7,"x\u00e9\n",{}, [ ] ,true,null],"b":{"c":false}} "#;
        let mut texts = vec![
            good.to_owned(),
            String::new(),
            "1".into(),
            "01".into(),
            "-".into(),
            "1.".into(),
            "1e".into(),
            "[1,]".into(),
            "{\"a\"}".into(),
            "{,}".into(),
            "[,1]".into(),
            "nul".into(),
            "NaN".into(),
            "\"\t\"".into(),
            "\"\\x\"".into(),
            "\"\\u12\"".into(),
            "{} {}".into(),
            "]".into(),
            "[}".into(),
            "{\"a\":1,}".into(),
            "\"open".into(),
            "{1:2}".into(),
        ];
        // Every way to cut it, and to lose one character of it.
        for (at, _) in good.char_indices() {
            texts.push(good[..at].to_owned());
            let mut without = good.to_owned();
            without.remove(at);
            texts.push(without);
        }
        for text in texts {
            let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
            assert_eq!(is_strict(&text), theirs, "{text}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(is_strict(&deep));
    }
}
