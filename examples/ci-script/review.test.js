// The script as CI runs it: two folders in, a report and an exit status out.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), "egressc-review-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const policy = (text) => {
  const name = mkdtempSync(join(folder, "policies-"));
  cpSync(join(here, "../combined/mesh.yaml"), join(name, "mesh.yaml"));
  writeFileSync(join(name, "policy.yaml"), text);
  return name;
};
const review = (...args) => {
  const { status, stderr } = spawnSync(process.execPath, [join(here, "review.js"), ...args], { encoding: "utf8" });
  return { status, stderr };
};
const combined = readFileSync(join(here, "../combined/policy.yaml"), "utf8");
const upgrade = readFileSync(join(here, "../https-upgrade/policy.yaml"), "utf8");
const report = join(folder, "report.md");
const told = (before, after) => ({ ...review(policy(before), policy(after), report), text: readFileSync(report, "utf8") });

test("a rule more opens something: the pull request stops", () => {
  const { status, text, stderr } = told(upgrade, combined);
  assert.equal(status, 1, stderr);
  assert.match(text, /opens more than before/);
  assert.match(text, /httpbin\.org/);
});

test("a rule less, and no change, pass", () => {
  assert.equal(told(combined, upgrade).status, 0);
  const { status, text } = told(combined, combined);
  assert.equal(status, 0);
  assert.doesNotMatch(text, /opens more/);
});

test("a wrong policy is refused, and its text stays text", () => {
  const { status, text } = told(combined, combined.replace("www.httpbin.org", '"*.x````.org"'));
  assert.equal(status, 1);
  assert.match(text, /\*\*Refused\*\*/);
  const [fence] = text.match(/^`{3,}(?=text$)/m);
  assert.ok([...text.matchAll(/`+/g)].every(([ticks]) => ticks.length < fence.length || ticks === fence));
});

test("misuse is neither", () => {
  assert.equal(review().status, 2);
  assert.equal(review("a", "b", "c", "d").status, 2);
  assert.equal(review(join(folder, "nowhere"), join(folder, "nowhere"), report).status, 2);
});
