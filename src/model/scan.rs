//! Skips over JSON without reading it: knows strings, escapes and nesting, and nothing else.
//!
//! This is the hot loop of the whole program. Most bytes of a trace lie in strings, and those are
//! skipped by `memchr`, which uses SIMD natively and in WebAssembly.

use memchr::{memchr2, memchr3};

/// Where a scan over one value stands. It can be put down at any byte and taken up with the next chunk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Skip {
    depth: u32,
    started: bool,
    in_string: bool,
    escaped: bool,
}

/// What stopped a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The value is complete; the position is one past its last byte.
    Complete,
    /// The bytes ran out first; the position is their end.
    MoreNeeded,
    /// A line ended inside the value; the position is that of the newline.
    Newline,
}

impl Skip {
    /// Reads on from `pos` to the end of the value. With `lines`, a raw newline ends the attempt:
    /// in JSON Lines no value holds one, so the line was cut.
    pub fn run(&mut self, bytes: &[u8], mut pos: usize, lines: bool) -> (usize, Stop) {
        loop {
            if self.in_string {
                let Some(end) = self.string(bytes, pos, lines) else {
                    return (bytes.len(), Stop::MoreNeeded);
                };
                if bytes.get(end) == Some(&b'\n') {
                    return (end, Stop::Newline);
                }
                pos = end + 1;
                if self.depth == 0 {
                    return (pos, Stop::Complete);
                }
            }
            let Some(&byte) = bytes.get(pos) else {
                return (bytes.len(), Stop::MoreNeeded);
            };
            match byte {
                b'"' => {
                    if self.depth == 0 && self.started {
                        return (pos, Stop::Complete);
                    }
                    self.in_string = true;
                }
                b'{' | b'[' => {
                    if self.depth == 0 && self.started {
                        return (pos, Stop::Complete);
                    }
                    self.depth += 1;
                }
                b'}' | b']' => {
                    if self.depth == 0 {
                        return (pos, Stop::Complete);
                    }
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (pos + 1, Stop::Complete);
                    }
                }
                b'\n' if lines && self.depth > 0 => return (pos, Stop::Newline),
                // Ends a number, a literal or whatever else stands bare.
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 => {
                    return (pos, Stop::Complete);
                }
                _ => {}
            }
            self.started = true;
            pos += 1;
        }
    }

    /// Whether what was read so far is a number or literal: complete if the file ends here.
    pub fn is_bare(&self) -> bool {
        self.started && self.depth == 0 && !self.in_string
    }

    /// The closing quote (or, with `lines`, the newline that should not be there), from `pos` on.
    fn string(&mut self, bytes: &[u8], mut pos: usize, lines: bool) -> Option<usize> {
        if self.escaped && pos < bytes.len() {
            self.escaped = false;
            pos += 1;
        }
        loop {
            let rest = bytes.get(pos..)?;
            let found = if lines {
                memchr3(b'"', b'\\', b'\n', rest)
            } else {
                memchr2(b'"', b'\\', rest)
            };
            let at = pos + found?;
            if bytes.get(at) != Some(&b'\\') {
                self.in_string = false;
                return Some(at);
            }
            pos = at + 2;
            if pos > bytes.len() {
                self.escaped = true;
                return None;
            }
        }
    }
}

/// One past the end of the value that starts at `pos`; the end of `bytes` where it is cut off.
pub fn value_end(bytes: &[u8], pos: usize) -> usize {
    Skip::default().run(bytes, pos, false).0
}

/// The first position at or after `pos` that is no white space.
pub fn skip_blank(bytes: &[u8], mut pos: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\r' | b'\n') = bytes.get(pos) {
        pos += 1;
    }
    pos
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same scan a byte at a time: what the fast one must agree with.
    fn slow_end(bytes: &[u8]) -> Option<usize> {
        let (mut depth, mut in_string, mut escaped) = (0, false, false);
        for (i, &b) in bytes.iter().enumerate() {
            if in_string {
                match b {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'"' => in_string = false,
                    _ => {}
                }
                if !in_string && depth == 0 {
                    return Some(i + 1);
                }
                continue;
            }
            match b {
                b'"' => in_string = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            if depth == 0 && !in_string {
                return Some(i + 1);
            }
        }
        None
    }

    #[test]
    fn agrees_with_the_slow_scan_and_can_be_interrupted_anywhere() {
        for text in [
            r#"{"a":[1,{"b":"x\"]}"}],"c":"\\"} tail"#,
            r#"["\\\"",[[]],{}],"#,
            r#""just \" a string","#,
            r#"{"cut": "here \"#,
        ] {
            let bytes = text.as_bytes();
            let slow = slow_end(bytes);
            for cut in 0..=bytes.len() {
                let mut skip = Skip::default();
                let (first, rest) = bytes.split_at(cut);
                let (pos, stop) = skip.run(first, 0, false);
                let end = match stop {
                    Stop::Complete => Some(pos),
                    _ => match skip.run(rest, 0, false) {
                        (pos, Stop::Complete) => Some(cut + pos),
                        _ => None,
                    },
                };
                assert_eq!(end, slow, "{text} cut at {cut}");
            }
        }
    }

    #[test]
    fn a_newline_ends_a_cut_line() {
        let text = b"{\"a\": \"cut\n{\"b\":1}\n";
        assert_eq!(Skip::default().run(text, 0, true), (10, Stop::Newline));
        assert_eq!(Skip::default().run(text, 11, true), (18, Stop::Complete));
    }

    #[test]
    fn bare_values_end_where_json_says() {
        assert_eq!(value_end(b"-12.5e3,", 0), 7);
        assert_eq!(value_end(b"NaN}", 0), 3);
        assert_eq!(value_end(b"true", 0), 4);
    }
}
