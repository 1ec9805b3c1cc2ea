//! The keys of spans: short names that survive a better importer.

use std::borrow::Cow;

use memchr::{memchr_iter, memchr2};

use super::{Json, Source, Span, SpanId, Trace};

impl Trace {
    /// A short name of a span that survives a better importer: its own id in the file, or `~12`
    /// where the file gives none or gives it twice. [`find`](Self::find) is the way back.
    pub fn key(&self, id: SpanId) -> String {
        let own = self.span(id).map(|it| own_id(&self.source, it));
        let own = own.unwrap_or_default();
        if own.is_empty() || own.starts_with('~') || self.find(&own) != Some(id) {
            return format!("~{}", id.index());
        }
        own.into_owned()
    }

    /// The span of a key.
    pub fn find(&self, key: &str) -> Option<SpanId> {
        if let Some(index) = key.strip_prefix('~') {
            let index = index.parse().ok()?;
            return self.spans.get(index).map(|_| SpanId::new(index));
        }
        // Of a million ids only those with the same check are read.
        let same = memchr_iter(check(key), &self.id_checks);
        let unchecked = self.id_checks.len()..self.spans.len();
        let is_it = |at: &usize| {
            let span = self.spans.get(*at);
            span.is_some_and(|it| own_id(&self.source, it) == key)
        };
        let mut all = same.chain(unchecked);
        all.find(is_it).map(SpanId::new)
    }
}

/// A byte that follows from an id, as it stands in the file.
pub(super) fn id_check(text: Cow<'_, str>) -> u8 {
    check(&unquoted(text))
}

fn check(id: &str) -> u8 {
    // Ids differ at their ends.
    let last = id.bytes().rev().take(8);
    last.fold(0, |check: u8, it| check.wrapping_mul(31).wrapping_add(it))
}

fn own_id<'a>(source: &'a Source, span: &Span) -> Cow<'a, str> {
    unquoted(source.slice(span.id))
}

fn unquoted(text: Cow<'_, str>) -> Cow<'_, str> {
    // As it stands in the file as a rule, with quotes or without.
    if let Cow::Borrowed(text) = text {
        let inner = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        match inner {
            None if !text.starts_with('"') => return Cow::Borrowed(text),
            Some(inner) if memchr2(b'"', b'\\', inner.as_bytes()).is_none() => {
                return Cow::Borrowed(inner);
            }
            _ => {}
        }
    }
    let id = Json::new(&text).str().map(Cow::into_owned);
    Cow::Owned(id.unwrap_or_else(|| text.into_owned()))
}

#[cfg(test)]
mod tests {
    use crate::import::import;
    use crate::model::SpanId;

    #[test]
    fn ids_are_found_by_what_they_say() {
        let span = |id: &str| {
            format!(
                r#"{{"traceId":"1","spanId":{id},"name":"a","startTimeUnixNano":"1","endTimeUnixNano":"2"}}"#
            )
        };
        let spans = [r#""s1""#, r#""\u0073\"2""#, r#""~3""#].map(span).join(",");
        let file = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#);
        let mut trace = import(file).unwrap().traces.remove(0);
        let keys = |trace: &crate::model::Trace| -> Vec<String> {
            trace.iter().map(|it| trace.key(it.0)).collect()
        };
        assert_eq!(keys(&trace), ["s1", "s\"2", "~2"]);
        assert_eq!(trace.find("s\"2"), Some(SpanId::new(1)));
        assert_eq!(trace.find("s"), None);
        // Without checks all ids are looked at.
        trace.id_checks.clear();
        assert_eq!(keys(&trace), ["s1", "s\"2", "~2"]);
        // Of two spans with one id the first has it.
        let id = trace.spans[0].id;
        trace.spans[1].id = id;
        assert_eq!(keys(&trace), ["s1", "~1", "~2"]);
    }
}
