// A bundler of one version, installed from its lock file, with the packed package beside it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { here } from "../tests/packed.js";
import { ANSWER } from "./project.js";

const at = fileURLToPath(new URL(".", import.meta.url));

const done = (file, args, options) => {
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: "utf8", ...options });
  if (status !== 0) throw new Error(`${file} ${args.join(" ")}: ${error ?? ""}${stderr}${stdout}`);
  return stdout;
};

/** The tarball of `dist`, in the given folder. */
export const packed = (folder) => {
  const [{ filename }] = JSON.parse(done("npm", ["pack", join(here, "dist"), "--json", "--pack-destination", folder]));
  return join(folder, filename);
};

/** Lays the packed package beside what is installed in a folder. */
export const lay = (tarball, folder) => {
  const egressc = join(folder, "node_modules/egressc");
  rmSync(egressc, { recursive: true, force: true });
  rmSync(`${egressc}-away`, { recursive: true, force: true });
  rmSync(join(folder, "projects"), { recursive: true, force: true });
  mkdirSync(egressc, { recursive: true });
  done("tar", ["-xzf", tarball, "-C", egressc, "--strip-components=1"]);
};

/** The folder in which a tool is installed, in the cache under a name that its lock file gives. */
export const installed = (name) => {
  const lock = readFileSync(join(at, name, "package-lock.json"));
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "egressc/bundlers");
  const folder = join(cache, `${name}-${createHash("sha256").update(lock).digest("hex").slice(0, 12)}`);
  if (!existsSync(join(folder, "complete"))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) cpSync(join(at, name, file), join(folder, file));
    done("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
    writeFileSync(join(folder, "complete"), "");
  }
  return folder;
};

/** The version that a lock file names. */
export const version = (name, tool) => JSON.parse(readFileSync(join(at, name, "package-lock.json"), "utf8")).packages[`node_modules/${tool}`].version;

/** What every program has to answer: Node, without a bundler. */
export const expected = async () => {
  const { answer } = await import(`data:text/javascript,${encodeURIComponent(ANSWER)}`);
  return answer(await import(join(here, "dist/node.js")));
};
