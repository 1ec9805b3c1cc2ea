//! Logs of requests to the APIs of model providers: responses alone, pairs of request and response
//! (as a program collects them, as VCR keeps them in a cassette, as `claude-trace` writes them),
//! results of a batch, and streams of events, as JSON Lines or as they came over the line.
//!
//! `provider/` reads the bodies. Sources: the API references of OpenAI, Anthropic and Google;
//! `vcrpy/serialize.py`; `apps/claude-trace/src/types.ts` of `badlogic/lemmy`. Not read: headers,
//! which may have keys: no range contains them.

use super::fields::{Unknown, any_moment, text};
use super::provider::{About, Exchanges, Held, Stream, error, is_answer, is_request, is_response};
use super::records::{Place, Record, Shape, TOP};
use super::{Became, Format, Head, ImportError, Opened, Reader};
use crate::model::{ByteRange, Json, KeyMap, Kind, SpanKey, TraceBuilder};
use crate::payload;

pub(super) const FORMAT: Format = Format {
    id: "llm-api",
    name: "LLM API log",
    sniff: |head| {
        let is_known = head.values.iter().any(|it| is_known(*it)) || cassette(head);
        // What the user says is no response: a transcript may have those among its messages.
        is_known && !head.says("role", &["user", "system"])
    },
    open: crate::import::Reads::Here(|head| Opened {
        shape: if cassette(head) { CASSETTE_SHAPE } else { &[] },
        reader: Box::new(LlmApi::default()),
    }),
};

/// How many requests of a cassette are looked at: programs send others too.
const FIRST: usize = 12;

const CASSETTE: u8 = 1;
const INTERACTIONS: u8 = 2;
const CASSETTE_SHAPE: Shape = &[Place::new(CASSETTE, "", INTERACTIONS_SHAPE)];
const INTERACTIONS_SHAPE: Shape = &[Place::new(INTERACTIONS, "interactions", &[])];

/// Whether a file begins as a cassette of VCR does.
fn cassette(head: &Head<'_>) -> bool {
    let list = head.values.first().and_then(|it| it.get("interactions"));
    let mut first = list.into_iter().flat_map(Json::items).take(FIRST);
    first.any(is_known)
}

/// Whether a value is of this format. It may be cut off.
fn is_known(json: Json<'_>) -> bool {
    let record = Record {
        place: TOP,
        key: "",
        json,
        range: ByteRange::new(0, json.text().len() as u32),
    };
    let is_pair = |it: Pair<'_>| {
        let (request, response) = it.bodies(&record);
        // What is cut off may end before the response does.
        it.is_llm_call(request.as_ref(), None) || it.is_llm_call(None, response.as_ref())
    };
    is_response(json) || pair(json).is_some_and(is_pair)
}

/// A request and its response, either of which may not be there.
struct Pair<'a> {
    request: Option<Json<'a>>,
    response: Option<Json<'a>>,
    /// Whether the request stands in another file.
    of_batch: bool,
}

/// The request and the response of a record that has them.
fn pair(json: Json<'_>) -> Option<Pair<'_>> {
    let object = |key: &str| json.get(key).filter(|it| it.kind() == Kind::Object);
    let of_batch = json.get("custom_id").is_some();
    let (request, mut response) = (object("request"), object("response"));
    if of_batch {
        // Anthropic's is elsewhere; where there is none, there may be an error.
        let result = object("result");
        let message = result.and_then(|it| it.first(&["message"]));
        response = response.or(message).or(result).or(Some(json));
    }
    request.or(response).map(|_| Pair {
        request,
        response,
        of_batch,
    })
}

/// The body of a request or a response, or all of it where it is nothing else.
fn body(message: Json<'_>) -> Json<'_> {
    let body = message.first(&["body", "body_raw", "parsed_body"]);
    match body {
        // VCR.
        Some(body) => body.first(&["string"]).unwrap_or(body),
        None => message,
    }
}

impl<'a> Pair<'a> {
    fn bodies(&self, record: &Record<'a>) -> (Option<Held<'a>>, Option<Held<'a>>) {
        let held = |it: Option<Json<'a>>| it.map(|it| Held::new(record, body(it)));
        (held(self.request), held(self.response))
    }

    /// Whether this is about a model. Programs send other requests too.
    fn is_llm_call(&self, request: Option<&Held<'_>>, response: Option<&Held<'_>>) -> bool {
        let asks = self.of_batch || request.is_some_and(|it| is_request(it.json()));
        match response {
            Some(it) if is_answer(it) => true,
            Some(it) => {
                let says_nothing = it.json().members().next().is_none();
                asks && (says_nothing || error(it.json()).is_some())
            }
            None => asks,
        }
    }
}

fn member<'a>(side: Option<Json<'a>>, keys: &[&str]) -> Option<Json<'a>> {
    side.and_then(|it| it.first(keys))
}

#[derive(Default)]
struct LlmApi {
    exchanges: Exchanges,
    streams: Vec<Stream>,
    by_id: KeyMap<usize>,
    /// The stream that the last record was a piece of.
    current: Option<usize>,
    unknown: Unknown,
}

