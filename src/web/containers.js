// Containers: what is packed or encoded, as the files that are in it. The browser does the unpacking,
// but for Zstandard, which none can do everywhere: that is a small wasm of its own, fetched when it
// is needed.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, panic.js, input.js, containers.js, parts.js, languages.js, files.js, element.js.

const ZIP_END = 0x06054b50;
const ZIP64_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP_ENTRY = 0x02014b50;
const ZIP_LOCAL = 0x04034b50;
const ZIP_MOST_COMMENT = 65_535;
const DEEPEST = 3; // containers in containers

/** The first chunk with at least `n` bytes, and an iterator over all, that one included. */
async function peek(chunks, n) {
  const iterator = (chunks[Symbol.asyncIterator] ?? chunks[Symbol.iterator]).call(chunks);
  let head = new Uint8Array();
  while (head.length < n) {
    const { done, value } = await iterator.next();
    if (done) break;
    head = head.length > 0 ? joined([head, value]) : value;
  }
  async function* all() {
    try {
      if (head.length > 0) yield head;
      for (let it = await iterator.next(); !it.done; it = await iterator.next()) yield it.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, chunks: all() };
}

function joined(chunks) {
  const all = new Uint8Array(chunks.reduce((sum, it) => sum + it.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

const begins = (head, ...bytes) => bytes.every((byte, at) => head[at] === byte);

/** How a file that begins so is packed or encoded, if it is. */
function packing(head) {
  if (begins(head, 0x1f, 0x8b)) return "gzip";
  if (begins(head, 0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
  if (begins(head, 0x50, 0x4b, 3, 4) || begins(head, 0x50, 0x4b, 5, 6)) return "zip";
  // A byte order mark, or a bracket with a zero beside it.
  if (begins(head, 0xff, 0xfe) || (head[1] === 0 && (head[0] === 0x7b || head[0] === 0x5b))) return "utf-16le";
  if (begins(head, 0xfe, 0xff) || (head[0] === 0 && (head[1] === 0x7b || head[1] === 0x5b))) return "utf-16be";
  return undefined;
}

/**
 * The files in an input, mostly one: itself. `keep` hears the bytes of one that is packed or encoded,
 * since what is read of it is not what was given.
 */
async function* unpacked(input, signal, keep, depth = 0) {
  const { head, chunks } = await peek(input.chunks, 4);
  const kind = depth < DEEPEST ? packing(head) : undefined;
  if (!kind) return yield { name: input.name, chunks };
  const kept = keptChunks(chunks, keep);
  const inside = (file) => unpacked(file, signal, () => {}, depth + 1);
  if (kind === "zip") {
    for await (const file of members(new Blob(await allOf(kept)), signal)) yield* inside(file);
    return;
  }
  const name = input.name?.replace(/\.(gz|gzip|zst)$/i, "");
  const problem = (error) => failure("read", "unreadable", say.damaged(input.name ?? say.the_file(), reason(error)));
  let inner;
  if (kind === "zstd") inner = unzstd(joined(await allOf(kept)), problem);
  else if (kind === "gzip") inner = through(kept, new DecompressionStream("gzip"), signal, problem);
  else inner = encoded(kept, kind);
  yield* inside({ name, chunks: inner });
}

async function* keptChunks(chunks, keep) {
  for await (const chunk of chunks) {
    keep(chunk);
    yield chunk;
  }
}

async function allOf(chunks) {
  const all = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

async function* through(chunks, transform, signal, problem) {
  const iterator = chunks[Symbol.asyncIterator]();
  const source = new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => iterator.return?.(),
  });
  yield* streamPieces(source.pipeThrough(transform), signal, problem);
}

async function* encoded(chunks, encoding) {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield* textPieces(decoder.decode(chunk, { stream: true }));
  yield* textPieces(decoder.decode());
}

// -- zip. Source: PKWARE's APPNOTE, 4.3 and 4.5.3; method 93 is Zstandard.

async function viewOf(blob) {
  return new DataView(await blob.arrayBuffer());
}

const damaged = (what) => failure("read", "unreadable", say.zip_damaged(what));

/** Where the directory of a zip file is, and how many entries it has. */
async function directory(blob) {
  const from = Math.max(0, blob.size - ZIP_MOST_COMMENT - 22 - 20);
  const tail = await viewOf(blob.slice(from));
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== ZIP_END) at -= 1;
  if (at < 0) throw damaged(say.zip_ends());
  const found = { count: tail.getUint16(at + 10, true), size: tail.getUint32(at + 12, true), start: tail.getUint32(at + 16, true) };
  if (at < 20 || tail.getUint32(at - 20, true) !== ZIP64_LOCATOR) return found;
  const end = Number(tail.getBigUint64(at - 20 + 8, true));
  const large = await viewOf(blob.slice(end, end + 56));
  if (large.byteLength < 56 || large.getUint32(0, true) !== ZIP64_END) throw damaged(say.zip_list_moved());
  const number = (from) => Number(large.getBigUint64(from, true));
  return { count: number(32), size: number(40), start: number(48) };
}

async function* members(blob, signal) {
  const { count, size, start } = await directory(blob);
  const list = await viewOf(blob.slice(start, start + size));
  for (let at = 0, n = 0; n < count; n++) {
    if (at + 46 > list.byteLength || list.getUint32(at, true) !== ZIP_ENTRY) throw damaged(say.zip_list_cut());
    const entry = entryAt(list, at);
    at = entry.next;
    if (entry.name.endsWith("/") || /(^|\/)(__MACOSX\/|\.)/.test(entry.name)) continue;
    yield { name: entry.name, chunks: member(blob, entry, signal) };
  }
}

function entryAt(list, at) {
  const short = (from) => list.getUint16(at + from, true);
  const long = (from) => list.getUint32(at + from, true);
  const nameEnd = at + 46 + short(28);
  const next = nameEnd + short(30) + short(32);
  if (next > list.byteLength) throw damaged(say.zip_list_cut());
  const name = new TextDecoder().decode(new Uint8Array(list.buffer, list.byteOffset + at + 46, short(28)));
  const entry = { name, method: short(10), size: long(24), packed: long(20), start: long(42), next };
  // What does not fit 32 bits stands in the extra field, in this order.
  for (let extra = nameEnd; extra + 4 <= nameEnd + short(30); extra += 4 + list.getUint16(extra + 2, true)) {
    if (list.getUint16(extra, true) !== 1) continue;
    let from = extra + 4;
    for (const field of ["size", "packed", "start"]) {
      if (entry[field] !== 0xffffffff || from + 8 > next) continue;
      entry[field] = Number(list.getBigUint64(from, true));
      from += 8;
    }
  }
  return entry;
}

async function* member(blob, { name, method, packed, start }, signal) {
  const problem = (error) => damaged(say.zip_unpacked(name, reason(error)));
  const local = await viewOf(blob.slice(start, start + 30));
  if (local.byteLength < 30 || local.getUint32(0, true) !== ZIP_LOCAL) throw damaged(say.zip_moved(name));
  const from = start + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  const bytes = blob.slice(from, from + packed);
  if (method === 0) yield* streamPieces(bytes.stream(), signal, problem);
  else if (method === 8) yield* streamPieces(bytes.stream().pipeThrough(new DecompressionStream("deflate-raw")), signal, problem);
  else if (method === 93) yield* unzstd(new Uint8Array(await bytes.arrayBuffer()), problem);
  else throw damaged(say.zip_method(name, method));
}

// -- Zstandard

let zstd;

/** The module that unpacks Zstandard; its memory is thrown away with it. */
async function zstdModule() {
  zstd ??= fetchWasm(new URL("trace-tab-zstd.wasm", import.meta.url), ZSTD_SRI).then(WebAssembly.compileStreaming);
  return zstd.catch((error) => {
    zstd = undefined;
    throw error;
  });
}

async function* unzstd(bytes, problem) {
  const { exports } = await WebAssembly.instantiate(await zstdModule());
  const at = exports.input(bytes.length);
  new Uint8Array(exports.memory.buffer, at, bytes.length).set(bytes);
  for (;;) {
    const length = exports.read();
    if (length < 0) throw problem(say.no_zstd());
    if (length === 0) return;
    yield new Uint8Array(exports.memory.buffer, exports.output(), length).slice();
  }
}

// -- the other way: several files as one download

let crcTable;

function crc32(crc, bytes) {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
    return n;
  });
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8);
  return crc;
}

/** A zip file that holds files as they are: `[{ name, parts }]`. */
function zipped(files) {
  const parts = [];
  const list = [];
  let at = 0;
  for (const { name, parts: own } of files) {
    const title = new TextEncoder().encode(name);
    const size = own.reduce((sum, it) => sum + it.length, 0);
    const crc = (own.reduce(crc32, ~0) ^ ~0) >>> 0;
    // Version 2.0, names in UTF-8, stored; the earliest date there is (1980-01-01).
    const about = [20, 0x800, 0, 0, 0x21].flatMap(short);
    const sizes = [crc, size, size].flatMap(long);
    const local = Uint8Array.from([...long(ZIP_LOCAL), ...about, ...sizes, ...short(title.length), ...short(0)]);
    parts.push(local, title, ...own);
    const rest = [...short(title.length), ...[0, 0, 0, 0].flatMap(short), ...long(0), ...long(at)];
    list.push(Uint8Array.from([...long(ZIP_ENTRY), ...short(20), ...about, ...sizes, ...rest]), title);
    at += local.length + title.length + size;
  }
  const size = list.reduce((sum, it) => sum + it.length, 0);
  const end = [...long(ZIP_END), ...[0, 0, files.length, files.length].flatMap(short), ...long(size), ...long(at), ...short(0)];
  return new Blob([...parts, ...list, Uint8Array.from(end)], { type: "application/zip" });
}

const short = (n) => [n & 255, (n >>> 8) & 255];
const long = (n) => [...short(n), ...short(n >>> 16)];
