// One project of a table's row: written into a folder in which the tool and the packed package are installed, built by the
// tool's own command, moved to another folder, and run there without the package.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../tests/packed.js";
import { stop } from "./processes.js";

const sources = ["policy.yaml", "mesh.yaml"].map((name) => ({ name, text: readFileSync(join(root, "examples/combined", name), "utf8") }));
/** A module that every program imports: `answer(egressc)` is the text of the compiled resources. */
export const ANSWER = `const sources = ${JSON.stringify(sources)};
export const answer = ({ compile }) => compile({ sources, format: "yaml" }).text;
`;

export class Failure extends Error {}

const above = (folder, file) => {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, file))) return join(at, file);
  }
  return undefined;
};

const bin = (folder, name) => {
  if (name.startsWith("./")) return join(folder, name);
  // Bun's own package is a script that installs this one.
  for (const file of [`node_modules/.bin/${name}`, `node_modules/@oven/bun-linux-x64/bin/${name}`]) {
    const found = above(folder, file);
    if (found !== undefined) return found;
  }
  throw new Failure(`${name} is not installed`);
};

const environment = { ...process.env, CI: "1", NEXT_TELEMETRY_DISABLED: "1", WRANGLER_SEND_METRICS: "false", PARCEL_WORKERS: "0" };

const last = (text) => text.trim().split("\n").slice(-25).join("\n");

/** Runs a command to its end and returns what it prints. */
export const command = (folder, [name, ...args]) => {
  const file = name === "node" ? process.execPath : bin(folder, name);
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd: folder, encoding: "utf8", timeout: 600_000, maxBuffer: 1 << 28, env: environment });
  if (status !== 0) throw new Failure(`${name} ${args.join(" ")}: ${error?.message ?? ""}${last(stderr)}\n${last(stdout)}`);
  return stdout;
};

const freePort = () => new Promise((found) => {
  const socket = createSocket().listen(0, "127.0.0.1", () => {
    const { port } = socket.address();
    socket.close(() => found(port));
  });
});

/** Runs a command that serves, until `use` is done with its address. */
export const server = async (folder, [name, ...args], use, env = {}) => {
  const port = await freePort();
  const filled = args.map((arg) => arg.replace("PORT", port));
  const file = name === "node" ? process.execPath : bin(folder, name);
  const child = spawn(file, filled, { cwd: folder, detached: true, env: { ...environment, PORT: String(port), HOSTNAME: "127.0.0.1", ...env } });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => { printed += data; });
  try {
    const origin = `http://127.0.0.1:${port}`;
    for (let turn = 0; ; turn += 1) {
      if (child.exitCode !== null || turn > 600) throw new Failure(`${name} ${filled.join(" ")} does not serve:\n${last(printed)}`);
      try {
        await fetch(origin, { redirect: "manual", signal: AbortSignal.timeout(60_000) });
        break;
      } catch {
        await delay(200);
      }
    }
    return await use(origin);
  } catch (error) {
    throw new Failure(`${error.message}\n${last(printed)}`);
  } finally {
    await stop(child);
  }
};

/** The text that a server answers. */
export const text = async (url) => {
  const response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
  const body = await response.text();
  if (!response.ok) throw new Failure(`${url}: ${response.status} ${body.slice(0, 2000)}`);
  return body;
};

export const write = (folder, files) => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
};

/** Moves what was built to a new folder and uses it there, while the package is nowhere: a program may know where it was. */
export const elsewhere = async (built, use) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "egressc-built-")));
  const egressc = above(dirname(built), "node_modules/egressc");
  cpSync(built, folder, { recursive: true, verbatimSymlinks: true });
  rmSync(built, { recursive: true });
  renameSync(egressc, `${egressc}-away`);
  try {
    return await use(folder);
  } finally {
    renameSync(`${egressc}-away`, egressc);
    rmSync(folder, { recursive: true, force: true });
  }
};
