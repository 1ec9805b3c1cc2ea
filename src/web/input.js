// Input: whatever a host or a user gives, as chunks of bytes.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, panic.js, input.js, containers.js, parts.js, languages.js, files.js, element.js.

const CHUNK = 1 << 20; // bytes (or UTF-16 units) handed over at a time
const FIRST_BYTE_MS = 30_000;

/** @typedef {{ chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, total?: number, name?: string, blob?: Blob }} Input */

/** Not `instanceof`: the data may come from another frame. */
const typeOf = (data) => (ArrayBuffer.isView(data) ? "View" : Object.prototype.toString.call(data).slice(8, -1));
const isBuffer = (data) => ["View", "ArrayBuffer", "SharedArrayBuffer"].includes(typeOf(data));
const isBlob = (data) => ["Blob", "File"].includes(typeOf(data));
const isStream = (data) => typeOf(data) === "ReadableStream";

/** What a host or a user gives: one file or several. @returns {Input[]} */
function toInputs(data, signal) {
  const list = typeOf(data) === "FileList" ? [...data] : data;
  const isFile = (item) => typeof item === "string" || isBuffer(item) || isBlob(item);
  // Any other array is a value of its own: one file that is yet to be written.
  if (Array.isArray(list) && list.length > 0 && list.every(isFile)) return list.map((item) => toInput(item, signal));
  return [toInput(data, signal)];
}

/** @returns {Input} */
function toInput(data, signal) {
  if (typeof data === "string") return { chunks: textPieces(data) };
  if (isBuffer(data)) {
    const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
    return { chunks: bytePieces(bytes), total: bytes.length };
  }
  if (isBlob(data)) {
    const name = data.webkitRelativePath || data.path || data.name;
    return { chunks: streamPieces(data.stream(), signal, unreadable), total: data.size, name, blob: data };
  }
  if (isStream(data)) return { chunks: streamPieces(data, signal, broken) };
  let text;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    throw failure("read", "not-json", say.not_written(error.message));
  }
  if (text === undefined) throw failure("read", "not-json", say.no_data(typeof data));
  return { chunks: textPieces(text) };
}

const unreadable = (error) => failure("read", "unreadable", say.file_unread(reason(error)));
const broken = (error) => failure("read", "unreadable", say.stream_unread(reason(error)));

function* bytePieces(bytes) {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

function* textPieces(text) {
  const encoder = new TextEncoder();
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + CHUNK, text.length);
    // Never between the halves of a surrogate pair: each half alone would become U+FFFD.
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end += 1;
    yield encoder.encode(text.slice(at, end));
    at = end;
  }
}

