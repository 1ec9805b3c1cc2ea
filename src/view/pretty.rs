//! JSON as text that is pleasant to read.

/// Runs of JSON that look alike: keys, strings, and all else.
pub(super) fn tokens(text: &str) -> Vec<(&'static str, &str)> {
    let looks_like_json = text.trim_start().starts_with(['{', '[', '"']);
    let mut found = Vec::new();
    let (mut from, mut at) = (0, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() && looks_like_json {
        if bytes.get(at) != Some(&b'"') {
            at += 1;
            continue;
        }
        let end = crate::model::value_end(bytes, at);
        let is_key = bytes.get(crate::model::skip_blank(bytes, end)) == Some(&b':');
        found.push(("", text.get(from..at).unwrap_or_default()));
        found.push((
            if is_key { "key" } else { "string" },
            text.get(at..end).unwrap_or_default(),
        ));
        from = end;
        at = end;
    }
    found.push(("", text.get(from..).unwrap_or_default()));
    found.retain(|it| !it.1.is_empty());
    found
}

/// JSON with a line for each member. What is small stays on one line. `open_lines` breaks lines
/// where a string says so. Never recurses.
pub(super) fn pretty(text: &str, open_lines: bool) -> String {
    /// Containers shorter than this stay on their line.
    const SHORT: usize = 60;
    /// How far is looked for the end of one, with the white space it may have now.
    const WIDE: usize = 300;
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut at = 0;
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        // Deeper than this nobody reads the indent, and it would make the text quadratic.
        out.push_str(&"  ".repeat(depth.min(40)));
    };
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'"' => {
                let end = crate::model::value_end(bytes, at);
                let string = text.get(at..end).unwrap_or_default();
                if open_lines && string.contains("\\n") {
                    let indent = format!("\n{}", "  ".repeat(depth.min(40) + 1));
                    out.push_str(&string.replace("\\n", &indent));
                } else {
                    out.push_str(string);
                }
                at = end;
            }
            b'{' | b'[' => {
                let head = bytes
                    .get(at..(at + WIDE).min(bytes.len()))
                    .unwrap_or_default();
                let end = at + crate::model::value_end(head, 0);
                let whole = text
                    .get(at..end)
                    .filter(|it| it.ends_with(['}', ']']))
                    .map(compact);
                if let Some(short) =
                    whole.filter(|it| it.len() <= SHORT && !(open_lines && it.contains("\\n")))
                {
                    out.push_str(&short);
                    at = end;
                } else {
                    out.push(char::from(*byte));
                    depth += 1;
                    line(&mut out, depth);
                    at += 1;
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(char::from(*byte));
                at += 1;
            }
            b',' => {
                out.push(',');
                line(&mut out, depth);
                at += 1;
            }
            b':' => {
                out.push_str(": ");
                at += 1;
            }
            _ => {
                let end = crate::model::value_end(bytes, at).max(at + 1);
                let end = (end..=end + 3)
                    .find(|it| text.is_char_boundary(*it))
                    .unwrap_or(bytes.len());
                out.push_str(text.get(at..end).unwrap_or_default());
                at = end;
            }
        }
    }
    out
}

/// JSON on one line, with a blank after each colon and comma.
pub(super) fn compact(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let end = match byte {
            b'"' => crate::model::value_end(bytes, at),
            _ => {
                at + text
                    .get(at..)
                    .and_then(|it| it.chars().next())
                    .map_or(1, char::len_utf8)
            }
        };
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => out.push_str(text.get(at..end).unwrap_or_default()),
        }
        if matches!(byte, b':' | b',') {
            out.push(' ');
        }
        at = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pretty_keeps_every_token() {
        for text in [
            r#"{"a":[1,2],"b":{"c":"x\"y","d":[{"long":"member that does not fit on one line of this pane"}]}}"#,
            "[",
            "{\"cut\": [1, 2",
            "[é,ü]",
            "[,]",
            "]]]",
        ] {
            let bare = |it: &str| {
                it.chars()
                    .filter(|it| !it.is_whitespace())
                    .collect::<String>()
            };
            assert_eq!(bare(&pretty(text, false)), bare(text));
        }
        let deep = "[".repeat(10_000);
        assert!(pretty(&deep, true).len() < 1_000_000);
    }

    #[test]
    fn tokens_are_the_text() {
        let text = r#"{"a": "b", "c": 1}"#;
        let joined: String = tokens(text).into_iter().map(|it| it.1).collect();
        assert_eq!(joined, text);
        assert_eq!(tokens(text)[1], ("key", "\"a\""));
    }
}
