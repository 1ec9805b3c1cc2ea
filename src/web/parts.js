// The parts of the viewer that are fetched when they are needed: the detail of a row, find, what reads
// sessions of coding agents, the other formats and the rarer shapes of messages, what lets a trace grow,
// what writes Trace Tab JSON. They work in the memory of the viewer's wasm.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, panic.js, input.js, containers.js, parts.js, languages.js, files.js, element.js.

const PARTS = {
  detail: () => [new URL("trace-tab-detail.wasm", import.meta.url), DETAIL_SRI],
  find: () => [new URL("trace-tab-find.wasm", import.meta.url), FIND_SRI],
  live: () => [new URL("trace-tab-live.wasm", import.meta.url), LIVE_SRI],
  formats: () => [new URL("trace-tab-formats.wasm", import.meta.url), FORMATS_SRI],
  json: () => [new URL("trace-tab-json.wasm", import.meta.url), JSON_SRI],
  shapes: () => [new URL("trace-tab-shapes.wasm", import.meta.url), SHAPES_SRI],
  shared: () => [new URL("trace-tab-shared.wasm", import.meta.url), SHARED_SRI],
  sessions: () => [new URL("trace-tab-sessions.wasm", import.meta.url), SESSIONS_SRI],
};

/** What each comes after, if not the shapes: that has what both need. The first has what several others do. */
const AFTER = { shared: undefined, find: "shared", shapes: "shared", formats: "sessions" };

/** What has been asked for, by the glue of the wasm that it is a part of. */
const asked = new WeakMap();

/** Puts a part in its place. Safe to call many times; a failure can be retried. */
function joinPart(name, main = glue) {
  if (!asked.has(main)) asked.set(main, {});
  const parts = asked.get(main);
  parts[name] ??= fetchPart(name, main).catch((error) => {
    delete parts[name];
    throw error;
  });
  return parts[name];
}

async function fetchPart(name, main) {
  const [url, integrity] = PARTS[name]();
  const before = name in AFTER ? AFTER[name] : "shapes";
  const [response] = await Promise.all([fetchWasm(url, integrity), before && joinPart(before, main)]);
  try {
    // Not what guards the exports: a panic goes through all wasm that is at work.
    await WebAssembly.instantiateStreaming(response, { __wasm_split: main.raw });
  } catch (error) {
    throw explainStart(error, url, response);
  }
  main.join_part(name);
}
