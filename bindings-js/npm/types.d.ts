// Written by `UPDATE=1 cargo test -p egressc-tests --test codegen` from the Rust types in core/src/api.
/**
 * Compiles a policy set to the resources that enforce it.
 *
 * A call that is wrong in itself throws an {@link EgresscUsageError}.
 */
export function compile(request: CompileRequest): CompileResponse;
/**
 * Checks a policy set without compiling it.
 *
 * A call that is wrong in itself throws an {@link EgresscUsageError}.
 */
export function check(request: CheckRequest): CheckResponse;
/**
 * Says what becomes of one request, hop by hop.
 *
 * A call that is wrong in itself throws an {@link EgresscUsageError}.
 */
export function trace(request: TraceRequest): TraceResponse;
/**
 * Says who can reach what.
 *
 * A call that is wrong in itself throws an {@link EgresscUsageError}.
 */
export function reach(request: ReachRequest): ReachResponse;
/**
 * Says what a change opens, closes and reroutes, and in which order to apply it.
 *
 * A call that is wrong in itself throws an {@link EgresscUsageError}.
 */
export function diff(request: DiffRequest): DiffResponse;
/**
 * Runs the expectations among the sources, and says what none of them would notice.
 *
 * A call that is wrong in itself throws an {@link EgresscUsageError}.
 */
export function test(request: TestRequest): TestResponse;
/**
 * Says what a diagnostic means.
 *
 * A call that is wrong in itself throws an {@link EgresscUsageError}.
 */
export function explain(request: ExplainRequest): ExplainResponse;
/**
 * Gives a kind's JSON Schema, for editors.
 *
 * A call that is wrong in itself throws an {@link EgresscUsageError}.
 */
export function schema(request: SchemaRequest): SchemaResponse;
/**
 * Says what this library is.
 *
 * A call that is wrong in itself throws an {@link EgresscUsageError}.
 */
export function about(request?: {}): AboutResponse;
/** A call that is wrong in itself, whatever the policies are. */
export class EgresscUsageError extends Error {
  readonly name: "EgresscUsageError";
}
/** Asks whether a policy set is right. */
export interface CheckRequest {
  /** All policies of the mesh, and what describes it. */
  sources: Source[];
  /** Units of columns and offsets in the response. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** Fills `rendered` with the diagnostics as text. */
  render?: Rendering | null;
}
/**
 * How a client's traffic leaves its pod.
 *
 * - `sidecar`: Through its sidecar.
 * - `direct`: To a gateway with its own mesh certificate, past its sidecar's routes.
 * - `none`: Without a sidecar.
 */
export type ClientPath = "sidecar" | "direct" | "none";
/** Asks for the resources of a policy set. */
export interface CompileRequest {
  /** All policies of the mesh, and what describes it. */
  sources: Source[];
  /** Fills `text` with the resources in this format. */
  format?: Format | null;
  /** Units of columns and offsets in the response. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** Fills `rendered` with the diagnostics as text. */
  render?: Rendering | null;
}
/**
 * How a difference is written as text.
 *
 * - `text`: For a terminal.
 * - `markdown`: For a pull request.
 */
export type DiffFormat = "text" | "markdown";
/** Asks what a change opens, closes and reroutes. */
export interface DiffRequest {
  /** The mesh before the change: all policies, what describes it, and Istio's own objects. */
  before: Source[];
  /** The same after the change. */
  after: Source[];
  /** Fills `text` with the answer in this format. */
  format?: DiffFormat | null;
  /** Units of columns and offsets in the response. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** Fills `rendered` with the diagnostics as text. */
  render?: Rendering | null;
}
/** Asks what a diagnostic means. */
export interface ExplainRequest {
  /** `EGR0421` or its slug, in any case. */
  code: string;
}
/**
 * How resources are written as text.
 *
 * - `yaml`: A YAML stream.
 * - `json`: A JSON `List`.
 */
