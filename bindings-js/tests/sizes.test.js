// The README's sizes are those of the package: within a tenth, since every change of the core moves them a little.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inReadme, sizes } from "../sizes.js";

test("the README's table of sizes; `node bindings-js/sizes.js --write` brings it up to date", () => {
  const measured = sizes();
  const written = inReadme();
  assert.deepEqual(written.map((row) => row.slice(0, 2)), measured.map((row) => row.slice(0, 2)));
  for (const [index, [name, , ...figures]] of measured.entries()) {
    for (const [column, figure] of figures.entries()) {
      const said = Number(written[index][column + 2]);
      assert.ok(Math.abs(said - figure) <= figure / 10, `${name}: the README says ${said} kB, it is ${figure} kB`);
    }
  }
});
