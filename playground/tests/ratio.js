// WebAssembly against native code: the same request, plain data in and plain data out, each in a process that is warm.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as egressc from "../../bindings-js/dist/node.js";
import { policy, text } from "./parts.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cargo = (...args) => execFileSync("cargo", args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "inherit"] });
export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const sources = (rules) => [{ name: "policy.yaml", text: policy(rules) }, { name: "mesh.yaml", text: text("http", "mesh.yaml") }];
const CALLS = {
  check: (rules) => ({ sources: sources(rules) }),
  compile: (rules) => ({ sources: sources(rules), format: "yaml" }),
  trace: (rules) => ({ sources: sources(rules), ask: "team-1,app=app-1 -> https://api-1.example.com" }),
  reach: (rules) => ({ sources: sources(rules) }),
  diff: (rules) => ({ before: sources(rules - 1), after: sources(rules) }),
};
// Small requests need more runs for a figure that stays.
const RUNS = { 10: 51, 100: 21, 1000: 7 };

/** Rows of rules, call, and the medians of WebAssembly (in Node, so in the engine of Chromium) and of the release build. */
export const ratios = () => {
  cargo("build", "--release", "--locked", "-q", "-p", "egressc-tests", "--bin", "call_times");
  const program = `${JSON.parse(cargo("metadata", "--format-version=1", "--no-deps")).target_directory}/release/call_times`;
  // Engines begin with quickly made code, and put better code in its place while it runs.
  for (const warm = performance.now() + 10_000; performance.now() < warm;) for (const [call, ask] of Object.entries(CALLS)) egressc[call](ask(100));
  return Object.entries(RUNS).flatMap(([rules, runs]) => Object.entries(CALLS).map(([call, ask]) => {
    const request = { positionEncoding: "utf16", ...ask(Number(rules)) };
    const times = Array.from({ length: runs }, () => {
      const started = performance.now();
      egressc[call](request);
      return performance.now() - started;
    });
    const native = Number(execFileSync(program, { input: JSON.stringify({ call, request, runs }), encoding: "utf8" }));
    return { rules: Number(rules), call, wasm: median(times), native };
  }));
};
