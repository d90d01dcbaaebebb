// Loads the module, and says what to do where that fails: what browsers say names neither the file nor the remedy.
import start from "./glue.js";

const REMEDY = "Copy `egressc_bg.wasm` from the npm package to where it can be fetched and pass its address to `init` of `egressc/init`, "
  + "or import `egressc/inline`, which needs no file. The README of `egressc` has a line for each bundler.";

const fetched = async (address) => {
  const url = address.url ?? address;
  try {
    return await fetch(address);
  } catch (cause) {
    throw new Error(`egressc cannot fetch its WebAssembly module from ${url}. In a page, the Content-Security-Policy must allow this address in \`connect-src\`, `
      + `and the server must be reachable. Some runtimes cannot fetch a file at all. ${REMEDY}`, { cause });
  }
};

/** Bytes of a response, unless they can be compiled while they arrive. */
const read = async (response) => {
  const from = response.url === "" ? "the given response" : response.url;
  if (!response.ok) {
    throw new Error(`egressc cannot load its WebAssembly module: ${from} has the status ${response.status}. ${REMEDY}`);
  }
  if (response.headers.get("content-type") === "application/wasm") return response;
  const bytes = await response.arrayBuffer();
  // The mark of a module, which is four bytes: \0asm.
  const [first, ...name] = new Uint8Array(bytes.slice(0, 4));
  if (first !== 0 || String.fromCharCode(...name) !== "asm") {
    const what = first === "<".charCodeAt(0) ? "an HTML page" : "another file";
    throw new Error(`egressc cannot load its WebAssembly module: ${from} is ${what}, not WebAssembly. Servers send a page for a file that they do not have. ${REMEDY}`);
  }
  return bytes;
};

const isAddress = (from) => typeof from === "string" || from instanceof URL || (typeof Request === "function" && from instanceof Request);

const load = async (source, given) => {
  let from = await source(given);
  if (isAddress(from)) from = await fetched(from);
  if (typeof Response === "function" && from instanceof Response) from = await read(from);
  try {
    await start({ module_or_path: from });
  } catch (cause) {
    if (cause?.name !== "CompileError") throw cause;
    throw new Error("egressc cannot compile its WebAssembly module. If the page has a Content-Security-Policy, its `script-src` must contain `'wasm-unsafe-eval'`; "
      + `\`'unsafe-eval'\`, which browsers name, is not needed. The engine reports: ${cause.message}`, { cause });
  }
};

/** A function that loads the module once; it can be called again after a failure. */
export const once = (source) => {
  let loaded;
  return (from) => {
    loaded ??= load(source, from).catch((error) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
};
