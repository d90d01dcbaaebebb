export { EgresscUsageError, about, check, compile, explain, reach, schema } from "./node.cjs";
