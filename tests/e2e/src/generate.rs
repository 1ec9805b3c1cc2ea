//! Traces of any size, the same for the same seed. No two payloads in one are alike, so that neither
//! a parser nor a compressor has it easier than with a real one.

use std::fmt::Write;

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Where the random numbers begin.
    pub seed: u64,
    /// At least so many spans.
    pub spans: usize,
    /// About so many words in each message, argument and result.
    pub words: usize,
}

/// Random numbers (SplitMix64): small, fast, and the same everywhere.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next one.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }

    /// One below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end.max(1)
    }
}

const SYLLABLES: [&str; 32] = [
    "ba", "re", "to", "ni", "ka", "lu", "se", "mo", "di", "fa", "ger", "ton", "ist", "ment", "er",
    "ing", "ver", "lan", "pro", "qua", "zen", "hü", "ré", "söl", "tra", "con", "ex", "sub", "ul",
    "vi", "wor", "yst",
];

/// Some words, as the inside of a JSON string. Each `escape` deep: 1 for a string, 2 for JSON in one.
fn words(random: &mut Random, count: usize, deep: usize, out: &mut String) {
    // A line break and a quote, escaped so often.
    let (line, quote) = if deep == 1 {
        ("\\n", "\\\"")
    } else {
        ("\\\\n", "\\\\\\\"")
    };
    let count = count / 2 + random.below(count as u64 + 1) as usize + 1;
    for _ in 0..count {
        let mut bits = random.number();
        for _ in 0..=(bits & 3) {
            bits >>= 5;
            out.push_str(SYLLABLES.get((bits & 31) as usize).unwrap_or(&"x"));
        }
        match bits >> 20 & 31 {
            0 => out.push_str(line),
            1 => _ = write!(out, " {}", bits >> 30 & 0xfff),
            2 => _ = write!(out, " {quote}{}{quote} ", bits >> 30 & 0xfff),
            _ => out.push(' '),
        }
    }
}

const MODELS: [&str; 3] = ["claude-sonnet-4-6", "gpt-5.2", "gemini-3-pro"];
const TOOLS: [&str; 8] = [
    "read_file",
    "search",
    "run_sql",
    "shell",
    "fetch_page",
    "write_file",
    "list_issues",
    "jq",
];
/// 2026-11-23T16:00:00Z.
const START: u64 = 1_795_449_600_000_000_000;

fn pick<'a>(random: &mut Random, of: &[&'a str]) -> &'a str {
    of.get(random.below(of.len() as u64) as usize)
        .copied()
        .unwrap_or_default()
}

/// One request to a model and the tool calls that it asked for.
struct Round {
    model: &'static str,
    start: u64,
    end: u64,
    input: u64,
    output: u64,
    tools: Vec<Call>,
}

struct Call {
    id: u64,
    name: &'static str,
    start: u64,
    end: u64,
    failed: bool,
}

/// Makes up rounds, one after the other.
struct Rounds {
    random: Random,
    clock: u64,
    spans: usize,
}

impl Rounds {
    fn new(shape: &Shape) -> Self {
        Rounds {
            random: Random(shape.seed),
            clock: START,
            spans: 0,
        }
    }

    fn round(&mut self) -> Round {
        let random = &mut self.random;
        let start = self.clock + random.below(50_000_000);
        let end = start + 300_000_000 + random.below(4_000_000_000);
        let mut last = end;
        let tools = (0..=random.below(3)).map(|_| {
            let start = end + random.below(9_000_000);
            let end = start + 1_000_000 + random.below(900_000_000);
            last = last.max(end);
            Call {
                id: random.number(),
                name: pick(random, &TOOLS),
                start,
                end,
                failed: random.below(40) == 0,
            }
        });
        let tools: Vec<_> = tools.collect();
        self.clock = last;
        self.spans += 1 + tools.len();
        let (input, output) = (2000 + random.below(90_000), 20 + random.below(900));
        Round {
            model: pick(random, &MODELS),
            start,
            end,
            input,
            output,
            tools,
        }
    }
}

/// One OTLP/JSON document, with OpenTelemetry's conventions for generative AI: one agent, one turn after the other.
pub fn otlp(shape: &Shape) -> Vec<u8> {
    otlp_until(shape, |spans, _| spans >= shape.spans)
}

/// The same, of about so many bytes.
pub fn otlp_of_size(seed: u64, words: usize, bytes: usize) -> Vec<u8> {
    otlp_until(
        &Shape {
            seed,
            spans: 0,
            words,
        },
        |_, size| size >= bytes,
    )
}

/// Rounds of one turn, of generated OTLP.
const ROUNDS_A_TURN: usize = 20;

