// `npx egressc compile --output` against the native program: the same files. Where they differ is at the end, and tested too.
import assert from "node:assert/strict";
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { before, describe, test } from "node:test";
import { fresh, npm, programs, start, tree } from "./beside.js";
import { root } from "./packed.js";

describe("--output", () => {
  /** Each program in a folder of its own; then both folders are the same. */
  const pair = (prepare = () => {}) => {
    const folders = programs.map(() => {
      const above = fresh();
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
    assert.match(said, /mine\.yaml was added to the folder meanwhile/);
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
    const cwd = join(root, "examples");
    for (const [args, input] of [[["check", "-"], "http/policy.yaml"], [["compile", "--format", "json", "combined"], "/dev/null"]]) {
      const line = `(sleep 0.5; cat ${input}) | python3 -c '${set}' ${command} ${args.join(" ")} | (sleep 1; cat)`;
      const got = await start(["bash", "-c"], [`set -o pipefail; ${line}`], { cwd });
      const expected = await start(programs[0], args, { cwd, stdin: readFileSync(resolve(cwd, input)) });
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