impl Reader for LlmApi {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        if record.place == CASSETTE {
            return Became::Detail;
        }
        if json.kind() != Kind::Object {
            return Became::Bad;
        }
        let kind = text(json.get("type"));
        let is_aside = self.current.is_some() && matches!(kind.as_ref(), "ping" | "error");
        if is_aside || payload::is_event(json) {
            self.event(b, record);
            return Became::Span;
        }
        self.leave(b);
        if let Some(pair) = pair(json) {
            let (request, response) = pair.bodies(record);
            let (request, response) = (request.as_ref(), response.as_ref());
            if !pair.is_llm_call(request, response) {
                return Became::Other;
            }
            self.pair(b, record, &pair, (request, response));
        } else if is_response(json) {
            let held = Held::new(record, json);
            let draft = super::draft(record);
            self.exchanges
                .add(b, draft, &About::default(), None, Some(&held));
        } else {
            return self.unknown.note(b, record, &kind);
        }
        Became::Span
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.leave(b);
        self.exchanges.end(b);
        Ok(())
    }
}

impl LlmApi {
    fn pair(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        pair: &Pair<'_>,
        (request, response): (Option<&Held<'_>>, Option<&Held<'_>>),
    ) {
        let json = record.json;
        let url = text(member(pair.request, &["url", "uri"]));
        let status = member(pair.response, &["status", "status_code"]);
        let status = status.map(|it| it.get("code").unwrap_or(it));
        let about = About {
            url: &url,
            status: status.and_then(Json::u64),
            name: &text(json.get("custom_id")),
        };
        let start = json.first(&["start_time", "started_at"]);
        let start = member(pair.request, &["timestamp"]).or(start);
        let end = json.first(&["end_time", "ended_at"]);
        let end = member(pair.response, &["timestamp"]).or(end);
        let mut draft = super::draft(record);
        if start.is_some() && end.is_some() {
            draft.start = any_moment(b, record, start);
            draft.end = any_moment(b, record, end);
        }
        let sides = [pair.request, pair.response].into_iter().flatten();
        let mut more = ByteRange::default();
        // No range contains headers.
        if sides.into_iter().any(|it| it.get("headers").is_some()) {
            let bodies = [response, request].into_iter().flatten().map(Held::whole);
            let mut bodies = bodies.filter(|it| !it.is_empty());
            draft.record = bodies.next().unwrap_or(draft.record);
            more = bodies.next().unwrap_or_default();
        }
        let id = self.exchanges.add(b, draft, &about, request, response);
        if !more.is_empty() {
            b.record(id, more);
        }
    }

    /// A piece of an answer. Answers may come at the same time, if each piece says whose it is.
    fn event(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        let first = json.first(&["message", "response", "interaction"]);
        let id = first.unwrap_or(json).first(&["id", "responseId"]);
        let key = SpanKey::of(text(id));
        let current = self.current.and_then(|it| self.streams.get(it));
        let goes_on = current.is_some_and(|it| {
            let is_same = id.is_none_or(|id| id.is(it.id()) || it.id().is_empty());
            is_same && !(id.is_none() && it.is_over() && begins(json))
        });
        let at = match (self.current.filter(|_| goes_on), id) {
            (Some(at), _) => at,
            (None, Some(_)) if self.by_id.contains_key(&key) => {
                self.leave(b);
                let at = self.by_id.get(&key).copied().unwrap_or_default();
                if let Some(it) = self.streams.get_mut(at) {
                    it.resume(record.range.start);
                }
                at
            }
            _ => {
                self.leave(b);
                self.streams.push(self.exchanges.begin(b, record));
                self.streams.len() - 1
            }
        };
        self.current = Some(at);
        if id.is_some() {
            self.by_id.insert(key, at);
        }
        if let Some(stream) = self.streams.get_mut(at) {
            self.exchanges.go_on(b, stream, record);
        }
    }

    /// What comes is no piece of the current stream.
    fn leave(&mut self, b: &mut TraceBuilder) {
        let current = self.current.take();
        if let Some(stream) = current.and_then(|it| self.streams.get_mut(it)) {
            stream.split(b);
        }
    }
}

/// Whether an event without an id is the first of a stream.
fn begins(json: Json<'_>) -> bool {
    json.get("candidates").is_some() || json.get("choices").is_some()
}

#[cfg(test)]
mod tests {
    use crate::import::import;
    use crate::model::ByteRange;

    #[test]
    fn no_range_contains_headers() {
        for (bytes, n_secrets) in [
            (
                &include_bytes!("../../tests/fixtures/llm-api/cassette.json")[..],
                6,
            ),
            (
                include_bytes!("../../tests/fixtures/llm-api/claude-trace.jsonl"),
                8,
            ),
            (include_bytes!("../../tests/fixtures/har/browser.json"), 32),
        ] {
            assert_eq!(
                String::from_utf8_lossy(bytes).matches("secret").count(),
                n_secrets
            );
            let trace = import(bytes).unwrap().traces.remove(0);
            let calls = trace.llm_calls.iter();
            let of_calls =
                calls.flat_map(|it| [it.input, it.output, it.system, it.tools, it.request]);
            let tools = trace.tool_calls.iter().flat_map(|it| [it.input, it.output]);
            let turns = trace.turns.iter().map(|it| it.input);
            let pieces = trace.pieces.iter().map(|it| it.2);
            let records = trace.spans.iter().map(|it| it.record);
            let all: Vec<ByteRange> = of_calls
                .chain(tools)
                .chain(turns)
                .chain(pieces)
                .chain(records)
                .collect();
            assert!(all.iter().any(|it| !it.is_empty()));
            for range in all {
                assert!(!trace.source.slice(range).contains("secret"), "{range:?}");
            }
        }
    }
}
