// Bundlers and browsers: loads the module before anything is exported.
import { init } from "./init.js";

await init();

export * from "./calls.js";
