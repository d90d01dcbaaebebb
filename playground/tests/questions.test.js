// The panes that ask: trace, by sentence, form and access log, and diff.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EgresscUsageError, diff, trace } from "../../bindings-js/dist/node.js";
import { settled, shot } from "./browser.js";
import { answered, editor, examples, openExample, text, view, write } from "./parts.js";
import { visit } from "./visit.js";

test("a request is asked in a sentence and in a form", visit({}, async (page) => {
  await view(page, "Trace");
  await page.getByLabel("Question").fill("mytest,app=sleep-a -> GET http://www.httpbin.org/anything");
  await page.locator(".outcome-allowed").waitFor();
  await page.getByLabel("Question").fill("mytest,app=other -> http://www.httpbin.org");
  await page.locator(".outcome-blocked").waitFor();
  assert.match(await page.locator(".hop-stopped").innerText(), /stops here/);
  await shot(page, "trace-blocked");
  await page.getByRole("radio", { name: "Form" }).check();
  assert.equal(await page.getByLabel("Namespace").inputValue(), "mytest");
  assert.equal(await page.getByLabel("Host").inputValue(), "www.httpbin.org");
  await page.getByLabel("Labels").fill("app=sleep-a");
  await page.locator(".outcome-allowed").waitFor();
  await page.getByLabel("Headers").fill("X-Open: 1; x-via: a:b");
  await page.locator(".outcome-query").getByText("with x-open: 1 and x-via: a:b").waitFor();
  await page.getByLabel("Headers").fill("x-open");
  await page.getByText("x-open is not a header; write name: value.").waitFor();
  await page.getByRole("radio", { name: "Sentence" }).check();
  await page.getByLabel("Question").fill("nonsense");
  await page.getByText("This request is not valid").waitFor();
}));

const shared = (name) => JSON.parse(readFileSync(new URL(`../../tests/cases/trace/${name}/case.json`, import.meta.url), "utf8")).request;
const sources = (id) => examples.find((one) => one.id === id).documents;
/** As the page shows a text of egressc: its backticks are marks. */
const plain = (said) => said.replaceAll("`", "");
const clientText = ({ namespace, labels }) => [namespace, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)].join(",");

const askLog = async (page) => {
  await openExample(page, "combined");
  await view(page, "Trace");
  await page.getByRole("radio", { name: "Access log line" }).check();
  return page.getByLabel("A line of an Envoy access log");
};

// Envoy's own lines, with and without whose they are; and one for a host that no rule names.
const lines = ["access-log", "access-log-json", "access-log-tls"].map((name) => [name, shared(name)]);
lines.push(["nobody's host", { ...lines[0][1], accessLog: lines[0][1].accessLog.replace("www.httpbin.org", "other.example") }]);
for (const [name, { accessLog, client }] of lines) {
  const expected = trace({ sources: sources("combined"), accessLog, client });
  const { verdict, decidedBy } = expected.trace;
  test(`a line of an access log (${name}) shows the rule that ${verdict === "allowed" ? "allowed it" : "is missing"}`, visit({}, async (page) => {
    const area = await askLog(page);
    await page.getByText("Paste a line of an access log").waitFor();
    // Pasted, as it comes: with what stands around it.
    await page.evaluate((line) => navigator.clipboard.writeText(line), `\n  ${accessLog}\nthe next line\n`);
    await area.click();
    await page.keyboard.press("Control+v");
    if (client) await page.getByLabel("Client whose sidecar wrote the line").fill(clientText(client));
    await page.locator(`.outcome-${verdict}`).waitFor();
    await answered(page);
    if (client) await page.locator(".outcome-query").getByText(clientText(client)).waitFor();
    if (expected.hint === null) assert.equal(await page.locator(".hint").count(), 0);
    else assert.equal(await page.locator(".hint").innerText(), plain(expected.hint));
    assert.equal(await page.locator(".declared").count(), expected.declared === null ? 0 : 1);
    const decisions = await page.locator(".decisions li").allInnerTexts();
    assert.equal(decisions.length, decidedBy.length);
    for (const [index, { kind, rule }] of decidedBy.entries()) assert.ok(decisions[index].startsWith(kind) && decisions[index].includes(`for ${rule}`), decisions[index]);
    await shot(page, `trace-log-${name.replaceAll(/\W+/g, "-")}`);
    if (verdict !== "allowed") return;
    // And it leads there.
    await page.locator(".decisions .place").first().click();
    await page.keyboard.press("Control+c");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    const { start, end, source } = decidedBy[0].span;
    assert.equal(copied, text("combined", source).slice(start.offset, end.offset));
  }));
}

