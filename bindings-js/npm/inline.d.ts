export * from "./types.js";

/** Loads the module, which is text inside this package's script, once, before the first call. */
export function init(): Promise<void>;
