// `npx egressc` against the native program, side by side: the same bytes on both streams, the same exit status, the same files.
// Where it differs is at the end, and tested too.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync, symlinkSync, writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { cases } from "./cases.js";
import { installed, root } from "./packed.js";

const native = process.env.EGRESSC_NATIVE ?? join(root, "target/debug/egressc");
let npm;
let bench;
let programs;
const scratch = [];
const fresh = () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "egressc-cli-")));
  scratch.push(folder);
  return folder;
};

/** What the command lines below read. */
const fill = (folder) => {
  chmodSync(folder, 0o755);
  const at = (...names) => join(folder, ...names);
  cpSync(join(root, "examples/combined"), at("combined"), { recursive: true });
  cpSync(join(root, "examples/http"), at("http"), { recursive: true });
  cpSync(join(root, "cli/tests/hostile"), at("hostile"), { recursive: true });
  cpSync(join(root, "cli/tests/legal"), at("legal"), { recursive: true });
  for (const name of ["empty", "nothing", "links", "circle", "folder.yaml", "odd", "hidden", "mixed"]) mkdirSync(at(name));
  writeFileSync(at("nothing/notes.txt"), "no policy");
  symlinkSync("nowhere", at("links/dangling.yaml"));
  symlinkSync("../http/policy.yaml", at("links/policy.yaml"));
  symlinkSync("..", at("circle/round"));
  symlinkSync("../http", at("circle/http"));
  cpSync(at("http/mesh.yaml"), at("circle/mesh.yaml"));
  symlinkSync("loop", at("loop"));
  writeFileSync(Buffer.from(`${at("odd")}/\xff.yaml`, "latin1"), "");
  writeFileSync(at("odd", "\u001b[31mred\u202e.yaml"), "a: [");
  writeFileSync(at("hidden/.policy.yaml"), "a: [");
  for (const name of ["b", "a", "ä", "Z", "日本"]) {
    mkdirSync(at("mixed", name));
    cpSync(at("hostile/tabs.yaml"), at("mixed", name, "x.yml"));
    writeFileSync(at("mixed", name, ".egressc"), "");
  }
  cpSync(at("http/policy.yaml"), at("mixed/policy.yaml"));
  writeFileSync(at("invalid.yaml"), Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe, 0x0a]));
  writeFileSync(at("large.yaml"), "a".repeat(40 << 20));
  writeFileSync(at("locked.yaml"), "a: 1", { mode: 0o000 });
  mkdirSync(at("locked"), { mode: 0o000 });
};

before(() => {
  npm = installed();
  // Where every user may read it.
  chmodSync(npm.folder, 0o755);
  cpSync(native, join(npm.folder, "native"));
  programs = [[join(npm.folder, "native")], [process.execPath, join(npm.folder, "node_modules/egressc/bin/egressc.js")]];
  bench = fresh();
  fill(bench);
});
after(() => {
  npm.remove();
  for (const folder of scratch) rmSync(folder, { recursive: true, force: true });
});

