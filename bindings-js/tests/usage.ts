// Compiled by `tsc --strict` against the installed package: what the types promise, and what they refuse.
import { EgresscUsageError, about, check, compile, diff, explain, reach, schema, test, trace } from "egressc";
import type { ChangeKind, CompileRequest, CompileResponse, Encryption, Query, Severity, Source, Verdict } from "egressc";

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

// The questions about flows; nothing of an answer may be used as if it were always there.
const sources: Source[] = request.sources;
const query: Query = { from: { namespace: "mytest", labels: { app: "sleep-a" } }, to: { scheme: "https", host: "www.httpbin.org" } };
for (const asked of [{ query }, { ask: "mytest -> https://www.httpbin.org" }, { accessLog: null, ask: "mytest -> tls://www.httpbin.org" }]) {
  const { trace: way, declared, hint } = trace({ sources, ...asked, format: "mermaid" });
  const verdict: Verdict | undefined = way?.verdict;
  const legs: (Encryption | null)[] = way?.hops.map((hop) => hop.encryption) ?? [];
  const deciding: (string | null)[] = way?.hops.flatMap((hop) => hop.decidedBy.map((index) => way.decidedBy[index]?.rule ?? null)) ?? [];
  console.log(verdict, legs, deciding, declared satisfies boolean | null, hint satisfies string | null, way?.query.to.port satisfies number | null | undefined);
}
for (const { from, to, verdict, gatewayPort, toHost, place } of reach({ sources, format: "dot" }).flows) {
  console.log(from.namespace satisfies string | null, to.port satisfies number, verdict satisfies Verdict, gatewayPort, toHost satisfies Encryption | null, place?.start.line);
}
const { changes, widened, affectedNamespaces, order } = diff({ before: [], after: sources, format: "markdown" });
for (const { kind, before, after } of changes) console.log(kind satisfies ChangeKind, before?.verdict, after?.reached?.sni);
console.log(widened satisfies boolean, affectedNamespaces satisfies string[], order.map(({ action, name }) => `${action satisfies "apply" | "delete"} ${name}`));
const { passed, failed, expectations, uncovered, mutants, untried } = test({ sources, mutations: true, format: "text" });
console.log(passed + failed + untried, expectations.map(({ expected, verdict }) => [expected satisfies "allow" | "deny", verdict]), uncovered.map(({ rule }) => rule), mutants.filter(({ noticed }) => !noticed));

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
// @ts-expect-error a request may reach nothing, and then nothing is traced
reach({ sources }).flows[0]?.reached.host;
// @ts-expect-error what is traced is null where the sources are refused
trace({ sources, query }).trace.verdict satisfies Verdict;
// @ts-expect-error both sides are required
try { diff({ before: [] }); } catch { /* as it should */ }
// @ts-expect-error there is no such format of a difference
try { diff({ before: [], after: [], format: "table" }); } catch { /* as it should */ }
// @ts-expect-error who asks is an object
try { trace({ sources, query: { ...query, from: "mytest" } }); } catch { /* as it should */ }
// @ts-expect-error there is no such scheme
try { trace({ sources, query: { ...query, to: { scheme: "ftp", host: "x.org" } } }); } catch { /* as it should */ }
// @ts-expect-error mutations are looked for or not
try { test({ sources, mutations: "all" }); } catch { /* as it should */ }
