// The parts of the viewer that are fetched when they are needed: the detail of a row, and what reads
// sessions of coding agents. They work in the memory of the viewer's wasm.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, input.js, containers.js, parts.js, formats.js, files.js, element.js.

const PARTS = {
  detail: () => [new URL("trace-tab-detail.wasm", import.meta.url), DETAIL_SRI],
  sessions: () => [new URL("trace-tab-sessions.wasm", import.meta.url), SESSIONS_SRI],
};

/** What has been asked for, by instance of the wasm. */
const asked = new WeakMap();

/** Puts a part in its place. Safe to call many times; a failure can be retried. */
function joinPart(name) {
  const main = wasm;
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
  const response = await fetchWasm(url, integrity);
  try {
    await WebAssembly.instantiateStreaming(response, { __wasm_split: main });
  } catch (error) {
    throw explainStart(error, url, response);
  }
  if (wasm === main) join_part(name);
}
