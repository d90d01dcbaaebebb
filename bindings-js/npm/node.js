export { EgresscUsageError, about, check, compile, explain, schema, test, trace } from "./node.cjs";