export type Format = "yaml" | "json";
/**
 * In which units columns and offsets are counted.
 *
 * A caller asks for the unit its own strings are indexed in, so that it can slice them.
 *
 * - `utf8`: Bytes: Rust, Go, and the command line's JSON.
 * - `utf16`: UTF-16 code units: JavaScript, Java, and editors.
 * - `utf32`: Code points: Python and Ruby.
 */
export type PositionEncoding = "utf8" | "utf16" | "utf32";
/** One request: who asks, and for what. */
export interface Query {
  /** Who asks. */
  from: QueryClient;
  /** What for. */
  to: QueryTarget;
}
/** A workload that asks. */
export interface QueryClient {
  /** Its namespace. */
  namespace: string;
  /** The gateway that it calls itself, when `path` is `direct`; found by the host when it is left out. */
  gateway?: string | null;
  /** Labels of its pods. */
  labels?: Record<string, string>;
  /** The server name of the mutual TLS in which it calls the gateway itself; found by the host when it is left out. */
  outerSni?: string | null;
  /** How its traffic leaves the pod. */
  path?: ClientPath;
  /** Its service account; null when it is not known. */
  serviceAccount?: string | null;
}
/** What is asked for. */
export interface QueryTarget {
  /** What the client speaks. */
  scheme: Scheme;
  /** The name, or the address, that it dials. */
  host: string;
  /** HTTP: headers; `host` overrides the name that is dialled. */
  headers?: Record<string, string>;
  /** HTTP: the method. */
  method?: string | null;
  /** HTTP: the path. */
  path?: string | null;
  /**
   * The port that it dials, and when `path` is `direct` the port of the gateway; by default the scheme's usual one,
   * which `tcp` has not.
   */
  port?: number | null;
  /** TLS: the server name that it sends; null stands for the host, an empty one for none. */
  sni?: string | null;
}
/**
 * How flows are written as text.
 *
 * - `table`: Aligned columns.
 * - `csv`: Comma-separated values (RFC 4180).
 * - `mermaid`: A Mermaid flowchart.
 * - `dot`: A Graphviz graph.
 */
export type ReachFormat = "table" | "csv" | "mermaid" | "dot";
/** Asks who can reach what. */
export interface ReachRequest {
  /** All policies of the mesh, what describes it, and Istio's own objects. */
  sources: Source[];
  /** Fills `text` with the answer in this format. */
  format?: ReachFormat | null;
  /** Units of columns and offsets in the response. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** Fills `rendered` with the diagnostics as text. */
  render?: Rendering | null;
}
/**
 * How diagnostics are rendered as text.
 *
 * - `plain`: Without colour.
 * - `coloured`: With terminal colours.
 */
export type Rendering = "plain" | "coloured";
/**
 * A kind that has a schema.
 *
 * - `policy`: `ASMEgressTrafficPolicy`.
 * - `environment`: `MeshEnvironment`.
 * - `expectations`: `EgressExpectations`.
 */
export type SchemaKind = "policy" | "environment" | "expectations";
/** Asks for a kind's JSON Schema. */
export interface SchemaRequest {
  /** The kind. */
  kind: SchemaKind;
}
/**
 * What a client speaks.
 *
 * - `http`: HTTP/1.1 in plain text.
 * - `https`: HTTP inside TLS.
 * - `grpc`: HTTP/2 in plain text.
 * - `tls`: Anything inside TLS.
 * - `tcp`: Any bytes that are neither HTTP nor TLS.
 */
export type Scheme = "http" | "https" | "grpc" | "tls" | "tcp";
/** One document source: a text, or a value that a program has built. */
export interface Source {
  /** What to call it in diagnostics: a path, or any label. It is never opened. */
  name: string;
  /** YAML or JSON text. */
  text?: string | null;
  /** A Kubernetes object, or a list of them. */
  value?: any;
}
/**
 * How results are written as text.
 *
 * - `text`: For a terminal.
 */
