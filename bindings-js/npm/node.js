export { EgresscUsageError, about, check, compile, diff, explain, reach, schema } from "./node.cjs";
