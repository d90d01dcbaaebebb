export * from "./types.js";

/** Loads the module, once, before the first call: from beside this file, or from where it is told. */
export function init(from?: string | URL | Request | Response | BufferSource | WebAssembly.Module | Promise<Response>): Promise<void>;
