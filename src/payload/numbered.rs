//! Messages and tools that are said attribute by attribute: `llm.input_messages.0.message.role`,
//! `gen_ai.prompt.0.content`. A slice is a run of such attributes (and of others between them),
//! items of OTLP's list or members of an object; its first key tells which are meant.

use std::borrow::Cow;

use super::otel::flatten;
use crate::model::{Index, Json, KeyMap, SpanKey, sort_by_key};

/// What the keys of such attributes begin with.
const KEYS: &[&str] = &["llm.", "gen_ai.", "ai.response.", "copilot_chat."];

/// What those begin with that have no numbers.
const NUMBERLESS: &[&str] = &["ai.response.", "copilot_chat."];

/// How many dots of a key are looked at.
const DEEPEST: usize = 32;

/// What the AI SDK and Copilot Chat say of an answer, and what it is called in a message.
const ANSWER: &[(&str, &str)] = &[
    ("reasoning_content", "reasoning"),
    ("reasoning", "reasoning"),
    ("text", "content"),
    ("object", "content"),
    ("toolCalls", "tool_calls"),
];

/// The JSON that such attributes stand for: a list, or the message of an answer. `None` for what
/// is no run of them.
pub(super) fn assemble(slice: &str) -> Option<String> {
    let run = enclosed(slice)?;
    let index = Index::of(&run);
    let run = index.json(&run);
    let first = attributes(run).next()?.0.str()?;
    let prefix = prefix(&first)?;
    let mut tree = Tree::default();
    tree.root(NUMBERLESS.contains(&prefix));
    for (key, value) in attributes(run) {
        let Some(key) = key.str() else { continue };
        if let Some(rest) = key.strip_prefix(prefix) {
            tree.add(rest, value);
        }
    }
    Some(tree.write())
}

/// Whether the first of the messages in such attributes is not the first that there was.
pub(super) fn is_cut(slice: &str) -> bool {
    let first = Json::new(slice);
    let key = first.get("key").unwrap_or(first).str().unwrap_or_default();
    let rest = prefix(&key).and_then(|it| key.strip_prefix(it));
    let n = rest.and_then(|it| number(it.split('.').next()?));
    n.is_some_and(|it| it > 0)
}

/// The keys and values in a run of attributes.
fn attributes(run: Json<'_>) -> impl Iterator<Item = (Json<'_>, Json<'_>)> {
    let items = run.items();
    let items = items.filter_map(|it| it.get("key").zip(it.get("value")));
    items.chain(run.pairs())
}

/// A run of attributes with the brackets around it.
fn enclosed(slice: &str) -> Option<String> {
    if slice.starts_with('"') {
        let key = slice.get(1..)?;
        let is_run = KEYS.iter().any(|it| key.starts_with(it));
        let end = is_run.then(|| Json::new(slice).value_end())?;
        let is_key = slice.get(end..)?.trim_start().starts_with(':');
        return is_key.then(|| ["{", slice, "}"].concat());
    }
    let inside = slice.strip_prefix('{')?.trim_start();
    inside
        .starts_with("\"key\"")
        .then(|| ["[", slice, "]"].concat())
}

/// What comes before the first number of a key.
fn prefix(key: &str) -> Option<&str> {
    let numberless = NUMBERLESS.iter().find(|it| key.starts_with(**it));
    if let Some(known) = numberless {
        return Some(known);
    }
    let mut at = 0;
    if !KEYS.iter().any(|it| key.starts_with(it)) {
        return None;
    }
    for part in key.split('.') {
        if number(part).is_some() {
            return key.get(..at);
        }
        at += part.len() + 1;
    }
    None
}

fn number(part: &str) -> Option<u32> {
    let is_number = part.bytes().all(|it| it.is_ascii_digit());
    part.parse().ok().filter(|_| is_number)
}

/// Keys with dots, as what lies in what.
#[derive(Default)]
struct Tree {
    nodes: Vec<Node>,
    /// By the node that one lies in and its key there.
    places: KeyMap<usize>,
    is_answer: bool,
}

#[derive(Default)]
struct Node {
    key: String,
    /// JSON.
    value: String,
    inside: Vec<usize>,
}

impl Tree {
    fn root(&mut self, is_answer: bool) {
        self.nodes.push(Node::default());
        self.is_answer = is_answer;
        if is_answer {
            self.put("role", "\"assistant\"".to_owned());
        }
    }

