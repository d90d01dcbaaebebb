import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const root = new URL("../../tests/cases", import.meta.url).pathname;

/** Every case of tests/cases, with the files that its request names read in. */
export const cases = () => readdirSync(root).sort().flatMap((call) => readdirSync(join(root, call)).sort().map((name) => {
  const folder = join(root, call, name);
  const { request } = JSON.parse(readFileSync(join(folder, "case.json"), "utf8"));
  for (const source of request.sources ?? []) {
    if (source.file === undefined) continue;
    source.text = readFileSync(join(folder, source.file), "utf8");
    delete source.file;
  }
  return { name: `${call}/${name}`, folder, call, request };
}));

/** As the expectations are written: keys in order, two spaces, one line break at the end. */
export const canonical = (value) => JSON.stringify(value, (_, inner) => (inner === null || typeof inner !== "object" || Array.isArray(inner)
  ? inner
  : Object.fromEntries(Object.keys(inner).sort().map((key) => [key, inner[key]]))), 2) + "\n";
