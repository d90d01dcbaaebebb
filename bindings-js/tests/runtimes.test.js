// The installed package in every runtime that it is for; each answers every case of tests/cases, byte for byte.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { build as esbuild } from "esbuild";
import { chromium } from "playwright-core";
import { build as viteBuild, preview } from "vite";
import webpack from "webpack";
import { cases, hold } from "./cases.js";
import { here, installed, root } from "./packed.js";

const all = cases();
const holdAll = (given) => {
  assert.equal(given.length, all.length);
  all.forEach((one, index) => hold(one, given[index]));
};

let folder;
let run;
let remove;
before(() => {
  ({ folder, run, remove } = installed());
  cpSync(join(here, "tests/answers.js"), join(folder, "answers.mjs"));
  writeFileSync(join(folder, "cases.json"), JSON.stringify(all.map(({ call, request }) => ({ call, request }))));
});
after(() => remove());

describe("programs", () => {
  const use = `import { readFileSync } from "node:fs";
import { answers } from "./answers.mjs";
console.log(JSON.stringify(answers(egressc, JSON.parse(readFileSync("cases.json", "utf8")))));`;
  const load = {
    import: `import * as egressc from "egressc";\n${use}`,
    require: `import { createRequire } from "node:module";\nconst egressc = createRequire(import.meta.url)("egressc");\n${use}`,
  };
  const bin = "node_modules/egressc/bin/egressc.js";
  const runtimes = {
    Node: [process.execPath],
    Deno: [join(here, "node_modules/@deno/linux-x64-glibc/deno"), "run", "--allow-read=.", "--no-remote", "--quiet"],
    Bun: [join(here, "node_modules/@oven/bun-linux-x64/bin/bun"), "run"],
  };
  for (const [runtime, [file, ...args]] of Object.entries(runtimes)) {
    for (const [way, program] of Object.entries(load)) {
      test(`${runtime}, ${way}`, () => {
        writeFileSync(join(folder, `${way}.mjs`), program);
        holdAll(JSON.parse(run(file, [...args, `${way}.mjs`], { maxBuffer: 1 << 28 })));
      });
    }
    test(`${runtime}, the command line`, () => {
      cpSync(join(root, "examples/combined"), join(folder, "combined"), { recursive: true });
      const wide = args.map((arg) => (arg.startsWith("--allow-read") ? "--allow-all" : arg));
      const { status, stdout, stderr } = spawnSync(file, [...wide, bin, "compile", "combined", "-o", `made-${runtime}`], { cwd: folder, encoding: "utf8" });
      assert.equal(status, 0, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /wrote \d+ resources to made-/);
      assert.equal(spawnSync(file, [...wide, bin, "check", "nowhere"], { cwd: folder }).status, 2);
    });
  }
});