fn otlp_until(shape: &Shape, done: impl Fn(usize, usize) -> bool) -> Vec<u8> {
    let mut rounds = Rounds::new(shape);
    let mut out = String::from(
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"generated\"}}]},\
         \"scopeSpans\":[{\"scope\":{\"name\":\"generate\"},\"spans\":[",
    );
    let mut agent = 0;
    let mut turn_start = START;
    for at in 0.. {
        if at % ROUNDS_A_TURN == 0 {
            agent = rounds.random.number();
            turn_start = rounds.clock;
        }
        otlp_round(&mut rounds, shape.words, agent, &mut out);
        let is_last = done(rounds.spans, out.len());
        if is_last || at % ROUNDS_A_TURN == ROUNDS_A_TURN - 1 {
            // An agent's span is written when it is over.
            otlp_span(
                &mut out,
                agent,
                None,
                "invoke_agent Generated",
                (turn_start, rounds.clock),
                false,
            );
            attribute(&mut out, "gen_ai.operation.name", "invoke_agent");
            attribute(&mut out, "gen_ai.agent.name", "Generated");
            close(&mut out);
            rounds.spans += 1;
        }
        if is_last {
            break;
        }
    }
    out.pop();
    out.push_str("]}]}]}");
    out.into_bytes()
}

fn otlp_round(rounds: &mut Rounds, n_words: usize, agent: u64, out: &mut String) {
    let round = rounds.round();
    let random = &mut rounds.random;
    otlp_span(
        out,
        random.number(),
        Some(agent),
        "chat",
        (round.start, round.end),
        false,
    );
    attribute(out, "gen_ai.operation.name", "chat");
    attribute(out, "gen_ai.request.model", round.model);
    for (key, value) in [("input", round.input), ("output", round.output)] {
        let _ = write!(
            out,
            "{{\"key\":\"gen_ai.usage.{key}_tokens\",\"value\":{{\"intValue\":\"{value}\"}}}},"
        );
    }
    out.push_str("{\"key\":\"gen_ai.response.finish_reasons\",\"value\":{\"arrayValue\":{\"values\":[{\"stringValue\":\"tool_call\"}]}}},");
    for (key, role) in [("input", "user"), ("output", "assistant")] {
        let _ = write!(
            out,
            "{{\"key\":\"gen_ai.{key}.messages\",\"value\":{{\"stringValue\":\"[{{\\\"role\\\":\\\"{role}\\\",\\\"parts\\\":[{{\\\"type\\\":\\\"text\\\",\\\"content\\\":\\\""
        );
        words(random, n_words, 2, out);
        out.push_str("\\\"}");
        for call in round.tools.iter().filter(|_| role == "assistant") {
            let _ = write!(
                out,
                ",{{\\\"type\\\":\\\"tool_call\\\",\\\"id\\\":\\\"call_{:016x}\\\",\\\"name\\\":\\\"{}\\\",\\\"arguments\\\":{{}}}}",
                call.id, call.name
            );
        }
        out.push_str("]}]\"}},");
    }
    close(out);
    for call in &round.tools {
        otlp_span(
            out,
            random.number(),
            Some(agent),
            &format!("execute_tool {}", call.name),
            (call.start, call.end),
            call.failed,
        );
        attribute(out, "gen_ai.operation.name", "execute_tool");
        attribute(out, "gen_ai.tool.name", call.name);
        attribute(
            out,
            "gen_ai.tool.call.id",
            &format!("call_{:016x}", call.id),
        );
        for (key, inside) in [("arguments", "q"), ("result", "r")] {
            let _ = write!(
                out,
                "{{\"key\":\"gen_ai.tool.call.{key}\",\"value\":{{\"stringValue\":\"{{\\\"{inside}\\\":\\\""
            );
            words(random, n_words, 2, out);
            out.push_str("\\\"}\"}},");
        }
        close(out);
    }
}

fn otlp_span(
    out: &mut String,
    id: u64,
    parent: Option<u64>,
    name: &str,
    (start, end): (u64, u64),
    failed: bool,
) {
    let _ = write!(
        out,
        "{{\"traceId\":\"0af7651916cd43dd8448eb211c80319c\",\"spanId\":\"{id:016x}\","
    );
    if let Some(parent) = parent {
        let _ = write!(out, "\"parentSpanId\":\"{parent:016x}\",");
    }
    let code = if failed { 2 } else { 1 };
    let _ = write!(
        out,
        "\"name\":\"{name}\",\"kind\":1,\"startTimeUnixNano\":\"{start}\",\"endTimeUnixNano\":\"{end}\",\"status\":{{\"code\":{code}}},\"attributes\":["
    );
}

fn attribute(out: &mut String, key: &str, value: &str) {
    let _ = write!(
        out,
        "{{\"key\":\"{key}\",\"value\":{{\"stringValue\":\"{value}\"}}}},"
    );
}

/// Ends a span after its last attribute.
fn close(out: &mut String) {
    out.pop();
    out.push_str("]},");
}

