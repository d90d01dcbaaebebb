// `npx egressc` against the native program: words, paths, streams, and policies of every kind.
import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import * as beside from "./beside.js";
import { root } from "./packed.js";

/** What the command lines below read. */
const fill = (folder) => {
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

let bench;
before(() => {
  bench = beside.fresh();
  fill(bench);
});
const both = (...line) => beside.both(bench, ...line);
const shell = (...line) => beside.shell(bench, ...line);

describe("words", () => {
  const lines = [
    [2], [0, "--help"], [0, "-h"], [0, "help"], [0, "--version"], [0, "-V"], [2, "complie"], [2, "--verbose"], [2, "help", "complie"],
    [0, "krm", "--help"], [0, "help", "krm"], [2, "krm", "--nonsense"], [2, "krm", "http"],
    ...["compile", "check", "trace", "reach", "diff", "test", "replay", "convert", "explain", "schema"].flatMap((command) => [[0, command, "--help"], [0, command, "-h"], [0, "help", command], [["explain", "schema"].includes(command) ? 0 : 2, command], [2, command, "--nonsense"]]),
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
    [2, "empty"], [2, "nothing"], [0, "links"], [1, "circle"], [2, "folder.yaml"], [2, "odd"], [2, "hidden"], [1, "hidden/.policy.yaml"], [0, "mixed"],
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
});