const [, { accessLog: GOOD }] = lines[1];
const HOSTILE = {
  "no log line": "hello", "an open quote": '[2026] "GET', "an open bracket": "[", "half of JSON": "{", "JSON without a field": "{}", "a list in JSON": "[[]]",
  "a long line": "a".repeat(60_000), "fields of the wrong type": '{"authority": {"__proto__": []}, "method": 1, "path": [], "response_code": "x"}',
  "a prototype": '{"__proto__": {"authority": "x.org"}, "constructor": 1, "method": "GET"}',
  "markup": GOOD.replaceAll("www.httpbin.org", "<img src=x onerror=alert(1)>"), "markup in the path": GOOD.replace("/post", "/<script>alert(1)</script>"),
  "control characters": GOOD.replace("POST", "\\u001b[2J\\u0000\\u202e"), "a port of nowhere": GOOD.replace(":80\"", ":99999\""),
};
test("a hostile line is a word about it, or an answer, and the page works", visit({}, async (page) => {
  const area = await askLog(page);
  for (const [what, line] of Object.entries(HOSTILE)) {
    let fault = null;
    try {
      trace({ sources: sources("combined"), accessLog: line });
    } catch (thrown) {
      assert.ok(thrown instanceof EgresscUsageError, what);
      fault = plain(thrown.message);
    }
    await area.fill(GOOD);
    await page.locator(".outcome-allowed").waitFor();
    await area.fill(line);
    await answered(page);
    if (fault === null) await page.locator(".outcome").waitFor();
    else await page.locator(".trace-body").getByText(fault, { exact: true }).waitFor();
    assert.equal(await page.locator("img, #app script").count(), 0, what);
  }
  await page.getByLabel("Client whose sidecar wrote the line").fill("mytest,app");
  await page.getByText("app is not a label; write key=value.").waitFor();
}));

test("the longest line that fits is kept in a draft, and so are the documents", visit({}, async (page) => {
  const area = await askLog(page);
  await write(page, "# precious\n");
  await area.fill('"\u0001'.repeat(100_000));
  const kept = await area.inputValue();
  await page.getByText("This request is not valid").waitFor();
  await page.waitForTimeout(400);
  await page.reload();
  await settled(page);
  assert.match(await editor(page).innerText(), /# precious/);
  assert.equal(await page.getByLabel("A line of an Envoy access log").inputValue(), kept);
}));

test("the difference to what was kept is told as flows", visit({}, async (page) => {
  await view(page, "Diff");
  await page.getByText("Nothing has changed yet").waitFor();
  await write(page, text("http", "policy.yaml").replace("- httpbin.org", "- new.example.com"));
  await answered(page);
  await page.locator(".change-gained").first().waitFor();
  assert.match(await page.locator(".change-gained").first().innerText(), /new\.example\.com/);
  assert.match(await page.locator(".change-lost").first().innerText(), /httpbin\.org/);
  await page.getByText("This change opens a flow").waitFor();
  await shot(page, "diff");
  await page.getByRole("button", { name: "Compare with the present texts" }).click();
  await page.getByText("Nothing has changed yet").waitFor();
}));

const before = (page, name) => page.getByLabel(`${name} before`, { exact: true });

test("what was before is edited in place, and what is gone leads into it", visit({}, async (page) => {
  await view(page, "Diff");
  await page.locator(".before summary").click();
  const old = text("http", "policy.yaml").replace("- httpbin.org", "- old.example.com");
  await before(page, "policy.yaml").fill(old);
  await page.locator(".change-lost").first().waitFor();
  await answered(page);
  const now = sources("http");
  const expected = diff({ before: now.map((one) => (one.name === "policy.yaml" ? { ...one, text: old } : one)), after: now });
  assert.ok(expected.changes.some(({ kind, message }) => kind === "lost" && message.includes("old.example.com")));
  const items = page.locator(".change > div > p:first-child");
  assert.equal(await items.count(), expected.changes.length);
  for (const [index, { message }] of expected.changes.entries()) assert.ok((await items.nth(index).innerText()).includes(plain(message).replace(" -> ", " → ")), message);

  const { place } = expected.changes.find(({ kind }) => kind === "lost");
  await page.locator(".before summary").click();
  await page.locator(".change-lost .place").first().click();
  const selected = () => page.evaluate(() => document.activeElement.value?.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd));
  await page.waitForFunction(() => document.activeElement.tagName === "TEXTAREA");
  assert.equal(await selected(), old.slice(place.start.offset, place.end.offset));
  await shot(page, "diff-before");

  await before(page, "policy.yaml").fill(old.replace("number: 80", "number: 800000"));
  await page.getByText("The old texts have errors").waitFor();
  await page.locator(".diff-body .place").click();
  await page.waitForFunction(() => document.activeElement.tagName === "TEXTAREA");
  assert.equal(await selected(), "800000");
}));

