// Bundlers for Node: the module is text inside the program, because they leave files behind that a script reads.
import { Buffer } from "node:buffer";
import { brotliDecompressSync } from "node:zlib";
import text from "./egressc_bg.br.js";
import { initSync } from "./glue.js";

initSync({ module: brotliDecompressSync(Buffer.from(text, "base64")) });

export * from "./calls.js";
