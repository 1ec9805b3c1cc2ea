// When the wasm breaks down: by a panic, which traps, or because something else is thrown through it. It
// stays in the middle of what it did, so nothing in it may be called again. The viewer that was at work
// says that it has stopped; the others of the page start anew, in a new wasm with a glue of its own.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, panic.js, input.js, containers.js, parts.js, languages.js, files.js, element.js.

/**
 * The exports of a wasm, which let nothing through that is thrown in there: neither to who calls a viewer
 * nor, from a listener or a timer, to the page. Once that has happened they do nothing, and answer with an
 * empty list, which the glue can take apart whatever it expects.
 */
function guarded(exports) {
  const viewers = new Map(); // [element, emit] of each, by its address
  let atWork; // the one that was called last
  let isDead = false;

  const ownerOf = (event) => {
    const target = event?.currentTarget ?? event?.[0]?.target; // of an observer: its first entry
    const host = target?.getRootNode?.().host;
    return host && [...viewers.values()].find(([element]) => element === host);
  };

  const breakDown = (error) => {
    if (isDead) return;
    isDead = true;
    core = undefined;
    const problem = failure("start", "panic", String(error?.message ?? error));
    problem.stack = error?.stack;
    for (const viewer of new Set([...viewers.values(), atWork])) viewer?.[1]("panic", { problem, isOwn: viewer === atWork });
  };

  const guard = (name, call) => (...args) => {
    if (isDead) return [];
    const isNew = name === "viewer_new";
    if (isNew) atWork = [args[0], args[2]];
    else if (name.startsWith("viewer_")) atWork = viewers.get(args[0]);
    else atWork = ownerOf(args[2]) ?? atWork; // a listener of the view
    const own = atWork;
    try {
      const answer = call(...args);
      if (isNew) viewers.set(answer[0], own);
      else if (name === "__wbg_viewer_free") viewers.delete(args[0]);
      return answer;
    } catch (error) {
      breakDown(error);
      return [];
    }
  };

  return Object.fromEntries(Object.entries(exports).map(([name, it]) => [name, typeof it === "function" ? guard(name, it) : it]));
}

/** What helps to find the error, and nothing of the trace: where in the wasm it was, which version, which browser. */
function panicReport({ message, stack }) {
  const places = String(stack).match(/wasm-function\[\d+\](:0x[\da-f]+)?/g) ?? [];
  return [`Trace Tab ${VERSION}: ${message}`, ...places, navigator.userAgent].join("\n");
}
