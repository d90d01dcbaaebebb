"use strict";
// Node reads the module from the file beside this script.
const { readFileSync } = require("node:fs");

try {
  module.exports = readFileSync(`${__dirname}/egressc_bg.wasm`);
} catch (cause) {
  throw new Error("egressc cannot read its WebAssembly module `egressc_bg.wasm`, which lies beside its scripts in the npm package. A bundler that makes one program of all scripts leaves this file behind. "
    + "Let the bundler use the condition `module` of `package.json`, as most do without settings and Bun with `--conditions=module`; or keep `egressc` out of the program, as an external package.", { cause });
}
