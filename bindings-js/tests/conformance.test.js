// Every case of tests/cases, byte for byte; the expectations are written by the Rust runner.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as egressc from "../dist/node.js";
import { canonical, cases } from "./cases.js";

const answer = (call, request) => {
  try {
    return egressc[call](request);
  } catch (error) {
    assert.ok(error instanceof egressc.EgresscUsageError, error);
    return { usageError: error.message };
  }
};

const all = cases();
assert.ok(all.length >= 30, "the cases were not found");
for (const { name, folder, call, request } of all) {
  test(name, () => {
    const response = answer(call, request);
    const file = join(folder, `${call === "compile" ? "resources" : "answer"}.${request.format ?? "yaml"}`);
    if (typeof response.text === "string") {
      assert.equal(response.text, readFileSync(file, "utf8"));
      delete response.text;
    } else {
      assert.ok(!existsSync(file));
    }
    assert.equal(canonical(response), readFileSync(join(folder, "response.json"), "utf8"));
  });
}