export type TestFormat = "text";
/** Runs the expectations among the sources. */
export interface TestRequest {
  /** All policies of the mesh, what describes it, Istio's own objects, and `EgressExpectations`. */
  sources: Source[];
  /** Fills `text` with the answer in this format. */
  format?: TestFormat | null;
  /** Whether to look for changes of the policies that no expectation notices. */
  mutations?: boolean;
  /** Units of columns and offsets in the response. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** Fills `rendered` with the diagnostics as text. */
  render?: Rendering | null;
}
/**
 * How a trace is written as text.
 *
 * - `text`: A story, hop by hop.
 * - `mermaid`: A Mermaid sequence diagram.
 */
export type TraceFormat = "text" | "mermaid";
/** Asks what becomes of one request. Give one of `query`, `ask` and `accessLog`. */
export interface TraceRequest {
  /** All policies of the mesh, what describes it, and Istio's own objects. */
  sources: Source[];
  /** A line of an Envoy access log in Istio's text or JSON format. */
  accessLog?: string | null;
  /** The request in one line, as `mytest,app=sleep-a -> POST https://www.httpbin.org/anything`. */
  ask?: string | null;
  /** Whose sidecar wrote `accessLog`; without it every client that the policies name is tried. */
  client?: QueryClient | null;
  /** Fills `text` with the answer in this format. */
  format?: TraceFormat | null;
  /** Units of columns and offsets in the response. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** The request. */
  query?: Query | null;
  /** Fills `rendered` with the diagnostics as text. */
  render?: Rendering | null;
}
/** What this library is. */
export interface AboutResponse {
  /** `egressc`. */
  name: string;
  /** Its version. */
  version: string;
  /** The calls that it answers. */
  calls: string[];
}
/**
 * What a step does.
 *
 * - `apply`: Creates it, or changes it in place.
 * - `delete`: Deletes it.
 */
export type ApplyAction = "apply" | "delete";
/** One step of applying a change. */
export interface ApplyStep {
  /** What to do. */
  action: ApplyAction;
  /** Kind of the object. */
  kind: string;
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
  /** What to apply at this step, when it is not yet the object that the new policies compile to. */
  transitional: any;
  /** Why here. */
  reason: string;
}
/** A flow that fares otherwise than before. */
export interface Change {
  /** What kind of change it is. */
  kind: ChangeKind;
  /** The change in a sentence: the witness request, and how it fared and fares. */
  message: string;
  /** How it fared; null when nothing was known of such a flow. */
  before: Flow | null;
  /** How it fares; null when nothing is known of such a flow any more. */
  after: Flow | null;
  /** The line that did it. */
  place: Place | null;
  /** Whether no document that names the client's namespace was changed. */
  untouched: boolean;
}
/**
 * What a change does to a flow.
 *
 * - `gained`: It was blocked and reaches something now.
 * - `widened`: A gateway admits a caller that it refused.
 * - `unknown`: It cannot be known what comes of it now.
 * - `weakened`: It travels with less encryption than before.
 * - `rerouted`: It takes another way, or ends elsewhere.
 * - `lost`: It reached something and is blocked now.
 * - `narrowed`: A gateway refuses a caller that it admitted.
 * - `strengthened`: It travels with more encryption than before.
 */
