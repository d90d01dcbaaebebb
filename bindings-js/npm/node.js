export { EgresscUsageError, about, check, compile, diff, explain, reach, replay, schema, test, trace } from "./node.cjs";
