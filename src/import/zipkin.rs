//! Zipkin v2: an array of spans, or an array of such arrays.
//!
//! Source: `zipkin2-api.yaml` of openzipkin/zipkin-api. Tags are text; those that OpenTelemetry
//! writers put there mean what they mean elsewhere. Client and server of one call may share an id:
//! then the server's side lies in the client's, and what the server does in its own. What one
//! service says of one id in several records is one span, as Zipkin has it. Not read: annotations,
//! endpoints but for the name of the service, which stands for the scope.

use super::envelope::Envelope;
use super::events::EventShape;
use super::fields::unix_micros;
use super::records::Record;
use super::spans::Spans;
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{
    DraftId, Json, KeyMap, Kind, Marks, Moment, SpanKey, Status, Sym, TraceBuilder,
};

pub(super) const FORMAT: Format = Format {
    id: "zipkin",
    name: "Zipkin",
    sniff: |head| {
        head.values
            .iter()
            .any(|it| is_span(*it) || it.items().next().is_some_and(is_span))
    },
    open: crate::import::Reads::Here(|_| Opened {
        shape: &[],
        reader: Box::new(Zipkin::default()),
    }),
};

fn is_span(json: Json<'_>) -> bool {
    let has = |key: &str| json.get(key).is_some();
    has("traceId")
        && has("id")
        && (has("localEndpoint") || has("timestamp") || has("duration"))
        && !has("observations")
        && !has("type")
}

const SPAN: Envelope = Envelope {
    trace: &[&["traceId"]],
    id: &[&["id"]],
    parent: &[&["parentId"]],
    name: &[&["name"]],
    scope: &[&["localEndpoint", "serviceName"]],
    start: &[&["timestamp"]],
    end: &[],
    clock: unix_micros,
    status: &[],
    message: &[],
    attributes: &[&["tags"]],
    events: &[&["annotations"]],
    event: EventShape {
        name: "value",
        attributes: "",
        time: "timestamp",
        clock: unix_micros,
    },
};

#[derive(Default)]
struct Zipkin {
    spans: Spans,
    /// All spans, with what their ids name.
    sides: Vec<Side>,
    /// The same by id and service.
    by_service: KeyMap<DraftId>,
}

/// A service's side of what an id names.
#[derive(Clone, Copy)]
struct Side {
    draft: DraftId,
    id: SpanKey,
    parent: Option<SpanKey>,
    service: Sym,
    is_server: bool,
}

impl Reader for Zipkin {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        if record.json.kind() != Kind::Object {
            return Became::Bad;
        }
        self.span(b, record);
        Became::Span
    }

    fn goes_on(&mut self, _head: &super::Head<'_>) -> bool {
        true
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.link(b);
        self.spans.end(b);
        Ok(())
    }
}

impl Zipkin {
    /// Finds the side that each span lies in.
    fn link(&mut self, b: &mut TraceBuilder) {
        let sides = std::mem::take(&mut self.sides);
        // Of each id the side of a client, and of a server.
        let mut clients: KeyMap<Side> = KeyMap::default();
        let mut servers: KeyMap<Side> = KeyMap::default();
        for side in &sides {
            let of_kind = if side.is_server {
                &mut servers
            } else {
                &mut clients
            };
            of_kind.entry(side.id).or_insert(*side);
        }
        for side in &sides {
            let client = clients
                .get(&side.id)
                .filter(|it| it.service != side.service);
            let of = |parent: SpanKey| {
                let own = self.by_service.get(&SpanKey::of((parent, side.service)));
                let other = servers.get(&parent).or_else(|| clients.get(&parent));
                own.copied().or_else(|| Some(other?.draft))
            };
            let parent = match client {
                Some(client) if side.is_server => Some(client.draft),
                _ => side.parent.and_then(of),
            };
            if let Some(parent) = parent.filter(|it| *it != side.draft) {
                let key = b.get(parent).and_then(|it| it.key).unwrap_or(parent.key());
                b.draft(side.draft)
                    .into_iter()
                    .for_each(|it| it.parent = Some(key));
            }
        }
    }

    fn span(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let mut raw = SPAN.read(b, record).padded();
        let json = record.json;
        let draft = &mut raw.draft;
        draft.end = ends(draft.start, json.get("duration"));
        if draft.end.is_none() {
            // Not sampled to its end, or by the other side: how long it took is not known.
            draft.marks = draft.marks.with(Marks::END_DERIVED);
        }
        if let Some(error) = json.path(&["tags", "error"]) {
            draft.status = Status::Error;
            raw.error = record.range_of(error);
        }
        let trace = self.spans.trace(&raw.trace);
        let (service, id) = (draft.scope, SpanKey::of((trace, raw.id.as_ref())));
        let place = SpanKey::of((id, service));
        if let Some(known) = self
            .by_service
            .get(&place)
            .filter(|_| draft.start.is_none())
        {
            return b.record(*known, record.range);
        }
        let parent = SpanKey::of((trace, raw.parent.as_ref()));
        let parent = Some(parent).filter(|_| !raw.parent.is_empty());
        raw.id = [raw.id.as_ref(), " ", b.strings.name(service)]
            .concat()
            .into();
        let draft = self.spans.add(b, record, raw);
        self.by_service.insert(place, draft);
        self.sides.push(Side {
            draft,
            id,
            parent,
            service,
            is_server: json.get("kind").is_some_and(|it| it.is("SERVER")),
        });
    }
}

/// When a span ended that took so many microseconds.
pub(super) fn ends(start: Option<Moment>, duration: Option<Json<'_>>) -> Option<Moment> {
    let nanos = (duration?.f64()? * 1_000.0) as i64;
    Moment::new(start?.nanos().checked_add(nanos)?)
}