export type ChangeKind = "gained" | "widened" | "unknown" | "weakened" | "rerouted" | "lost" | "narrowed" | "strengthened";
/** Whether a policy set is right. */
export interface CheckResponse {
  /** Whether it would compile. */
  ok: boolean;
  /** The gateway port of each destination. */
  gatewayPorts: GatewayPortRow[];
  /** What there is to say, in reading order. */
  diagnostics: Diagnostic[];
  /** The diagnostics as text, when asked for. */
  rendered: string | null;
}
/** The resources of a policy set. */
export interface CompileResponse {
  /** Whether it compiled; if not, `resources` is empty. */
  ok: boolean;
  /** The resources, in the order in which they are best applied. */
  resources: any[];
  /** For each resource, in the same order, what it was made for. */
  origins: ResourceOrigins[];
  /** The gateway port of each destination. */
  gatewayPorts: GatewayPortRow[];
  /** What there is to say, in reading order. */
  diagnostics: Diagnostic[];
  /** The resources as text, when asked for. */
  text: string | null;
  /** The diagnostics as text, when asked for. */
  rendered: string | null;
}
/** An object that decided something. */
export interface Decision {
  /** Its kind. */
  kind: string;
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
  /** Where it stands; of what was compiled, the `to` item that it was made for. */
  span: Place | null;
  /** The policy that it was made for, as `namespace/name`. */
  policy: string | null;
  /** The rule that it was made for. */
  rule: string | null;
}
/** One thing to say. */
export interface Diagnostic {
  /** The rule: `EGR` and four digits. */
  code: string;
  /** The rule for people. */
  slug: string;
  /** How bad it is. */
  severity: Severity;
  /** What is wrong. */
  message: string;
  /** Where; the first is the place to look at. */
  labels: Place[];
  /** Why it matters here. */
  notes: string[];
  /** What to do. */
  help: string | null;
  /** An edit that does it. */
  fix: Fix | null;
}
/** What a change opens, closes and reroutes. */
export interface DiffResponse {
  /** Whether both sides could be asked; if not, `diagnostics` say why. */
  ok: boolean;
  /** Each flow that fares otherwise than before, the dangerous first. */
  changes: Change[];
  /** Whether the change opens anything, weakens encryption, or leaves that unknown. */
  widened: boolean;
  /**
   * Namespaces of clients that fare otherwise although no document that names them was changed;
   * `*` stands for all that are not named.
   */
  affectedNamespaces: string[];
  /** How to apply the change so that no flow that survives it is interrupted, and none is open in between. */
  order: ApplyStep[];
  /** The difference as text, when asked for. */
  text: string | null;
  /** What there is to say about the sources: first of those before the change what is not said of those after it too. */
  diagnostics: Diagnostic[];
  /** The diagnostics as text, when asked for. */
  rendered: string | null;
}
/**
 * How bytes travel.
 *
 * - `plain`: As they are.
 * - `mtls`: Inside Istio's mutual TLS.
 * - `tls`: Inside the client's own or the gateway's TLS.
 * - `tls-in-mtls`: The client's own TLS inside Istio's mutual TLS.
 */
export type Encryption = "plain" | "mtls" | "tls" | "tls-in-mtls";
/** One expectation. */
export interface ExpectationRow {
  /** What is expected. */
  expected: ExpectedVerdict;
  /** The request. */
  query: Query;
  /** What comes of it. */
  verdict: Verdict;
  /** Whether that is as expected. */
  passed: boolean;
  /** The same in a sentence. */
  message: string;
  /** The URL. */
  place: Place;
}
/**
 * What is expected of a request.
 *
 * - `allow`: It arrives.
 * - `deny`: It arrives nowhere.
 */
