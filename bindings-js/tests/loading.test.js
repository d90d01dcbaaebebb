// What somebody reads whose module does not load: each message names the remedy.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { page } from "../bundlers/page.js";
import { here } from "./packed.js";

const module = readFileSync(join(here, "dist/egressc_bg.wasm"));
const answers = {
  "/missing": [404, "text/plain", "no"], "/index": [200, "text/html", "<!doctype html>"], "/text": [200, "text/plain", "version https://…"],
  "/damaged": [200, "application/wasm", Buffer.concat([module.subarray(0, 8), Buffer.from([99, 99, 99])])],
  "/octets": [200, "application/octet-stream", module], "/module": [200, "application/wasm", module],
};
const work = mkdtempSync(join(tmpdir(), "egressc-loading-"));
let server;
let origin;
before(async () => {
  server = createServer(({ url }, response) => {
    const [status, type, body] = answers[url];
    response.writeHead(status, { "content-type": type });
    response.end(body);
  });
  await new Promise((listening) => { server.listen(0, "127.0.0.1", listening); });
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
  server.close();
  await page.close();
  rmSync(work, { recursive: true });
});

/** The entry with state of its own, so that no module is loaded already. */
const entry = () => {
  const folder = mkdtempSync(join(work, "entry-"));
  for (const name of ["package.json", "init.js", "load.js", "calls.js", "glue.js"]) cpSync(join(here, "dist", name), join(folder, name));
  return import(join(folder, "init.js"));
};

for (const [path, ...patterns] of [
  ["/missing", /has the status 404/, /egressc\/inline/],
  ["/index", /is an HTML page, not WebAssembly/, /egressc\/inline/],
  ["/text", /is another file, not WebAssembly/],
  ["/damaged", /'wasm-unsafe-eval'/, /`'unsafe-eval'`, which browsers name, is not needed/],
]) {
  test(`init of ${path}, and again of a module`, async () => {
    const { init, about } = await entry();
    for (const pattern of patterns) await assert.rejects(init(new URL(path, origin)), pattern);
    await init(new URL("/module", origin));
    assert.equal(about().calls.length, 11);
  });
}

test("init of a place that does not answer", async () => {
  const { init } = await entry();
  await assert.rejects(init("http://127.0.0.1:1/egressc_bg.wasm"), /cannot fetch.*127\.0\.0\.1:1.*`connect-src`/s);
});

test("init of a module that is served as something else, and of a promise of a response", async () => {
  const { init } = await entry();
  await init(new URL("/octets", origin));
  const other = await entry();
  await other.init(fetch(new URL("/module", origin)));
  assert.equal(other.about().calls.length, 11);
});

test("Node, where somebody has left the file behind", () => {
  const folder = mkdtempSync(join(work, "node-"));
  for (const name of ["package.json", "node.cjs", "glue.cjs", "read.cjs"]) cpSync(join(here, "dist", name), join(folder, name));
  assert.throws(() => createRequire(import.meta.url)(join(folder, "node.cjs")), /cannot read.*the condition `module`.*external/s);
});

for (const [policy, ...patterns] of [
  ["script-src 'self'; connect-src 'self'", /`script-src` must contain `'wasm-unsafe-eval'`/],
  ["script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'", /cannot fetch.*egressc_bg\.wasm.*`connect-src`/s],
  ["script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'", /^\d+\.\d+\.\d+$/],
]) {
  test(`a page whose policy is ${policy}`, async () => {
    const folder = mkdtempSync(join(work, "page-"));
    cpSync(join(here, "dist"), join(folder, "egressc"), { recursive: true });
    writeFileSync(join(folder, "index.html"), '<!doctype html><title>egressc</title><script type="module" src="page.js"></script>');
    writeFileSync(join(folder, "page.js"), `import { about, init } from "./egressc/init.js";
init().then(() => { globalThis.given = about().version; }, ({ message }) => { globalThis.given = message; });`);
    const given = await page.folder(folder, policy);
    for (const pattern of patterns) assert.match(given, pattern);
  });
}
