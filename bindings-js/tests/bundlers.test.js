// The README's table of bundlers, and a sample of what it says, built and run in each run of the tests; `make bundlers` does it all.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { page } from "../bundlers/page.js";
import { had, inReadme, read, scripts, table, wanted } from "../bundlers/results.js";
import { TOOLS } from "../bundlers/rows.js";
import { expected, lay, packed, version } from "../bundlers/tool.js";
import { here } from "./packed.js";

const AGAIN = "; `make bundlers` builds and runs all of them, and writes what came of it";

test("the README's table is that of the last run, which was of these versions and of these scripts", () => {
  const results = read();
  assert.equal(inReadme(), table(results));
  assert.deepEqual(had(results), wanted(), `rows.js has other projects than results.json${AGAIN}`);
  for (const { folder, tool, version: ran } of results.rows) assert.equal(ran, version(folder, tool), `${folder} is another version${AGAIN}`);
  assert.equal(results.scripts, scripts(), `the scripts that load the module have changed since${AGAIN}`);
});

describe("a sample, with the versions that bindings-js has for itself", () => {
  let folder;
  let right;
  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "egressc-bundlers-")));
    mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
    // Vite's server gives out the files of the nearest folder that has one.
    writeFileSync(join(folder, "package.json"), '{ "private": true }');
    for (const name of ["esbuild", "webpack", "vite", ".bin/esbuild", ".bin/vite"]) symlinkSync(join(here, "node_modules", name), join(folder, "node_modules", name));
    lay(packed(folder), folder);
    right = await expected();
  });
  after(async () => {
    await page.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const newest = (tool) => TOOLS.filter((one) => one.package === tool).at(-1).projects;
  const sample = { esbuild: newest("esbuild"), webpack: newest("webpack"), vite: newest("vite") };
  for (const [tool, projects] of Object.entries(sample)) {
    for (const [index, { where, use, answer }] of projects.entries()) {
      test(`${tool}: ${where}, ${use}`, async () => {
        const project = join(folder, "projects", `${tool}-${index}`);
        mkdirSync(project, { recursive: true });
        assert.equal(await answer(project), right);
      });
    }
  }
});
