// Compiled by `tsc --strict` against the installed package: what the types promise, and what they refuse.
import { EgresscUsageError, about, check, compile, explain, schema } from "egressc";
import type { CompileRequest, CompileResponse, Severity } from "egressc";

declare const console: { log(...values: unknown[]): void };

const request: CompileRequest = { sources: [{ name: "policy.yaml", text: "kind: x" }, { name: "mesh", value: { kind: "Service" } }] };
const answer: CompileResponse = compile({ ...request, format: "yaml", render: "plain", positionEncoding: "utf16" });
const text: string | null = answer.text;
const names: string[] = answer.resources.map((resource) => resource.metadata.name);
for (const { code, severity, labels, fix } of check({ sources: [] }).diagnostics) {
  const worst: Severity = severity;
  const column: number | undefined = labels[0]?.start.column;
  const replacement: string | undefined = fix?.replacement;
  console.log(code, worst, column, replacement);
}
console.log(text, names, explain({ code: "EGR0422" }).page, schema({ kind: "policy" }).schema, about().version);

try {
  // @ts-expect-error sources are required
  compile({});
} catch (error) {
  if (error instanceof EgresscUsageError) console.log(error.message, error.name satisfies "EgresscUsageError");
}
// @ts-expect-error there is no such format
try { compile({ sources: [], format: "xml" }); } catch { /* as it should */ }
// @ts-expect-error there is no such field
try { check({ sources: [{ name: "x", txt: "" }] }); } catch { /* as it should */ }
// @ts-expect-error a text is there only when asked for
answer.text.length satisfies number;
