// Runs in the page, with the names of `helpers.js`: how long `arg.runs` loads of /trace take, and what they keep.
// `arg.lines`: the baseline parses a line at a time.

const { wasmBytes } = await import("/trace-tab.js");
const bytes = new Uint8Array(await (await fetch("/trace")).arrayBuffer());
const empty = wasmBytes();

const longTasks = [];
const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries()));
const tells = PerformanceObserver.supportedEntryTypes.includes("longtask");
if (tells) observer.observe({ type: "longtask" });

const parse = arg.lines
  ? (text) => text.trimEnd().split("\n").map((line) => JSON.parse(line))
  : (text) => JSON.parse(text);

/** Until the next frame is drawn: the first task after the one that runs its callbacks, lays it out and paints it. */
async function drawn() {
  await new Promise(requestAnimationFrame);
  // Before anything else that waits: it is not to be timed.
  if (globalThis.scheduler?.postTask) return scheduler.postTask(() => {}, { priority: "user-blocking" });
  await new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(0);
  });
}

/** Until rows are there. Asks for no frames, which would be in the way of those that show something. */
function appeared() {
  return new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (rows(el).length === 0) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(el.shadowRoot, { childList: true, subtree: true });
  });
}

/** Milliseconds that something takes, after the collector has worked where it can be told to, and a rest. */
async function time(work) {
  globalThis.gc?.();
  await sleep(arg.rest);
  const start = performance.now();
  const kept = await work();
  return { took: performance.now() - start, start, kept };
}

const runs = [];
let summary;
for (let run = 0; run < arg.runs; run++) {
  // What another trace leaves behind is not part of this one's time.
  el.data = null;
  await painted();
  const baseline = arg.baseline ? (await time(() => parse(new TextDecoder().decode(bytes)).length)).took : null;
  let loaded;
  let first;
  const { took, start } = await time(async () => {
    const from = performance.now();
    const seen = appeared().then(drawn).then(() => (first = performance.now() - from));
    summary = await el.load(bytes);
    loaded = performance.now() - from;
    await Promise.all([drawn(), seen]);
  });
  runs.push({ baseline, first, loaded, painted: took, start, rows: rows(el).length });
}
await sleep(100); // what the observer still has comes later
observer.takeRecords().forEach((task) => longTasks.push(task));
for (const it of runs) {
  const own = longTasks.filter(({ startTime, duration }) => startTime < it.start + it.painted && startTime + duration > it.start);
  it.longest = tells ? Math.max(0, ...own.map(({ duration }) => duration)) : null;
  delete it.start;
}
return { bytes: bytes.length, empty, full: wasmBytes(), actions: summary.actions, issues: summary.issues, runs };
