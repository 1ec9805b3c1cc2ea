// Errors, and the start of the wasm, once for the page.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, panic.js, input.js, containers.js, parts.js, languages.js, files.js, element.js.

// The next lines are filled in by `cargo xtask bundle`.
const WASM_SRI = undefined;
const DETAIL_SRI = undefined;
const FIND_SRI = undefined;
const LIVE_SRI = undefined;
const JSON_SRI = undefined;
const SESSIONS_SRI = undefined;
const SHAPES_SRI = undefined;
const SHARED_SRI = undefined;
const ZSTD_SRI = undefined;
const FORMATS_SRI = undefined;
const LANGUAGES = undefined;
const VERSION = undefined;

/** An error with the fields of `trace-tab-error`. */
function failure(phase, code, message, offset) {
  const error = new Error(message);
  error.name = "TraceTabError";
  Object.assign(error, { phase, code });
  if (offset !== undefined && offset !== null) error.offset = offset;
  return error;
}

/** Whatever was thrown (by the importer: a plain object) as a `failure`. */
function explain(thrown) {
  if (thrown?.phase && thrown.code) {
    return thrown instanceof Error ? thrown : failure(thrown.phase, thrown.code, thrown.message, thrown.offset);
  }
  return failure("read", "internal", String(thrown?.message ?? thrown));
}

function aborted(why) {
  return new DOMException(why, "AbortError");
}

/**
 * Notices what the Content-Security-Policy blocks at `url`: `fetch` itself rejects with the same
 * TypeError for a policy, a missing network and a missing CORS header.
 */
function watchPolicy(url) {
  let blocked = false;
  const listener = ({ disposition, effectiveDirective, blockedURI }) => {
    if (disposition !== "enforce" || effectiveDirective !== "connect-src") return;
    // A blocked redirect is reported with its origin alone, a data: or blob: URL with its scheme.
    if (url.href.startsWith(blockedURI) || blockedURI.startsWith(url.origin)) blocked = true;
  };
  document.addEventListener("securitypolicyviolation", listener);
  return {
    /** The report comes in a task of its own, perhaps after the rejection. */
    async hit() {
      if (!blocked) await new Promise((resolve) => setTimeout(resolve, 20));
      return blocked;
    },
    stop: () => document.removeEventListener("securitypolicyviolation", listener),
  };
}

let core; // the promise of a wasm that runs
let compiled; // its code, of which another can be started
let Viewer; // the class in it
let wasm; // what it exports
let glue; // the functions around that

/**
 * Downloads and starts the viewer's wasm. The first element does this by itself; call it earlier
 * to warm up, or to have the wasm elsewhere. Safe to call many times; a failure can be retried.
 */
export function load({ wasmUrl, integrity } = {}) {
  const start = () => (compiled ? run(compiled) : startCore(wasmUrl ?? new URL("trace-tab_bg.wasm", import.meta.url), integrity ?? WASM_SRI));
  core ??= start().catch((error) => {
    core = undefined;
    throw error;
  });
  return core;
}

/** What the wasm and the style sheet need; the same versions stand in the README. */
function isModern() {
  // A module with one SIMD instruction.
  const simd = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  return (
    globalThis.WebAssembly?.validate(new Uint8Array(simd)) &&
    "ElementInternals" in globalThis &&
    "adoptedStyleSheets" in Document.prototype &&
    CSS.supports("color", "light-dark(#000, #fff)")
  );
}

async function startCore(wasmUrl, integrity) {
  if (!isModern()) {
    throw failure("start", "too-old", "This browser is too old for Trace Tab. It needs Chrome or Edge 123, Firefox 125, Safari 17.5, or newer.");
  }
  const url = new URL(wasmUrl, document.baseURI);
  if (url.protocol === "file:") {
    throw failure("start", "file-protocol", "Trace Tab cannot load from file://. Serve the page from a web server (any static one will do).");
  }
  const response = await fetchWasm(url, integrity || undefined);
  try {
    await run(response);
  } catch (error) {
    throw explainStart(error, url, response);
  }
}

/** Starts the wasm in a glue of its own, so that nothing of one that broke down reaches it. */
async function run(source) {
  const made = newGlue();
  const { module, exports } = await made.start(source, guarded);
  const found = made.version();
  if (VERSION !== undefined && found !== VERSION) throw skewed(`trace-tab.js is ${VERSION}, the wasm is ${found}`);
  [compiled, Viewer, wasm, glue] = [module, made.Viewer, exports, made];
}

async function fetchWasm(url, integrity) {
  const policy = watchPolicy(url);
  try {
    const response = await fetch(url, integrity ? { integrity } : {});
    if (!response.ok) throw failure("start", "network", noCore(url, response.status));
    return response;
  } catch (error) {
    if (error.code === "network") throw error;
    if (await policy.hit()) {
      throw failure("start", "csp", `The page's Content-Security-Policy blocks ${url.href}. Add ${url.origin} to connect-src.`);
    }
    throw await fetchProblem(url, integrity);
  } finally {
    policy.stop();
  }
}

const noCore = (url, status) => `The viewer's wasm is not there: ${url.href} answered ${status}. It belongs beside trace-tab.js.`;

/** Why the fetch was refused: a wrong hash rejects like a missing network, so ask once more without one. */
async function fetchProblem(url, integrity) {
  const answer = integrity ? await fetch(url, { method: "HEAD" }).catch(() => undefined) : undefined;
  if (!answer) {
    return failure("start", "network", `The viewer's wasm could not be had from ${url.href}. Check the network, and, for another origin, its Access-Control-Allow-Origin header.`);
  }
  if (!answer.ok) return failure("start", "network", noCore(url, answer.status));
  if (isHtml(answer)) return failure("start", "mime", notWasm(url));
  return failure("start", "integrity", `The viewer's wasm at ${url.href} is not the one that this trace-tab.js was published with. Take both files from the same release.`);
}

const isHtml = (response) => /\bhtml\b/.test(response.headers.get("content-type") ?? "");
const notWasm = (url) => `${url.href} is not WebAssembly but a web page. The server must send the file itself, as application/wasm.`;
const skewed = (what) => failure("start", "version", `Files of two versions are mixed: ${what}. Take both from the same release, and clear caches in between.`);

function explainStart(error, url, response) {
  if (error.phase) return error;
  const message = String(error?.message ?? error);
  if (/content.security.policy|blocked by csp|disallowed by embedder|wasm-unsafe-eval/i.test(message)) {
    return failure("start", "csp", "The page's Content-Security-Policy forbids WebAssembly. Add 'wasm-unsafe-eval' to script-src.");
  }
  if (error instanceof WebAssembly.RuntimeError) return failure("start", "panic", message);
  if (error instanceof WebAssembly.LinkError) return skewed(message);
  if (isHtml(response)) return failure("start", "mime", notWasm(url));
  if (error instanceof WebAssembly.CompileError) {
    return failure("start", "integrity", `${url.href} is damaged or is no WebAssembly (${message}). Take it from the release of this trace-tab.js.`);
  }
  // The glue and the wasm do not know each other's functions.
  if (/import #|is not a function|is not an object/i.test(message)) return skewed(message);
  return failure("start", "network", `The viewer's wasm could not be read from ${url.href}: ${message}`);
}