export type ExpectedVerdict = "allow" | "deny";
/** What a diagnostic means. */
export interface ExplainResponse {
  /** The rule: `EGR` and four digits. */
  code: string;
  /** The rule for people. */
  slug: string;
  /** How bad a hit is. */
  severity: Severity;
  /** The rule in one line. */
  summary: string;
  /** Its page, in Markdown. */
  page: string;
}
/** An edit: one place, one new text. */
export interface Fix {
  /** What it does. */
  title: string;
  /** What to replace. */
  place: Place;
  /** With what. */
  replacement: string;
}
/** One kind of client and one destination: how its requests fare. */
export interface Flow {
  /** Who asks. */
  from: FlowClient;
  /** What for. */
  to: FlowTarget;
  /** What comes of it. */
  verdict: Verdict;
  /** Whether a policy allows it. */
  declared: boolean;
  /** Whether it reaches a host past every gateway. */
  bypass: boolean;
  /** The gateway that it crosses. */
  gateway: string | null;
  /** The port of the gateway's Service. */
  gatewayPort: number | null;
  /** How the bytes travel to the gateway. */
  toGateway: Encryption | null;
  /** How the bytes travel to the host. */
  toHost: Encryption | null;
  /** What a proxy's TLS to the host does not verify. */
  unverified: Unverified;
  /** Where it arrives. */
  reached: Reached | null;
  /** The HTTP status of the proxy that answers it. */
  status: number | null;
  /** Envoy's response flags. */
  responseFlags: string | null;
  /** The policy that declares it, as `namespace/name`. */
  policy: string | null;
  /** The rule that declares it. */
  rule: string | null;
  /** The declaration, or the object that lets it through. */
  place: Place | null;
  /** Why it cannot be known; empty unless it is. */
  unknown: string[];
}
/** A kind of client. */
export interface FlowClient {
  /** Its namespace; null stands for all that are not named. */
  namespace: string | null;
  /** Labels of its pods; empty stands for all that have none of the named ones. */
  labels: Record<string, string>;
  /** Its service account; null when it is not known. */
  serviceAccount: string | null;
  /** How its traffic leaves the pod. */
  path: ClientPath;
  /** The same as a person would say it. */
  description: string;
}
/** What a request says besides whom it is for: nothing of it is `GET` for `/`. */
export interface FlowMessage {
  /** Its method; null is `GET`. */
  method: string | null;
  /** Its path with the query; null is `/`. */
  path: string | null;
  /** Its headers, in lower case. */
  headers: Record<string, string>;
}
/** A destination. */
export interface FlowTarget {
  /** What the client speaks. */
  scheme: Scheme;
  /** The host that it dials. */
  host: string;
  /** The port that it dials. */
  port: number;
  /** The name that it says, in `Host` or as TLS server name, where this is not the host that it dials; empty for none. */
  name: string | null;
  /**
   * What its HTTP requests say, where an object tells them from others by it and they fare otherwise; null stands for
   * all others.
   */
  message: FlowMessage | null;
}
/** Where at the gateway a destination enters. */
export interface GatewayPortRow {
  /** The external host. */
  host: string;
  /** The port that clients dial. */
  port: number;
  /** The gateway. */
  gateway: string;
  /** The port of its Service. */
  gatewayPort: number;
  /** Whether egressc chose it because the policy names none. */
  allocated: boolean;
}
/** One proxy on the way, or the end of it. */
export interface Hop {
  /** Where. */
  at: Stop;
  /** Envoy's listener. */
  listener: string | null;
  /** Envoy's filter chain. */
  chain: string | null;
  /** Envoy's route. */
  route: string | null;
  /** Envoy's cluster. */
  cluster: string | null;
  /** How the bytes leave this hop. */
  encryption: Encryption | null;
  /** Indices into `decidedBy`. */
  decidedBy: number[];
}
/** A small change of the policies. */
export interface MutantRow {
  /** What was changed. */
  description: string;
  /** Whether some expectation fares otherwise, or the changed policies are refused. */
  noticed: boolean;
  /** Where. */
  place: Place;
}
/** A `to` item of a policy. */
export interface OriginRow {
  /** The policy, as `namespace/name`. */
  policy: string;
  /** Names of the rule and the item. */
  rule: string;
  /** Where it stands. */
  place: Place;
}
/** A place in a source. */
export interface Place {
  /** Name of the source. */
  source: string;
  /** The field, as `spec.egressRules[0].to[0]`; null outside of documents. */
  path: string | null;
  /** First character. */
  start: Position;
  /** One past the last character. */
  end: Position;
  /** A few words for this place; empty when the message says it all. */
  message: string;
}
/** One place in a text, for people and editors. */
export interface Position {
  /** Line, counted from 1. */
  line: number;
  /** Column in the line, counted from 1, in the units asked for. */
  column: number;
  /** Offset in the text, counted from 0, in the units asked for. */
  offset: number;
}
/** Who can reach what. */
export interface ReachResponse {
  /** Whether the sources could be asked; if not, `diagnostics` say why. */
  ok: boolean;
  /** One row for each group of requests that no object tells apart, blocked ones included. */
  flows: Flow[];
  /** The flows as text, when asked for. */
  text: string | null;
  /** What there is to say about the sources, in reading order. */
  diagnostics: Diagnostic[];
  /** The diagnostics as text, when asked for. */
  rendered: string | null;
}
/** An external host as a request reaches it. */
export interface Reached {
  /** The name that was resolved for it. */
  host: string;
  /** Its port. */
  port: number;
  /** Whether it is spoken TLS to. */
  tls: boolean;
  /** The TLS server name that it sees. */
  sni: string | null;
}
/** What one resource was made for. */
export interface ResourceOrigins {
  /** Kind of the resource. */
  kind: string;
  /** Namespace of the resource. */
  namespace: string;
  /** Name of the resource. */
  name: string;
  /** The `to` items. */
  origins: OriginRow[];
}
/** A kind's JSON Schema. */
export interface SchemaResponse {
  /** The schema, draft 2020-12. */
  schema: any;
}
/**
 * How bad it is.
 *
 * - `error`: Nothing is compiled.
 * - `warning`: It compiles, and something is probably not as meant.
 * - `note`: Worth knowing: what was assumed, what was left out.
 */
