// `npx egressc` against the native program: trace, reach, diff, test and krm, asked rightly and wrongly.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import * as beside from "./beside.js";
import { root } from "./packed.js";

let bench;
const both = (...line) => beside.both(bench, ...line);
const shell = (...line) => beside.shell(bench, ...line);
const example = (name) => readFileSync(join(root, "examples", name), "utf8");

const EXPECTATIONS = `apiVersion: egressc.dev/v1alpha1
kind: EgressExpectations
metadata: {name: httpbin}
spec:
  allow:
  - {from: 'mytest,app=sleep-a', to: ['https://www.httpbin.org']}
  deny:
  - {from: mytest, to: ['https://www.httpbin.org']}
`;
/** Istio's format: a sidecar that let a request of `sleep-a` to its gateway. */
const LOG = '[2026-11-23T10:00:00.000Z] "GET /anything HTTP/1.1" 200 - via_upstream - "-" 0 0 9 8 "-" "curl/8.5.0" "5e1c" "www.httpbin.org" '
  + '"10.0.0.1:80" outbound|80|http-80|istio-egressgateway-a.istio-system.svc.cluster.local 10.77.0.12:1 203.0.113.80:80 10.77.0.12:40000 - allow-80';

before(() => {
  bench = beside.fresh();
  const at = (...names) => join(bench, ...names);
  for (const name of ["combined", "http", "tcp"]) cpSync(join(root, "examples", name), at(name), { recursive: true });
  cpSync(join(root, "cli/tests/hostile"), at("hostile"), { recursive: true });
  for (const name of ["old", "new", "empty", "nothing"]) mkdirSync(at(name));
  writeFileSync(at("nothing/notes.txt"), "no policy");
  writeFileSync(at("mesh.yaml"), example("combined/mesh.yaml"));
  writeFileSync(at("new/policy.yaml"), example("combined/policy.yaml"));
  writeFileSync(at("old/policy.yaml"), example("combined/policy.yaml").split("    - name: httpbin-service-https")[0]);
  writeFileSync(at("expectations.yaml"), EXPECTATIONS);
  writeFileSync(at("contradicted.yaml"), EXPECTATIONS.replace("allow:", "x:").replace("deny:", "allow:").replace("x:", "deny:"));
  writeFileSync(at("wrong.yaml"), "kind: [");
  writeFileSync(at("access.log"), `\n${LOG}\nwhat follows is not read\n`);
});

/** A test for each command line, which begins with the exit status. */
const held = (command, lines) => {
  for (const [status, ...args] of lines) {
    test(JSON.stringify(args.map((arg) => arg.slice(0, 60))), () => both([command, ...args], status));
  }
};

