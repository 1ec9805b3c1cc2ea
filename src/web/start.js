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
const LANGUAGES_SRI = undefined;
const VERSION = undefined;

/**
 * A text of `src/text/script.rs`, yet to be said: a function of the texts of a language, by the English
 * ones. `cargo xtask bundle` has `say("The file")` in place of `say.the_file()`.
 */
const say = (english, ...values) => (texts) => (texts?.[english] ?? english).replace(/{(.)}/g, (_, at) => inWords(values[at], texts));

/** A text, whether it is yet to be said or is what the browser says. */
const inWords = (text, texts) => (typeof text === "function" ? text(texts) : text);

/** What an error says. */
const reason = (error) => error?.said ?? error?.message ?? error;

/** An error with the fields of `trace-tab-error`, which can be said in another language. */
function failure(phase, code, said, offset, texts) {
  return Object.assign(new Error(inWords(said, texts)), { name: "TraceTabError", phase, code, said, offset });
}

/** Whatever was thrown (by the importer: a plain object) as a `failure`, in a language. */
function explain(thrown, texts) {
  const { phase, code, offset } = Object(thrown);
  return failure(phase ?? "read", phase ? code : "internal", reason(thrown), offset, texts);
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
    throw failure("start", "too-old", say.too_old());
  }
  const url = new URL(wasmUrl, document.baseURI);
  if (url.protocol === "file:") {
    throw failure("start", "file-protocol", say.from_disk());
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
  if (VERSION !== undefined && found !== VERSION) throw skewed(say.versions(VERSION, found));
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
      throw failure("start", "csp", say.policy_blocks(url.href, url.origin));
    }
    throw await fetchProblem(url, integrity);
  } finally {
    policy.stop();
  }
}

const noCore = (url, status) => say.no_wasm(url.href, status);

/** Why the fetch was refused: a wrong hash rejects like a missing network, so ask once more without one. */
async function fetchProblem(url, integrity) {
  const answer = integrity ? await fetch(url, { method: "HEAD" }).catch(() => undefined) : undefined;
  if (!answer) {
    return failure("start", "network", say.wasm_unreachable(url.href));
  }
  if (!answer.ok) return failure("start", "network", noCore(url, answer.status));
  if (isHtml(answer)) return failure("start", "mime", notWasm(url));
  return failure("start", "integrity", say.other_wasm(url.href));
}

const isHtml = (response) => /\bhtml\b/.test(response.headers.get("content-type") ?? "");
const notWasm = (url) => say.not_wasm(url.href);
const skewed = (what) => failure("start", "version", say.mixed(what));

function explainStart(error, url, response) {
  if (error.phase) return error;
  const message = String(error?.message ?? error);
  if (/content.security.policy|blocked by csp|disallowed by embedder|wasm-unsafe-eval/i.test(message)) {
    return failure("start", "csp", say.policy_forbids());
  }
  if (error instanceof WebAssembly.RuntimeError) return failure("start", "panic", message);
  if (error instanceof WebAssembly.LinkError) return skewed(message);
  if (isHtml(response)) return failure("start", "mime", notWasm(url));
  if (error instanceof WebAssembly.CompileError) {
    return failure("start", "integrity", say.damaged_wasm(url.href, message));
  }
  // The glue and the wasm do not know each other's functions.
  if (/import #|is not a function|is not an object/i.test(message)) return skewed(message);
  return failure("start", "network", say.wasm_unread(url.href, message));
}
