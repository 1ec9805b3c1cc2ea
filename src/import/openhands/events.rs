//! Actions and observations.

use super::OpenHands;
use crate::import::Became;
use crate::import::dialog::Dialog;
use crate::import::fields::{dollars, draft, text};
use crate::import::records::Record;
use crate::import::usage::{Counted, Usage};
use crate::model::{
    Agent, Draft, FinishReason, Json, LlmCall, Marks, Moment, Request, SpanKey, Status, Tokens,
    ToolCall, TraceBuilder,
};

/// What is about the session and no work of the agent, or told elsewhere.
const OTHER: &[&str] = &[
    "agent_state_changed",
    "change_agent_state",
    "condensation",
    "condensation_request",
    "condense",
    "initialize",
    "loop_recovery",
    "null",
    "pause",
    "recall",
    "resume",
    "start",
    "stop",
];

impl OpenHands {
    pub(super) fn action(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        kind: &str,
        time: Option<Moment>,
    ) -> Became {
        let json = record.json;
        let args = json.get("args").unwrap_or(json);
        let source = text(json.get("source"));
        // An old file does not say whose an action is; a task comes first.
        let is_user = source == "user" || (source.is_empty() && !self.has_turn);
        match kind {
            _ if OTHER.contains(&kind) => return Became::Other,
            "system" => {
                let system = record.range_if(args.get("content"));
                self.dialog().system(system);
                self.toolbelt = record.range_if(args.get("tools"));
            }
            "message" if is_user => {
                for mut it in self.delegates.drain(..) {
                    it.settle(b);
                }
                self.has_turn = true;
                let turn = Draft {
                    start: time,
                    ..draft(record)
                };
                self.main.prompt(b, turn, record.range);
            }
            _ if source == "user" => self.tool_call(b, record, kind, time),
            _ => {
                self.answer(b, record, args, time);
                let is_call = json.get("tool_call_metadata").is_some_and(Json::is_some);
                if is_call || !matches!(kind, "message" | "finish") {
                    self.tool_call(b, record, kind, time);
                }
            }
        }
        Became::Span
    }

    /// The response that an action is part of, the first time it is met.
    fn answer(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        args: Json<'_>,
        time: Option<Moment>,
    ) {
        let json = record.json;
        let response = json.path(&["tool_call_metadata", "model_response"]);
        let response = response.filter(|it| it.is_some());
        let id = response.and_then(|it| it.get("id"));
        let key = id.map(|it| SpanKey::of(text(Some(it)).as_ref()));
        if key.is_some_and(|it| self.responses.contains_key(&it)) {
            return;
        }
        let choices = response.and_then(|it| it.get("choices"));
        let choice = choices.and_then(|it| it.items().next());
        let message = choice.and_then(|it| it.get("message"));
        let said = message
            .or_else(|| args.get("content"))
            .or_else(|| args.get("thought"));
        let reason = text(choice.and_then(|it| it.get("finish_reason")));
        let usage = response.and_then(|it| it.get("usage"));
        let call = LlmCall {
            model: match response.and_then(|it| it.get("model")) {
                Some(model) => b.intern(&text(Some(model))),
                None => self.model,
            },
            requested_model: self.model,
            tokens: usage.map_or_else(Tokens::default, |it| {
                Usage::read(b, record, it).tokens(Counted::Inside, Counted::Inside)
            }),
            cost_usd: self.cost(json).into(),
            finish_reason: FinishReason::from_raw(&reason),
            finish_reason_raw: b.intern(&reason),
            response_id: record.range_if(id),
            tools: self.toolbelt,
            output: record.range_if(said),
            ..LlmCall::default()
        };
        let answer = Draft {
            id: call.response_id,
            end: time,
            ..draft(record)
        };
        let id = self.dialog().llm_call(b, answer, call);
        self.calls.push(id);
        if let Some(key) = key {
            self.responses.insert(key, id);
        }
        let calls = message.and_then(|it| it.get("tool_calls"));
        for asked in calls.into_iter().flat_map(Json::items) {
            let function = asked.get("function").unwrap_or(asked);
            let request = Request {
                llm_call: id,
                call: TraceBuilder::call_key(self.trace(), &text(asked.get("id"))),
                name: b.intern(&text(function.get("name"))),
                call_id: record.range_if(asked.get("id")),
                input: record.range_if(function.get("arguments")),
            };
            b.request(request);
        }
    }