describe("trace", () => {
  const ask = (to, ...more) => ["combined", "--from", "mytest,app=sleep-a", "--to", to, ...more];
  const declared = ask("https://www.httpbin.org");
  held("trace", [
    ...["text", "json", "mermaid"].flatMap((format) => [
      [0, ...declared, "--format", format],
      [0, "combined", "--from", "mytest,app=other", "--to", "http://www.httpbin.org", "--format", format],
      [0, "combined", "--access-log", LOG, "--format", format],
      [1, "wrong.yaml", "--from", "mytest", "--to", "https://x.org", "--format", format],
    ]),
    [0, ...declared, "--expect", "allowed"], [1, ...declared, "--expect", "blocked"],
    [1, "combined", "--from", "mytest", "--to", "https://www.httpbin.org", "--expect", "allowed"],
    [1, "tcp", "--from", "mytest,app=sleep-a", "--to", "tls://example.com", "--expect", "allowed"],
    [0, ...ask("http://www.httpbin.org/x"), "--method", "POST"], [0, ...ask("http://www.httpbin.org"), "--header", "Host: other.example"],
    [0, ...ask("http://www.httpbin.org"), "--header", "X: é", "--header", "x:2", "--service-account", "sleep-a"],
    [0, ...declared, "--sni", "other.example", "--expect", "blocked"], [0, ...declared, "--sni", ""],
    [0, ...declared, "--direct"], [0, ...declared, "--direct", "--gateway", "egressgateway-a"], [0, "combined", "--from", "default", "--to", "https://www.httpbin.org", "--direct", "--expect", "blocked"],
    [2, ...declared, "--gateway", "egressgateway-a"], [2, ...declared, "--direct", "--gateway", "nobody's"],
    [0, ...ask("tcp://www.httpbin.org:443")], [0, ...ask("grpc://www.httpbin.org:80")], [0, ...ask("tls://[2001:db8::1]:443")],
    ...["www.httpbin.org", "tcp://x.org", "ftp://x.org", "http://", "http://x.org:0", "http://x.org:65536", "http://a b", "http://\u001b[31m", "https://*.x.org", "", "é"].map((to) => [2, ...ask(to)]),
    ...["", ",", "mytest,app", "mytest,=x", "mytest,app=sleep-a,app=other"].map((from) => [2, "combined", "--from", from, "--to", "https://x.org"]),
    ...["é", "MyTest", "\u001b[2J", "mytest,app=\u001b[2J"].map((from) => [2, "combined", "--from", from, "--to", "https://x.org"]),
    [2, ...ask("http://x.org"), "--sni", "x.org"], [2, ...ask("http://x.org"), "--header", "nonsense"], [2, ...declared, "--expect", "open"],
    [2, ...declared, "--format", "yaml"], [2, ...declared, "--colour"], [2, "combined"], [2, "combined", "--from", "mytest"], [2, "combined", "--to", "https://x.org"],
    [2, "missing", ...declared], [2, "empty", ...declared.slice(1)], [2, "nothing", ...declared.slice(1)],
    [2, ...declared, "--access-log", LOG], [2, "combined", "--access-log", LOG, "--direct"], [2, "combined", "--access-log", ""],
    [2, "combined", "--access-log", "hello"], [2, "combined", "--access-log", "{"], [2, "combined", "--access-log", "{}"], [2, "combined", "--access-log", "\u001b[2J\u202e"],
    [1, "combined", "--access-log", LOG, "--expect", "blocked"], [2, "combined", "--access-log", `${LOG} more`], [0, "combined", "--from", "mytest,app=sleep-a", "--access-log", LOG, "--expect", "allowed"],
  ]);

  test("an access log line of standard input", async () => {
    const args = ["trace", "combined", "--access-log"];
    const given = await both([...args, LOG], 0);
    assert.deepEqual(await both([...args, "-"], 0, { stdin: LOG }), given);
    assert.deepEqual(await shell("tail -n +1 access.log | egressc trace combined --access-log -", 0), given);
    await both([...args, "-"], 2, { stdin: "" });
    await both([...args, "-"], 2, { stdin: "\n\n" });
    await both([...args, "-"], 2, { stdin: Buffer.from([0xff, 0x0a]) });
    await both([...args, "-"], 2, { stdin: Buffer.alloc(3 << 20, "a") });
    await both(["trace", "-", "--access-log", "-"], 2, { stdin: LOG });
    await shell("cat combined/policy.yaml combined/mesh.yaml | sed 's/^apiVersion/---\\n&/' | egressc trace - --from mytest,app=sleep-a --to https://www.httpbin.org --expect allowed", 0);
    await shell("egressc trace combined --access-log - < /dev/zero", 2);
  });
});

describe("reach", () => {
  held("reach", [
    ...["table", "json", "csv", "mermaid", "dot"].flatMap((format) => [
      [0, "combined", "--format", format], [0, "tcp", "--format", format], [1, "wrong.yaml", "--format", format],
    ]),
    [0, "combined"], [1, "hostile/host-terminal-escape.yaml"], [1, "wrong.yaml", "--color", "always"],
    [0, "combined", "--from", "mytest"], [0, "combined", "--only", "blocked", "--to", "*.org"], [0, "combined", "--format", "html"], [0, "combined", "--format", "svg"],
    [2], [2, "combined", "--format", "text"], [2, "combined", "--from", "a,b"], [2, "missing"], [2, "empty"], [2, "-", "-"],
  ]);
});

