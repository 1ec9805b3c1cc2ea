//! The events of an OpenHands session: an array of actions and observations, or the `history` of
//! a line of an evaluation's `output.jsonl`; before 0.9 with the arguments beside the action, or
//! as pairs of both.
//!
//! Source: `openhands/events/serialization/event.py`, `openhands/llm/metrics.py` and
//! `evaluation/utils/shared.py` (0.x). Times have no zone. One response of the model may ask for
//! several actions, each of which repeats it; `usage` is as LiteLLM has it, with the cache inside.
//! Where no action has a response, each action of the agent is one. Not read: the events of the
//! V1 SDK, and the sums in `llm_metrics` but for what each call added to the costs.

mod events;
mod metrics;

use super::dialog::Dialog;
use super::fields::{Unknown, text, zoneless};
use super::records::{Place, Record, Shape, TOP};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{ByteRange, DraftId, Json, KeyMap, Kind, Status, Sym, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "openhands",
    name: "OpenHands",
    sniff: |head| head.values.iter().any(|it| is_run(it) || is_event(it)),
    open: crate::import::Reads::Here(|head| Opened {
        shape: if head.values.iter().any(is_run) {
            RUN_SHAPE
        } else {
            &[]
        },
        reader: Box::new(OpenHands::default()),
    }),
};

const RUN: u8 = 1;
const EVENTS: u8 = 2;

const RUN_SHAPE: Shape = &[Place::new(RUN, "", &[Place::new(EVENTS, "history", &[])])];

fn is_event(json: &Json<'_>) -> bool {
    let has = |it: &str| json.get(it).is_some();
    let says = |it: &str| json.get(it).is_some_and(|it| it.kind() == Kind::String);
    let action = says("action") && (has("args") || has("action_risk")) && !has("observation");
    let observation = says("observation") && has("content") && (has("extras") || !has("action"));
    let is_placed = has("source") || has("action_risk") || !has("id");
    (action || observation) && is_placed
}

fn is_run(json: &Json<'_>) -> bool {
    let first = json.get("history").and_then(|it| it.items().next());
    first.is_some_and(|it| is_event(&it) || it.items().any(|it| is_event(&it)))
}

#[derive(Default)]
struct OpenHands {
    n_runs: u32,
    main: Dialog,
    /// Agents that were delegated to and have not come back.
    delegates: Vec<Dialog>,
    has_turn: bool,
    /// LLM calls in order, and by the ids of their responses.
    calls: Vec<DraftId>,
    responses: KeyMap<DraftId>,
    /// The model that was asked, as the settings have it.
    model: Sym,
    toolbelt: ByteRange,
    /// Dollars so far.
    costs: f64,
    unknown: Unknown,
}

impl Reader for OpenHands {
    fn opened(&mut self, b: &mut TraceBuilder, place: u8, _at: u32) {
        if place == RUN {
            self.settle(b);
            *self = OpenHands {
                main: Dialog::of_trace(self.n_runs),
                n_runs: self.n_runs + 1,
                unknown: std::mem::take(&mut self.unknown),
                ..OpenHands::default()
            };
        }
    }

    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        match (record.place, record.json.kind()) {
            (RUN, _) => {
                self.about(b, record);
                Became::Detail
            }
            (TOP | EVENTS, Kind::Object) => self.event(b, record),
            // An action and what came of it.
            (TOP | EVENTS, Kind::Array) => {
                let mut became = Became::Other;
                for json in record.json.items() {
                    let range = record.range_of(json);
                    let event = Record {
                        json,
                        range,
                        ..*record
                    };
                    if self.event(b, &event) == Became::Span {
                        became = Became::Span;
                    }
                }
                became
            }
            _ => Became::Bad,
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        self.settle(b);
        Ok(())
    }
}

impl OpenHands {
    /// The trace that is being read.
    fn trace(&self) -> u32 {
        self.n_runs.saturating_sub(1)
    }

    /// The conversation with who acts now.
    fn dialog(&mut self) -> &mut Dialog {
        match self.delegates.last_mut() {
            Some(it) => it,
            None => &mut self.main,
        }
    }

    fn settle(&mut self, b: &mut TraceBuilder) {
        for mut it in self.delegates.drain(..) {
            it.settle(b);
        }
        self.main.settle(b);
    }

    /// A member of a run besides its events.
    fn about(&mut self, b: &mut TraceBuilder, record: &Record<'_>) {
        let json = record.json;
        match record.key {
            "instance_id" => b.name(self.trace(), text(Some(json)).into_owned()),
            "issue" => b.name(self.trace(), text(json.get("title")).into_owned()),
            "metadata" => self.model = b.intern(&text(json.path(&["llm_config", "model"]))),
            "metrics" => self.metrics(b, record),
            "error" if json.is_some() => {
                if let Some(turn) = self.main.home() {
                    b.draft(turn)
                        .into_iter()
                        .for_each(|it| it.status = Status::Error);
                    b.error(turn, record.range);
                }
            }
            _ => {}
        }
    }

    fn event(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let time = zoneless(b, record, record.json.get("timestamp"));
        let action = text(record.json.get("action"));
        let observation = text(record.json.get("observation"));
        match (action.as_ref(), observation.as_ref()) {
            ("", "") => self.unknown.note(b, record, ""),
            ("", kind) => self.observation(b, record, kind, time),
            (kind, _) => self.action(b, record, kind, time),
        }
    }
}
