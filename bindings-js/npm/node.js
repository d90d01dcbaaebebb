export { EgresscUsageError, about, check, compile, convert, diff, explain, reach, replay, schema, test, trace } from "./node.cjs";
