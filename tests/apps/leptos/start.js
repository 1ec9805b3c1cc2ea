import init from "./leptos-app.js";

await init();