    fn add(&mut self, key: &str, value: Json<'_>) {
        let value = flatten(value).unwrap_or_else(|| value.text().to_owned());
        if !self.is_answer {
            self.put(key, value);
        } else if let Some((_, name)) = ANSWER.iter().find(|it| it.0 == key) {
            self.put(name, value);
        }
    }

    fn put(&mut self, key: &str, value: String) {
        let mut at = 0;
        for part in key.splitn(DEEPEST, '.') {
            let next = self.nodes.len();
            let place = *self.places.entry(SpanKey::of((at, part))).or_insert(next);
            if place == next {
                self.nodes.push(Node {
                    key: part.to_owned(),
                    ..Node::default()
                });
                if let Some(it) = self.nodes.get_mut(at) {
                    it.inside.push(place);
                }
            }
            at = place;
        }
        if let Some(it) = self.nodes.get_mut(at).filter(|it| it.value.is_empty()) {
            it.value = value;
        }
    }

    /// All of it as JSON. What has numbers for keys is a list, in their order and without gaps.
    fn write(mut self) -> String {
        let mut out = String::new();
        let mut left: Vec<(Cow<'static, str>, Option<usize>)> = vec![("".into(), Some(0))];
        while let Some((before, node)) = left.pop() {
            out.push_str(&before);
            let Some(node) = node.and_then(|it| self.nodes.get_mut(it)) else {
                continue;
            };
            let mut inside = std::mem::take(&mut node.inside);
            if inside.is_empty() {
                let value = if node.value.is_empty() {
                    "null"
                } else {
                    &node.value
                };
                out.push_str(value);
                continue;
            }
            let key = |it: &usize| self.nodes.get(*it).map_or("", |it| it.key.as_str());
            let is_list = inside.iter().all(|it| number(key(it)).is_some());
            if is_list {
                sort_by_key(&mut inside, |it| {
                    (number(key(it)).unwrap_or_default().into(), 0)
                });
            }
            left.push((if is_list { "]" } else { "}" }.into(), None));
            for (i, it) in inside.iter().enumerate().rev() {
                let open = match (i, is_list) {
                    (0, true) => "[",
                    (0, false) => "{",
                    _ => ",",
                };
                let before = if is_list {
                    open.into()
                } else {
                    [open, "\"", &escaped(key(it)), "\":"].concat().into()
                };
                left.push((before, Some(*it)));
            }
        }
        out
    }
}

/// A key within quotes.
fn escaped(key: &str) -> Cow<'_, str> {
    if key.contains(['"', '\\']) {
        key.replace(['"', '\\'], "_").into()
    } else {
        key.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(slice: &str, expected: &str) {
        assert_eq!(assemble(slice).as_deref(), Some(expected));
    }

    #[test]
    fn numbers_are_in_their_order() {
        check(
            r#"{"key":"llm.input_messages.10.message.role","value":{"stringValue":"user"}},
            {"key":"llm.token_count.total","value":{"intValue":"7"}},
            {"key":"llm.input_messages.9.message.role","value":{"stringValue":"system"}},
            {"key":"llm.input_messages.9.message.content","value":{"stringValue":"a\"b"}}"#,
            r#"[{"message":{"role":"system","content":"a\"b"}},{"message":{"role":"user"}}]"#,
        );
    }

    #[test]
    fn messages_are_cut_that_do_not_begin_at_nought() {
        assert!(is_cut(
            r#"{"key":"llm.input_messages.9.message.role","value":{}}"#
        ));
        assert!(is_cut(r#""gen_ai.prompt.10.role":"user""#));
        assert!(!is_cut(
            r#"{"key":"llm.input_messages.0.message.role","value":{}}"#
        ));
        assert!(!is_cut(r#""ai.response.text":"Hi""#));
        assert!(!is_cut(r#"[{"role":"user"}]"#));
    }

    #[test]
    fn members_are_read_as_items_are() {
        check(
            r#""gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Hi""#,
            r#"[{"role":"user","content":"Hi"}]"#,
        );
        check(
            r#""ai.response.text":"Hi","ai.response.id":"1","ai.response.toolCalls":"[]""#,
            r#"{"role":"assistant","content":"Hi","tool_calls":"[]"}"#,
        );
    }

    #[test]
    fn anything_else_is_none() {
        for slice in [
            "",
            "{}",
            "\"llm.x\"",
            "\"gen_ai.prompt.0.role",
            r#"{"key":"llm.x"}"#,
            r#"{"key":"llm.x","value":{}}"#,
            r#"{"stringValue":"x"}"#,
        ] {
            assert_eq!(assemble(slice), None, "{slice}");
        }
    }
}