const start = ([file, ...first], args, { cwd = bench, stdin = "", env = {}, ...options } = {}) => new Promise((resolve, reject) => {
  const { NO_COLOR, ...rest } = process.env;
  const child = spawn(file, [...first, ...args], { cwd, env: { ...rest, TERM: "xterm", ...env }, timeout: 120_000, ...options });
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

/** Both programs with the same command line; `status` is what either must end with, or else an answer of either kind. */
const both = async (args, status, options) => {
  const [expected, got] = await Promise.all(programs.map((program) => start(program, args, options)));
  assert.deepEqual(got, expected, `egressc ${args.join(" ")}`);
  const expectedStatus = status === undefined ? got.status === 0 || got.status === 1 : got.status === status;
  assert.ok(expectedStatus, `egressc ${args.join(" ")} ends with ${got.status}\n${got.out}${got.err}`);
  return got;
};

/** Both programs in the same line of a shell, where it says `egressc`. */
const shell = async (line, status) => {
  const [expected, got] = await Promise.all(programs.map((program) => {
    const command = program.map((part) => `'${part}'`).join(" ");
    return start(["bash", "-c"], [`set -o pipefail; ${line.replaceAll("egressc", command)}`]);
  }));
  assert.deepEqual(got, expected, line);
  assert.equal(got.status, status, `${line}\n${got.out}${got.err}`);
  return got;
};

describe("words", () => {
  const lines = [
    [2], [0, "--help"], [0, "-h"], [0, "help"], [0, "--version"], [0, "-V"], [2, "complie"], [2, "--verbose"], [2, "help", "complie"],
    ...["compile", "check", "explain", "schema"].flatMap((command) => [[0, command, "--help"], [0, command, "-h"], [0, "help", command], [2, command], [2, command, "--nonsense"]]),
    [2, "compile", "--format", "xml", "http"], [2, "check", "--format"], [2, "check", "--color=alway", "http"], [2, "compile", "http", "-o"],
    [2, "compile", "http", "--output", "a", "--output", "b"],
    [0, "explain", "EGR0433"], [0, "explain", "egr0433"], [0, "explain", "tcp-takes-port"], [0, "explain", " EGR0422 "], [2, "explain", ""],
    [2, "explain", "433"], [2, "explain", "tcp-takes-prt"], [2, "explain", "EGR9999"], [2, "explain", "\u001b[31m"], [2, "explain", "é".repeat(200)],
    [2, "explain", "EGR0433", "more"],
    [0, "schema", "policy"], [0, "schema", "environment"], [2, "schema", "polcy"],
  ];
  for (const [status, ...args] of lines) test(JSON.stringify(args), () => both(args, status));
});

describe("paths", () => {
  const lines = [
    [0, "http"], [0, "http/"], [0, "./http/."], [0, "http", "http/policy.yaml", "./http//mesh.yaml"], [0, "combined/mesh.yaml", "combined/policy.yaml"],
    [2, "."], [2, ""], [2, "no/such/file"], [2, "http/mesh.yaml/x"], [2, "loop"], [2, "loop/x"], [2, "x".repeat(300)], [2, "-", "-"],
    [2, "empty"], [2, "nothing"], [2, "links"], [1, "circle"], [2, "folder.yaml"], [2, "odd"], [2, "hidden"], [1, "hidden/.policy.yaml"], [0, "mixed"],
    [1, "invalid.yaml"], [1, "large.yaml"], [1, "/dev/zero"], [2, "/proc/self/mem"], [1, "/dev/null"], [2, "no", "nor", "http", "links"],
    [2, "--", "-x"], [2, "é/日本"],
  ];
  for (const [status, ...args] of lines) {
    test(JSON.stringify(args.map((arg) => arg.slice(0, 40))), async () => {
      await both(["check", ...args], status);
      await both(["compile", ...args], status);
    });
  }

  test("what one may not read", async (t) => {
    if (process.getuid() !== 0) return t.test("as whoever runs this", () => both(["check", "locked.yaml", "locked", "locked/x"], 2));
    const nobody = { uid: 65534, gid: 65534 };
    await both(["check", "locked.yaml", "http"], 2, nobody);
    const { err } = await both(["check", "locked.yaml", "locked", "locked/x"], 2, nobody);
    assert.equal(err.match(/Permission denied \(os error 13\)/g).length, 2);
  });
});

describe("streams", () => {
  const policy = readFileSync(join(root, "examples/http/policy.yaml"));

  test("standard input", async () => {
    await both(["check", "-"], 0, { stdin: policy });
    await both(["compile", "http/mesh.yaml", "-", "--format", "json"], 0, { stdin: policy });
    await both(["check", "-"], 1, { stdin: "a: [" });
    await both(["check", "-"], 1, { stdin: Buffer.from([0xff]) });
    await both(["check", "-"], 1, { stdin: "" });
    await both(["check", "-"], 1, { stdin: Buffer.alloc(40 << 20, "a") });
    await both(["check", "-"], 1, { stdio: ["ignore", "pipe", "pipe"] });
  });

  test("pipes, files and devices", async () => {
    await shell("(sleep 0.3; cat http/policy.yaml; sleep 0.3; cat http/mesh.yaml) | sed 's/^kind/\\nkind/' | egressc check - ", 1);
    await shell("egressc check <(cat http/policy.yaml) http/mesh.yaml", 0);
    await shell("egressc check - < http/policy.yaml", 0);
    await shell("egressc check - < /dev/zero", 1);
    await shell("egressc check - < http", 2);
    await shell("egressc check - <&-", 1);
    await shell("egressc compile combined | head -n 1", 0);
    await shell("egressc schema policy | true", 0);
    await shell("egressc compile combined > /dev/full", 2);
    await shell("egressc compile combined 2> /dev/full", 0);
    await shell("egressc check hostile/tabs.yaml 2>&-", 1);
    await shell("egressc check hostile/tabs.yaml >&-", 1);
    await shell("egressc compile combined 2>&1", 0);
    await shell("egressc compile combined --format json | (sleep 0.5; cat) | sha256sum", 0);
  });

  test("colours", async () => {
    await both(["check", "--color=always", "hostile/tabs.yaml"], 1);
    await both(["compile", "--color", "always", "hostile/host-wildcard.yaml"], 1);
    await both(["check", "--color=never", "hostile/tabs.yaml"], 1);
    for (const [env, coloured] of [["", true], ["NO_COLOR=", true], ["NO_COLOR=1", false], ["TERM=dumb", false]]) {
      const { out } = await shell(`script -qec "env ${env} egressc check hostile/tabs.yaml" /dev/null < /dev/null`, 1);
      assert.equal(out.includes("\u001b["), coloured, env);
      await shell(`script -qec "env ${env} egressc compile hostile/tabs.yaml > /dev/null" /dev/null < /dev/null`, 1);
    }
  });
});

describe("policies", () => {
  for (const folder of ["hostile", "legal"]) {
    for (const name of readdirSync(join(root, "cli/tests", folder)).filter((name) => !name.startsWith("."))) {
      test(`${folder}/${name}`, () => both(["check", `${folder}/${name}`]));
    }
  }

  // The shared cases, as files; what is given as a value is JSON, which is YAML.
  for (const { name, call, request } of cases()) {
    if (!["compile", "check"].includes(call) || !Array.isArray(request.sources)) continue;
    const sources = request.sources.filter(({ text, value }) => (text === undefined) !== (value === undefined));
    if (sources.length === 0 || sources.length < request.sources.length) continue;
    test(`tests/cases/${name}`, async () => {
      const folder = fresh();
      const names = sources.map(({ name: given, text, value }, index) => {
        const file = `${index}-${basename(given)}`;
        writeFileSync(join(folder, file), text ?? JSON.stringify(value));
        return file;
      });
      for (const args of [["compile", "--format", "yaml"], ["compile", "--format", "json"], ["check", "--format", "text"], ["check", "--format", "json"]]) {
        await both([...args, ...names], undefined, { cwd: folder });
      }
    });
  }
});

/** All that is below a folder. */
const tree = (folder, below = "") => readdirSync(join(folder, below)).sort().flatMap((name) => {
  const path = join(below, name);
  const stats = lstatSync(join(folder, path));
  const mode = (stats.mode & 0o7777).toString(8);
  if (stats.isSymbolicLink()) return [[path, "link", readlinkSync(join(folder, path))]];
  if (stats.isDirectory()) return [[path, "folder", mode], ...tree(folder, path)];
  return [[path, mode, readFileSync(join(folder, path), "latin1")]];
});

describe("--output", () => {
  /** Each program in a folder of its own; then both folders are the same. */
  const pair = (prepare = () => {}) => {
    const folders = programs.map(() => {
      const above = fresh();
      chmodSync(above, 0o755);
      // So that `..` is nobody else's.
      const folder = join(above, "here");
      mkdirSync(folder);
      for (const name of ["combined", "http"]) cpSync(join(root, "examples", name), join(folder, name), { recursive: true });
      writeFileSync(join(folder, "wrong.yaml"), "a: [");
      prepare(folder);
      return folder;
    });
    const run = async (args, status, options) => {
      const [expected, got] = await Promise.all(programs.map((program, index) => start(program, args, { cwd: folders[index], ...options })));
      assert.deepEqual(got, expected, `egressc ${args.join(" ")}`);
      assert.equal(got.status, status, got.err);
      const [one, other] = folders.map((folder) => tree(folder));
      assert.deepEqual(other, one, `egressc ${args.join(" ")}`);
      return { ...got, files: other };
    };
    /** The same command line changes nothing. */
    const refused = async (args, status = 2, options) => {
      const untouched = tree(folders[1]);
      const { files, err } = await run(args, status, options);
      assert.deepEqual(files, untouched);
      return err;
    };
    return { folders, run, refused };
  };
  const to = (out, policies = "combined") => ["compile", policies, "--output", out];

  test("writes, replaces, and reads past what it wrote", async () => {
    const { run, refused } = pair();
    const { files } = await run(to("out"), 0);
    assert.ok(files.filter(([path]) => path.startsWith("out/")).length > 10);
    await run(to("out"), 0);
    await run(to("out/", "http"), 0);
    await run([...to("out", "http"), "--format", "json"], 0);
    await run(to("out/."), 0);
    await run(to("made/deep/out"), 0);
    await run(to("http/out"), 0);
    await run(["check", "http"], 0);
    await refused(to("out", "wrong.yaml"), 1);
    await refused(to("new", "wrong.yaml"), 1);
    await refused(to("new", "missing"), 2);
  });

  test("keeps who may read the folder", async () => {
    const { run, folders } = pair((folder) => mkdirSync(join(folder, "out"), { mode: 0o750 }));
    await run(to("out"), 0);
    assert.equal(lstatSync(join(folders[1], "out")).mode & 0o777, 0o750);
  });

  test("touches nothing of anybody else's", async () => {
    const { run, refused } = pair((folder) => {
      const at = (name) => join(folder, name);
      for (const name of ["foreign", "many", "index", "real", "sealed", "nest", "bad", "linked"]) mkdirSync(at(name));
      writeFileSync(at("foreign/mine.yaml"), "mine");
      for (let n = 0; n < 8; n += 1) writeFileSync(at(`many/${n}.yaml`), "");
      mkdirSync(at("index/.egressc"));
      writeFileSync(at("bad/.egressc"), "something else");
      symlinkSync("../bad/.egressc", at("linked/.egressc"));
      symlinkSync("real", at("link"));
      symlinkSync("nowhere", at("dangling"));
      writeFileSync(at("file"), "");
      chmodSync(at("sealed"), 0o555);
    });
    for (const out of ["foreign", "many", "index", "link", "link/", "dangling", "file", "file/x", "sealed", "bad", "linked", ".", "./", "..", "/", "out/..", "http", ""]) {
      await refused(to(out));
    }
    await run(to("out"), 0);
    await run(to("nest"), 0);
  });

  test("a file that was put among ours", async () => {
    const { run, refused, folders } = pair();
    await run(to("out"), 0);
    for (const folder of folders) writeFileSync(join(folder, "out/mine.yaml"), "mine");
    assert.match(await refused(to("out", "http")), /mine\.yaml/);
  });

  test("a folder that one may not write to", async (t) => {
    const { refused, folders } = pair((folder) => mkdirSync(join(folder, "out")));
    if (process.getuid() !== 0) for (const folder of folders) chmodSync(folder, 0o555);
    const nobody = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
    assert.match(await refused(to("out"), 2, nobody), /Permission denied/);
    assert.match(await refused(to("new/deep"), 2, nobody), /Permission denied/);
    for (const folder of folders) chmodSync(folder, 0o755);
  });
});

describe("where Node is not the native program", () => {
  // Node has no call by which two folders trade places, so what fails between the renames has to be taken back.
  let run;
  let host;
  before(async () => {
    const bin = join(npm.folder, "node_modules/egressc/bin");
    ({ run } = createRequire(import.meta.url)(join(bin, "glue.cjs")));
    ({ host } = await import(join(bin, "host.js")));
  });
  /** Writes to a folder, does what `changed` does to the host, and writes again, in this process. */
  const again = (changed) => {
    const folder = fresh();
    const quiet = { ...host, write: () => {} };
    const out = join(folder, "out");
    const args = (example) => ["compile", join(root, "examples", example), "--output", out];
    assert.equal(run(args("combined"), quiet), 0);
    const earlier = tree(folder);
    const said = [];
    const status = run(args("http"), { ...quiet, write: (_, bytes) => said.push(Buffer.from(bytes).toString()), ...changed(out) });
    return { folder, out, earlier, said: said.join(""), status };
  };

  for (const failing of [1, 2]) {
    test(`rename ${failing} of 3 fails: the folder is as it was`, () => {
      let calls = 0;
      const { folder, earlier, said, status } = again(() => ({
        rename: (from, to) => {
          calls += 1;
          if (calls === failing) throw "Input/output error (os error 5)";
          host.rename(from, to);
        },
      }));
      assert.equal(status, 2);
      assert.match(said, /out: Input\/output error \(os error 5\)\n$/);
      assert.deepEqual(tree(folder), earlier);
    });
  }

  test("the first file of the old folder cannot be deleted: the folder is as it was", () => {
    const { folder, earlier, said, status } = again(() => ({ removeFile: () => { throw "Operation not permitted (os error 1)"; } }));
    assert.equal(status, 2);
    assert.match(said, /Operation not permitted/);
    assert.deepEqual(tree(folder), earlier);
  });

  test("somebody writes into the folder meanwhile: the folder is as it was, with what they wrote", () => {
    let renames = 0;
    const { folder, out, earlier, said, status } = again((out) => ({
      rename: (from, to) => {
        renames += 1;
        if (renames === 1) writeFileSync(join(out, "mine.yaml"), "mine");
        host.rename(from, to);
      },
    }));
    assert.equal(status, 2);
    assert.match(said, /mine\.yaml appeared in the folder/);
    assert.equal(readFileSync(join(out, "mine.yaml"), "utf8"), "mine");
    rmSync(join(out, "mine.yaml"));
    assert.deepEqual(tree(folder), earlier);
  });

  test("the disk fills up: the folder is as it was", () => {
    const { folder, earlier, said, status } = again(() => {
      let files = 0;
      return { writeNew: (path, text) => { files += 1; if (files > 3) throw "No space left on device (os error 28)"; host.writeNew(path, text); } };
    });
    assert.equal(status, 2);
    assert.match(said, /No space left/);
    assert.deepEqual(tree(folder), earlier);
  });

  test("a stack that is too small ends as a fault, never as an answer", async () => {
    const folder = fresh();
    const [file, script] = programs[1];
    let faults = 0;
    for (let size = 61; size < 72; size += 1) {
      const { status, err, out } = await start([file, `--stack-size=${size}`, script], ["compile", join(root, "examples/combined"), "-o", "out"], { cwd: folder });
      assert.equal(out, "");
      const fault = "error: egressc stopped, which is its own fault: Maximum call stack size exceeded\n";
      if (status === 101 && err === fault) faults += 1;
      // Below that Node itself does not start.
      else if (/^(error|wrote)/.test(err)) assert.ok(status === 0 || status === 2, err);
      assert.equal(existsSync(join(folder, "out")), status === 0 && err.startsWith("wrote "), err);
      rmSync(join(folder, "out"), { recursive: true, force: true });
    }
    assert.ok(faults > 0);
    assert.equal((await start(programs[1], ["compile", join(root, "examples/combined"), "-o", "out"], { cwd: folder })).status, 0);
  });

  test("a pipe that does not wait is waited for; the native program ends with status 2 where nothing is there yet", async () => {
    const set = "import os, sys; os.set_blocking(0, False); os.set_blocking(1, False); os.execvp(sys.argv[1], sys.argv[1:])";
    const command = programs[1].map((part) => `'${part}'`).join(" ");
    for (const [args, input] of [[["check", "-"], "http/policy.yaml"], [["compile", "--format", "json", "combined"], "/dev/null"]]) {
      const line = `(sleep 0.5; cat ${input}) | python3 -c '${set}' ${command} ${args.join(" ")} | (sleep 1; cat)`;
      const got = await start(["bash", "-c"], [`set -o pipefail; ${line}`]);
      const expected = await start(programs[0], args, { stdin: readFileSync(input === "/dev/null" ? input : join(bench, input)) });
      assert.deepEqual(got, expected);
      assert.equal(got.status, 0);
    }
  });

  test("an argument that is not Unicode is misuse too, in other words", async () => {
    for (const program of programs) {
      const command = program.map((part) => `'${part}'`).join(" ");
      assert.equal((await start(["bash", "-c"], [`${command} check $'\\xff.yaml'`])).status, 2);
    }
  });
});
