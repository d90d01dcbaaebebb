// `npx egressc` and the native program, for tests that run both side by side: the same bytes on both streams, the same exit status.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, cpSync, lstatSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { installed, root } from "./packed.js";

const native = process.env.EGRESSC_NATIVE ?? join(root, "target/debug/egressc");
const scratch = [];
/** Where the package is installed. */
export let npm;
/** The native program and the one of the package, each as the beginning of a command line. */
export let programs;

/** An empty folder that every user may read, and that goes when the tests are done. */
export const fresh = () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "egressc-cli-")));
  chmodSync(folder, 0o755);
  scratch.push(folder);
  return folder;
};

before(() => {
  npm = installed();
  // Where every user may read it.
  chmodSync(npm.folder, 0o755);
  cpSync(native, join(npm.folder, "native"));
  programs = [[join(npm.folder, "native")], [process.execPath, join(npm.folder, "node_modules/egressc/bin/egressc.js")]];
});
after(() => {
  npm.remove();
  for (const folder of scratch) rmSync(folder, { recursive: true, force: true });
});

/** Runs one program to its end. */
export const start = ([file, ...first], args, { stdin = "", env = {}, ...options } = {}) => new Promise((resolve, reject) => {
  const { NO_COLOR, ...rest } = process.env;
  const child = spawn(file, [...first, ...args], { env: { ...rest, TERM: "xterm", ...env }, timeout: 120_000, ...options });
  const out = [];
  const err = [];
  child.stdout?.on("data", (part) => out.push(part));
  child.stderr?.on("data", (part) => err.push(part));
  child.on("error", reject);
  child.on("close", (status, signal) => resolve({
    status, signal, out: Buffer.concat(out).toString("latin1"), err: Buffer.concat(err).toString("latin1"),
  }));
  child.stdin?.on("error", () => {});
  child.stdin?.end(stdin);
});

/** Both programs, in a folder, with a command line; `status` is what both must end with, or else an answer of either kind. */
export const both = async (cwd, args, status, options) => {
  const [expected, got] = await Promise.all(programs.map((program) => start(program, args, { cwd, ...options })));
  assert.deepEqual(got, expected, `egressc ${args.join(" ")}`);
  const expectedStatus = status === undefined ? got.status === 0 || got.status === 1 : got.status === status;
  assert.ok(expectedStatus, `egressc ${args.join(" ")} ends with ${got.status}\n${got.out}${got.err}`);
  return got;
};

/** Both programs in the same line of a shell, where it says `egressc`. */
export const shell = async (cwd, line, status) => {
  const [expected, got] = await Promise.all(programs.map((program) => {
    const command = program.map((part) => `'${part}'`).join(" ");
    return start(["bash", "-c"], [`set -o pipefail; ${line.replaceAll("egressc", command)}`], { cwd });
  }));
  assert.deepEqual(got, expected, line);
  assert.equal(got.status, status, `${line}\n${got.out}${got.err}`);
  return got;
};

/** All that is below a folder. */
export const tree = (folder, below = "") => readdirSync(join(folder, below)).sort().flatMap((name) => {
  const path = join(below, name);
  const stats = lstatSync(join(folder, path));
  const mode = (stats.mode & 0o7777).toString(8);
  if (stats.isSymbolicLink()) return [[path, "link", readlinkSync(join(folder, path))]];
  if (stats.isDirectory()) return [[path, "folder", mode], ...tree(folder, path)];
  return [[path, mode, readFileSync(join(folder, path), "latin1")]];
});
