// results.json, and the README's table of it.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { here } from "../tests/packed.js";
import { TOOLS } from "./rows.js";

const file = fileURLToPath(new URL("results.json", import.meta.url));
const readme = join(here, "README.md");
const MARKS = /<!-- bundlers -->\n(.*?)<!-- \/bundlers -->/s;

/** A digest of all that decides how the module is loaded; the results hold for it. */
export const scripts = () => {
  const digest = createHash("sha256");
  for (const name of ["npm/package.json", "npm/load.js", "npm/init.js", "npm/inline.js", "npm/web.js", "npm/edge.js", "npm/bundled.js", "npm/node.js", "npm/read.cjs", "embed.js"]) digest.update(readFileSync(join(here, name)));
  return digest.digest("hex").slice(0, 16);
};

export const read = () => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { rows: [] });

const key = ({ folder, where, use }) => `${folder}: ${where}, ${use}`;

/** All that there is to build, in the order of rows.js. */
export const wanted = () => TOOLS.flatMap(({ folder, projects }) => projects.map(({ where, use }) => key({ folder, where, use })));

export const had = ({ rows }) => rows.map(key);

export const settle = (results, row) => {
  const order = wanted();
  results.rows = [...results.rows.filter((other) => key(other) !== key(row) && order.includes(key(other))), row].sort((a, b) => order.indexOf(key(a)) - order.indexOf(key(b)));
};

const NAMES = { esbuild: "esbuild", webpack: "webpack", rollup: "Rollup", vite: "Vite", parcel: "Parcel", next: "Next.js", wrangler: "wrangler", jest: "Jest", "@oven/bun-linux-x64": "Bun" };
const WHERE = { server: "Node", page: "pages", edge: "an edge runtime", test: "tests" };

/** The table: tools that do the same with the same settings share a row. */
export const table = ({ rows }) => {
  const lines = new Map();
  for (const { tool, version, where, use, settings, works } of rows) {
    const said = works ? (settings === null ? "no settings" : `\`${settings}\``) : "**does not work**";
    const line = `${tool} ${where} ${use} ${said}`;
    const known = lines.get(line) ?? { tool, where, use, said, versions: [] };
    known.versions.push(version);
    lines.set(line, known);
  }
  const merged = new Map();
  for (const { tool, where, use, said, versions } of lines.values()) {
    const line = `| ${NAMES[tool]} ${versions.join(", ")} | ${WHERE[where]} | USES | ${said} |`;
    merged.set(line, [...(merged.get(line) ?? []), use]);
  }
  const body = [...merged].map(([line, uses]) => line.replace("USES", () => uses.join("; ")));
  return `| with | for | built and run | settings |\n| --- | --- | --- | --- |\n${body.join("\n")}\n`;
};

export const inReadme = () => readFileSync(readme, "utf8").match(MARKS)?.[1];

export const write = (results) => {
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(readme, readFileSync(readme, "utf8").replace(MARKS, () => `<!-- bundlers -->\n${table(results)}<!-- /bundlers -->`));
};
