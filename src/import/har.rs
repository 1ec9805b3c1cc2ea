//! HTTP archives, as browsers and proxies write them: a request to the API of a model provider is
//! an LLM call, any other a span.
//!
//! Source: the HAR 1.2 specification; `provider/` reads the bodies. Headers, cookies and addresses
//! may have keys in them: no range contains any. Not read: pages, timings but for the whole, bodies
//! in Base64.

use super::fields::{moment, text};
use super::provider::{About, Exchanges, Held, is_answer, is_request};
use super::records::{Place, Record, Shape};
use super::{Became, Format, ImportError, Opened, Reader, draft};
use crate::model::{ByteRange, Draft, Json, Kind, Moment, Status, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "har",
    name: "HTTP archive (HAR)",
    sniff: |head| {
        let log = |it: &Json<'_>| it.path(&["log", "entries"]).is_some();
        // The list may not have come yet.
        let begins = |it: &Json<'_>| it.path(&["log", "creator"]).is_some();
        head.values.iter().any(|it| log(it) || begins(it))
    },
    open: |_| Opened {
        shape: DOCUMENT,
        reader: Box::new(Har::default()),
    },
};

const AROUND: u8 = 1;
const ENTRIES: u8 = 2;

const DOCUMENT: Shape = &[Place::new(AROUND, "", LOG)];
const LOG: Shape = &[Place::new(
    AROUND,
    "log",
    &[Place::new(ENTRIES, "entries", &[])],
)];

/// How the addresses end where models are asked.
const ENDPOINTS: &[&str] = &[
    "/chat/completions",
    "/completions",
    "/responses",
    "/messages",
    ":generateContent",
    ":streamGenerateContent",
    "/converse",
    "/converse-stream",
    "/invoke",
    "/invoke-with-response-stream",
    "/api/chat",
    "/api/generate",
];

#[derive(Default)]
struct Har {
    exchanges: Exchanges,
}

impl Reader for Har {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match record.place {
            ENTRIES if record.json.kind() == Kind::Object => {
                self.entry(b, record);
                Became::Span
            }
            ENTRIES => Became::Bad,
            _ => Became::Detail,
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.exchanges.end(b);
        Ok(())
    }
}

impl Har {
    fn entry(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        let url = text(json.path(&["request", "url"]));
        let status = json.path(&["response", "status"]).and_then(Json::u64);
        let asked = json.path(&["request", "postData", "text"]);
        let content = json.path(&["response", "content"]);
        let is_plain = content.is_some_and(|it| it.get("encoding").is_none());
        let said = content.and_then(|it| it.get("text"));
        let said = said.filter(|it| is_plain && it.text() != "\"\"");
        let [request, response] = [asked, said].map(|it| it.map(|it| Held::new(record, it)));
        let mut draft = times(b, record);
        // What came back and what was sent stand for all of it.
        let bodies = [content, json.path(&["request", "postData"])];
        let bodies = bodies.into_iter().map(|it| record.range_if(it));
        let mut bodies = bodies.filter(|it| !it.is_empty());
        let instead = || record.range_if(json.get("startedDateTime"));
        draft.record = bodies.next().unwrap_or_else(instead);
        let more = bodies.next();
        let asks = request.as_ref().is_some_and(|it| is_request(it.json()));
        let answers = response.as_ref().is_some_and(is_answer);
        let id = if asks && (answers || is_endpoint(&url)) {
            let about = About {
                url: &url,
                status,
                ..About::default()
            };
            let (request, response) = (request.as_ref(), response.as_ref());
            self.exchanges.add(b, draft, &about, request, response)
        } else {
            let method = text(json.path(&["request", "method"]));
            draft.name = b.intern([method.as_ref(), " ", path(&url)].concat().trim());
            draft.status = match status {
                Some(400..) => Status::Error,
                Some(1..) => Status::Ok,
                // The browser has no answer.
                _ => Status::Unset,
            };
            b.span(draft)
        };
        more.into_iter().for_each(|it| b.record(id, it));
    }
}

/// When an entry began, and ended so many milliseconds later.
fn times(b: &mut TraceBuilder, record: &Record<'_>) -> Draft {
    let start = moment(b, record, record.json.get("startedDateTime"));
    let millis = record.json.get("time").and_then(Json::f64);
    let millis = millis.filter(|it| *it >= 0.0);
    let end = start.zip(millis).and_then(|(start, millis)| {
        let nanos = start.nanos().checked_add((millis * 1e6) as i64)?;
        Moment::new(nanos)
    });
    Draft {
        start,
        end,
        record: ByteRange::default(),
        ..draft(record)
    }
}

fn is_endpoint(url: &str) -> bool {
    let path = path(url);
    ENDPOINTS.iter().any(|it| path.ends_with(it))
}

/// An address without what is asked of it, which may be a key.
fn path(url: &str) -> &str {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let before = url.get(..end).unwrap_or_default();
    // A name and a password may stand before the host.
    let after = before.split_once("://").map_or(before, |it| it.1);
    let host_end = after.find('/').unwrap_or(after.len());
    let user = after.get(..host_end).and_then(|it| it.rfind('@'));
    user.and_then(|it| after.get(it + 1..)).unwrap_or(after)
}
