// Bundlers and browsers: loads the module before anything is exported.
import { init } from "./init.js";

await init();

export { EgresscUsageError, about, check, compile, convert, diff, explain, reach, replay, schema, test, trace } from "./init.js";
