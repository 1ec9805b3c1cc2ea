// A page without a framework. The element's script comes from another origin, before or after this.
import { traces } from "./traces.js";

const viewer = document.querySelector("trace-tab");
const heard = document.querySelector("#heard");
let at = 0;

const show = () => (viewer.data = traces[at % 2]);
const say = (text) => (heard.textContent = text);
viewer.addEventListener("trace-tab-load", ({ detail }) => say(`${detail.name}: ${detail.rounds}`));
viewer.addEventListener("trace-tab-select", ({ detail }) => say(`selected ${detail.kind}`));
document.querySelector("#next").addEventListener("click", () => {
  at += 1;
  show();
});
document.querySelector("#toggle").addEventListener("click", () => {
  if (viewer.isConnected) viewer.remove();
  else document.body.append(viewer);
});
show();
