// Runs in the page, with the names of `helpers.js`: a trace grows while one looks at its end. /trace has a value
// a line: the first `arg.before` are there already, the others come `arg.lines` every `arg.every` milliseconds.

const bytes = new Uint8Array(await (await fetch("/trace")).arrayBuffer());
const longTasks = [];
const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries()));
const tells = PerformanceObserver.supportedEntryTypes.includes("longtask");
if (tells) observer.observe({ type: "longtask" });

/** Where what is appended begins and ends. */
const cuts = [0];
let n = 0;
for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
  n++;
  if (n >= arg.before && (n - arg.before) % arg.lines === 0) cuts.push(at + 1);
}

// What the element does in a frame with what has come.
const ownFrame = window.requestAnimationFrame.bind(window);
const spent = [];
window.requestAnimationFrame = (call) =>
  ownFrame((time) => {
    const start = performance.now();
    call(time);
    spent.push(performance.now() - start);
  });

for (let at = 0; at < cuts[1]; at += 8 << 20) {
  el.append(bytes.slice(at, Math.min(cuts[1], at + (8 << 20))));
  await sleep(20);
}
const grid = await until(() => el.shadowRoot.querySelector("[role=treegrid]"));
const rowsNow = () => Number(grid.getAttribute("aria-rowcount"));
for (let before = -1; before !== rowsNow(); await sleep(1500)) before = rowsNow();
grid.scrollTop = grid.scrollHeight;
await sleep(300);
longTasks.push(...observer.takeRecords());
longTasks.length = spent.length = 0;

// A frame is dropped where the screen was refreshed and the page had none. One that is late for its refresh may be
// seen with the next.
const frames = [];
const late = [];
let isOn = true;
let last;
const frame = (time) => {
  if (last !== undefined) frames.push(time - last);
  late.push(performance.now() - time);
  last = time;
  if (isOn) ownFrame(frame);
};
ownFrame(frame);
await sleep(300); // after a rest the first frames come when they can
frames.length = late.length = 0;
const start = performance.now();
for (let step = 1; step + 1 < cuts.length; step++) {
  el.append(bytes.slice(cuts[step], cuts[step + 1]));
  await sleep(Math.max(0, start + step * arg.every - performance.now()));
}
const seconds = (performance.now() - start) / 1000;
isOn = false;
await sleep(300);
longTasks.push(...observer.takeRecords());
const dropped = frames.flatMap((it, at) => (it > 25 ? [at] : []));
const sorted = (times) => times.sort((a, b) => a - b);
const all = sorted(frames);
return {
  before: arg.before, aSecond: ((cuts.length - 2) * arg.lines) / seconds, rows: rowsNow(),
  frame: all[all.length >> 1], worst: all.at(-1), frames: all.length, dropped: dropped.length, droppedAt: dropped,
  late: Math.max(...late),
  append: sorted(spent)[spent.length >> 1], task: tells ? Math.max(0, ...longTasks.map(({ duration }) => duration)) : null,
};
