// The built site on a server of its own, below a path, as a static host gives it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, normalize, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const DIST = fileURLToPath(new URL("../dist", import.meta.url));

// No type for WebAssembly: some static hosts have none either, and the site must not need it.
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** Serves the site below `/some/path/`; `requests` lists what it was asked for. */
export const serve = async () => {
  const requests = [];
  const server = createServer(async (request, response) => {
    requests.push(request.url);
    const path = new URL(request.url, "http://site").pathname;
    if (!path.startsWith("/some/path/")) return response.writeHead(404).end();
    const file = resolve(DIST, normalize(path.slice("/some/path/".length) || "index.html"));
    if (!file.startsWith(DIST + sep)) return response.writeHead(404).end();
    try {
      const body = await readFile(file);
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}/some/path/`,
    origin: `http://127.0.0.1:${port}`,
    requests,
    close: () => new Promise((done) => server.close(done)),
  };
};
