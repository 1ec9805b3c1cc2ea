// An admin panel with the Trace tab in it. What it does with the element is in `show` and `listen`;
// all else is the panel's own.
import { conversations } from "./conversations.js";

const byId = (id) => document.getElementById(id);
const viewer = document.querySelector("trace-tab");
const tabs = [...document.querySelectorAll("[role=tab]")];
let open = conversations[0];

/** Shows the trace of a conversation, or that there is none. */
function show({ title, src, data, isRecorded }) {
  viewer.name = title;
  viewer.src = isRecorded ? src : null;
  if (!src || !isRecorded) viewer.data = isRecorded && data ? data : null;
}

function listen() {
  for (const name of ["trace-tab-load", "trace-tab-select", "trace-tab-state", "trace-tab-error"]) {
    viewer.addEventListener(name, ({ detail }) => {
      byId("event").textContent = `${name} ${JSON.stringify(detail)}`;
    });
  }
}

// -- the panel itself

function element(tag, text, members = {}) {
  return Object.assign(document.createElement(tag), { textContent: text, ...members });
}

function choose(conversation) {
  open = conversation;
  byId("title").textContent = conversation.title;
  byId("about").textContent = conversation.about;
  byId("recorded").checked = conversation.isRecorded;
  byId("messages").replaceChildren(...conversation.said.map(bubble));
  byId("event").textContent = "none yet";
  items.forEach((it, at) => it.setAttribute("aria-current", String(conversations[at] === conversation)));
  items[conversations.indexOf(conversation)].scrollIntoView({ block: "nearest", inline: "nearest" });
  show(conversation);
}

const items = conversations.map((conversation) => {
  const button = element("button", "", { onclick: () => choose(conversation) });
  button.append(element("span", conversation.title), element("small", conversation.about.split(" · ")[0]));
  const item = element("li", "");
  item.append(button);
  byId("conversations").append(item);
  return button;
});

/** What was said; from an answer one comes to the turn that made it. */
function bubble([who, text], at) {
  const said = element("div", "", { className: "said" });
  said.append(element("small", who), element("p", text));
  if (at % 2 === 1) said.append(element("button", "See how", { onclick: seeHow }));
  return said;
}

function seeHow() {
  viewer.state = "row=turn:1";
  pick(byId("tab-trace"));
}

function pick(tab) {
  for (const other of tabs) {
    other.setAttribute("aria-selected", String(other === tab));
    other.tabIndex = other === tab ? 0 : -1;
    byId(other.getAttribute("aria-controls")).hidden = other !== tab;
  }
}

async function wear(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").href = `showcase/${theme}.css`;
  viewer.theme = theme === "light" ? "light" : "dark";
  byId("snippet-css").textContent = await (await fetch(`showcase/${theme}.css`)).text();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => pick(tab));
  tab.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    pick(next);
    next.focus();
  });
}
for (const radio of document.querySelectorAll("[name=theme]")) radio.addEventListener("change", () => wear(radio.value));
for (const button of document.querySelectorAll("[data-copies]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(byId(button.dataset.copies).textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
}
// Without a `lang` of its own the tab has that of the page.
byId("language").addEventListener("change", ({ target }) => (viewer.lang = target.value));
byId("turn-on").addEventListener("click", () => pick(byId("tab-settings")));
byId("recorded").addEventListener("change", ({ target }) => {
  open.isRecorded = target.checked;
  show(open);
});

listen();
choose(conversations[1]);
wear(document.querySelector("[name=theme]:checked").value);