describe("diff", () => {
  const change = ["old", "new", "--with", "mesh.yaml"];
  held("diff", [
    ...["text", "json", "markdown"].flatMap((format) => [
      [0, ...change, "--format", format], [0, "new", "new", "--with", "mesh.yaml", "--format", format],
      [0, "empty", "new", "--with", "mesh.yaml", "--format", format], [1, "old", "wrong.yaml", "--format", format],
      [1, ...change, "--format", format, "--fail-on", "any"],
    ]),
    [1, ...change, "--fail-on", "widened"], [0, "new", "old", "--with", "mesh.yaml", "--fail-on", "widened"], [1, "new", "old", "--with", "mesh.yaml", "--fail-on", "any"],
    [0, "new", "new", "--fail-on", "any"], [0, "http", "combined"], [1, "old/policy.yaml", "new/policy.yaml", "--with", "mesh.yaml", "--with", "http/mesh.yaml"],
    [1, "wrong.yaml", "hostile/tabs.yaml", "--color=always"],
    [2], [2, "old"], [2, "old", "new", "more"], [2, ...change, "--fail-on", "lost"], [2, ...change, "--format", "table"], [2, ...change, "--with"],
    [2, "missing", "new"], [2, "old", "missing"], [2, "old", "new", "--with", "missing"], [2, "nothing", "new"], [2, "-", "-"], [2, "-", "new", "--with", "-"],
  ]);

  test("sides out of pipes", async () => {
    const given = await both(["diff", ...change], 0);
    const piped = await shell("egressc diff - new --with mesh.yaml < old/policy.yaml", 0);
    assert.equal(piped.out, given.out.replaceAll("old/policy.yaml", "<stdin>"));
    await shell("egressc diff <(cat old/policy.yaml) <(cat new/policy.yaml) --with mesh.yaml --fail-on widened", 1);
  });
});

describe("test", () => {
  held("test", [
    ...["text", "json"].flatMap((format) => [
      [0, "combined", "expectations.yaml", "--format", format], [1, "combined", "contradicted.yaml", "--format", format],
      [0, "combined", "expectations.yaml", "--mutations", "--format", format], [1, "wrong.yaml", "--format", format],
    ]),
    [2, "combined"], [2, "combined", "missing"], [0, "combined", "expectations.yaml", "--format", "junit"], [2, "combined", "expectations.yaml", "--format", "xml"], [2, "combined", "--mutation", "expectations.yaml"], [2],
  ]);

  test("what it says of coverage is in the answer, so the two programs agree about something", async () => {
    const { out } = await both(["test", "combined", "expectations.yaml", "--mutations"], 0);
    for (const word of ["uncovered", "unnoticed", "passed"]) assert.match(out, new RegExp(word));
  });
});

describe("krm", () => {
  const item = (text) => text.split("\n").filter((line) => line && !line.startsWith("#")).map((line, index) => `${index ? "  " : "- "}${line}\n`).join("");
  const list = (...items) => `apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n${items.map(item).join("")}`;
  const policy = example("combined/policy.yaml");
  const mesh = example("combined/mesh.yaml");
  const odd = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd, annotations: {note: 'on'}}\ndata: {octal: 0777, big: 18446744073709551615, ratio: 1.50, no: }\n";
  const inputs = {
    "resources are added": [0, list(policy, mesh, odd)],
    "an assumption is said": [0, list(policy)],
    "a policy is refused": [1, list(policy.replace("- httpbin.org", '- "*.httpbin.org"'), mesh)],
    "a fix is proposed": [1, list(policy.replace("protocol: HTTPS", "protocol: https"), mesh)],
    "no policy": [1, list(mesh)],
    "no list": [2, policy], "nothing": [2, ""], "half a list": [2, list("kind: [")], "no text": [2, Buffer.from([0xff])], "a NUL": [2, "\0"], "a number JSON has not": [2, "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nx: .nan\n"],
  };
  for (const [name, [status, stdin]] of Object.entries(inputs)) test(name, () => both(["krm"], status, { stdin }));

  test("a second run changes nothing", async () => {
    const first = await both(["krm"], 0, { stdin: list(policy, mesh) });
    const again = await both(["krm"], 0, { stdin: Buffer.from(first.out, "latin1") });
    assert.deepEqual(again, first);
  });
});
