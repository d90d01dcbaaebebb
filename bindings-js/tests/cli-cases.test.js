// Every shared case that a command line can say, by `npx egressc` and by the native program: the same bytes and exit status.
import assert from "node:assert/strict";
import { test } from "node:test";
import { both, fresh } from "./beside.js";
import { cases } from "./cases.js";
import { UNSAYABLE, commandLines, expected } from "./command-lines.js";

const all = cases();

test("what no command line can say is a case, and little", () => {
  const names = Object.keys(UNSAYABLE);
  assert.deepEqual(names.filter((name) => !all.some((one) => one.name === name)), []);
  assert.ok(names.length < all.length / 10);
});

for (const one of all.filter(({ name }) => !(name in UNSAYABLE))) {
  test(one.name, async () => {
    const folder = fresh();
    const { status, text } = expected(one);
    const [own, other] = commandLines(folder, one);
    const { out } = await both(folder, own, status);
    // What the library answers is what is printed.
    if (text !== undefined) assert.equal(out, text);
    // In another format it ends alike, unless its format is what is wrong with it.
    if (other !== undefined && status !== 2) await both(folder, other, status);
  });
}
