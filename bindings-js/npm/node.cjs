"use strict";
// Node, both by require and by import: one module, one class of errors.
const glue = require("./glue.cjs");

class EgresscUsageError extends Error {
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

exports.EgresscUsageError = EgresscUsageError;
exports.compile = call("compile");
exports.check = call("check");
exports.reach = call("reach");
exports.test = call("test");
exports.replay = call("replay");
exports.convert = call("convert");
exports.trace = call("trace");
exports.diff = call("diff");
exports.explain = call("explain");
exports.schema = call("schema");
exports.about = call("about");
