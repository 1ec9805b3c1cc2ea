//! What `harbor traces export` writes: an array (or a line) of episodes, each one LLM call with all
//! that it was sent.
//!
//! Source: `harbor/utils/traces_utils.py` of Harbor. There are no times, token counts and ids; tool
//! calls are text within the messages, and stay so.

use super::fields::{draft, text};
use super::records::Record;
use super::{Became, Format, Opened, Reader};
use crate::model::{
    ByteRange, Draft, DraftId, Json, KeyMap, LlmCall, Marks, SpanKey, TraceBuilder,
};

pub(super) const FORMAT: Format = Format {
    id: "harbor-traces",
    name: "Harbor traces export",
    sniff: |head| head.has(&["conversations", "episode"]) || head.has(&["conversations", "run_id"]),
    open: |_| Opened {
        shape: &[],
        reader: Box::new(HarborTraces::default()),
    },
};

#[derive(Default)]
struct HarborTraces {
    /// The trace of each trial, and its turn.
    trials: KeyMap<(u32, DraftId)>,
}

impl Reader for HarborTraces {
    fn record(&mut self, b: &mut TraceBuilder, record: &Record<'_>) -> Became {
        let json = record.json;
        let said: Vec<Json<'_>> = json
            .get("conversations")
            .into_iter()
            .flat_map(Json::items)
            .collect();
        let [input @ .., output] = said.as_slice() else {
            return Became::Bad;
        };
        let (trace, turn) = self.trial(b, record, input);
        let range = |it: &Json<'_>| record.range_of(*it);
        // A run of items, without the brackets around them.
        let first = input.first().map(range).unwrap_or_default();
        let last = input.last().map(range).unwrap_or_default();
        let episode = text(json.get("episode"));
        let number = episode
            .rsplit('-')
            .next()
            .and_then(|it| it.parse::<u32>().ok());
        let call = LlmCall {
            model: b.intern(&text(json.get("model"))),
            provider: b.intern(&text(json.get("model_provider"))),
            round: number.and_then(|it| std::num::NonZeroU32::new(it.saturating_add(1))),
            tools: record.range_if(json.get("tool_definitions")),
            input: ByteRange::new(first.start, last.end()),
            output: range(output),
            ..LlmCall::default()
        };
        let draft = Draft {
            trace,
            parent: Some(turn.key()),
            ..draft(record)
        };
        b.llm_call(draft, call);
        Became::Span
    }
}

impl HarborTraces {
    /// The trace of the trial that an episode is of.
    fn trial(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        input: &[Json<'_>],
    ) -> (u32, DraftId) {
        let [run, trial, agent, task] = record.json.pick(["run_id", "trial_name", "agent", "task"]);
        let key = SpanKey::of((text(run).as_ref(), text(trial).as_ref()));
        if let Some(known) = self.trials.get(&key) {
            return *known;
        }
        let trace = self.trials.len() as u32;
        b.name(trace, text(task).into_owned());
        let is_user = |it: &&Json<'_>| text(it.get("role")) == "user";
        let asked = input.iter().find(is_user).and_then(|it| it.get("content"));
        let turn = Draft {
            trace,
            record: record.range,
            name: b.intern(&text(agent)),
            marks: Marks::END_DERIVED,
            ..Draft::default()
        };
        let turn = b.turn(turn, None, record.range_if(asked));
        self.trials.insert(key, (trace, turn));
        (trace, turn)
    }
}
