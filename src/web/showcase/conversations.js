// The conversations of the admin panel, and the traces of those that are recorded: the sample, and
// two made here, in the format of docs/format.md.

const START = Date.UTC(2026, 10, 23, 16, 6);

/**
 * A trace of one turn. A round is `[milliseconds of the LLM call, tokens in, tokens out, tool calls]`, a tool
 * call `[name, arguments, result, milliseconds, error]`.
 */
function trace(name, agent, model, question, rounds) {
  let clock = START;
  const take = (ms) => {
    const start_time = new Date(clock).toISOString();
    clock += ms;
    return { start_time, end_time: new Date(clock).toISOString() };
  };
  const made = rounds.map(([ms, input_tokens, output_tokens, calls], at) => ({
    round: at + 1,
    llm_call: { request_model: model, finish_reason: calls.length > 0 ? "tool_call" : "stop", usage: { input_tokens, output_tokens }, ...take(ms) },
    tool_calls: calls.map(([name, args, result, ms, message], n) => ({
      call_id: `call-${at + 1}-${n + 1}`,
      name,
      arguments: args,
      ...(message ? { error: { type: "tool_error", message }, status: "error" } : { result }),
      ...take(ms),
    })),
  }));
  return {
    format: "trace-tab",
    version: "1.0",
    trace_id: name,
    name,
    agents: [{ id: "main", name: agent, request_model: model, system_instructions: `You are the ${agent} of Northwind. Look things up before you answer.` }],
    turns: [{ turn: 1, agent_id: "main", input: [{ role: "user", parts: [{ type: "text", content: question }] }], rounds: made }],
  };
}

const refund = "My order 10452 came with a broken lid. Can I get a refund?";
const invoice = "Can you resend the invoices of September and October?";

export const conversations = [
  {
    title: "Pricing page views",
    about: "Maya Lind · Product · today, 09:14",
    src: "sample.json",
    isRecorded: true,
    said: [
      ["Maya Lind", "How did pricing page views change last week?"],
      ["Product analyst", "I looked at the pricing page in PostHog and checked the figures in the warehouse. The trace shows each query, and one that failed on the way."],
    ],
  },
  {
    title: "Refund for order 10452",
    about: "Jonas Weber · Customer · today, 16:06",
    isRecorded: true,
    said: [
      ["Jonas Weber", refund],
      ["Support agent", "I am sorry about the lid. The order is within 30 days, so I have refunded 24.90 € to your card. It takes two to three days."],
    ],
    data: trace("Refund for order 10452", "support agent", "claude-sonnet-4-6", refund, [
      [1240, 2210, 64, [["get_order", { id: 10452 }, { id: 10452, total: "24.90 EUR", delivered: "2026-11-19" }, 180], ["search_policies", { query: "damaged on arrival" }, ["Within 30 days: refund or replacement."], 420]]],
      [1610, 2630, 58, [["refund_payment", { order: 10452, amount: "24.90" }, null, 2300, "The payment service did not answer in 2 s."]]],
      [1180, 2790, 61, [["refund_payment", { order: 10452, amount: "24.90", retry: 1 }, { refund: "re_7731", state: "pending" }, 640]]],
      [1890, 2940, 73, []],
    ]),
  },
  {
    title: "Invoices of September",
    about: "Aiko Tanaka · Customer · yesterday, 11:32",
    isRecorded: true,
    said: [
      ["Aiko Tanaka", invoice],
      ["Billing agent", "Both invoices are on their way to billing@tanaka.example."],
    ],
    data: trace("Invoices of September", "billing agent", "gpt-5.2", invoice, [
      [980, 1480, 52, [["list_invoices", { customer: "tanaka", from: "2026-09-01", to: "2026-10-31" }, ["INV-2091", "INV-2144"], 310]]],
      [1320, 1610, 88, [["send_email", { to: "billing@tanaka.example", attach: "INV-2091" }, "queued", 150], ["send_email", { to: "billing@tanaka.example", attach: "INV-2144" }, "queued", 170]]],
      [870, 1760, 31, []],
    ]),
  },
  {
    title: "Question to HR",
    about: "Sam Ortiz · Employee · Monday, 08:50",
    isRecorded: false,
    said: [
      ["Sam Ortiz", "How many days of parental leave do I have left?"],
      ["HR agent", "You have 34 days left, until March 2028."],
    ],
  },
];