/// Trace Tab JSON, a record a line: one turn.
pub fn lines(shape: &Shape) -> Vec<u8> {
    let mut rounds = Rounds::new(shape);
    let mut out = String::from(
        "{\"record\":\"header\",\"format\":\"trace-tab\",\"version\":\"1.0\",\"trace_id\":\"generated\"}\n\
         {\"record\":\"agent\",\"id\":\"main\",\"name\":\"Generated\"}\n\
         {\"record\":\"turn\",\"turn\":1,\"agent_id\":\"main\",\"input\":[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"Go.\"}]}]}\n",
    );
    for number in 1.. {
        let round = rounds.round();
        let random = &mut rounds.random;
        let _ = write!(
            out,
            "{{\"record\":\"llm_call\",\"id\":\"{:016x}\",\"turn\":1,\"round\":{number},\"request_model\":\"{}\",\"start_time\":\"{}\",\"end_time\":\"{}\",\
             \"finish_reason\":\"tool_call\",\"usage\":{{\"input_tokens\":{},\"output_tokens\":{}}},\
             \"output_message\":{{\"role\":\"assistant\",\"parts\":[{{\"type\":\"text\",\"content\":\"",
            random.number(),
            round.model,
            moment(round.start),
            moment(round.end),
            round.input,
            round.output
        );
        words(random, shape.words, 1, &mut out);
        out.push_str("\"}]}}\n");
        for call in &round.tools {
            let status = if call.failed { "error" } else { "ok" };
            let _ = write!(
                out,
                "{{\"record\":\"tool_call\",\"turn\":1,\"round\":{number},\"call_id\":\"call_{:016x}\",\"name\":\"{}\",\"status\":\"{status}\",\
                 \"start_time\":\"{}\",\"end_time\":\"{}\",\"arguments\":{{\"q\":\"",
                call.id,
                call.name,
                moment(call.start),
                moment(call.end)
            );
            words(random, shape.words, 1, &mut out);
            out.push_str("\"},\"result\":\"");
            words(random, shape.words, 1, &mut out);
            out.push_str("\"}\n");
        }
        if rounds.spans >= shape.spans {
            break;
        }
    }
    out.into_bytes()
}

/// Nanoseconds since 1970 as RFC 3339, from 2026-11-23 on.
fn moment(nanos: u64) -> String {
    let (second, rest) = (
        (nanos - START) / 1_000_000_000 + 16 * 3600,
        nanos % 1_000_000_000,
    );
    let (day, second) = (22 + second / 86_400, second % 86_400);
    let (year, month, day) = (
        2026 + (10 + day / 28) / 12,
        (10 + day / 28) % 12 + 1,
        day % 28 + 1,
    );
    format!(
        "{year}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{rest:09}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::HashSet;

    const SHAPE: Shape = Shape {
        seed: 7,
        spans: 500,
        words: 30,
    };

    #[test]
    fn otlp_is_json_with_as_many_spans() {
        let made = otlp(&SHAPE);
        let value: Value = serde_json::from_slice(&made).unwrap();
        let spans = value
            .pointer("/resourceSpans/0/scopeSpans/0/spans")
            .and_then(Value::as_array)
            .unwrap();
        assert!((500..530).contains(&spans.len()), "{}", spans.len());
        let messages = spans
            .iter()
            .flat_map(|it| it["attributes"].as_array().unwrap());
        let messages = messages.filter(|it| it["key"] == "gen_ai.input.messages");
        let texts = messages.map(|it| {
            serde_json::from_str::<Value>(it["value"]["stringValue"].as_str().unwrap()).unwrap()
        });
        let texts: Vec<_> = texts
            .map(|it| it[0]["parts"][0]["content"].to_string())
            .collect();
        assert!(texts.len() > 100);
        assert_eq!(
            texts.iter().collect::<HashSet<_>>().len(),
            texts.len(),
            "no payload twice"
        );
        assert_eq!(made, otlp(&SHAPE), "the same for the same seed");
        assert_ne!(made, otlp(&Shape { seed: 8, ..SHAPE }));
    }

    #[test]
    fn a_size_is_kept() {
        let made = otlp_of_size(1, 50, 1_000_000);
        assert!(
            (1_000_000..1_010_000).contains(&made.len()),
            "{}",
            made.len()
        );
        serde_json::from_slice::<Value>(&made).unwrap();
    }

    #[test]
    fn lines_are_json() {
        let made = String::from_utf8(lines(&SHAPE)).unwrap();
        let records: Vec<Value> = made
            .lines()
            .map(|it| serde_json::from_str(it).unwrap())
            .collect();
        assert!((503..510).contains(&records.len()), "{}", records.len());
        assert_eq!(moment(START), "2026-11-23T16:00:00.000000000Z");
        assert_eq!(
            moment(START + 8 * 3_600_000_000_000 + 5),
            "2026-11-24T00:00:00.000000005Z"
        );
    }
}