async function* streamPieces(stream, signal, problem) {
  let reader;
  try {
    reader = stream.getReader();
  } catch (error) {
    throw problem(error); // locked: somebody else reads it
  }
  const stop = () => reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", stop);
  try {
    for (;;) {
      let part;
      try {
        part = await reader.read();
      } catch (error) {
        throw problem(error);
      }
      if (part.done) return;
      const { value } = part;
      if (typeof value === "string") yield* textPieces(value);
      else if (isBuffer(value)) yield* toInput(value).chunks;
      else throw problem(say.stream_gave(typeof value));
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stop(); // does nothing after the end
  }
}

/** More of a trace, as text or bytes, in pieces of at most `CHUNK`: a record becomes a line. @returns {(string | Uint8Array)[]} */
function toMore(data) {
  if (typeof data === "string") return Array.from({ length: Math.ceil(data.length / CHUNK) }, (_, n) => data.slice(n * CHUNK, (n + 1) * CHUNK));
  if (isBuffer(data)) return [...toInput(data).chunks].map((bytes) => bytes.slice());
  if (Array.isArray(data)) return data.flatMap(toMore);
  if (data === null || typeof data !== "object" || isBlob(data) || isStream(data)) {
    throw new TypeError("append: takes text, bytes, or records as plain objects");
  }
  return [...toMore(JSON.stringify(data)), "\n"];
}

const isHalf = (text) => typeof text === "string" && (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;

/** Whether there is more to take: half a character is not. */
const hasMore = (pieces) => pieces.length > 1 || (pieces.length === 1 && (pieces[0].length > 1 || !isHalf(pieces[0])));

/** The bytes of the first pieces, one after another: no more than a turn has time for. Half a character at the end stays in the list. */
function takeMore(pieces, isEnd) {
  let n = 0;
  for (let size = 0; n < pieces.length && (size === 0 || size + pieces[n].length <= CHUNK); n++) size += pieces[n].length;
  const encoder = new TextEncoder();
  const taken = [];
  let text = "";
  for (const piece of pieces.splice(0, n)) {
    if (typeof piece === "string") {
      text += piece;
      continue;
    }
    if (text) taken.push(encoder.encode(text));
    text = "";
    taken.push(piece);
  }
  const [rest = isEnd ? undefined : ""] = pieces;
  if (isHalf(text) && typeof rest === "string") {
    pieces[0] = text.slice(-1) + rest;
    text = text.slice(0, -1);
  }
  if (text) taken.push(encoder.encode(text));
  if (taken.length < 2) return taken[0] ?? new Uint8Array();
  const all = new Uint8Array(taken.reduce((sum, bytes) => sum + bytes.length, 0));
  let at = 0;
  for (const bytes of taken) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

/** What `src` holds, with its trouble told apart as far as a browser lets one. */
async function fetchInput(src, { baseURI, credentials, signal }) {
  let url;
  try {
    url = new URL(src, baseURI);
  } catch {
    throw failure("fetch", "network", say.no_url(src));
  }
  const shown = url.href.length > 200 ? `${url.href.slice(0, 200)}…` : url.href;
  const late = failure("fetch", "timeout", say.late(shown, FIRST_BYTE_MS / 1000));
  const request = new AbortController();
  const timer = setTimeout(() => request.abort(late), FIRST_BYTE_MS);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    request.abort(signal.reason);
  });

  const policy = watchPolicy(url);
  let response;
  try {
    response = await fetch(url, { credentials, signal: request.signal });
  } catch (error) {
    clearTimeout(timer);
    signal.throwIfAborted();
    if (request.signal.aborted) throw late;
    if (await policy.hit()) throw failure("fetch", "csp", say.policy_blocks(shown, originOf(url)));
    throw unreached(url, shown, baseURI, error);
  } finally {
    policy.stop();
  }
  if (!response.ok) {
    clearTimeout(timer);
    request.abort(); // the body of a refusal is of no interest
    throw failure("fetch", "http", say.answered(shown, `${response.status} ${response.statusText}`.trim()));
  }

  const cutOff = (error) => (request.signal.reason === late ? late : failure("fetch", "network", say.broke(shown, reason(error))));
  // The length is that of the compressed body where there is an encoding, and another origin hides whether there is.
  const length = response.type === "basic" && !response.headers.has("content-encoding") ? Number(response.headers.get("content-length")) : 0;
  async function* chunks() {
    let got = 0;
    try {
      for await (const chunk of response.body ? streamPieces(response.body, signal, cutOff) : []) {
        clearTimeout(timer); // the first byte is there
        got += chunk.length;
        yield chunk;
      }
    } finally {
      clearTimeout(timer);
    }
    if (got < length) throw cutOff(say.came(got, length)); // WebKit takes that for the end
  }
  return { chunks: chunks(), total: length || undefined };
}

const originOf = (url) => (url.origin === "null" ? url.protocol : url.origin);

/** A browser does not say why a request to another origin failed. */
function unreached(url, shown, baseURI, error) {
  if (url.origin === "null" || url.origin === new URL(baseURI).origin) {
    return failure("fetch", "network", say.unreached(shown, reason(error)));
  }
  return failure("fetch", "cors", say.unreached_there(shown, location.origin));
}

/** The last part of the path, as a name for the trace. */
function nameOfUrl(src, baseURI) {
  try {
    const { protocol, pathname } = new URL(src, baseURI);
    return /^https?:$/.test(protocol) ? decodeURIComponent(pathname.split("/").pop()) || undefined : undefined;
  } catch {
    return undefined;
  }
}
