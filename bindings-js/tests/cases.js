// The cases of tests/cases, and what every runtime has to answer; the expectations are written by the Rust runner.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../tests/cases", import.meta.url));

/** Every case, with the files that its request names read in. */
export const cases = () => {
  const all = readdirSync(root).sort().flatMap((call) => readdirSync(join(root, call)).sort().map((name) => {
    const folder = join(root, call, name);
    const { request } = JSON.parse(readFileSync(join(folder, "case.json"), "utf8"));
    for (const source of [request.sources, request.before, request.after].flatMap((sources) => sources ?? [])) {
      if (source.file === undefined) continue;
      source.text = readFileSync(join(folder, source.file), "utf8");
      delete source.file;
    }
    return { name: `${call}/${name}`, folder, call, request };
  }));
  assert.ok(all.length >= 30, "the cases were not found");
  return all;
};

/** As the expectations are written: keys in order, two spaces, one line break at the end. */
const canonical = (value) => JSON.stringify(value, (_, inner) => (inner === null || typeof inner !== "object" || Array.isArray(inner)
  ? inner
  : Object.fromEntries(Object.keys(inner).sort().map((key) => [key, inner[key]]))), 2) + "\n";

/** Holds an answer to its case, byte for byte. */
export const hold = ({ name, folder, call, request }, answer) => {
  const { text, ...rest } = answer;
  const file = join(folder, `${call === "compile" ? "resources" : "answer"}.${request.format ?? "yaml"}`);
  if (typeof text === "string") {
    assert.equal(text, readFileSync(file, "utf8"), name);
  } else {
    assert.ok(!existsSync(file), name);
    if (text !== undefined) rest.text = text;
  }
  assert.equal(canonical(rest), readFileSync(join(folder, "response.json"), "utf8"), name);
};
