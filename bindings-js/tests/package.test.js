// The package as users get it: packed, installed into an empty folder, and used from there.
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
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
});

for (const [module, moduleResolution, name] of [["nodenext", "nodenext", "usage.mts"], ["nodenext", "nodenext", "usage.cts"], ["esnext", "bundler", "usage.ts"]]) {
  test(`types of ${name}, resolved as ${moduleResolution}`, () => {
    cpSync(join(here, "tests/usage.ts"), join(folder, name));
    run(join(here, "node_modules/.bin/tsc"), ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022",
      "--module", module, "--moduleResolution", moduleResolution, name]);
  });
}

test("what is packed, and no more", () => {
  const files = JSON.parse(run("npm", ["pack", join(here, "dist"), "--json", "--dry-run"]))[0].files.map(({ path }) => path).sort();
  assert.deepEqual(files, ["LICENSE", "README.md", "bin/egressc.js", "bin/egressc_cli_bg.wasm", "bin/glue.cjs", "bin/host.js", "egressc_bg.wasm", "glue.cjs", "glue.js", "init.d.ts", "init.js", "node.cjs", "node.js",
    "package.json", "types.d.cts", "types.d.ts", "web.js"]);
});
