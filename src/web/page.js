// The page is a host like any other: nothing here but the element's public API.
const viewer = document.querySelector("trace-tab");
const asked = new URLSearchParams(location.search);

if (asked.has("theme")) viewer.theme = asked.get("theme");
viewer.lang = asked.get("lang") || navigator.language; // the page itself is in English
if (asked.has("parent") && parent !== window) serveParent(asked.get("parent"));
else standAlone();

/** A page of its own: the trace and what is looked at are in its address, so that it can be passed on. */
function standAlone() {
  if (location.hash.length > 1) viewer.state = location.hash.slice(1);
  viewer.src = asked.get("src") || "sample.json";
  addEventListener("hashchange", () => {
    due = clearTimeout(due);
    viewer.state = location.hash.slice(1);
  });
  viewer.addEventListener("trace-tab-state", ({ detail }) => {
    const fragment = detail.state ? `#${detail.state}` : "";
    address(location.pathname + location.search + fragment);
  });
  viewer.addEventListener("trace-tab-load", ({ detail }) => {
    document.title = detail.name ? `${detail.name} · Trace Tab` : "Trace Tab";
  });
}

let last; // what is to be the address, once it may be
let due;
let changed = -Infinity;

/** Changes the address. Safari lets a page do that a hundred times in ten seconds, and a drag moves the view with each frame. */
function address(url) {
  const APART_MS = 150;
  last = url;
  const change = () => {
    due = undefined;
    changed = performance.now();
    history.replaceState(history.state, "", last);
  };
  const wait = changed + APART_MS - performance.now();
  if (wait <= 0) change();
  else due ??= setTimeout(change, wait);
}

/**
 * In a frame of `origin`: the protocol of docs/frame.md. Whoever frames this page chooses the origin,
 * so it is told of nothing but what it gave itself: no `?src=`, which could be another's, and no files
 * of the user.
 */
async function serveParent(origin) {
  if (new URL(origin).origin !== origin) throw new TypeError(`?parent= must be an origin, as https://example.com: ${origin}`);
  const tell = (type, detail) => parent.postMessage({ type, detail }, origin);
  viewer.droppable = false;
  for (const event of ["load", "progress", "error", "select", "state"]) {
    viewer.addEventListener(`trace-tab-${event}`, ({ type, detail }) => tell(type, detail));
  }
  addEventListener("message", ({ data, origin: from, source }) => {
    if (source !== parent || from !== origin) return;
    if (data?.type === "trace-tab-load") show(data);
    else if (data?.type === "trace-tab-state") viewer.state = data.state;
  });
  await customElements.whenDefined("trace-tab");
  tell("trace-tab-ready", {});
}

function show({ data, name, state }) {
  viewer.name = name;
  if (data === null || data === undefined) viewer.data = null;
  // What fails is told by an event.
  else viewer.load(data).then(() => state && (viewer.state = state), () => {});
}
