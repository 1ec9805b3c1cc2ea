//! Writes JSON a value at a time, in pieces that a browser can put together without copying.

use std::fmt::Display;

/// Text of JSON that grows. The commas come by themselves.
#[derive(Default)]
pub(super) struct Writer {
    done: Vec<Vec<u8>>,
    piece: String,
    /// Whether a value stands before the next one in the same container.
    follows: bool,
}

impl Writer {
    /// Large enough that there are few, small enough that growing one is cheap.
    const PIECE: usize = 1 << 20;

    /// Begins an object or an array.
    pub(super) fn open(&mut self, bracket: char) {
        self.comma();
        self.piece.push(bracket);
        self.follows = false;
    }

    /// Ends it.
    pub(super) fn close(&mut self, bracket: char) {
        self.piece.push(bracket);
        self.follows = true;
    }

    /// What comes next stands on a line of its own.
    pub(super) fn line(&mut self, indent: usize) {
        if std::mem::take(&mut self.follows) {
            self.piece.push(',');
        }
        if self.piece.len() >= Self::PIECE {
            self.done.push(std::mem::take(&mut self.piece).into_bytes());
        }
        self.piece.push('\n');
        self.piece.extend(std::iter::repeat_n(' ', indent));
    }

    /// Ends a container whose values stand on lines of their own.
    pub(super) fn close_line(&mut self, indent: usize, bracket: char) {
        self.follows = false;
        self.line(indent);
        self.close(bracket);
    }

    /// The key of the value that comes next.
    pub(super) fn key(&mut self, key: &str) {
        self.comma();
        self.string(key);
        self.piece.push(':');
        self.follows = false;
    }

    /// A string.
    pub(super) fn text(&mut self, text: &str) {
        self.comma();
        self.string(text);
        self.follows = true;
    }

    /// A value that is JSON already: a number, or text that [`is_strict`](crate::model::is_strict) took.
    pub(super) fn raw(&mut self, json: impl Display) {
        use std::fmt::Write;
        self.comma();
        let _ = write!(self.piece, "{json}");
        self.follows = true;
    }

    /// A member that is a string; nothing where there is none.
    pub(super) fn text_member(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.key(key);
            self.text(text);
        }
    }

    /// A member that is JSON already; nothing where there is none.
    pub(super) fn raw_member(&mut self, key: &str, json: Option<impl Display>) {
        if let Some(json) = json {
            self.key(key);
            self.raw(json);
        }
    }

    /// All that was written.
    pub(super) fn finish(mut self) -> Vec<Vec<u8>> {
        self.done.push(self.piece.into_bytes());
        self.done
    }

    /// What `write` writes.
    pub(super) fn fragment(write: impl FnOnce(&mut Writer)) -> String {
        let mut writer = Writer::default();
        write(&mut writer);
        String::from_utf8(writer.finish().concat()).unwrap_or_default()
    }

    fn comma(&mut self) {
        if self.follows {
            self.piece.push(',');
        }
    }

    fn string(&mut self, text: &str) {
        self.piece
            .push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::is_strict;

    #[test]
    fn commas_stand_between() {
        let json = Writer::fragment(|w| {
            w.open('{');
            w.text_member("a", "x\n\"");
            w.text_member("b", "");
            w.key("c");
            w.open('[');
            for n in 0..2 {
                w.line(1);
                w.raw(n);
            }
            w.close_line(0, ']');
            w.raw_member("d", Some(1.5));
            w.raw_member("e", None::<u8>);
            w.close('}');
        });
        assert_eq!(json, "{\"a\":\"x\\n\\\"\",\"c\":[\n 0,\n 1\n],\"d\":1.5}");
        assert!(is_strict(&json));
        assert!(!is_strict("[NaN]") && !is_strict("[1") && !is_strict(""));
    }

    #[test]
    fn deep_json_is_no_trouble() {
        assert!(is_strict(&format!(
            "{}{}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        )));
    }
}
