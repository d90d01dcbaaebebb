// What only exists at this border: JavaScript's values, its strings, and a module that outlives what goes wrong.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";
import { EgresscUsageError, about, check, compile, explain } from "../dist/node.js";

const read = (name) => readFileSync(new URL(`../../examples/combined/${name}`, import.meta.url), "utf8");
const sources = ["policy.yaml", "mesh.yaml"].map((name) => ({ name, text: read(name) }));
const wrong = (request, message) => {
  assert.throws(() => compile(request), (error) => {
    assert.ok(error instanceof EgresscUsageError && error instanceof Error);
    assert.equal(error.name, "EgresscUsageError");
    assert.match(error.message, message);
    return true;
  });
  // A call after a failed call works.
  assert.equal(compile({ sources }).ok, true);
};
const value = (inner) => ({ sources: [{ name: "v", value: inner }] });

test("what is not plain data is refused, with its place", () => {
  wrong(value({ spec: { f: () => 1 } }), /`request\.sources\[0\]\.value\.spec\.f` is \[object Function\]/);
  wrong(value({ spec: [1n] }), /value\.spec\[0\]` is \[object BigInt\]/);
  wrong(value(new Map([["kind", "Service"]])), /value` is \[object Map\]/);
  wrong(value(new Date(0)), /value` is \[object Date\]/);
  wrong(value({ a: Symbol("s") }), /value\.a` is \[object Symbol\]/);
  wrong(value({ a: NaN }), /value\.a` is NaN/);
  wrong(value({ a: -Infinity }), /value\.a` is -inf/);
  wrong(value([undefined]), /value\[0\]` is \[object Undefined\]/);
  wrong({ sources: [{ name: "v", text: new Uint8Array(3) }] }, /text` is \[object Uint8Array\]/);
  wrong(value({ get a() { throw new Error("no"); } }), /value` throws when it is read/);
  wrong(value(new Proxy({}, { ownKeys() { throw new Error("no"); } })), /value` throws when it is read/);
});

test("a request that is none is refused", () => {
  for (const request of [undefined, null, 1, "policy.yaml", [], () => 1, 1n, {}, { sources: {} }, { sources: "x" }, { sources: [1] }]) {
    wrong(request, /the request is not valid/);
  }
  wrong({ sources, sorces: [] }, /unknown field `sorces`/);
  wrong({ sources, positionEncoding: null }, /the request is not valid/);
  assert.throws(() => explain(), EgresscUsageError);
  assert.throws(() => explain({ code: "EGR9999" }), EgresscUsageError);
});

test("what contains itself, or is very deep, is refused", () => {
  const cyclic = {};
  cyclic.again = { cyclic };
  wrong(value(cyclic), /nested more than \d+ deep, or contains itself/);
  const list = [];
  list.push(list);
  wrong(value(list), /contains itself/);
  let deep = {};
  for (let n = 0; n < 200_000; n += 1) deep = { deep };
  wrong(value(deep), /contains itself/);
});

test("shared parts that stand for too much are refused", () => {
  let shared = ["leaf"];
  for (let n = 0; n < 60; n += 1) shared = [shared, shared];
  wrong(value(shared), /too large/);
});

test("objects of other realms and classes, and undefined fields, are plain data", () => {
  const foreign = vm.runInNewContext(`({ sources: ${JSON.stringify(sources)} })`);
  assert.equal(compile(foreign).ok, true);
  class Source { constructor(source) { Object.assign(this, source); } }
  assert.equal(compile({ sources: sources.map((source) => new Source(source)), format: undefined }).ok, true);
  assert.equal(compile({ sources: sources.map((source) => Object.assign(Object.create(null), source)) }).ok, true);
  assert.equal(compile(Object.freeze({ sources })).ok, true);
});

test("places count UTF-16 units unless the caller says otherwise", () => {
  const text = 'a: "🚀日é" \nb: [}';
  const request = { sources: [{ name: "t", text: `# 🚀日é\n${text}` }] };
  const { diagnostics: [{ labels: [place] }] } = check(request);
  assert.deepEqual(check({ ...request, positionEncoding: "utf16" }).diagnostics[0].labels[0], place);
  assert.notDeepEqual(check({ ...request, positionEncoding: "utf8" }).diagnostics[0].labels[0], place);
  assert.equal(request.sources[0].text.slice(place.start.offset)[0], "[");
});

test("answers are plain objects, with null for what there is not", () => {
  const answer = compile({ sources });
  assert.equal(Object.getPrototypeOf(answer), Object.prototype);
  assert.equal(Object.getPrototypeOf(answer.resources[0].metadata.labels), Object.prototype);
  assert.equal(answer.text, null);
  assert.equal(answer.rendered, null);
  assert.deepEqual(JSON.parse(JSON.stringify(answer)), answer);
});

test("strings that are not well formed, and texts that are too large, are answered", () => {
  assert.equal(check({ sources: [{ name: "\ud800", text: "kind: \ud800" }] }).ok, false);
  const { ok, diagnostics } = check({ sources: [{ name: "large", text: "a".repeat(100 << 20) }] });
  assert.equal(ok, false);
  assert.equal(diagnostics[0].code, "EGR0103");
  assert.equal(about().name, "egressc");
});

test("a call after one that ran out of stack works", () => {
  const expected = compile({ sources, format: "yaml" }).text;
  let overflows = 0;
  let answer;
  const dive = () => {
    try {
      dive();
    } catch {
      // The bottom; from here up there is a little more room for each call, until one has enough.
    }
    try {
      answer ??= compile({ sources, format: "yaml" });
    } catch (error) {
      overflows += error instanceof RangeError;
    }
  };
  dive();
  assert.ok(overflows > 0);
  assert.equal(answer.text, expected);
  assert.equal(compile({ sources, format: "yaml" }).text, expected);
});
