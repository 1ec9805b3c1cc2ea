// The formats that the viewer's wasm leaves out are read by another one, which is fetched when a
// file of such a format comes.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, input.js, containers.js, formats.js, files.js, element.js.

let formats;

/** The module that reads every format; each load has an instance, whose memory is thrown away. */
async function formatsModule() {
  formats ??= fetchWasm(new URL("trace-tab-formats.wasm", import.meta.url), FORMATS_SRI).then(WebAssembly.compileStreaming);
  return formats.catch((error) => {
    formats = undefined;
    throw error;
  });
}

/** What was read of `files`, each `{ name, pieces() }`, for the viewer. `rest` lets the page work. */
async function readElsewhere(files, rest) {
  const { exports } = await WebAssembly.instantiate(await formatsModule());
  await rest();
  const give = (bytes) => {
    const at = exports.room(bytes.length);
    new Uint8Array(exports.memory.buffer, at, bytes.length).set(bytes);
  };
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
      give(new TextEncoder().encode(name));
      exports.begin_file();
      for (const piece of pieces()) {
        give(piece);
        exports.push();
        await work();
      }
      exports.end();
      await work();
    }
    const length = exports.finish();
    return new Uint8Array(exports.memory.buffer, exports.result(), length);
  } catch (error) {
    // A panic over there is none of the viewer's.
    if (error instanceof WebAssembly.RuntimeError) throw failure("read", "internal", `The file cannot be read because of an error of Trace Tab's own: ${error.message}`);
    throw error;
  }
}