export type Severity = "error" | "warning" | "note";
/**
 * A place on the way.
 *
 * - `sidecar`: The client's proxy.
 * - `gateway`: The egress gateway.
 * - `origin`: The external host.
 */
export type Stop = "sidecar" | "gateway" | "origin";
/** How the expectations fare. */
export interface TestResponse {
  /** Whether the sources could be asked; if not, `diagnostics` say why. */
  ok: boolean;
  /** How many expectations hold. */
  passed: number;
  /** How many do not. */
  failed: number;
  /** Each expectation, in reading order. */
  expectations: ExpectationRow[];
  /** The `to` items that no `allow` expectation reaches. */
  uncovered: OriginRow[];
  /** Each change that was tried, when asked for. */
  mutants: MutantRow[];
  /** Changes that were not tried because there are too many. */
  untried: number;
  /** The results as text, when asked for. */
  text: string | null;
  /** What there is to say about the sources, in reading order. */
  diagnostics: Diagnostic[];
  /** The diagnostics as text, when asked for. */
  rendered: string | null;
}
/** How a request fares. */
export interface Trace {
  /** The request, with everything filled in. */
  query: Query;
  /** What comes of it. */
  verdict: Verdict;
  /** The HTTP status of the proxy that answers it; null when none does. */
  status: number | null;
  /** Whether a proxy closes the connection. */
  closed: boolean;
  /** The gateway that it crosses. */
  gateway: string | null;
  /** Where it arrives. */
  reached: Reached | null;
  /** Envoy's response flags, as access logs show them. */
  responseFlags: string | null;
  /** Envoy's cluster of the last proxy, as access logs show it. */
  upstreamCluster: string | null;
  /** The proxies that it passes, in order, and the host where it arrives. */
  hops: Hop[];
  /** The objects that decided; hops point into it. */
  decidedBy: Decision[];
  /** Why it cannot be known; empty unless it is. */
  unknown: string[];
  /** What is worth a word although it works. */
  notes: string[];
}
/** What becomes of one request. */
export interface TraceResponse {
  /** Whether the sources could be asked; if not, `diagnostics` say why. */
  ok: boolean;
  /** How the request fares. */
  trace: Trace | null;
  /** Whether the policies allow it; null when they do not speak of such requests. */
  declared: boolean | null;
  /** What would open it, when no policy allows it, or else what is worth a word. */
  hint: string | null;
  /** The trace as text, when asked for. */
  text: string | null;
  /** What there is to say about the sources, in reading order. */
  diagnostics: Diagnostic[];
  /** The diagnostics as text, when asked for. */
  rendered: string | null;
}
/**
 * What the TLS that a proxy begins does not verify, from the least to the worst.
 *
 * - `nothing`: It verifies all, or no proxy began any.
 * - `name`: That the certificate is the host's.
 * - `everything`: The certificate at all.
 */
export type Unverified = "nothing" | "name" | "everything";
/**
 * What comes of a request.
 *
 * - `allowed`: It reaches what it asked for.
 * - `blocked`: It reaches nothing.
 * - `diverted`: It reaches something else than it asked for.
 * - `unknown`: It cannot be known; [`Trace::unknown`] says why.
 */
export type Verdict = "allowed" | "blocked" | "diverted" | "unknown";