    /// What the call added to the costs of the session.
    fn cost(&mut self, json: Json<'_>) -> Option<f64> {
        let sum = json.path(&["llm_metrics", "accumulated_cost"]);
        let sum = dollars(sum).get()?;
        let added = sum - std::mem::replace(&mut self.costs, sum);
        Some(added).filter(|it| *it > 0.0)
    }

    fn tool_call(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        kind: &str,
        time: Option<Moment>,
    ) {
        let json = record.json;
        let about = json.get("tool_call_metadata").filter(|it| it.is_some());
        let name = text(about.and_then(|it| it.get("function_name")));
        let name = b.intern(if name.is_empty() { kind } else { &name });
        let id = about.and_then(|it| it.get("tool_call_id"));
        let mut call = Draft {
            id: record.range_if(id),
            start: time,
            name,
            ..draft(record)
        };
        if kind == "finish" {
            // Nothing comes of it, and nothing has to.
            call.end = time;
            call.status = Status::Ok;
            call.marks = Marks::END_DERIVED;
        }
        let arguments = about.and_then(|it| arguments(it, &text(id)));
        let tool = ToolCall {
            name,
            kind: b.intern(if kind == "call_tool_mcp" { "mcp" } else { "" }),
            call_id: call.id,
            input: record.range_if(arguments.or_else(|| json.get("args")).or(Some(json))),
            ..ToolCall::default()
        };
        let key = call_key(id, json.get("id"));
        let id = self.dialog().tool_call(b, call, tool, &key);
        if kind == "delegate" {
            let args = json.get("args").unwrap_or(json);
            let agent = Agent {
                name: b.intern(&text(args.get("agent"))),
                ..Agent::default()
            };
            let inside = Draft {
                parent: Some(id.key()),
                start: time,
                trace: self.trace(),
                ..draft(record)
            };
            self.delegates.push(Dialog::of_agent(b, inside, agent));
        }
    }

    pub(super) fn observation(
        &mut self,
        b: &mut TraceBuilder,
        record: &Record<'_>,
        kind: &str,
        time: Option<Moment>,
    ) -> Became {
        let json = record.json;
        if OTHER.contains(&kind) {
            return Became::Other;
        }
        if kind == "delegate"
            && let Some(mut it) = self.delegates.pop()
        {
            it.settle(b);
        }
        let id = json.path(&["tool_call_metadata", "tool_call_id"]);
        let key = call_key(id, json.get("cause"));
        let output = record.range_if(json.get("content"));
        let known = TraceBuilder::call_key(self.trace(), &key).and_then(|it| b.call(it));
        if kind == "error" && known.is_none() {
            let error = Draft {
                start: time,
                end: time,
                name: b.intern(kind),
                status: Status::Error,
                ..draft(record)
            };
            let error = self.dialog().place(b, error);
            let id = b.span(error);
            b.error(id, output);
            return Became::Span;
        }
        let result = Draft {
            end: time,
            status: status(json, kind),
            ..draft(record)
        };
        let id = self.dialog().tool_result(b, result, &key, output);
        let name = b.intern(kind);
        if let Some(tool) = b.tool_call_mut(id).filter(|it| it.name.is_empty()) {
            tool.name = name;
        }
        self.dialog().hear(time, record.range);
        Became::Span
    }
}

/// What joins an action and what came of it: the model's id, else that of the event.
fn call_key(id: Option<Json<'_>>, event: Option<Json<'_>>) -> String {
    let id = text(id);
    match event.filter(|it| id.is_empty() && it.is_some()) {
        Some(event) => ["#", event.text()].concat(),
        None => id.into_owned(),
    }
}

/// The arguments of a call, as the model wrote them.
fn arguments<'a>(about: Json<'a>, id: &str) -> Option<Json<'a>> {
    let choices = about.path(&["model_response", "choices"])?;
    let calls = choices.items().next()?.path(&["message", "tool_calls"])?;
    let own = calls.items().find(|it| text(it.get("id")) == id)?;
    own.path(&["function", "arguments"])
}

/// How an action ended. A command that still runs has the exit code -1.
fn status(json: Json<'_>, kind: &str) -> Status {
    let paths: [&[&str]; 3] = [
        &["extras", "metadata", "exit_code"],
        &["extras", "exit_code"],
        &["exit_code"],
    ];
    let code = paths
        .iter()
        .find_map(|it| json.path(it))
        .and_then(Json::i64);
    match code {
        _ if kind == "error" => Status::Error,
        Some(-1) => Status::Unset,
        Some(0) => Status::Ok,
        Some(_) => Status::Error,
        None if json.get("success").and_then(Json::bool) == Some(false) => Status::Error,
        None => Status::Ok,
    }
}