describe("pages in Chromium", () => {
  let browser;
  let server;
  let origin;
  const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

  before(async () => {
    const found = spawnSync(join(root, "tests/browser/chromium.sh"), { encoding: "utf8" });
    assert.equal(found.status, 0, found.stderr);
    browser = await chromium.launch({
      executablePath: found.stdout.trim(),
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
      timeout: 120_000,
    });
    // Nothing is allowed but the page's own files, and WebAssembly.
    const policy = "default-src 'none'; img-src data:; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";
    server = createServer((request, response) => {
      const path = resolve(folder, `.${new URL(request.url, "http://x").pathname}`);
      try {
        const body = readFileSync(path);
        response.writeHead(200, { "content-type": types[extname(path)] ?? "text/plain", "content-security-policy": policy });
        response.end(body);
      } catch {
        response.writeHead(404);
        response.end();
      }
    });
    await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
    origin = `http://127.0.0.1:${server.address().port}`;
    mkdirSync(join(folder, "pages"));
  });
  after(async () => {
    await browser?.close();
    await new Promise((closed) => server.close(closed));
  });

  /** Opens a page, waits for its answers, and holds them to the cases. */
  const answered = async (url, further = async () => {}) => {
    const page = await browser.newPage();
    const wrong = [];
    const asked = [];
    page.on("pageerror", (error) => wrong.push(String(error)));
    page.on("console", (message) => { if (["error", "warning"].includes(message.type())) wrong.push(message.text()); });
    page.on("request", (request) => asked.push(request.url()));
    try {
      await page.goto(url);
      // Asked again and again from here, because a function that waits in the page is against its policy.
      for (let turn = 0; turn < 1200 && !(await page.evaluate("globalThis.given !== undefined")); turn += 1) {
        assert.deepEqual(wrong, [], url);
        await delay(100);
      }
      holdAll(await page.evaluate("globalThis.given"));
      await further(page);
      assert.deepEqual(wrong, [], url);
      const home = new URL(url).origin;
      assert.ok(asked.length > 2 && asked.every((other) => new URL(other).origin === home), "the page asked somebody else");
    } finally {
      await page.close();
    }
  };
  const write = (name, text) => writeFileSync(join(folder, "pages", name), text);
  const html = (script) => `<!doctype html><title>egressc</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
  const page = (load, at = "../answers.mjs") => `${load}
import { answers } from "${at}";
globalThis.egressc = egressc;
globalThis.given = answers(egressc, await (await fetch("/cases.json")).json());`;
  const ask = (worker) => `const worker = ${worker};
worker.onmessage = ({ data }) => { globalThis.given = data; };
worker.onerror = ({ message }) => { throw new Error(message); };
worker.onmessageerror = () => { throw new Error("the answer cannot be sent"); };`;
  const worker = (load, at = "../answers.mjs") => `${load}
import { answers } from "${at}";
postMessage(answers(egressc, await (await fetch("/cases.json")).json()));`;
  const direct = 'import * as egressc from "/node_modules/egressc/web.js";';
  const bare = 'import * as egressc from "egressc";';

  test("a plain page, and a call after one that ran out of stack", async () => {
    write("plain.html", html("plain.js"));
    write("plain.js", page(direct));
    await answered(`${origin}/pages/plain.html`, async (opened) => {
      const { overflows, same } = await opened.evaluate(() => {
        const request = { sources: [{ name: "p", text: "kind: x" }], render: "plain" };
        const expected = globalThis.egressc.check(request).rendered;
        let overflows = 0;
        let answer;
        const dive = () => {
          try { dive(); } catch { /* the bottom */ }
          try { answer ??= globalThis.egressc.check(request).rendered; } catch (error) { overflows += error instanceof RangeError; }
        };
        dive();
        return { overflows, same: answer === expected && globalThis.egressc.check(request).rendered === expected };
      });
      assert.ok(overflows > 0 && same);
    });
  });

  test("a worker without a bundler", async () => {
    write("worker.html", html("ask.js"));
    write("ask.js", ask('new Worker("worker.js", { type: "module" })'));
    write("worker.js", worker(direct));
    await answered(`${origin}/pages/worker.html`);
  });

  test("init, from where it is told", async () => {
    write("init.html", html("init.js"));
    cpSync(join(folder, "node_modules/egressc/egressc_bg.wasm"), join(folder, "pages/elsewhere.wasm"));
    write("init.js", page('import * as egressc from "/node_modules/egressc/init.js";\nawait egressc.init("elsewhere.wasm");'));
    await answered(`${origin}/pages/init.html`);
  });

  test("esbuild", async () => {
    write("esbuild.in.js", page('import * as egressc from "egressc/init";\nimport module from "egressc/egressc_bg.wasm";\nawait egressc.init(new URL(module, import.meta.url));'));
    await esbuild({
      entryPoints: [join(folder, "pages/esbuild.in.js")], outfile: join(folder, "pages/esbuild.js"), bundle: true, minify: true, format: "esm", target: "es2022",
      loader: { ".wasm": "file" }, logLevel: "silent",
    });
    write("esbuild.html", html("esbuild.js"));
    await answered(`${origin}/pages/esbuild.html`);
  });

  test("webpack, page and worker", async () => {
    write("webpack.in.js", page(bare));
    write("webpack.ask.js", ask('new Worker(new URL("./webpack.worker.js", import.meta.url))'));
    write("webpack.worker.js", worker(bare));
    const stats = await new Promise((done, failed) => webpack({
      context: join(folder, "pages"), mode: "production", entry: { page: "./webpack.in.js", ask: "./webpack.ask.js" },
      output: { path: join(folder, "pages/webpack"), publicPath: "/pages/webpack/" }, performance: false,
    }, (error, result) => (error ? failed(error) : done(result))));
    assert.ok(!stats.hasErrors() && !stats.hasWarnings(), stats.toString());
    for (const name of ["page", "ask"]) {
      writeFileSync(join(folder, `pages/webpack/${name}.html`), html(`${name}.js`));
      await answered(`${origin}/pages/webpack/${name}.html`);
    }
  });

  test("Vite, built and previewed, page and worker", async () => {
    const site = join(folder, "vite");
    mkdirSync(join(site, "public"), { recursive: true });
    cpSync(join(folder, "cases.json"), join(site, "public/cases.json"));
    writeFileSync(join(site, "index.html"), html("/page.js"));
    writeFileSync(join(site, "ask.html"), html("/ask.js"));
    writeFileSync(join(site, "page.js"), page(bare));
    writeFileSync(join(site, "ask.js"), ask('new Worker(new URL("./worker.js", import.meta.url), { type: "module" })'));
    writeFileSync(join(site, "worker.js"), worker(bare));
    await viteBuild({
      root: site, configFile: false, logLevel: "error", worker: { format: "es" },
      build: { rolldownOptions: { input: ["index.html", "ask.html"].map((name) => join(site, name)) } },
    });
    const served = await preview({ root: site, configFile: false, logLevel: "error", preview: { host: "127.0.0.1", port: 0 } });
    try {
      const [url] = served.resolvedUrls.local;
      await answered(url);
      await answered(`${url}ask.html`);
    } finally {
      await served.close();
    }
  });
});
