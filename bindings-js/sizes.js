// `node bindings-js/sizes.js` prints the table of sizes in the README, of the package in `dist`; `--write` puts it there.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const files = [
  ["egressc_bg.wasm", "the library, in every runtime"], ["egressc_bg.gz.js", "the same as text, for `egressc/inline`"], ["egressc_bg.br.js", "the same as text, in programs that bundlers make for Node"],
  ["bin/egressc_cli_bg.wasm", "`npx egressc`; pages do not load it"],
];
const kilobytes = (bytes) => (bytes.length / 1000).toFixed(0);

/** Rows of name, what it is for, and thousands of bytes: raw, gzip -9, brotli 11. */
export const sizes = () => files.map(([name, what]) => {
  const bytes = readFileSync(here(`dist/${name}`));
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  return [`\`${name}\``, what, ...[bytes, gzipSync(bytes, { level: 9 }), brotli].map(kilobytes)];
});

/** The README's table, as rows of cells. */
export const inReadme = () => {
  const [, table] = readFileSync(here("README.md"), "utf8").match(MARKS) ?? [];
  return table?.trim().split("\n").slice(2).map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
};

const MARKS = /<!-- sizes -->\n(.*?)<!-- \/sizes -->/s;
const table = (rows) => [["module", "for", "raw, kB", "gzip -9", "brotli 11"], ["---", "---", "--:", "--:", "--:"], ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");

if (process.argv[1] === here("sizes.js")) {
  const text = table(sizes());
  process.stdout.write(text);
  if (process.argv[2] === "--write") {
    const readme = readFileSync(here("README.md"), "utf8");
    writeFileSync(here("README.md"), readme.replace(MARKS, `<!-- sizes -->\n${text}<!-- /sizes -->`));
  }
}
