export { EgresscUsageError, about, check, compile, explain, schema } from "./node.cjs";
