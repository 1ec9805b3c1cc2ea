//! Blocks of text and JSON. Whatever a trace says is text here: no markup, nothing fetched.

use std::cell::Cell;

use super::live::Live;
use super::node::{Node, button, el};
use crate::state::{DetailTab, RowId};
use crate::text;

/// Bytes that a block shows at first, and how many more each time it is asked.
const FIRST: usize = 4_000;
const MORE: usize = 100_000;

/// Whose block, and which of them: stays the same when a panel is drawn anew.
type BlockId = (RowId, DetailTab, u32);

/// How much of each block is shown: kept while the trace is.
#[derive(Clone, Default)]
pub(crate) struct Unfolded {
    /// Bytes shown of each block that was asked for more; few, so a list will do.
    shown: Live<Vec<(BlockId, usize)>>,
}

impl Unfolded {
    fn get(&self, block: BlockId) -> Option<usize> {
        self.shown
            .with(|it| it.iter().find(|it| it.0 == block).map(|it| it.1))
    }

    fn set(&self, block: BlockId, shown: Option<usize>) {
        self.shown.update(|it| {
            it.retain(|it| it.0 != block);
            it.extend(shown.map(|shown| (block, shown)));
        });
    }
}

/// Makes the blocks of a tab of a row.
pub(crate) struct Blocks {
    unfolded: Unfolded,
    row: RowId,
    tab: DetailTab,
    next: Cell<u32>,
}

impl Blocks {
    pub(crate) fn new(unfolded: &Unfolded, row: RowId, tab: DetailTab) -> Self {
        Blocks {
            unfolded: unfolded.clone(),
            row,
            tab,
            next: Cell::new(0),
        }
    }

    /// The same, counting from `first`.
    pub(crate) fn from(&self, first: u32) -> Self {
        Blocks {
            next: Cell::new(first),
            ..Blocks::new(&self.unfolded, self.row, self.tab)
        }
    }

    fn id(&self) -> BlockId {
        (self.row, self.tab, self.next.replace(self.next.get() + 1))
    }

    /// Text as it stands.
    pub(crate) fn prose(&self, text: &str) -> Vec<Node> {
        self.long(text, false)
    }

    /// JSON, indented, with the lines in its strings as lines (SQL, patches); anything else as it stands.
    pub(crate) fn code(&self, text: &str) -> Vec<Node> {
        if text.trim_start().starts_with(['{', '[']) {
            return self.long(&pretty(text, true), true);
        }
        self.long(text, true)
    }

    /// A record of the file: JSON, indented, every escape as it is there.
    pub(crate) fn record(&self, text: &str) -> Vec<Node> {
        self.long(&pretty(text, false), true)
    }

    /// A block that shows its beginning, and more when asked.
    fn long(&self, text: &str, is_code: bool) -> Vec<Node> {
        let number = self.id();
        let unfolded = self.unfolded.clone();
        let limit = self.unfolded.get(number).unwrap_or(FIRST);
        let part = text.get(..boundary(text, limit)).unwrap_or_default();
        let block = el("pre", if is_code { "code" } else { "prose" });
        // Colors are for reading; of what is long there would be too many elements.
        let block = if is_code && limit == FIRST {
            block.children(colored(part))
        } else {
            block.child(part.to_owned())
        };
        let mut nodes = vec![block.into()];
        if part.len() < text.len() {
            let name = format!(
                "show more of {} characters",
                text::number(text.chars().count() as u64)
            );
            let more = move |_: &web_sys::Event| unfolded.set(number, Some(limit + MORE));
            nodes.push(button("plain more", name, more).into());
        }
        nodes
    }

    /// Whether the block is open; what opens and closes it.
    pub(crate) fn toggle(&self) -> (bool, impl Fn(&web_sys::Event) + 'static) {
        let number = self.id();
        let unfolded = self.unfolded.clone();
        let open = self.unfolded.get(number).is_some();
        (open, move |_: &web_sys::Event| {
            unfolded.set(number, (!open).then_some(0));
        })
    }

    /// A block under a heading, with a note at the right and what copies it.
    pub(crate) fn titled(
        &self,
        title: &str,
        note: String,
        copied: Option<String>,
        inside: Vec<Node>,
    ) -> Node {
        let mut head = el("h4", "")
            .child(el("span", "what").child(title.to_owned()))
            .child(el("span", "note").child(note));
        if let Some(copied) = copied {
            head = head.child(self.copy(copied));
        }
        el("section", "block").child(head).children(inside).into()
    }

    fn copy(&self, text: String) -> Node {
        let number = self.id();
        let unfolded = self.unfolded.clone();
        let name = if unfolded.get(number).is_some() {
            "copied"
        } else {
            "copy"
        };
        let copy = move |_: &web_sys::Event| {
            if let Some(window) = web_sys::window() {
                let _ = window.navigator().clipboard().write_text(&text);
                unfolded.set(number, Some(0));
            }
        };
        button("plain copy", name, copy).into()
    }
}

/// What stands in a block, with room around.
pub(crate) fn parts(inside: Vec<Node>) -> Vec<Node> {
    vec![el("div", "parts").children(inside).into()]
}

fn boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Keys and strings in their colors.
fn colored(text: &str) -> Vec<Node> {
    let node = |(class, token): (&'static str, &str)| match class {
        "" => token.to_owned().into(),
        class => el("span", class).child(token.to_owned()).into(),
    };
    tokens(text).into_iter().map(node).collect()
}

/// Runs of JSON that look alike: keys, strings, and all else.
fn tokens(text: &str) -> Vec<(&'static str, &str)> {
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
pub(crate) fn pretty(text: &str, open_lines: bool) -> String {
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
fn compact(text: &str) -> String {
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
