// Files between the user and the element: dropped, pasted, opened, saved.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, panic.js, input.js, containers.js, parts.js, languages.js, files.js, element.js.

const isEditable = (node) => node?.isContentEditable || /^(input|textarea|select)$/i.test(node?.localName ?? "");

/** Takes files for a `droppable` host, and hands on what `toInput` understands. */
class Files {
  #host;
  #on;
  #document; // where it listens for a paste

  constructor(host, on) {
    this.#host = host;
    this.#on = on;
    host.addEventListener("dragenter", this.#drag);
    host.addEventListener("dragover", this.#drag);
    host.addEventListener("dragleave", this.#leave);
    host.addEventListener("drop", this.#drop);
  }

  /** Listens for a paste on the document: a page with nothing focused pastes into its body. */
  listen(on) {
    this.#document?.removeEventListener("paste", this.#paste);
    this.#document = on ? this.#host.ownerDocument : undefined;
    this.#document?.addEventListener("paste", this.#paste);
  }

  /** Shows the browser's file dialog; must be called while a click is handled. */
  open() {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.addEventListener("change", () => this.#take([...input.files]));
    input.click();
  }

  #wants(event) {
    return this.#host.droppable && event.dataTransfer?.types.includes("Files");
  }

  #drag = (event) => {
    if (!this.#wants(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    this.#on.dragging(true);
  };

  #leave = () => this.#on.dragging(false);

  #drop = (event) => {
    this.#on.dragging(false);
    if (!this.#wants(event)) return;
    event.preventDefault();
    // The list is empty once this function has returned.
    const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
    if (entries.every((entry) => !entry.isDirectory)) return this.#take(items.map((item) => item.getAsFile()));
    filesIn(entries).then(
      (files) => {
        if (files.length > 0) this.#take(files);
        else this.#on.refuse(failure("read", "empty", say.no_file()));
      },
      (error) => this.#on.refuse(unreadable(error)),
    );
  };

  #paste = (event) => {
    if (event.defaultPrevented || !event.clipboardData || isEditable(event.composedPath()[0])) return;
    // For this host if the focus is in it, or nowhere.
    const { activeElement, body } = this.#document;
    if (!event.composedPath().includes(this.#host) && activeElement && activeElement !== body) return;
    const files = [...event.clipboardData.files];
    const text = event.clipboardData.getData("text/plain");
    if (files.length === 0 && text.trim() === "") return;
    event.preventDefault();
    if (files.length > 0) this.#take(files);
    else this.#on.take(text);
  };

  #take(files) {
    if (files.length > 0) this.#on.take(files.length > 1 ? files : files[0]);
  }
}

// Of a folder, what could be a trace; a file that is dropped itself is taken whatever its name.
const IN_FOLDER = /\.(jsonl?|ndjson|json5?|eval|traj|har|log|txt|zip|gz|zst)$/i;
const MOST_FILES = 5_000;

/** Where a file comes among others: by its path, before the folders beside it, as a session comes before its sub-agents. */
const place = (file) => (file.path ?? file.name).replace(/[^/]*$/, "\0$&");

/** The files in dropped folders, at any depth, in order. */
async function filesIn(entries) {
  const files = [];
  const open = [...entries];
  while (open.length > 0) {
    const entry = open.pop();
    if (!(entry.isFile || entry.isDirectory)) files.push(entry); // a File already
    else if (entry.isFile && (!entry.fullPath.slice(1).includes("/") || IN_FOLDER.test(entry.name))) files.push(await fileOf(entry));
    else if (entry.isDirectory && !/^(\.git|node_modules)$/.test(entry.name)) open.push(...(await entriesOf(entry)));
    if (files.length > MOST_FILES) throw say.too_many(MOST_FILES);
  }
  return files.sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

async function fileOf(entry) {
  const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
  file.path = entry.fullPath.slice(1);
  return file;
}

async function entriesOf(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at most
    if (some.length === 0) return found;
    found.push(...some);
  }
}

function saveAs(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the download has long begun
}
