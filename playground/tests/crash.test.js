// A module that stops halfway: here for want of memory, which is the real thing, and can be had at will.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { policy, text, write } from "./parts.js";
import { DIST } from "./site.js";
import { visit } from "./visit.js";

const PAGES = 48;

/** The site's module, with a memory that grows by so many pages of 64 KiB and no more. */
const small = () => {
  const bytes = readFileSync(join(DIST, "assets", readdirSync(join(DIST, "assets")).find((name) => name.endsWith(".wasm"))));
  const number = (at) => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      value += (bytes[at] & 0x7f) * 2 ** shift;
      if (bytes[at++] < 0x80) return [value, at];
    }
  };
  const leb = (value) => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]);
  for (let at = 8; at < bytes.length;) {
    const [size, start] = number(at + 1);
    if (bytes[at] === 5) {
      const [least] = number(start + 2);
      assert.deepEqual([...bytes.subarray(start, start + 2)], [1, 0], "one memory, without a limit");
      const memory = [1, 1, ...leb(least), ...leb(least + PAGES)];
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([5, ...leb(memory.length), ...memory]), bytes.subarray(start + size)]);
    }
    at = start + size;
  }
  return assert.fail("the module has no memory");
};

const prepare = (context) => context.route("**/*.wasm", (route) => route.fulfill({ body: small() }));

test("after a call that stopped the module the page says so, and the next call works", { timeout: 120_000 }, visit({ prepare }, async (page) => {
  const chip = page.locator(".resources .chip").first();
  const before = await chip.innerText();
  for (let round = 0; round < 2; round += 1) {
    await write(page, policy(3_000));
    await page.getByText("egressc did not answer: ").waitFor();
    await write(page, text("http", "policy.yaml"));
    await page.getByText("egressc did not answer: ").waitFor({ state: "detached" });
    assert.equal(await chip.innerText(), before);
  }
}));
