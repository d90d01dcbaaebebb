import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  // Works below any path of any server.
  base: "./",
  resolve: {
    // The built npm package, by its place: a dependency in the lock file would have to be written anew with every version.
    alias: { egressc: fileURLToPath(new URL("../bindings-js/dist", import.meta.url)) },
  },
  worker: { format: "es" },
  build: {
    target: "es2022",
    // An inlined asset would need `data:` in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { fs: { allow: [".."] } },
});
