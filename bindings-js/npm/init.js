// Browsers and workers that choose when, and from where, the module is loaded: `await init()` once, then call.
import { once } from "./load.js";

export * from "./calls.js";

/** Loads the module: from the folder of this file, or from a URL, a Response, bytes or a WebAssembly.Module. */
// Written so that bundlers see which file it is, and bring it along.
export const init = once((from) => from ?? new URL("./egressc_bg.wasm", import.meta.url));
