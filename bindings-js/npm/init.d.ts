export * from "./types.js";

/** Loads the module once, before the first call: from the folder of this file, or from the given place. */
export function init(from?: string | URL | Request | Response | BufferSource | WebAssembly.Module | Promise<Response>): Promise<void>;
