//! What `harbor traces export` writes: an array (or a line) of episodes, each one LLM call with all
//! that it was sent.
//!
//! Source: `harbor/utils/traces_utils.py` of Harbor. There are no times, token counts and ids; tool
//! calls are text within the messages, and stay so. A record is a message.

use super::fields::text;
use super::records::{Place, Record, Shape};
use super::{Became, Format, ImportError, Opened, Reader};
use crate::model::{ByteRange, Draft, DraftId, KeyMap, LlmCall, Marks, SpanKey, TraceBuilder};

pub(super) const FORMAT: Format = Format {
    id: "harbor-traces",
    name: "Harbor traces export",
    sniff: |head| head.has(&["conversations", "episode"]) || head.has(&["conversations", "run_id"]),
    open: crate::import::Reads::Here(|_| Opened {
        shape: EPISODES,
        reader: Box::new(HarborTraces::default()),
    }),
};

const EPISODE: u8 = 1;
const SAID: u8 = 2;
const EPISODES: Shape = &[Place::new(
    EPISODE,
    "",
    &[Place::new(SAID, "conversations", &[])],
)];

#[derive(Default)]
struct HarborTraces {
    episode: Episode,
    /// The trace of each trial, and its turn.
    trials: KeyMap<(u32, DraftId)>,
}

/// What is known of an episode, while it is read.
#[derive(Default)]
struct Episode {
    /// All that was said, and the last of it.
    said: ByteRange,
    before_last: ByteRange,
    last: ByteRange,
    is_answered: bool,
    asked: ByteRange,
    names: [String; 7],
    tools: ByteRange,
}

/// The names of an episode, and their places.
const NAMES: [&str; 7] = [
    "agent",
    "model",
    "model_provider",
    "task",
    "episode",
    "run_id",
    "trial_name",
];

impl Reader for HarborTraces {
    fn record(&mut self, _: &mut TraceBuilder, record: &Record<'_>) -> Became {
        if record.place == SAID {
            self.episode.said(record);
            return Became::Span;
        }
        let mut named = NAMES.iter().zip(&mut self.episode.names);
        if let Some((_, name)) = named.find(|it| *it.0 == record.key) {
            *name = text(Some(record.json)).into_owned();
        } else if record.key == "tool_definitions" {
            self.episode.tools = record.range_if(Some(record.json));
        }
        Became::Detail
    }

    fn closed(&mut self, b: &mut TraceBuilder, place: u8, range: ByteRange) {
        if place == EPISODE {
            self.call(b, range);
        }
    }

    fn end(&mut self, b: &mut TraceBuilder) -> Result<(), ImportError> {
        // The file was cut off.
        let said = self.episode.said;
        self.call(b, said);
        Ok(())
    }
}

impl Episode {
    fn said(&mut self, record: &Record<'_>) {
        let role = text(record.json.get("role"));
        if role == "user" && self.asked.is_empty() {
            self.asked = record.range_if(record.json.get("content"));
        }
        self.is_answered = role == "assistant";
        self.before_last = self.said;
        self.last = record.range;
        // A run of items, without the brackets around them.
        self.said = if self.said.is_empty() {
            record.range
        } else {
            ByteRange::new(self.said.start, record.range.end())
        };
    }
}

impl HarborTraces {
    fn call(&mut self, b: &mut TraceBuilder, record: ByteRange) {
        let it = std::mem::take(&mut self.episode);
        if it.said.is_empty() {
            return;
        }
        let [agent, model, provider, task, episode, run, trial] = &it.names;
        let known = self.trials.len() as u32;
        let (trace, turn) = *self
            .trials
            .entry(SpanKey::of((run, trial)))
            .or_insert_with(|| {
                b.name(known, task.clone());
                let turn = Draft {
                    trace: known,
                    record,
                    name: b.intern(agent),
                    marks: Marks::END_DERIVED,
                    ..Draft::default()
                };
                (known, b.turn(turn, None, it.asked))
            });
        let number = episode
            .rsplit('-')
            .next()
            .and_then(|it| it.parse::<u32>().ok());
        let (input, output) = if it.is_answered {
            (it.before_last, it.last)
        } else {
            (it.said, ByteRange::default())
        };
        let call = LlmCall {
            model: b.intern(model),
            provider: b.intern(provider),
            round: number.and_then(|it| std::num::NonZeroU32::new(it.saturating_add(1))),
            tools: it.tools,
            input,
            output,
            ..LlmCall::default()
        };
        let draft = Draft {
            trace,
            parent: Some(turn.key()),
            record,
            ..Draft::default()
        };
        b.llm_call(draft, call);
    }
}
