// The page is a host like any other: nothing here but the element's public API.
const viewer = document.querySelector("trace-tab");

const given = new URLSearchParams(location.search).get("src");
if (location.hash.length > 1) viewer.state = location.hash.slice(1);
viewer.src = given || "sample.json";

// What the user looks at is in the fragment, so that the address can be passed on.
addEventListener("hashchange", () => {
  viewer.state = location.hash.slice(1);
});
viewer.addEventListener("trace-tab-state", ({ detail }) => {
  const fragment = detail.state ? `#${detail.state}` : "";
  history.replaceState(history.state, "", location.pathname + location.search + fragment);
});

viewer.addEventListener("trace-tab-load", ({ detail }) => {
  document.title = detail.name ? `${detail.name} · Trace Tab` : "Trace Tab";
});
