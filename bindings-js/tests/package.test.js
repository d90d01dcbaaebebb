// The package as users get it: packed, installed into an empty folder, and used from there.
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { cases } from "./cases.js";
import { here, installed, root } from "./packed.js";

const workspace = readFileSync(join(root, "Cargo.toml"), "utf8").match(/^\[workspace\.package\]\nversion = "(.*)"/m)[1];
let folder;
let run;
let remove;

before(() => {
  ({ folder, run, remove } = installed());
});
after(() => remove());

const program = (load) => `${load}
const { ok, text } = egressc.compile({ sources: process.argv.slice(2).map((name) => ({ name, text: require("node:fs").readFileSync(name, "utf8") })), format: "yaml" });
if (!ok || !text.startsWith("---\\n")) throw new Error("it did not compile");
console.log(egressc.about().version);
`;
const files = ["policy.yaml", "mesh.yaml"].map((name) => join(root, "examples/combined", name));

test("import", () => {
  writeFileSync(join(folder, "use.mjs"), program('import { createRequire } from "node:module";\nimport * as egressc from "egressc";\nconst require = createRequire(import.meta.url);'));
  assert.equal(run("node", ["use.mjs", ...files]).trim(), workspace);
});

test("require", () => {
  writeFileSync(join(folder, "use.cjs"), program('const egressc = require("egressc");'));
  assert.equal(run("node", ["use.cjs", ...files]).trim(), workspace);
});

test("the README's example", () => {
  const [, example] = readFileSync(join(here, "README.md"), "utf8").match(/```js\n(.*?)```/s);
  for (const file of files) cpSync(file, join(folder, basename(file)));
  writeFileSync(join(folder, "readme.mjs"), example);
  assert.match(run("node", ["readme.mjs"]), /^---\n/);
});

test("npx", () => {
  assert.equal(run("npx", ["--offline", "egressc", "--version"]).trim(), `egressc ${workspace}`);
});

test("import and require are one module", () => {
  writeFileSync(join(folder, "both.mjs"), 'import { createRequire } from "node:module";\nimport { EgresscUsageError } from "egressc";\nconsole.log(createRequire(import.meta.url)("egressc").EgresscUsageError === EgresscUsageError);');
  assert.equal(run("node", ["both.mjs"]).trim(), "true");
});

test("the entries for browsers answer as Node's does", () => {
  // Node reads no file by fetch, so it hands the bytes over, as a page may.
  writeFileSync(join(folder, "init.mjs"), `import { readFileSync } from "node:fs";
import { EgresscUsageError, about, compile, init } from "egressc/init";
await init(readFileSync(new URL(import.meta.resolve("egressc/egressc_bg.wasm"))));
try { compile({}); throw new Error("accepted"); } catch (error) { if (!(error instanceof EgresscUsageError)) throw error; }
console.log(about().version);`);
  assert.equal(run("node", ["init.mjs"]).trim(), workspace);
  writeFileSync(join(folder, "inline.mjs"), 'import { about, init } from "egressc/inline";\nawait init();\nconsole.log(about().version);');
  assert.equal(run("node", ["inline.mjs"]).trim(), workspace);
});

const tsc = (names, module = "nodenext", moduleResolution = module) => run(join(here, "node_modules/.bin/tsc"), [
  "--strict", "--noEmit", "--target", "es2022", "--lib", "es2022", "--module", module, "--moduleResolution", moduleResolution, ...[names].flat()]);

test("the README's first example and that of a module as a file are TypeScript too", () => {
  const snippet = (start) => readFileSync(join(here, "README.md"), "utf8").match(/```js\n(.*?)```/gs).map((block) => block.slice(6, -3)).find((code) => code.startsWith(start));
  writeFileSync(join(folder, "first.mts"), snippet("import { readFileSync }"));
  writeFileSync(join(folder, "node.d.mts"), `declare module "node:fs" { export function readFileSync(name: string, encoding: "utf8"): string; }
declare const process: Record<"stderr" | "stdout", { write(text: string): void }>;`);
  tsc(["first.mts", "node.d.mts"]);
  writeFileSync(join(folder, "file.mts"), snippet("import { init, compile } from \"egressc/init\""));
  tsc(["file.mts", "--lib", "es2022,dom"]);
  writeFileSync(join(folder, "inline.mts"), snippet("import { init, compile } from \"egressc/inline\""));
  tsc("inline.mts");
});

