/** The figures of a trace. `null` is "the file does not say", which is not 0. */
export interface Summary {
  /** The format of the file, for example "trace-tab", "otlp", "claude-code". */
  format: string;
  name: string | null;
  /** User message to final answer. */
  turns: number;
  /** Of the main agent: an LLM call and the tool calls it asked for. */
  rounds: number;
  /** `llmCalls` + `toolCalls`, sub-agents included. */
  actions: number;
  /** Requests to a model, sub-agents included. */
  llmCalls: number;
  /** Tool calls asked for, sub-agents included; one asked for and executed counts once. */
  toolCalls: number;
  /** 1 + sub-agents. */
  agents: number;
  /** By first use. */
  models: string[];
  /** Cached and cache-write ones included. */
  inputTokens: number | null;
  /** Part of the input. */
  cachedTokens: number | null;
  /** Part of the input. */
  cacheWriteTokens: number | null;
  /** Reasoning included. */
  outputTokens: number | null;
  /** Part of the output. */
  reasoningTokens: number | null;
  /** First start to last end; `null` where the file has no times. */
  durationMs: number | null;
  /** RFC 3339. */
  startedAt: string | null;
  /** Actions that failed; an error that a parent only passes on counts once. */
  errors: number;
  /** `complete`: every LLM call had tokens and a price. */
  cost: { usd: number; complete: boolean } | null;
  /** What the file had that could not be taken as it stood. */
  issues: number;
  bytes: number;
}

/** What `data` and `load()` take. A string is the text of a trace, never a URL. */
export type TraceData = string | ArrayBuffer | ArrayBufferView | Blob | ReadableStream | object | TraceData[];

/** `"source"`: byte for byte what was loaded. `"json"`: the same as Trace Tab JSON, whatever format it came in. */
export type DownloadKind = "source" | "json";

/** What `append()` takes: text or bytes, in any pieces, or records, each a line. */
export type TraceMore = string | ArrayBuffer | ArrayBufferView | object | TraceMore[];

export type Theme = "auto" | "light" | "dark";

export interface Progress {
  loadedBytes: number;
  /** `null` where it cannot be known. */
  totalBytes: number | null;
  spans: number;
}

export interface Problem {
  /** `start`: the viewer could not start. `fetch`: `src` could not be had. `read`: it is no trace we know. */
  phase: "start" | "fetch" | "read";
  /**
   * start: `file-protocol`, `csp`, `network`, `integrity`, `mime`, `version`, `too-old`, `panic`.
   * fetch: `http`, `cors`, `csp`, `network`, `timeout`.
   * read: `empty`, `not-json`, `unknown-format`, `cut`, `too-large`, `unreadable`, …; of `append()`:
   * `not-live`, where the format does not come as lines or records (a trace that was shown stays).
   */
  code: string;
  /** What, where and what to do, for people, in the language of the element, which shows the same. Programs go by `code`. */
  message: string;
  /** In bytes, where it went wrong. */
  offset?: number;
}

/** What `load()` and `download()` reject with. One that a newer load replaces rejects with an `AbortError`. */
export interface TraceTabError extends Error, Problem {
  name: "TraceTabError";
}

export interface Selection {
  id: string;
  kind: "turn" | "round" | "agent" | "llm" | "tool" | "other";
  name: string;
}

export interface TraceTabEventMap {
  "trace-tab-progress": CustomEvent<Progress>;
  "trace-tab-load": CustomEvent<Summary>;
  "trace-tab-error": CustomEvent<Problem>;
  "trace-tab-select": CustomEvent<Selection>;
  /** For what the user does, never for what the host sets. */
  "trace-tab-state": CustomEvent<{ state: string }>;
}

/**
 * `<trace-tab>`: shows the trace of an agent.
 *
 * Slots: `empty`, `toolbar`. Parts: `base`, `summary`, `toolbar`, `waterfall`, `row`, `bar`, `detail`.
 * States for `:state()`: `empty`, `loading`, `live`, `ready`, `error`, and `dragging` while a file is over it.
 */
export class TraceTabElement extends HTMLElement {
  /** Fetch and show this trace; resolved against the page. */
  src: string;
  /** As on `<img>`. Without it, cookies go to the page's own origin only. */
  crossOrigin: "anonymous" | "use-credentials" | null;
  /** What the trace is called, and the download's file name. */
  name: string;
  theme: Theme;
  /** The element itself takes dropped and pasted files, and offers to open one. */
  droppable: boolean;

  /** Show this trace; `null` empties the element. */
  get data(): TraceData | null;
  set data(value: TraceData | null | undefined);
  /**
   * What the user is looking at, as a query string (`row`, `tab`, `level`, `closed`, `window`, `find`, `only`; of several traces `trace`);
   * setting it moves the view. Set before there is a trace, it is about the next; in one that grows it waits for its row.
   */
  state: string;
  readonly summary: Summary | null;

  /** Shows `data`, as setting the property does, and waits for it. */
  load(data: TraceData, options?: { name?: string }): Promise<Summary>;
  /**
   * More of the trace that is shown, or the beginning of one. It is shown with the next frame or the one
   * after, together with what else was appended until then. For Trace Tab JSON Lines, OTLP, Claude Code and Codex; of other
   * formats a `trace-tab-error` says so, with the code `not-live`. What is appended while the element is out
   * of the page is shown when it is back. Throws a `TypeError` for what is
   * neither text nor bytes nor records.
   */
  append(chunk: TraceMore): void;
  /** No more will come: what is still open is shown as unfinished. `trace-tab-load` has the summary. */
  end(): void;
  /** The trace as a file. Starts the browser's download of it, unless `save` is false. */
  download(kind?: DownloadKind, options?: { save?: boolean }): Promise<Blob>;

  addEventListener<K extends keyof TraceTabEventMap>(type: K, listener: (this: TraceTabElement, event: TraceTabEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof TraceTabEventMap>(type: K, listener: (this: TraceTabElement, event: TraceTabEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

/**
 * Downloads and starts the viewer's wasm. The first element does this by itself; call it earlier to warm
 * up, or to say where the wasm is. `integrity: ""` switches off the check of its hash.
 */
export function load(options?: { wasmUrl?: string | URL; integrity?: string }): Promise<void>;

/** The attributes, as React and other JSX take them. */
export interface TraceTabAttributes {
  src?: string;
  crossOrigin?: "anonymous" | "use-credentials";
  name?: string;
  theme?: Theme;
  droppable?: boolean;
  /** en, de, es, fr, ja or zh; else the nearest `lang` above, else the browser's. */
  lang?: string;
  state?: string;
  data?: TraceData | null;
}

declare global {
  interface HTMLElementTagNameMap {
    "trace-tab": TraceTabElement;
  }
  interface HTMLElementEventMap extends TraceTabEventMap {}
}

// React 19. Without React's types this declares a module that nobody imports.
declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "trace-tab": TraceTabAttributes & {
        id?: string;
        className?: string;
        style?: object;
        slot?: string;
        hidden?: boolean;
        key?: string | number | bigint | null;
        ref?: unknown;
        children?: unknown;
        "ontrace-tab-progress"?: (event: TraceTabEventMap["trace-tab-progress"]) => void;
        "ontrace-tab-load"?: (event: TraceTabEventMap["trace-tab-load"]) => void;
        "ontrace-tab-error"?: (event: TraceTabEventMap["trace-tab-error"]) => void;
        "ontrace-tab-select"?: (event: TraceTabEventMap["trace-tab-select"]) => void;
        "ontrace-tab-state"?: (event: TraceTabEventMap["trace-tab-state"]) => void;
      };
    }
  }
}
