// The figures of README.md: `npm run measure`, after `make playground`. Needs Rust, for what is native.
import { readdirSync, readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { extname, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { launch, open, settled } from "./browser.js";
import { editor, policy, write } from "./parts.js";
import { median, ratios } from "./ratio.js";
import { DIST, serve } from "./site.js";

const milliseconds = (number) => `${number < 10 ? number.toFixed(1) : Math.round(number).toLocaleString("en")} ms`;
const kilobytes = (number) => `${(number / 1000).toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 })} kB`;

const sizes = () => {
  const rows = new Map();
  const files = [join(DIST, "index.html"), ...readdirSync(join(DIST, "assets")).map((name) => join(DIST, "assets", name))];
  for (const file of files) {
    const content = readFileSync(file);
    const row = rows.get(extname(file)) ?? [0, 0, 0];
    rows.set(extname(file), [row[0] + content.length, row[1] + gzipSync(content, { level: 9 }).length, row[2] + brotliCompressSync(content).length]);
  }
  console.log("| part | raw | gzip | brotli |\n|---|---|---|---|");
  for (const [part, row] of rows) console.log(`| ${part.slice(1)} | ${row.map(kilobytes).join(" | ")} |`);
};

const browser = await launch();
const site = await serve();

/** From the start of the navigation to resources on the screen. */
const firstResult = async (context) => {
  const page = await context.newPage();
  await page.addInitScript(() => {
    const observer = new MutationObserver(() => {
      if (window.firstResult === undefined && document.querySelector(".resources .chip")) {
        requestAnimationFrame(() => (window.firstResult ??= performance.now()));
      }
    });
    observer.observe(document, { childList: true, subtree: true });
  });
  await page.goto(site.url);
  await page.waitForFunction(() => window.firstResult !== undefined);
  const time = await page.evaluate(() => window.firstResult);
  await page.close();
  return time;
};

console.log("\n## Sizes\n");
sizes();

console.log("\n## From navigation to the first result\n");
const first = [];
const again = [];
for (let run = 0; run < 7; run += 1) {
  const context = await browser.newContext();
  first.push(await firstResult(context));
  again.push(await firstResult(context));
  await context.close();
}
console.log(`first visit ${milliseconds(median(first))}, later ones ${milliseconds(median(again))} (median of 7, local server)`);

console.log("\n## One keystroke\n");
console.log("| rules | policy | a keystroke is on the screen | checked, compiled and shown | of it, compile in WebAssembly |\n|---|---|---|---|---|");
for (const rules of [10, 100, 1000]) {
  const { page, context } = await open(browser, site);
  await write(page, policy(rules));
  await editor(page).press("Control+Home");
  await page.keyboard.press("End");
  const painted = [];
  const done = [];
  const wasm = [];
  for (let run = 0; run < 9; run += 1) {
    await page.evaluate(() => {
      window.painted = undefined;
      addEventListener("keydown", (event) => {
        const start = event.timeStamp;
        requestAnimationFrame(() => requestAnimationFrame(() => (window.painted = performance.now() - start)));
      }, { capture: true, once: true });
    });
    const start = performance.now();
    await page.keyboard.press(run % 2 === 0 ? "Space" : "Backspace");
    await settled(page);
    done.push(performance.now() - start);
    painted.push(await page.evaluate(() => window.painted));
    wasm.push(Number(await page.locator('[data-testid="status"]').getAttribute("data-milliseconds")));
  }
  await context.close();
  console.log(`| ${rules.toLocaleString("en")} | ${kilobytes(policy(rules).length)} | ${[painted, done, wasm].map((all) => milliseconds(median(all))).join(" | ")} |`);
}
await browser.close();
await site.close();

console.log("\n## WebAssembly against native\n");
console.log("| rules | call | WebAssembly | native | ratio |\n|---|---|---|---|---|");
for (const { rules, call, wasm, native } of ratios()) {
  console.log(`| ${rules.toLocaleString("en")} | \`${call}\` | ${milliseconds(wasm)} | ${milliseconds(native)} | ${(wasm / native).toFixed(1)} |`);
}
console.log(`\n${cpus().length} cores, load average ${loadavg().map((load) => load.toFixed(1)).join(", ")} at the end, this run included`);
