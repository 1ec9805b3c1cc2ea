// The element: attributes, properties, methods, events, and files from the user. What it shows is
// Rust's `Viewer`; this is the browser's side of it.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, panic.js, input.js, containers.js, parts.js, languages.js, files.js, element.js.

const TAG = "trace-tab";
const STATES = ["empty", "loading", "live", "ready", "error"];
const UPGRADED = ["src", "crossOrigin", "name", "theme", "droppable", "state", "data"];
const DOWNLOADS = ["source", "json"];
const SLICE_MS = 8; // work at a time, so that the page stays responsive
const REST_MS = 20; // of what is live, longer than a frame
const PROGRESS_MS = 100; // between two trace-tab-progress events
const MOMENT_MS = 80; // what takes no longer than that is no waiting

const Base = globalThis.HTMLElement ?? class {}; // importable in Node and on servers

function yieldToBrowser() {
  return new Promise((resolve) => {
    // Unlike setTimeout neither clamped nor throttled; unlike scheduler.yield() it lets frames come first.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** What several files are called: their folder, or the first of them. Perhaps yet to be said. */
function namedAfter(inputs) {
  const [first] = inputs;
  if (inputs.length === 1) return first.name;
  const [folder, rest] = first.name?.split(/\/(.*)/) ?? [];
  if (rest && inputs.every(({ name }) => name?.startsWith(`${folder}/`))) return folder;
  return first.name && say.and_more(first.name, inputs.length - 1);
}

/** A name that no other file has. */
function uniqueName(names, name) {
  let unique = name;
  for (let n = 2; names.has(unique); n++) unique = name.replace(/(\.[^./]*)?$/, ` (${n})$1`);
  names.add(unique);
  return unique;
}

/** Copies a text; where the page may not, it is there to be copied by hand. */
async function copy(text, button, copied) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = copied;
  } catch {
    const shown = document.createElement("pre");
    shown.textContent = text;
    button.replaceWith(shown);
  }
}

// Style of the moments in which there is no viewer: before it starts, and when it cannot.
const BASE_CSS = `
:host { display: block; min-height: 12em; }
:host([hidden]) { display: none; }
.stopped { box-sizing: border-box; max-width: 44em; margin: 0 auto; padding: 3em 1.5em; font: 14px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
.stopped p { margin: 0 0 1em; }
.stopped button { font: inherit; margin-inline-end: 8px; }
`;
const baseSheets = new WeakMap(); // a sheet belongs to one document

function baseSheet(document) {
  let sheet = baseSheets.get(document);
  if (!sheet && document.defaultView) {
    sheet = new document.defaultView.CSSStyleSheet();
    sheet.replaceSync(BASE_CSS);
    baseSheets.set(document, sheet);
  }
  return sheet;
}

/** `<trace-tab>`: shows the trace of an agent. Its contract is `trace-tab.d.ts`. */
export class TraceTabElement extends Base {
  static observedAttributes = ["src", "name", "droppable", "lang"];

  #internals;
  #root;
  #files; // dropped, pasted and opened by the user
  #viewer; // the Rust side, while the element is in a page and started
  #life; // changes with each viewer, so that what an earlier one still says is not heard
  #starting; // set while the wasm is awaited
  #removal; // the timer that tells a removal from a move
  #want = null; // what to show: { src } or { data, name }, and whether it has grown since; kept over removal
  #job; // the load that is pending or running
  #live; // what was appended and is not shown yet
  #given = []; // the files that were given, as the download has them: { name, blob } or { name, parts } or { name, file }
  #working; // the viewer whose search is going on
  #seen; // the state as it was last told: after a panic nobody can be asked
  #nextState; // to be applied when the trace is there that it is about
  #stateOf; // that trace, as it was asked for; nothing where it is yet to be
  #language; // what is spoken, if it is not English

  constructor() {
    super();
    this.#internals = this.attachInternals?.();
    this.#root = this.#internals?.shadowRoot ?? this.attachShadow({ mode: "open" });
    this.#files = new Files(this, {
      dragging: (on) => this.#flag("dragging", on),
      take: (data) => this.#request({ data }),
      refuse: (problem) => this.#cannotTake(problem),
    });
    // Properties that were set before the upgrade hide the accessors: set them again.
    for (const property of UPGRADED) {
      if (!Object.hasOwn(this, property)) continue;
      const value = this[property];
      delete this[property];
      if (value !== undefined && value !== null) queueMicrotask(() => (this[property] = value));
    }
  }

  // -- attributes and properties

  get src() {
    return this.getAttribute("src") ?? "";
  }
  set src(value) {
    this.#reflect("src", value);
  }

  get crossOrigin() {
    const value = this.getAttribute("crossorigin");
    return value === null ? null : value.toLowerCase() === "use-credentials" ? "use-credentials" : "anonymous";
  }
  set crossOrigin(value) {
    this.#reflect("crossorigin", value);
  }

  get name() {
    return this.getAttribute("name") ?? "";
  }
  set name(value) {
    this.#reflect("name", value);
  }

  get theme() {
    const value = this.getAttribute("theme")?.toLowerCase();
    return value === "light" || value === "dark" ? value : "auto";
  }
  set theme(value) {
    this.#reflect("theme", value);
  }

  get droppable() {
    return this.hasAttribute("droppable");
  }
  set droppable(value) {
    this.toggleAttribute("droppable", Boolean(value));
  }

  get data() {
    return this.#want?.data ?? null;
  }
  set data(value) {
    if (value === undefined || value === null) this.#empty();
    else this.#request({ data: value });
  }

  get state() {
    return this.#nextState ?? this.#viewer?.state() ?? this.getAttribute("state") ?? "";
  }
  set state(value) {
    this.#nextState = String(value ?? "").replace(/^[?#]/, "");
    this.#stateOf = this.#subject();
    if (this.summary) this.#applyState(!this.#live?.hasBegun);
  }

  /** What is shown, or will be next. */
  #subject() {
    return (this.#want?.hasFailed ? undefined : this.#want) ?? this.#live;
  }

  /** Moves to the state that was asked for. Before `isAll` is there, its row may be yet to come. */
  #applyState(isAll) {
    if (this.#nextState === undefined) return;
    const viewer = this.#viewer;
    viewer.set_state(this.#nextState);
    this.#work();
    this.#seen = viewer.state();
    const hasRow = (state) => new URLSearchParams(state).has("row");
    if (isAll || !hasRow(this.#nextState) || hasRow(this.#seen)) this.#dropState();
  }

  #dropState() {
    this.#nextState = this.#stateOf = undefined;
  }

  get summary() {
    const summary = this.#viewer?.summary();
    return (this.#viewer && summary) ?? null;
  }

  #reflect(name, value) {
    if (value === undefined || value === null) this.removeAttribute(name);
    else this.setAttribute(name, String(value));
  }

  attributeChangedCallback(name, old, value) {
    if (old === value) return;
    if (name === "src") {
      if (value) this.#request({ src: value });
      else if (this.#want?.src !== undefined) this.#empty();
    } else if (name === "name") {
      this.#viewer?.set_name(value ?? undefined);
    } else if (name === "droppable") {
      this.#viewer?.set_droppable(value !== null);
      this.#files.listen(this.isConnected && this.droppable);
    } else if (name === "lang") {
      this.#speak();
    }
  }

  /** Speaks its language, and draws the viewer in it, if that is another now. */
  async #speak() {
    const tag = tagOf(this);
    const language = await languageOf(tag);
    if (tag !== tagOf(this) || language === this.#language) return;
    this.#language = language;
    this.#viewer?.speak(language?.lines);
  }

  /** A text in its language. */
  #say(text) {
    return inWords(text, this.#language?.texts);
  }

  /** Whatever was thrown, in its language. */
  #explain(thrown) {
    return explain(thrown, this.#language?.texts);
  }

  // -- methods

  /** Shows `data`, as setting the property does, and waits for it. */
  load(data, { name } = {}) {
    if (data === undefined || data === null) {
      this.#empty();
      return Promise.reject(failure("read", "empty", "There is nothing to load: the data is null."));
    }
    return this.#request({ data, name: name ?? undefined });
  }

  /** More of the trace that is shown, or the beginning of one: shown with the next frame. */
  append(chunk) {
    const pieces = toMore(chunk);
    if (this.#want?.hasFailed) this.#want = null; // this is another trace
    this.#live ??= { pieces: [] };
    // What comes after the end, while that is settled, comes on top of it.
    const live = this.#live.isEnding ? (this.#live.next ??= { pieces: [] }) : this.#live;
    live.pieces.push(...pieces);
    this.#follow();
  }

  /** No more will come: what is still open is unfinished. */
  end() {
    const live = this.#live?.isEnding ? this.#live.next : this.#live;
    if (!live) return;
    live.hasEnded = true;
    this.#follow();
  }

  /** The trace as a file. `save` starts the browser's download of it. */
  async download(kind = "source", { save = true } = {}) {
    if (!DOWNLOADS.includes(kind)) throw new RangeError(`download: there is no "${kind}", only ${DOWNLOADS.map((name) => `"${name}"`).join(" and ")}`);
    if (!this.summary) throw failure("read", "empty", "There is no trace to download.");
    const several = kind === "source" && this.#given.length > 1;
    const name = this.#viewer.file_name(several ? "zip" : kind);
    const blob = kind === "source" ? this.#source() : await this.#json();
    if (save) saveAs(blob, name);
    return blob;
  }

  /** The trace that is shown, as Trace Tab JSON. */
  async #json() {
    // At once: another trace may be shown before the part is there.
    const writing = this.#viewer.json();
    await joinPart("json");
    let pieces;
    while (!(pieces = writing.step(SLICE_MS))) await yieldToBrowser();
    writing.free();
    return new Blob(pieces, { type: "application/json" });
  }

  /** Byte for byte what was loaded; of several files, a zip file of them. */
  #source() {
    if (this.#given.length > 1) {
      const names = new Set();
      const files = this.#given.map((given, at) => ({ name: uniqueName(names, given.name || `${at + 1}.json`), parts: this.#partsOf(given) }));
      return zipped(files);
    }
    const [given] = this.#given;
    return given.blob ?? new Blob(this.#partsOf(given), { type: given.type || "application/octet-stream" });
  }

  /** The bytes of a file that was given: kept where it was packed, else those that the viewer has. */
  #partsOf({ parts, files }) {
    return parts.length > 0 ? parts : files.flatMap((file) => this.#viewer.source(file));
  }

  // -- life in the document

  connectedCallback() {
    clearTimeout(this.#removal);
    this.#files.listen(this.droppable);
    if (this.#viewer) this.#speak();
    else if (!this.#starting) this.#start();
  }

  connectedMoveCallback() {} // moveBefore() keeps everything

  disconnectedCallback() {
    this.#files.listen(false);
    // A move is a removal and an insertion: wait and see.
    clearTimeout(this.#removal);
    this.#removal = setTimeout(() => {
      if (!this.isConnected) this.#stop();
    });
  }

  adoptedCallback() {
    this.#stop(); // the style sheets stayed behind in the other document; connectedCallback starts anew
  }

  async #start() {
    const life = {};
    this.#starting = life;
    this.#state(this.#want ? "loading" : "empty");
    const sheet = baseSheet(this.ownerDocument);
    if (sheet && !this.#root.adoptedStyleSheets.includes(sheet)) this.#root.adoptedStyleSheets.push(sheet);
    try {
      // Why it cannot start is said in its language.
      const [, { reason: why }] = await Promise.allSettled([this.#speak(), load()]);
      if (this.#starting !== life) return;
      if (why) throw why;
      if (!this.isConnected) return (this.#starting = undefined);
      this.#root.replaceChildren();
      this.#life = life;
      const viewer = new Viewer(this, this.#root, (name, detail) => {
        if (this.#life === life) this.#hear(name, detail);
      });
      viewer.speak(this.#language?.lines);
      if (this.#starting !== life) return; // it broke down
      this.#viewer = viewer;
      viewer.set_droppable(this.droppable);
      viewer.set_name(this.getAttribute("name") ?? undefined);
      if (this.#nextState === undefined && this.hasAttribute("state")) {
        this.#nextState = this.getAttribute("state");
        this.#stateOf = this.#subject();
      }
      this.#starting = undefined;
      this.#speak(); // it may have been asked for another meanwhile
    } catch (error) {
      if (this.#starting !== life) return;
      this.#refuse(error.phase === "start" ? error : failure("start", "panic", reason(error)));
      return;
    }
    if (this.#job) this.#run(Object.assign(this.#job, { isFirst: true }));
    else if (this.#want) this.#request(this.#want, this.#live);
    else if (this.#live) this.#follow();
    else this.#state("empty");
  }

  /** Frees everything; a later insertion shows the same trace again. */
  #stop() {
    const viewer = this.#viewer;
    const live = this.#live;
    const shown = Boolean(this.summary);
    if (shown && this.#nextState === undefined) this.#nextState = viewer.state();
    if (live?.hasBegun || this.#want?.hasGrown) {
      // What is shown is loaded again, and what else has come is appended to it.
      this.#want = shown ? { data: this.#source(), name: this.#want?.name } : null;
      if (live?.hasBegun) {
        const { pieces, hasEnded } = live.next ?? live;
        this.#live = { pieces: [...viewer.unshown(), ...live.pieces, ...(live.next ? pieces : [])], hasEnded };
      }
    } else if (isStream(this.#want?.data)) {
      // It can be read only once.
      this.#want = shown ? { ...this.#want, data: this.#source() } : null;
      if (!shown) this.#live = undefined; // it goes on from what is lost
    }
    if (this.#nextState !== undefined) this.#stateOf = this.#subject();
    this.#cancel("the element was removed");
    this.#forget();
    viewer?.free();
  }

  #forget() {
    this.#viewer = this.#life = this.#starting = undefined;
    this.#given = [];
    this.#root.replaceChildren();
  }

  /** The wasm has broken down. If it was not for this viewer, it starts anew. */
  #breakDown({ problem, isOwn }) {
    const isLost = isStream(this.#want?.data) || this.#want?.hasGrown || this.#live?.hasBegun;
    if (isLost) this.#want = null;
    this.#nextState ??= this.#seen;
    if (this.#nextState !== undefined) this.#stateOf = this.#subject();
    if (isOwn) return this.#refuse(problem);
    if (isLost) return this.#refuse(failure("start", "panic", say.lost()));
    const job = this.#job;
    if (job) {
      job.abort.abort(aborted("the viewer starts anew"));
      this.#job = { ...job, abort: new AbortController() };
    }
    this.#forget();
    this.#start();
  }

  /** The viewer cannot start, or has broken down: says so in its place. */
  #refuse(thrown) {
    const problem = this.#explain(thrown);
    const job = this.#job;
    this.#job = undefined;
    job?.abort.abort(problem);
    if (this.#live?.hasBegun) this.#live = undefined;
    this.#forget(); // not freed: after a panic no call into it is safe
    const box = document.createElement("div");
    box.className = "stopped";
    box.setAttribute("part", "base");
    box.setAttribute("role", "alert");
    const text = document.createElement("p");
    const isPanic = problem.code === "panic";
    text.textContent = isPanic ? this.#say(say.stopped(problem.message)) : problem.message;
    const button = (label, act) => {
      const it = document.createElement("button");
      it.type = "button";
      it.textContent = this.#say(label);
      it.addEventListener("click", () => act(it));
      box.append(it);
    };
    box.append(text);
    button(say.reload(), () => {
      if (!this.#viewer && !this.#starting) this.#start();
    });
    if (isPanic) button(say.copy_report(), (it) => copy(panicReport(thrown), it, this.#say(say.copied())));
    this.#root.append(box);
    this.#report(problem);
    job?.reject(problem);
  }

  // -- loading

  /** Loads what is wanted, and then goes on with `live`. */
  #request(want, live) {
    this.#cancel("a newer load replaced this one");
    if (this.#stateOf && this.#stateOf !== want) this.#dropState();
    this.#stateOf = want;
    this.#seen = undefined;
    this.#live = live;
    this.#want = want;
    want.hasFailed = false;
    const job = { want, abort: new AbortController() };
    const promise = new Promise((resolve, reject) => Object.assign(job, { resolve, reject }));
    promise.catch(() => {}); // a setter has nobody who waits; the event tells
    this.#job = job;
    if (this.#viewer) this.#run(job);
    else if (this.isConnected && !this.#starting) this.#start();
    return promise;
  }

  #cancel(why) {
    const job = this.#job;
    this.#job = undefined;
    job?.abort.abort(aborted(why));
    job?.reject(job.abort.signal.reason);
  }

  #empty() {
    this.#cancel("the element was emptied");
    if (this.#stateOf) this.#dropState(); // of no trace yet, it waits for one
    this.#want = null;
    this.#live = undefined;
    this.#given = [];
    if (!this.#viewer) return;
    this.#viewer.clear();
    if (this.#viewer) this.#state("empty");
  }

  /** What loads in a moment takes the place of what was shown, with nothing in between. */
  async #run(job) {
    const viewer = this.#viewer;
    const waiting = setTimeout(() => {
      if (this.#job === job && this.#viewer === viewer) viewer.waits();
    }, MOMENT_MS);
    try {
      this.#state("loading");
      const summary = await this.#import(job);
      if (this.#job !== job) return;
      this.#job = undefined;
      this.#applyState(true);
      this.#state("ready");
      this.#dispatch("trace-tab-load", summary);
      job.resolve(summary);
      this.#follow(); // what was appended meanwhile
    } catch (error) {
      if (this.#job !== job) return; // cancelled: its promise is settled already
      const problem = this.#explain(error);
      this.#job = this.#live = undefined;
      job.want.hasFailed = true;
      this.#dropState();
      this.#viewer.fail(problem.message);
      this.#report(problem);
      job.reject(problem);
    } finally {
      clearTimeout(waiting);
    }
  }

  /** Hands the bytes over as they come, a slice of work at a time. After each wait: is this load still wanted? */
  async #import(job) {
    const viewer = this.#viewer;
    const { signal } = job.abort;
    const { src, data, name } = job.want;
    const { baseURI } = this.ownerDocument;
    let inputs;
    this.#given = [];
    viewer.set_name(name ?? this.getAttribute("name") ?? undefined);
    if (src !== undefined) {
      const fileName = nameOfUrl(src, baseURI);
      viewer.begin(fileName, undefined);
      if (job.isFirst) viewer.waits(); // nothing was shown that could stay for a moment
      const credentials = this.crossOrigin === "use-credentials" ? "include" : "same-origin";
      inputs = [{ ...(await fetchInput(src, { baseURI, credentials, signal })), name: fileName }];
      signal.throwIfAborted();
    } else {
      inputs = toInputs(data, signal);
    }
    const total = inputs.reduce((sum, input) => sum + (input.total ?? NaN), 0);
    viewer.begin(this.#say(namedAfter(inputs)), total || undefined);
    if (job.isFirst) viewer.waits();

    let rested = performance.now();
    let reported = rested;
    const rest = async () => {
      await yieldToBrowser();
      signal.throwIfAborted();
      rested = performance.now();
      if (rested - reported < PROGRESS_MS) return;
      reported = rested;
      this.#dispatch("trace-tab-progress", viewer.progress());
      signal.throwIfAborted(); // a listener may have had enough
    };
    /** With the part of the viewer that it takes to go on. */
    const goOn = async () => {
      const part = viewer.needs();
      await (part ? this.#bring(part) : rest());
      signal.throwIfAborted();
    };
    const work = async () => {
      while (!viewer.step(SLICE_MS) || viewer.needs()) await goOn();
      if (performance.now() - rested >= SLICE_MS) await rest();
    };
    let n = 0;
    const take = async (input, given) => {
      for await (const file of unpacked(input, signal, (chunk) => given.parts.push(chunk))) {
        signal.throwIfAborted();
        given.files.push(n++);
        viewer.begin_file(file.name ?? "");
        for await (const chunk of file.chunks) {
          signal.throwIfAborted();
          viewer.push(chunk);
          await work();
        }
        signal.throwIfAborted();
        viewer.end();
        await work();
      }
    };
    const given = [];
    for (const input of inputs) {
      // A File is no download of itself: one that has changed on the disk since can no longer be read.
      const blob = input.blob && typeOf(input.blob) !== "File" ? input.blob : undefined;
      given.push({ name: input.name, blob, type: input.blob?.type, parts: [], files: [] });
      try {
        await take(input, given.at(-1));
      } catch (error) {
        // Of several files, one that cannot be read is none of the others' trouble.
        if (signal.aborted || inputs.length === 1 || error.phase !== "read") throw error;
        viewer.unread(input.name ?? "", this.#explain(error).message);
      }
    }
    signal.throwIfAborted();
    this.#given = given;
    let summary;
    while (!(summary = viewer.finish(SLICE_MS))) await goOn();
    return summary;
  }

  // -- live

  /** Shows what was appended, in every other frame at most, as soon as nothing is loading. */
  #follow() {
    const live = this.#live;
    if (!live || live.isDue || this.#job || !this.#viewer) return;
    const wait = (live.restsUntil ?? 0) - performance.now();
    live.isDue = true;
    const grow = () => {
      live.isDue = false;
      if (this.#live === live && this.#viewer && !this.#job) this.#grow(live);
    };
    // A hidden page has no frames; what is shown first has no time to lose.
    if (!live.isShown) yieldToBrowser().then(grow);
    else if (document.hidden) setTimeout(grow, Math.max(wait, PROGRESS_MS));
    else if (wait > 0) setTimeout(() => requestAnimationFrame(grow), wait);
    else requestAnimationFrame(grow);
  }

  #grow(live) {
    const viewer = this.#viewer;
    const begun = performance.now();
    try {
      if (live.isEnding) return this.#endLive(live);
      if (!live.hasBegun && !this.#beginLive(live)) return this.#goOn(live, "live");
      // What came before is read before what comes after it.
      live.isRead ||= viewer.follow(SLICE_MS);
      if (!live.isRead) {
        this.#showLive(live, begun);
        return this.#goOn(live);
      }
      const bytes = takeMore(live.pieces, live.hasEnded);
      if (bytes.length > 0) viewer.push(bytes);
      const isAll = !hasMore(live.pieces);
      if (isAll && live.hasEnded) viewer.end();
      live.isRead = viewer.follow(SLICE_MS);
      if (viewer.needs()) return this.#goOn(live);
      if (live.isRead && isAll && live.hasEnded) return this.#endLive(live);
      this.#showLive(live, begun);
      const isDone = live.isRead && isAll;
      // Every other frame is for all else; what takes long to show is shown less often.
      const took = performance.now() - begun;
      live.restsUntil = begun + Math.max(isDone ? REST_MS : 0, took > 2 * SLICE_MS ? 2 * took : 0);
      if (!isDone) this.#follow();
    } catch (error) {
      this.#failLive(live, error);
    }
  }

  /** Follows on, with the part of the viewer that it takes. */
  #goOn(live, part = this.#viewer.needs()) {
    if (!part) return this.#follow();
    joinPart(part).then(() => this.#follow(), (error) => this.#live === live && this.#failLive(live, error));
  }

  /** Whether it has: if not, a part of the viewer is to come first. */
  #beginLive(live) {
    const viewer = this.#viewer;
    const goesOn = Boolean(this.summary);
    live.isAddition = goesOn;
    if (!viewer.begin_live(this.getAttribute("name") ?? undefined, goesOn)) return false;
    live.hasBegun = true;
    live.before = this.#given;
    // The viewer has what was shown and what comes.
    this.#given = [{ name: goesOn ? live.before[0]?.name : undefined, parts: [], files: [0] }];
    if (!goesOn) {
      viewer.set_name(this.getAttribute("name") ?? undefined);
      this.#state("loading");
    }
    return true;
  }

  #showLive(live, now) {
    if (!this.summary) return;
    if (!live.isShown) this.#state("live");
    live.isShown = true;
    if (live.isRead) this.#applyState(false);
    if (now - (live.told ?? 0) < PROGRESS_MS) return;
    live.told = now;
    this.#dispatch("trace-tab-progress", this.#viewer.progress());
  }

  #endLive(live) {
    live.isEnding = true;
    const summary = this.#viewer.finish(SLICE_MS);
    if (!summary) return this.#follow();
    this.#live = live.next;
    this.#want = { ...this.#want, hasGrown: true };
    if (!live.problem) this.#applyState(true);
    this.#state("ready");
    if (live.problem) this.#tell(live.problem);
    else this.#dispatch("trace-tab-load", summary);
    this.#follow();
  }

  /** What was appended cannot be shown. A trace that was there before stays. */
  #failLive(live, error) {
    const problem = this.#explain(error);
    this.#dropState();
    if (live.isAddition && this.#viewer.stop_live()) {
      live.problem = problem;
      return this.#endLive(live);
    }
    this.#live = live.next;
    if (live.isAddition) {
      if (live.before) this.#given = live.before;
      this.#state("ready");
    } else {
      this.#viewer.fail(problem.message);
      this.#state("error");
    }
    this.#tell(problem);
    this.#follow();
  }

  /** What the user gave cannot even be tried. */
  #cannotTake(thrown) {
    if (!this.#viewer) return;
    const problem = this.#explain(thrown);
    this.#empty();
    this.#viewer.fail(problem.message);
    this.#report(problem);
  }

  // -- events

  /** What the Rust side asks for. Rust is still on the stack, so all that may call it again waits. */
  #hear(name, detail) {
    if (name === "open") return this.#files.open(); // at once: a file dialog needs the click
    if (name === "panic") return this.#breakDown(detail); // at once: nothing may call that viewer again
    if (name === "trace-tab-state") this.#seen = detail.state;
    const life = this.#life;
    queueMicrotask(() => {
      if (this.#life !== life) return;
      if (name === "trace-tab-select" || name === "trace-tab-state") {
        if (this.#live?.hasBegun) this.#dropState(); // the user is elsewhere now
        this.#dispatch(name, detail);
      } else if (name === "download") this.download(detail).catch((error) => console.error(error));
      else if (name === "cancel") this.#empty();
      else if (name === "work") this.#work();
      else if (name === "part") this.#join(detail);
    });
  }

  /** Fetches a part that the viewer draws with. */
  async #join(name) {
    const why = await joinPart(name).catch((error) => this.#explain(error).message);
    if (!this.#viewer) return;
    if (why === undefined) this.#viewer.part_came(name);
    else this.#viewer.part_failed(name, why);
    this.#work();
  }

  /** Fetches a part that a load waits for. Without the shapes of messages it goes on. */
  async #bring(name) {
    const viewer = this.#viewer;
    try {
      await joinPart(name);
    } catch (error) {
      if (name !== "shapes") throw error;
      viewer.part_failed(name, this.#explain(error).message);
    }
  }

  /** Lets long work of the viewer go on, a slice at a time. */
  async #work() {
    const viewer = this.#viewer;
    if (this.#working === viewer) return;
    this.#working = viewer;
    try {
      // Who waits for the first hit sees no frame before it.
      let millis = 4 * SLICE_MS;
      while (this.#viewer === viewer && !viewer.work(millis)) {
        await yieldToBrowser();
        millis = SLICE_MS;
      }
    } finally {
      if (this.#working === viewer) this.#working = undefined;
    }
  }

  #dispatch(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }

  #report(problem) {
    this.#state("error");
    this.#tell(problem);
  }

  #tell({ phase, code, message, offset }) {
    this.#dispatch("trace-tab-error", { phase, code, message, ...(offset === undefined ? {} : { offset }) });
  }

  #state(state) {
    for (const other of STATES) this.#flag(other, other === state);
  }

  #flag(state, on) {
    try {
      if (on) this.#internals?.states?.add(state);
      else this.#internals?.states?.delete(state);
    } catch {
      // Chrome before 125 takes names with a leading "--" only.
    }
  }
}

if (globalThis.customElements) {
  if (customElements.get(TAG)) console.warn(`<${TAG}> is already defined; this copy of trace-tab.js (${VERSION}) is ignored.`);
  else customElements.define(TAG, TraceTabElement);
}