test("of two empty sides nothing is said, and what one side does not know was blocked", visit({}, async (page) => {
  await openExample(page, "/clear");
  await view(page, "Diff");
  await answered(page);
  await page.getByText("Nothing to compare yet").waitFor();
  assert.doesNotMatch(await page.locator(".diff").innerText(), /everything is new|No flow changes/);
  await openExample(page, "http");
  await page.getByLabel("Compare with").selectOption("/nothing");
  await page.getByText("nothing: everything is new").waitFor();
  const ways = page.locator(".change-gained .change-ways");
  await ways.first().waitFor();
  for (const way of await ways.allInnerTexts()) assert.match(way, /^Blocked\s+→\s+Allowed/);
}));

test("the question that is offered is one that the present policies answer with yes", visit({}, async (page) => {
  await openExample(page, "tcp");
  await view(page, "Trace");
  await page.getByRole("button", { name: / -> / }).click();
  await page.locator(".outcome-allowed").waitFor();
  await openExample(page, "/clear");
  await page.getByText("Ask about one request").waitFor();
  await answered(page);
  assert.equal(await page.getByRole("button", { name: / -> / }).count(), 0);
}));

test("what was before is pasted, kept in a draft, and not lost to an example", visit({}, async (page) => {
  await view(page, "Diff");
  await page.locator(".before summary").click();
  await page.getByLabel("Compare with").selectOption("/nothing");
  await page.locator(".change-gained").first().waitFor();
  await page.getByRole("button", { name: "Add a text" }).click();
  await page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text("http", "policy.yaml"));
  await before(page, "policy.yaml").click();
  await page.keyboard.press("Control+v");
  await page.getByRole("button", { name: "Add a text" }).click();
  await before(page, "mesh.yaml").fill(text("http", "mesh.yaml"));
  await page.getByText("Nothing has changed yet").waitFor();
  await before(page, "mesh.yaml").fill("# mine\n");
  await page.getByLabel("Compare with").selectOption("tcp");
  await page.getByText("The old texts were replaced.").waitFor();
  await page.getByRole("button", { name: "Go back" }).click();
  assert.equal(await before(page, "mesh.yaml").inputValue(), "# mine\n");
  await page.waitForTimeout(400);
  await page.reload();
  await settled(page);
  await page.locator(".before summary").click();
  assert.equal(await before(page, "mesh.yaml").inputValue(), "# mine\n");
  await page.getByRole("button", { name: "Remove mesh.yaml before" }).click();
  assert.equal(await before(page, "mesh.yaml").count(), 0);
}));
