// In every page before its own scripts, put there by the server.
// Scripts of the tests see the names of `e2e` as their own.

/** What the console got, which a script cannot ask for; the DevTools of Chromium tell more. */
const told = [];
for (const level of ["warn", "error"]) {
  const say = console[level];
  console[level] = (...words) => {
    told.push(words.join(" "));
    say.apply(console, words);
  };
}
addEventListener("error", ({ message, target }) => told.push(message ?? `not loaded: ${target.src ?? target.href}`), true);
addEventListener("unhandledrejection", ({ reason }) => told.push(`in a promise: ${reason}`));

/** Every event of every element since the page was opened. */
const heard = [];
for (const name of ["progress", "load", "error", "select", "state"]) {
  document.addEventListener(`trace-tab-${name}`, ({ detail, target }) => heard.push({ name, detail, id: target.id }));
}

const { setTimeout, clearTimeout } = window; // a test may change the page's own
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** Until what was changed is on the screen, with the parts of the viewer that it takes. */
async function painted() {
  const waits = ({ shadowRoot }) => shadowRoot?.querySelector("[aria-busy=true]");
  do {
    await frame();
    await frame();
  } while ([...document.querySelectorAll("trace-tab")].some(waits));
}

/** Waits until `test` returns something, and returns it. */
async function until(test, what = String(test)) {
  for (const start = performance.now(); performance.now() - start < 15_000; await sleep(15)) {
    const found = await test();
    if (found) return found;
  }
  throw new Error(`waited in vain for: ${what}`);
}

/** The next of these events: `[name, detail]`. */
function first(names, target) {
  return new Promise((resolve, reject) => {
    const end = (then, value) => {
      clearTimeout(timer); // it would keep the element alive
      for (const name of names) target.removeEventListener(`trace-tab-${name}`, hear);
      then(value);
    };
    const hear = ({ type, detail }) => end(resolve, [type.slice("trace-tab-".length), detail]);
    const timer = setTimeout(end, 15_000, reject, new Error(`no event: ${names}`));
    for (const name of names) target.addEventListener(`trace-tab-${name}`, hear);
  });
}

/** The detail of the next event of this name. */
const next = async (name, target = document) => (await first([name], target))[1];

/** How loading ends: `[name, detail]`. */
const outcome = (target = document) => first(["load", "error"], target);

/** The names of what was heard, in order, without progress. */
const names = () => heard.filter(({ name }) => name !== "progress").map(({ name }) => name);

/** All that is shown, as text. */
const shown = (element) => element.shadowRoot.textContent;

const rows = (element) => [...element.shadowRoot.querySelectorAll("[role=row][data-row]")];
const selected = (element) => element.shadowRoot.querySelector("[role=row][aria-selected=true]");
const title = (row) => row?.querySelector(".what")?.textContent;

/** The bytes of a Blob, as numbers. */
const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());

function same(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Does what a test wants done, and tells how it ends, both as JSON. */
async function run(arg) {
  try {
    await sleep(0); // as a task of the page: within the driver's, WebKit goes through the microtasks in between
    const value = await window.e2e.job(JSON.parse(arg));
    return JSON.stringify({ value }, (_, it) => it ?? null); // undefined, too, is there
  } catch (error) {
    return JSON.stringify({ error: `${error?.code ?? error?.name}: ${error?.message ?? error}` });
  }
}

window.e2e = { told, run, heard, sleep, painted, until, next, outcome, names, shown, rows, selected, title, bytesOf, same };
