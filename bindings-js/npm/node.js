export { EgresscUsageError, about, check, compile, diff, explain, reach, schema, test, trace } from "./node.cjs";