for (const [name, ...resolution] of [["usage.mts"], ["usage.cts"], ["usage.ts", "esnext", "bundler"]]) {
  test(`types of ${name}`, () => {
    cpSync(join(here, "tests/usage.ts"), join(folder, name));
    tsc(name, ...resolution);
  });
}

test("every request and every answer of the shared cases is of its type, with no field more and none less", () => {
  const held = cases().flatMap(({ call, request, folder: at }) => {
    const answer = JSON.parse(readFileSync(join(at, "response.json"), "utf8"));
    // Texts stand in files of their own.
    const text = ["compile", "trace", "reach", "diff", "test", "replay"].includes(call) ? "" : undefined;
    return answer.usageError !== undefined ? [] : [
      `(${JSON.stringify(request)}) satisfies Parameters<typeof egressc.${call}>[0];`,
      `(${JSON.stringify({ text, ...answer })}) satisfies ReturnType<typeof egressc.${call}>;`];
  });
  assert.ok(held.length > 100);
  writeFileSync(join(folder, "cases.mts"), `import type * as egressc from "egressc";\n${held.join("\n")}\n`);
  tsc("cases.mts");
});

test("the README's table of calls names all calls, and fields that there are", () => {
  const [, table] = readFileSync(join(here, "README.md"), "utf8").match(/\| call \|.*\n\|.*\n((?:\|.*\n)+)/);
  const rows = table.trim().split("\n").map((line) => line.split("|").slice(1, -1));
  const quoted = (cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, word]) => word);
  const lines = rows.flatMap(([call, asks, gets]) => {
    const [name] = quoted(call);
    // After a colon stand a field's values.
    const [fields, values] = asks.split(":").map(quoted);
    const request = `NonNullable<Parameters<typeof egressc.${name}>[0]>`;
    return [
      ...fields.map((field) => `"${field}" satisfies keyof ${request};`), ...(values ?? []).map((value) => `"${value}" satisfies ${request}["${fields[0]}"];`),
      ...quoted(gets).map((field) => `"${field}" satisfies keyof ReturnType<typeof egressc.${name}>;`)];
  });
  writeFileSync(join(folder, "table.mts"), `import type * as egressc from "egressc";\n${lines.join("\n")}\n`);
  tsc("table.mts");
  writeFileSync(join(folder, "calls.mjs"), 'import { about } from "egressc";\nconsole.log(about().calls.join());');
  assert.deepEqual(rows.map(([call]) => quoted(call)[0]).sort(), run("node", ["calls.mjs"]).trim().split(",").sort());
});

test("the README's questions are typed, and answered", () => {
  const [, questions] = readFileSync(join(here, "README.md"), "utf8").match(/```js\n(import \{ diff, .*?)```/s);
  writeFileSync(join(folder, "questions.mts"), `import type { Source } from "egressc";
declare const sources: Source[], before: Source[], console: Record<"log" | "error" | "warn", (...values: unknown[]) => void>, process: { exitCode: number };
${questions}`);
  tsc("questions.mts");
  const expectations = "apiVersion: egressc.dev/v1alpha1\nkind: EgressExpectations\nmetadata: {name: x}\nspec:\n  allow:\n  - {from: 'mytest,app=sleep-a', to: ['https://www.httpbin.org']}\n";
  const sources = [...files.map((name) => ({ name: basename(name), text: readFileSync(name, "utf8") })), { name: "expectations.yaml", text: expectations }];
  writeFileSync(join(folder, "questions.mjs"), `const sources = ${JSON.stringify(sources)}, before = [];\n${questions}`);
  const out = run("node", ["questions.mjs"]);
  assert.match(out, /www\.httpbin\.org 443/);
  assert.match(out, /^### Egress: /m);
});

test("what is packed, and no more", () => {
  const files = JSON.parse(run("npm", ["pack", join(here, "dist"), "--json", "--dry-run"]))[0].files.map(({ path }) => path).sort();
  assert.deepEqual(files, ["LICENSE", "README.md", "bin/egressc.js", "bin/egressc_cli_bg.wasm", "bin/glue.cjs", "bin/host.js", "bundled.js", "calls.js", "edge.js", "egressc_bg.br.js", "egressc_bg.gz.js",
    "egressc_bg.wasm", "egressc_bg.wasm.d.ts", "glue.cjs", "glue.js", "init.d.ts", "init.js", "inline.d.ts", "inline.js", "load.js", "node.cjs", "node.js", "package.json", "read.cjs", "types.d.cts", "types.d.ts", "web.js"]);
});
