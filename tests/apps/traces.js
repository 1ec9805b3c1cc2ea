// Two traces to switch between: of two rounds, and of five.
const at = (seconds) => new Date(Date.UTC(2026, 10, 23, 16) + 1000 * seconds).toISOString();

function round(number, isLast) {
  const llm_call = {
    request_model: "gpt-4o",
    start_time: at(3 * number),
    end_time: at(3 * number + 1),
    finish_reason: isLast ? "stop" : "tool_call",
    usage: { input_tokens: 100 * number, output_tokens: 10 },
  };
  const call = { call_id: `c${number}`, name: "search", arguments: { q: "tea" }, result: "Assam", start_time: at(3 * number + 1), end_time: at(3 * number + 2) };
  return { round: number, llm_call, tool_calls: isLast ? [] : [call] };
}

function trace(name, rounds) {
  const numbers = Array.from({ length: rounds }, (_, at) => at + 1);
  return {
    format: "trace-tab",
    version: "1.0",
    trace_id: name,
    name,
    agents: [{ id: "main", name: "Tea agent" }],
    turns: [{ turn: 1, agent_id: "main", rounds: numbers.map((number) => round(number, number === rounds)) }],
  };
}

export const traces = [trace("short", 2), trace("long", 5)];
