// The package as users get it: packed, and installed into an empty folder.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = fileURLToPath(new URL("..", import.meta.url));
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A folder in which `egressc` is installed, and a way to run programs in it. */
export const installed = () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "egressc-")));
  const run = (file, args, options) => {
    const { status, stdout, stderr, error } = spawnSync(file, args, { cwd: folder, encoding: "utf8", ...options });
    assert.equal(status, 0, `${error ?? ""}${stdout}${stderr}`);
    return stdout;
  };
  const [{ filename }] = JSON.parse(run("npm", ["pack", join(here, "dist"), "--json", "--pack-destination", folder]));
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  run("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", `./${filename}`]);
  return { folder, run, remove: () => rmSync(folder, { recursive: true, force: true }) };
};
