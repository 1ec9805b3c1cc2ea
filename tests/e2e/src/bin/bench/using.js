// Runs in the page, with the names of `helpers.js`: what it is like to use the trace at /trace.
// Frames are timed over `arg.frames` of them; all times are in milliseconds.

const bytes = await (await fetch("/trace")).arrayBuffer();
const longTasks = [];
const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries()));
const tells = PerformanceObserver.supportedEntryTypes.includes("longtask");
if (tells) observer.observe({ type: "longtask" });

let nodes = 0;
const root = el.shadowRoot;
const count = () => (nodes = Math.max(nodes, root.querySelectorAll("*").length));
const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];

/** Until the next frame is drawn. */
async function drawn() {
  await new Promise(requestAnimationFrame);
  await new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(0);
  });
  count();
}

/** How long it takes until something that is done at once is drawn. */
async function took(work) {
  await sleep(30);
  const start = performance.now();
  await work();
  await drawn();
  return performance.now() - start;
}

/** How long the frames take while `step(share)` is called before each. */
async function frames(step) {
  const times = [];
  let last = await new Promise(requestAnimationFrame);
  for (let at = 1; at <= arg.frames; at++) {
    step(at / arg.frames);
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
    count();
  }
  return { median: median(times), worst: times.at(-1) };
}

/** The longest task over some work; 0 if none was as long as a browser tells of, null if it tells of none. */
async function longest(work) {
  await sleep(60);
  longTasks.push(...observer.takeRecords());
  longTasks.length = 0;
  const found = await work();
  await sleep(60);
  longTasks.push(...observer.takeRecords());
  return { found, task: tells ? Math.max(0, ...longTasks.map(({ duration }) => duration)) : null };
}

const loading = await longest(() => el.load(bytes));
const summary = loading.found;
await painted();

const grid = () => root.querySelector("[role=treegrid]");
const lastRow = () => Number(rows(el).at(-1)?.getAttribute("aria-rowindex"));
const all = Number(grid().getAttribute("aria-rowcount"));
const height = () => grid().scrollHeight - grid().clientHeight;

const scrolling = await longest(async () => {
  const wheel = await frames(() => (grid().scrollTop += 100));
  const drag = await frames((share) => (grid().scrollTop = share * height()));
  return { wheel, drag, reached: lastRow() };
});

/** A row in the middle of what is seen, of each of some places in the trace. */
const selecting = await longest(async () => {
  const times = [];
  for (const share of [0.1, 0.3, 0.5, 0.7, 0.9]) {
    grid().scrollTop = share * height();
    await painted();
    const row = rows(el)[rows(el).length >> 1];
    times.push(await took(() => row.dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true }))));
  }
  return median(times);
});

const press = (key, options) => grid().dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true, ...options }));
const collapsing = await longest(async () => {
  grid().scrollTop = 0;
  await painted();
  rows(el)[0].dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true }));
  await painted();
  const times = [];
  for (const key of ["ArrowLeft", "ArrowRight"]) times.push(await took(() => press(key)));
  return median(times);
});

const brushing = await longest(async () => {
  const map = root.querySelector(".map");
  const { left, width, top, height } = map.getBoundingClientRect();
  const at = (type, share) =>
    map.dispatchEvent(new PointerEvent(type, { bubbles: true, composed: true, pointerId: 1, isPrimary: true, button: 0, buttons: type === "pointerup" ? 0 : 1, clientX: left + share * width, clientY: top + height / 2 }));
  at("pointerdown", 0.2);
  const found = await frames((share) => at("pointermove", 0.2 + share * 0.6));
  at("pointerup", 0.8);
  await painted();
  return found;
});
press("Escape");

/** What is found, and how fast: a word that stands nowhere, so that all bytes are seen; and one at the end. */
const finding = await longest(async () => {
  el.state = "";
  await painted();
  press("f", { ctrlKey: true });
  const box = await until(() => root.querySelector(".find input"));
  const type = (text) => {
    box.value = text;
    box.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
  };
  const noted = () => root.querySelector(".find .note")?.textContent ?? "";
  const time = async (text, isThere) => {
    await sleep(100);
    const start = performance.now();
    type(text);
    for (;;) {
      await new Promise(requestAnimationFrame);
      if (isThere(noted())) return performance.now() - start;
      if (performance.now() - start > 60_000) throw new Error(`find: "${noted()}"`);
    }
  };
  const through = await time("zzqqxx no such words", (note) => /no|0/i.test(note) && !note.includes("…") && note !== "");
  type("");
  await painted();
  const first = await time(arg.word, (note) => /[1-9]/.test(note));
  return { through, first };
});

return {
  bytes: bytes.byteLength, actions: summary.actions, rows: all, nodes,
  loadingTask: loading.task,
  wheel: scrolling.found.wheel, drag: scrolling.found.drag, reached: scrolling.found.reached, scrollingTask: scrolling.task,
  select: selecting.found, selectTask: selecting.task,
  collapse: collapsing.found, collapseTask: collapsing.task,
  brush: brushing.found, brushTask: brushing.task,
  find: finding.found, findTask: finding.task,
};
