// A thousand rules: slow to compile, quick to type in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../bindings-js/dist/node.js";
import { settled, shot } from "./browser.js";
import { answered, editor, manifests, policy, text, view, write } from "./parts.js";
import { visit } from "./visit.js";

test("a policy of 1,000 rules is compiled, shown, and typed in without waiting", { timeout: 240_000 }, visit({}, async (page) => {
  await write(page, policy(1000));
  const sources = [{ name: "policy.yaml", text: policy(1000) }, { name: "mesh.yaml", text: text("http", "mesh.yaml") }];
  const expected = compile({ sources, format: "yaml" });
  assert.equal(await page.locator(".resources .chip").first().innerText(), `All ${expected.resources.length.toLocaleString("en")}`);
  await shot(page, "large");

  // A keystroke is on the screen long before it is compiled.
  await editor(page).press("Control+Home");
  await page.keyboard.press("End");
  const longest = await page.evaluate(() => {
    window.longest = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
    }).observe({ type: "longtask" });
    return window.longest;
  });
  assert.equal(longest, 0);
  const typed = " # typed while it compiles";
  await page.keyboard.type(typed, { delay: 30 });
  assert.ok((await editor(page).innerText()).includes(typed), "a keystroke was lost");
  assert.equal(await page.locator('[data-testid="status"]').getAttribute("data-busy"), "true");
  await settled(page);
  // Generous, since the machine that tests is not alone; `npm run measure` has the figures.
  assert.ok((await page.evaluate(() => window.longest)) < 1_500, `the page stood still for ${await page.evaluate(() => window.longest)} ms`);

  // An error at the far end is found by the short call, before the long one is done.
  await editor(page).press("Control+End");
  await page.keyboard.insertText("    - hosts: [x.example.com]\n      port: {number: 80, protocol: HTTPX}\n");
  await page.locator(".problem-error").first().waitFor();

  // The newest request wins: what came before it is dropped.
  await page.keyboard.press("Control+z");
  await settled(page);
  assert.equal(await page.locator(".problem-error").count(), 0);
  await view(page, "Reach");
  await answered(page);
  await page.locator(".flows tbody tr").first().waitFor();
  assert.ok((await page.locator(".picture .flow").count()) <= 60, "a picture of everything is a carpet");
  await shot(page, "large-reach");
  await page.getByRole("searchbox").fill("api-777");
  await page.waitForFunction(() => [...document.querySelectorAll(".flows tbody tr")].every((row) => row.textContent.includes("api-777")));
}));

test("on a phone no editor draws 1,000 rules at once, seen or not", { timeout: 240_000 }, visit({ viewport: { width: 390, height: 844 } }, async (page) => {
  await write(page, policy(1000));
  const drawn = async (name) => {
    for (const which of ["editor", "manifests"]) {
      const lines = await page.locator(`[data-testid="${which}"] .cm-line`).count();
      assert.ok(lines < 200, `${name}: ${lines} lines in the ${which}`);
    }
  };
  await drawn("Policy");
  await view(page, "Resources");
  await manifests(page).locator(".cm-line").first().waitFor();
  await drawn("Resources");
  await page.getByRole("button", { name: "Share" }).click();
  const url = await page.getByTestId("link").inputValue();
  await page.goto("about:blank");
  await page.goto(url);
  await settled(page);
  await manifests(page).locator(".cm-line").first().waitFor();
  await drawn("a link");
}));
