// Edge runtimes (Cloudflare Workers, Next.js): they compile no bytes, and their bundlers make a `.wasm` file a compiled module.
import module from "./egressc_bg.wasm?module";
import { initSync } from "./glue.js";

// Next.js compiles it outside of where this runs, so that it is of another realm's class.
if (!(module instanceof WebAssembly.Module)) Object.setPrototypeOf(module, WebAssembly.Module.prototype);
initSync({ module });

export * from "./calls.js";
