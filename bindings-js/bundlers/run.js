// `node bindings-js/bundlers/run.js [NAME...]`, or `make bundlers`: builds and runs every project of rows.js with every tool, writes what came
// of it to results.json, and the table of it into the README. With names of folders, only these tools; the others keep their results.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { page } from "./page.js";
import { read, scripts, settle, write } from "./results.js";
import { TOOLS } from "./rows.js";
import { expected, installed, lay, packed, version } from "./tool.js";

const names = process.argv.slice(2);
const chosen = TOOLS.filter(({ folder }) => names.length === 0 || names.includes(folder));
const work = mkdtempSync(join(tmpdir(), "egressc-bundlers-"));
const tarball = packed(work);
const right = await expected();
const results = read();
for (const { folder, package: tool, projects } of chosen) {
  const place = installed(folder);
  lay(tarball, place);
  for (const [index, { where, use, settings, answer }] of projects.entries()) {
    const project = join(place, "projects", String(index));
    mkdirSync(project, { recursive: true });
    const began = Date.now();
    let problem = null;
    try {
      const given = await answer(project);
      if (given !== right) problem = `it answers: ${given.slice(0, 300)}`;
    } catch (error) {
      problem = error.message;
    }
    settle(results, { folder, tool, version: version(folder, tool), where, use, settings, works: problem === null });
    console.log(`${problem === null ? "works" : "FAILS"}  ${folder}: ${where}, ${use} (${((Date.now() - began) / 1000).toFixed(0)} s)`);
    if (problem !== null) console.log(problem.replace(/^/gm, "       ").slice(0, 3000));
  }
  rmSync(join(place, "projects"), { recursive: true, force: true });
  write({ ...results, scripts: names.length === 0 ? undefined : results.scripts });
}
await page.close();
rmSync(work, { recursive: true });
// Only a whole run says that all results are of these scripts.
if (names.length === 0) write({ ...results, scripts: scripts() });
if (results.rows.some(({ works }) => !works)) process.exitCode = 1;
