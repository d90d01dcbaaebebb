// For everybody: without a mouse, on a phone, in both themes, by the rules of WCAG.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { settled, shot } from "./browser.js";
import { answered, openExample, view, write } from "./parts.js";
import { visit } from "./visit.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const violations = async (page) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(" ")} (${failureSummary})`).join("\n")}`);
};

for (const colorScheme of ["light", "dark"]) {
  for (const [size, viewport] of [["desktop", { width: 1440, height: 900 }], ["tablet", { width: 1024, height: 768 }], ["phone", { width: 390, height: 844 }]]) {
    test(`no violation of WCAG in any pane, ${colorScheme}, ${size}`, visit({ colorScheme, viewport }, async (page) => {
      await openExample(page, "combined");
      const look = async (name) => {
        assert.deepEqual(await violations(page), [], name);
        await shot(page, `${colorScheme}-${size}-${name}`);
      };
      if (size === "phone") await look("policy");
      for (const name of ["Resources", "Reach", "Trace", "Diff"]) {
        await view(page, name);
        if (name === "Trace") {
          await page.getByLabel("Question").fill("mytest,app=sleep-a -> https://www.httpbin.org/anything");
          await page.locator(".outcome").waitFor();
        }
        if (name === "Diff") {
          await page.locator(".inline select").selectOption("http");
          await page.locator(".before summary").click();
        }
        await answered(page);
        await look(name.toLowerCase());
      }
      await view(page, "Trace");
      await page.getByRole("radio", { name: "Access log line" }).check();
      await look("trace-log");
      if (size === "phone") await view(page, "Policy");
      await write(page, "kind: ASMEgressTrafficPolicy\napiVersion: istio.alibabacloud.com/v1\nmetadata: {name: a}\nspec: {byEgressGateway: {nam: x}}\n");
      if (size === "phone") await page.getByRole("tab", { name: /^Problems/ }).click();
      await page.locator(".problem").first().waitFor();
      await look("problems");
      await page.locator(".problem .code").first().click();
      await page.getByRole("dialog").getByRole("heading", { name: "What it means" }).waitFor();
      await look("code");
    }));
  }
}

test("a phone shows everything without scrolling sideways", visit({ viewport: { width: 360, height: 740 } }, async (page) => {
  await openExample(page, "combined");
  for (const name of ["Policy", "Problems", "Resources", "Reach", "Trace", "Diff"]) {
    await page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();
    await answered(page);
    const [wide, most] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= most, `${name} is ${wide} wide`);
    for (const picture of await page.locator(".picture").all()) {
      assert.ok(await picture.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth), "the picture scrolls sideways");
      assert.ok((await picture.locator(".flow").count()) > 0, "the picture is empty");
    }
    const header = await page.locator(".header").boundingBox();
    // Whatever is in a pane's toolbar can be hit where it is.
    for (const control of await page.locator(".toolbar button:enabled:visible, .toolbar select:visible").all()) await control.click({ trial: true, timeout: 5_000 });
    for (const button of await page.locator(".header button:visible, .header select:visible").all()) {
      const box = await button.boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= 360 && box.y >= header.y, "a control of the header is outside");
    }
  }
}));

/** Presses Tab until something is focused. */
const reach = async (page, selector) => {
  for (let step = 0; step < 60; step += 1) {
    const there = await page.evaluate((wanted) => {
      let focused = document.activeElement;
      while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
      return focused?.matches(wanted) ?? false;
    }, selector);
    if (there) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not lead to ${selector}`);
};

test("everything can be done without a mouse", visit({}, async (page) => {
  await reach(page, ".example select");
  await page.keyboard.type("Comb");
  await page.waitForFunction(() => document.querySelector(".resources .chip")?.textContent === "All 20");
  await settled(page);

  // Into the editor, and out of it again.
  await reach(page, ".cm-content[aria-label='Text of policy.yaml']");
  await page.keyboard.press("Control+End");
  await page.keyboard.insertText("    - host: [x.example.com]\n      port: {number: 80, protocol: HTTP}\n");
  await page.locator(".problem .fix").waitFor();
  await reach(page, ".problem .code");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("heading", { name: "What it means" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await reach(page, ".problem .fix");
  await page.keyboard.press("Enter");
  await page.locator(".problem-error").first().waitFor({ state: "detached" });
  await settled(page);

  // The divider, the tabs, the picture, the trace.
  await reach(page, ".divider");
  const before = await page.locator(".divider").getAttribute("aria-valuenow");
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await page.locator(".divider").getAttribute("aria-valuenow"), before);
  await reach(page, "#tab-resources");
  await page.keyboard.press("ArrowRight");
  await answered(page);
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-reach");
  await reach(page, ".flow");
  await page.keyboard.press("Enter");
  await page.locator(".outcome-allowed").waitFor();

  // The resources: a line, and where it came from.
  await reach(page, "#tab-trace");
  await page.keyboard.press("Home");
  await reach(page, ".cm-content[aria-label='Compiled resources']");
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Enter");
  await page.locator('[data-testid="editor"] .cm-origin').first().waitFor();
}));

test("a theme is chosen over the system's", visit({ colorScheme: "light" }, async (page) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.querySelector(".header")).backgroundColor);
  const light = await ground();
  const button = page.getByRole("button", { name: /^Theme/ });
  await button.click();
  assert.equal(await ground(), light);
  await button.click();
  assert.notEqual(await ground(), light);
  await button.click();
  assert.equal(await ground(), light);
  await page.emulateMedia({ colorScheme: "dark" });
  assert.notEqual(await ground(), light);
}));
