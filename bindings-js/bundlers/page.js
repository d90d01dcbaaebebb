// A page in Chromium, until it has an answer.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { chromium } from "playwright-core";
import { root } from "../tests/packed.js";

let browser;

const launched = async () => {
  if (browser !== undefined) return browser;
  const found = spawnSync(join(root, "tests/browser/chromium.sh"), { encoding: "utf8" });
  if (found.status !== 0) throw new Error(found.stderr);
  browser = await chromium.launch({
    executablePath: found.stdout.trim(), timeout: 120_000,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  return browser;
};

/** What the page at this address puts into `globalThis.given`; what goes wrong in the page is what it says instead. */
const address = async (url) => {
  const opened = await (await launched()).newPage();
  const wrong = [];
  opened.on("pageerror", (error) => wrong.push(String(error)));
  try {
    await opened.goto(url);
    for (let turn = 0; turn < 600; turn += 1) {
      // A development server may load the page again while it is asked.
      const given = await opened.evaluate("globalThis.given").catch(() => undefined);
      if (given !== undefined) return given;
      if (wrong.length > 0 && turn > 20) break;
      await delay(100);
    }
    return `no answer: ${wrong.join("\n")}`;
  } finally {
    await opened.close();
  }
};

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** The same of the index page of a folder, with a Content-Security-Policy. */
const folder = async (files, policy = "default-src *; script-src * 'unsafe-inline' 'unsafe-eval'; img-src * data:") => {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    const path = resolve(files, `.${pathname === "/" ? "/index.html" : pathname}`);
    try {
      const body = readFileSync(path);
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/plain", "content-security-policy": policy });
      response.end(body);
    } catch {
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise((listening) => { server.listen(0, "127.0.0.1", listening); });
  try {
    return await address(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.close();
  }
};

const close = async () => {
  await browser?.close();
  browser = undefined;
};

export const page = { address, folder, close };
