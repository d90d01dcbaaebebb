// A real Chromium, and pages that fail a test for whatever goes wrong in them unseen.
import { mkdirSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });

const artifacts = process.env.PLAYGROUND_ARTIFACTS ?? (await mkdtemp(join(tmpdir(), "egressc-playground-")));
mkdirSync(artifacts, { recursive: true });

/** Keeps a picture, outside of the source tree. */
export const shot = (page, name) => page.screenshot({ path: join(artifacts, `${name}.png`) });
export const where = artifacts;

/**
 * A fresh page; `faults` lists errors, warnings of the policy for content, and requests to elsewhere.
 * `prepare` is done to its context before anything is loaded.
 */
export const open = async (browser, site, { path = "", ready = true, prepare = () => {}, ...options } = {}) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", ...options });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: site.origin });
  await prepare(context);
  const faults = [];
  await context.exposeFunction("reportViolation", (text) => faults.push(text));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      window.reportViolation(`CSP ${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
    );
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(site.url) && !url.startsWith("blob:")) faults.push(`request: ${url}`);
  });
  await page.goto(site.url + path);
  if (ready) await settled(page);
  return { page, context, faults };
};

/** Waits until what is shown is about the present texts. */
export const settled = (page) =>
  page.locator('[data-testid="status"][data-busy="false"]').waitFor({ state: "attached", timeout: 60_000 });
