#!/usr/bin/env node
// The command line of the Rust crate `egressc`, with Node as its host.

import { setFlagsFromString } from "node:v8";

// A command ends before V8's optimiser has paid for its work, except where it evaluates many variants of a set of policies.
// Other hosts than Node have no such flag.
if (!process.argv.includes("--mutations")) {
  try {
    setFlagsFromString("--liftoff-only");
  } catch {}
}

// What egressc answers with is 0, 1 or 2; a fault of its own ends as it does in the native program.
process.exitCode = 101;
try {
  const { default: { run } } = await import("./glue.cjs");
  const { host } = await import("./host.js");
  process.exitCode = run(process.argv.slice(2), host);
} catch (error) {
  process.stderr.write(`error: egressc stopped, which is its own fault: ${error?.message ?? error}\n`);
}
