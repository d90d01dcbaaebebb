// The calls of every entry that is an ECMAScript module; each of these entries loads the module in its own way.
import * as glue from "./glue.js";

export class EgresscUsageError extends Error {
  name = "EgresscUsageError";
}

// A module that was stopped halfway, as by a full stack, is not to be used again: the next call gets a fresh one.
let stopped = false;

const call = (name) => (request) => {
  try {
    if (stopped) glue.__wbg_reset_state();
    stopped = false;
    return glue[name](request);
  } catch (thrown) {
    // A call with an invalid request throws its message.
    if (typeof thrown === "string") throw new EgresscUsageError(thrown);
    stopped = true;
    throw thrown;
  }
};

export const compile = call("compile");
export const check = call("check");
export const reach = call("reach");
export const test = call("test");
export const replay = call("replay");
export const convert = call("convert");
export const trace = call("trace");
export const diff = call("diff");
export const explain = call("explain");
export const schema = call("schema");
export const about = call("about");
