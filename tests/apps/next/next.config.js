import { fileURLToPath } from "node:url";

// Nothing for Trace Tab: it must need nothing.
export default {
  output: "export", // every page is rendered on the server once, when it is built
  basePath: "/apps/next",
  turbopack: { root: fileURLToPath(new URL("..", import.meta.url)) },
};
