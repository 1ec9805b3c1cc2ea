// The formats that the viewer's wasm leaves out are read by another one, which is fetched when a
// file of such a format comes. It writes Trace Tab JSON as well, of any format.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, panic.js, input.js, containers.js, parts.js, formats.js, languages.js, files.js, element.js.

let formats;

/** The module that reads every format; each job has an instance, whose memory is thrown away. */
async function formatsModule() {
  formats ??= fetchWasm(new URL("trace-tab-formats.wasm", import.meta.url), FORMATS_SRI).then(WebAssembly.compileStreaming);
  return formats.catch((error) => {
    formats = undefined;
    throw error;
  });
}

/**
 * What `finish(exports)` makes of `files`, each `{ name, pieces() }`: it returns how many bytes the result has.
 * `rest` lets the page work. Errors are in the language of `phrases`.
 */
async function elsewhere(files, rest, finish, phrases) {
  const { exports } = await WebAssembly.instantiate(await formatsModule());
  await rest();
  const give = (bytes) => {
    const at = exports.room(bytes.length);
    new Uint8Array(exports.memory.buffer, at, bytes.length).set(bytes);
  };
  const encoder = new TextEncoder();
  if (phrases) {
    give(encoder.encode(phrases));
    exports.speak();
  }
  let since = performance.now();
  const work = async () => {
    do {
      if (performance.now() - since < SLICE_MS) continue;
      await rest();
      since = performance.now();
    } while (!exports.step());
  };
  try {
    for (const { name, pieces } of files) {
      give(encoder.encode(name));
      exports.begin_file();
      for (const piece of pieces()) {
        give(piece);
        exports.push();
        await work();
      }
      exports.end();
      await work();
    }
    const length = finish(exports);
    return new Uint8Array(exports.memory.buffer, exports.result(), length);
  } catch (error) {
    // A panic over there is none of the viewer's.
    if (error instanceof WebAssembly.RuntimeError) throw failure("read", "internal", `The file cannot be read because of an error of Trace Tab's own: ${error.message}`);
    throw error;
  }
}
