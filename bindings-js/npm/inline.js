// Every bundler without settings: the module is text inside the program. `await init()` once, then call.
import { once } from "./load.js";
import text from "./egressc_bg.gz.js";

export * from "./calls.js";

const unpacked = async () => {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
};

/** Loads the module. */
export const init = once(unpacked);
