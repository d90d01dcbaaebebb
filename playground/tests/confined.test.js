// Nothing leaves the page.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { open } from "./browser.js";
import { answered, openExample, view, write } from "./parts.js";
import { DIST } from "./site.js";
import { browser, site, visit } from "./visit.js";

test("the policy for content allows nothing inline, no eval and no other host", async () => {
  const html = await readFile(join(DIST, "index.html"), "utf8");
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html)[1];
  const directives = Object.fromEntries(policy.split(";").map((part) => part.trim().split(/\s+/)).map(([name, ...values]) => [name, values]));
  assert.deepEqual(directives, {
    "default-src": ["'none'"],
    "script-src": ["'self'", "'wasm-unsafe-eval'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "connect-src": ["'self'"],
    "worker-src": ["blob:"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
  });
  // It holds from where it stands: before anything is loaded.
  assert.ok(html.indexOf("Content-Security-Policy") < html.search(/<script|<link/));
});

test("no file of the site names another host to load from", async () => {
  for (const name of await readdir(join(DIST, "assets"))) {
    if (!/\.(js|css)$/.test(name)) continue;
    const content = await readFile(join(DIST, "assets", name), "utf8");
    assert.doesNotMatch(content, /\b(?:import|fetch|importScripts)\(\s*["'`]https?:|url\(\s*["']?https?:|@import/, name);
  }
});

test("a whole visit asks its own server for the site's files and nobody for anything else", visit({}, async (page) => {
  await openExample(page, "combined");
  for (const name of ["Reach", "Trace", "Diff", "Resources"]) {
    await view(page, name);
    await answered(page);
  }
  const before = site.requests.length;
  // From here on not even the own server hears a word, whatever is typed; what is loaded later is the site's.
  await write(page, "kind: secret-word");
  await page.locator(".problem .code").first().click();
  await page.getByRole("dialog").getByRole("heading", { name: "What it means" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByTestId("link").waitFor();
  const later = site.requests.slice(before);
  assert.ok(later.every((url) => /^\/some\/path\/assets\/[\w.-]+\.js$/.test(url)), String(later));
}));

test("neither the page nor its worker can reach another host", async () => {
  const { page, context, faults } = await open(browser, site);
  const tries = await page.evaluate(async () => {
    const blocked = async (run) => {
      try {
        await run();
        return false;
      } catch {
        return true;
      }
    };
    const fromWorker = () =>
      new Promise((resolve) => {
        const source = 'fetch("https://elsewhere.example/").then(() => postMessage(false), () => postMessage(true))';
        const worker = new Worker(URL.createObjectURL(new Blob([source])));
        worker.onmessage = ({ data }) => resolve(data);
      });
    return {
      fetch: await blocked(() => fetch("https://elsewhere.example/")),
      // Later, since what a debugger runs at once is exempt.
      eval: await new Promise((resolve) => setTimeout(() => resolve(blocked(async () => (0, eval)("1"))))),
      worker: await fromWorker(),
    };
  });
  assert.deepEqual(tries, { fetch: true, eval: true, worker: true });
  // The browser refused before anything was sent.
  assert.ok(faults.some((fault) => fault.startsWith("CSP connect-src")));
  assert.ok(!site.requests.some((url) => url.includes("elsewhere")));
  await context.close();
});
