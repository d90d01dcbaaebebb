// `node embed.js dist`: writes the module as text into scripts, for bundlers, which bring scripts along and often no other file.
// Node's is half as long as the file; browsers unpack gzip, and most of them no brotli.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [, , dist] = process.argv;
const module = readFileSync(join(dist, "egressc_bg.wasm"));
const brotli = brotliCompressSync(module, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: module.length },
});
const quoted = (bytes) => `"${bytes.toString("base64")}"`;
writeFileSync(join(dist, "egressc_bg.br.js"), `export default ${quoted(brotli)};\n`);
writeFileSync(join(dist, "egressc_bg.gz.js"), `export default ${quoted(gzipSync(module, { level: 9 }))};\n`);
