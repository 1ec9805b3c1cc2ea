// Files between the user and the element: dropped, pasted, opened, saved.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, input.js, files.js, element.js.

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
    const items = [...event.dataTransfer.items].filter((item) => item.kind === "file" && !item.webkitGetAsEntry?.()?.isDirectory);
    if (items.length > 0) this.#take(items.map((item) => item.getAsFile()));
    else this.#on.refuse(failure("read", "folder", "A folder cannot be opened yet. Drop a file."));
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

function saveAs(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the download has long begun
}
