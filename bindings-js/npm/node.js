export { EgresscUsageError, about, check, compile, explain, reach, schema, test, trace } from "./node.cjs";
