//! HTTP archives (HAR 1.2), as browsers and proxies write them: an entry for a model is an LLM call,
//! any other a span.
//!
//! Source: the HAR 1.2 specification; `provider/` reads the bodies. An answer that streams came to
//! its first byte when all was over but `receive` (our sum). Not read: headers, cookies, what stands
//! behind the `?` of an address, and the bodies of requests to others, all of which may have keys: no
//! range contains them; WebSocket messages. What stands there in Base64, be it a binary stream of events
//! (AWS), is decoded where it is about a model.

use super::fields::{moment, text};
use super::provider::{About, Exchanges, Held, is_answer, is_request};
use super::records::{Place, Record, Shape};
use super::{Became, Format, ImportError, Opened, Reader, coded, draft};
use crate::model::{ByteRange, Draft, IssueKind, Json, Kind, Moment, Status, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "har",
    name: "HTTP archive (HAR)",
    sniff: |head| {
        let log = head.values.first().and_then(|it| it.get("log"));
        let has = |keys: &[&str]| log.is_some_and(|it| it.first(keys).is_some());
        has(&["version", "creator"]) && has(&["entries", "creator"])
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: SHAPE,
        reader: Box::new(Har::default()),
    }),
};

const ENTRIES: u8 = 3;
const SHAPE: Shape = &[Place::new(
    1,
    "",
    &[Place::new(2, "log", &[Place::new(ENTRIES, "entries", &[])])],
)];

/// How the addresses end where models are asked.
const ENDPOINTS: &[&str] = &[
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
];

#[derive(Default)]
struct Har {
    exchanges: Exchanges,
}

impl Reader for Har {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        if record.place != ENTRIES {
            return Became::Detail;
        }
        let Some(url) = record.json.path(&["request", "url"]) else {
            return Became::Bad;
        };
        self.entry(b, record, url);
        Became::Span
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.exchanges.end(b);
        Ok(())
    }
}

impl Har {
    fn entry(&mut self, b: &mut TraceBuilder, record: &Record<'_>, url: Json<'_>) {
        let json = record.json;
        let address = text(Some(url));
        let path = address.split(['?', '#']).next().unwrap_or_default();
        let is_endpoint = ENDPOINTS.iter().any(|it| path.ends_with(it));
        // What others are sent in a code may be anything.
        let request = json.path(&["request", "postData"]);
        let request = request.filter(|it| is_endpoint || !is_coded(*it));
        let request = request.and_then(|it| held(b, record, it));
        let asks = request.as_ref().is_some_and(|it| is_request(it.json()));
        let content = json.path(&["response", "content"]);
        let response = content.filter(|_| asks);
        let response = response.and_then(|it| held(b, record, it));
        let status = json.path(&["response", "status"]).and_then(Json::u64);
        let draft = times(b, record);
        if !(asks && (is_endpoint || response.as_ref().is_some_and(is_answer))) {
            return other(b, record, draft, url, status);
        }
        let (request, response) = (request.as_ref(), response.as_ref());
        let bodies = || [response, request].into_iter().flatten();
        let mut records: Vec<ByteRange> = bodies().map(Held::whole).collect();
        // What is decoded is shown first; after it, as the file has it.
        let coded = bodies().filter(|it| it.whole() != it.in_file());
        records.extend(coded.map(Held::in_file));
        let mut records = records.into_iter();
        let draft = Draft {
            record: records.next().unwrap_or_default(),
            ..draft
        };
        let about = About {
            url: path,
            status,
            name: "",
        };
        let id = self.exchanges.add(b, draft, &about, request, response);
        for record in records {
            b.record(id, record);
        }
        let is_stream = text(content.and_then(|it| it.get("mimeType"))).contains("event-stream");
        let wait = first_byte(json).filter(|_| is_stream);
        if let Some(call) = b.llm_call_mut(id) {
            call.time_to_first_token = wait.into();
        }
    }
}

/// Whether a body is in Base64.
fn is_coded(side: Json<'_>) -> bool {
    side.get("encoding").is_some_and(|it| it.is("base64"))
}

/// A body: its text, or what it says in Base64. None if it has none that can be read.
fn held<'a>(b: &mut TraceBuilder, record: &Record<'a>, side: Json<'a>) -> Option<Held<'a>> {
    let body = side.first(&["text"])?;
    if !is_coded(side) {
        return Some(Held::new(record, body));
    }
    let Some(said) = coded::text(&text(Some(body))) else {
        b.issue(IssueKind::InvalidUtf8, record.range_of(body));
        return None;
    };
    let at = b.decoded(&said)?;
    Some(Held::decoded(record, body, said, at))
}

/// The first and the last moment.
fn times(b: &mut TraceBuilder, record: &Record<'_>) -> Draft {
    let start = moment(b, record, record.json.get("startedDateTime"));
    let millis = record.json.get("time").and_then(Json::f64);
    let nanos = millis.filter(|it| *it >= 0.0).map(|it| (it * 1e6) as i64);
    let end = start.zip(nanos);
    Draft {
        start,
        end: end.and_then(|it| Moment::new(it.0.nanos().checked_add(it.1)?)),
        ..draft(record)
    }
}

/// How long it took until the answer began to come. What was not measured is -1.
fn first_byte(entry: Json<'_>) -> Option<i64> {
    let timings = entry.get("timings")?;
    timings.get("wait")?.f64().filter(|it| *it >= 0.0)?;
    // `ssl` is a part of `connect`.
    let parts = timings.pick(["blocked", "dns", "connect", "send", "wait"]);
    let millis = parts.into_iter().flatten().filter_map(Json::f64);
    let sum: f64 = millis.filter(|it| *it > 0.0).sum();
    Some((sum * 1e6) as i64)
}

/// A request to something else. Of it the address is kept, as it stands up to the `?`.
fn other(
    b: &mut TraceBuilder,
    record: &Record<'_>,
    draft: Draft,
    url: Json<'_>,
    status: Option<u64>,
) {
    let at = record.range_of(Json::new(open_part(url.text().trim_matches('"'))));
    let method = text(record.json.path(&["request", "method"]));
    let address = text(Some(url));
    let address = open_part(&address);
    let name = [method.as_ref(), " ", address].concat();
    let failed = status.is_some_and(|it| it >= 400);
    let name = b.intern(name.trim());
    let id = b.span(Draft {
        record: at,
        name,
        status: if failed { Status::Error } else { draft.status },
        ..draft
    });
    let line = record.json.path(&["response", "statusText"]);
    let why = record.range_if(line.filter(|it| failed && it.kind() == Kind::String));
    if why != ByteRange::default() {
        b.error(id, why);
    }
}

/// What of an address is no secret: host and path. Before the host may stand who is let in
/// (`https://name:key@host`), and behind the path may stand a key.
fn open_part(url: &str) -> &str {
    let address = url.split(['?', '#']).next().unwrap_or_default();
    let address = address.split_once("://").map_or(address, |it| it.1);
    let host = address.split('/').next().unwrap_or_default();
    let before = host.rfind('@').map_or(0, |it| it + 1);
    address.get(before..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_addresses_are_left_out() {
        for (url, open) in [
            ("https://me:secret@host/path?key=secret", "host/path"),
            ("https://host/@scope/name#part", "host/@scope/name"),
            ("host", "host"),
            ("", ""),
        ] {
            assert_eq!(open_part(url), open);
        }
    }
}
