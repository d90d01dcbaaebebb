// Written by `UPDATE=1 cargo test -p egressc-tests --test codegen` from the Rust types in core/src/api.
/**
 * Compiles a policy set to the resources that enforce it.
 *
 * A call with an invalid request throws an {@link EgresscUsageError}.
 */
export function compile(request: CompileRequest): CompileResponse;
/**
 * Checks a policy set without compiling it.
 *
 * A call with an invalid request throws an {@link EgresscUsageError}.
 */
export function check(request: CheckRequest): CheckResponse;
/**
 * Evaluates one request, hop by hop.
 *
 * A call with an invalid request throws an {@link EgresscUsageError}.
 */
export function trace(request: TraceRequest): TraceResponse;
/**
 * Lists which clients can reach which hosts.
 *
 * A call with an invalid request throws an {@link EgresscUsageError}.
 */
export function reach(request: ReachRequest): ReachResponse;
/**
 * Lists which flows a change opens, closes and reroutes, and in which order to apply it.
 *
 * A call with an invalid request throws an {@link EgresscUsageError}.
 */
export function diff(request: DiffRequest): DiffResponse;
/**
 * Runs the expectations in the sources, and lists what no expectation covers.
 *
 * A call with an invalid request throws an {@link EgresscUsageError}.
 */
export function test(request: TestRequest): TestResponse;
/**
 * Compares the verdicts with the lines of access logs.
 *
 * A call with an invalid request throws an {@link EgresscUsageError}.
 */
export function replay(request: ReplayRequest): ReplayResponse;
/**
 * Makes policies of one kind policies of another.
 *
 * A call with an invalid request throws an {@link EgresscUsageError}.
 */
export function convert(request: ConvertRequest): ConvertResponse;
/**
 * Returns the meaning of a diagnostic code.
 *
 * A call with an invalid request throws an {@link EgresscUsageError}.
 */
export function explain(request: ExplainRequest): ExplainResponse;
/**
 * Returns the JSON Schema of a kind, for editors.
 *
 * A call with an invalid request throws an {@link EgresscUsageError}.
 */
export function schema(request: SchemaRequest): SchemaResponse;
/**
 * Describes this library.
 *
 * A call with an invalid request throws an {@link EgresscUsageError}.
 */
export function about(request?: {}): AboutResponse;
/** A call with an invalid request. It does not depend on the policies. */
export class EgresscUsageError extends Error {
  readonly name: "EgresscUsageError";
}
/** The access log of one proxy. */
export interface AccessLog {
  /** Name of the log in the response: a path, or any text. */
  name: string;
  /** Its lines, in Istio's text or JSON format. */
  text: string;
  /**
   * The client that sent the requests: the workload whose sidecar wrote the log. With `path: direct` and `gateway`, the
   * log is that of the gateway. If absent, the field `kubernetes` of each JSON line must name the workload.
   */
  client?: QueryClient | null;
}
/** The request of `check`: whether a policy set compiles, and what is wrong with Istio objects. */
export interface CheckRequest {
  /** All policies of the mesh, the documents that describe it, Istio objects, and a `CheckConfiguration`. */
  sources: Source[];
  /**
   * The day of today, such as `2027-03-31`, for suppressions, which end, and for `until` of rules. Without it no suppression is
   * followed, and nothing is said about rules whose last day has passed.
   */
  date?: string | null;
  /** Units of columns and offsets in the response. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** If set, `rendered` contains the diagnostics as text. */
  render?: Rendering | null;
}
/**
 * How a client's traffic leaves its pod.
 *
 * - `sidecar`: Through its sidecar.
 * - `direct`: To a gateway with the client's own mesh certificate, without the routes of its sidecar.
 * - `ambient`: Through the ztunnel of its node: the workload is in ambient mode.
 * - `none`: Without a sidecar.
 */
export type ClientPath = "sidecar" | "direct" | "ambient" | "none";
/** The request of `compile`: the resources of a policy set. */
export interface CompileRequest {
  /** All policies of the mesh, and the documents that describe it. */
  sources: Source[];
  /** If set, `text` contains the resources in this format. */
  format?: Format | null;
  /** Units of columns and offsets in the response. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** If set, `rendered` contains the diagnostics as text. */
  render?: Rendering | null;
}
/** The request of `convert`: policies of one kind as policies of another. */
export interface ConvertRequest {
  /** The sources with policies. */
  sources: Source[];
  /** The kind that the policies get. */
  to: PolicyKind;
  /** The units of columns and offsets. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** How the diagnostics are rendered as text; null or absent: they are not. */
  render?: Rendering | null;
}
/**
 * How a difference is written as text.
 *
 * - `text`: For a terminal.
 * - `markdown`: For a pull request.
 */
export type DiffFormat = "text" | "markdown";
/** The request of `diff`: which flows a change opens, closes and reroutes. */
export interface DiffRequest {
  /** The mesh before the change: all policies, the documents that describe it, and Istio objects. */
  before: Source[];
  /** The mesh after the change. */
  after: Source[];
  /** If set, `text` contains the result in this format. */
  format?: DiffFormat | null;
  /** Units of columns and offsets in the response. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** If set, `rendered` contains the diagnostics as text. */
  render?: Rendering | null;
}
/** The request of `explain`: the meaning of a diagnostic, or of a named set of requests. */
export interface ExplainRequest {
  /** A code such as `EGR0421`, or its slug, in upper or lower case; or a named set such as `@git-clone/1`. */
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
 * A kind of policies.
 *
 * - `ASMEgressTrafficPolicy`: `ASMEgressTrafficPolicy` of `istio.alibabacloud.com/v1`.
 * - `EgressPolicy`: `EgressPolicy` of `egressc.dev/v1alpha1`.
 */
export type PolicyKind = "ASMEgressTrafficPolicy" | "EgressPolicy";
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
/** One request: a client and a destination. */
export interface Query {
  /** The client. */
  from: QueryClient;
  /** The destination. */
  to: QueryTarget;
}
/** A workload that sends a request. */
export interface QueryClient {
  /** Its namespace. */
  namespace: string;
  /** The gateway that the client calls directly, if `path` is `direct`; by default egressc finds it by the host. */
  gateway?: string | null;
  /** Labels of its pods. */
  labels?: Record<string, string>;
  /** The server name of the mutual TLS connection to the gateway, if `path` is `direct`; by default egressc finds it by the host. */
  outerSni?: string | null;
  /** How its traffic leaves the pod. */
  path?: ClientPath;
  /** Its service account; null if unknown. */
  serviceAccount?: string | null;
}
/** The destination of a request. */
export interface QueryTarget {
  /** The protocol of the client. */
  scheme: Scheme;
  /** The name, or the address, that the client calls. */
  host: string;
  /** The address that the client dials; null stands for what the host resolves to. */
  address?: string | null;
  /** HTTP: headers; `host` overrides the name that the client calls. */
  headers?: Record<string, string>;
  /** HTTP: the method. */
  method?: string | null;
  /** HTTP: further values of headers that the client sends several times. */
  moreHeaders?: Record<string, string[]>;
  /** HTTP: the path. */
  path?: string | null;
  /**
   * The port that the client calls, or the port of the gateway if `path` is `direct`. Defaults to the usual port of the scheme;
   * `tcp` has no default.
   */
  port?: number | null;
  /** TLS: the server name that the client sends; null stands for the host, and an empty name for no server name. */
  sni?: string | null;
}
/** Which rows a response of `reach` contains: those for which all of this holds. */
export interface ReachFilter {
  /**
   * The client is this one: a namespace, then labels, for example `mytest,app=sleep-a`. Without labels, it is any client of the
   * namespace.
   */
  from?: string | null;
  /** The client is in one of these namespaces. */
  namespaces?: string[] | null;
  /** The result is this one. */
  only?: ReachOnly | null;
  /** The destination is this host; `*.example.com` is every host below `example.com`. A port may follow: `example.com:443`. */
  to?: string | null;
}
/**
 * How flows are written as text.
 *
 * - `table`: Aligned columns.
 * - `csv`: Comma-separated values (RFC 4180).
 * - `mermaid`: A Mermaid flowchart.
 * - `dot`: A Graphviz graph.
 * - `html`: A page with a picture and a table, in one file without scripts.
 * - `svg`: A picture, in one file without scripts.
 */
export type ReachFormat = "table" | "csv" | "mermaid" | "dot" | "html" | "svg";
/**
 * The result of the rows of a filter.
 *
 * - `allowed`: The request arrives somewhere, or it is unknown whether it does.
 * - `blocked`: The request is blocked.
 * - `bypass`: The request arrives, and bypasses every gateway.
 */
export type ReachOnly = "allowed" | "blocked" | "bypass";
/** The request of `reach`: which clients can reach which hosts. */
export interface ReachRequest {
  /** All policies of the mesh, the documents that describe it, and Istio objects. */
  sources: Source[];
  /** Date that the formats `html` and `svg` show, such as `2027-03-31`. Without it they show none. */
  date?: string | null;
  /** Which rows the response contains; without it, all of them. */
  filter?: ReachFilter | null;
  /** If set, `text` contains the result in this format. */
  format?: ReachFormat | null;
  /** Units of columns and offsets in the response. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** If set, `rendered` contains the diagnostics as text. */
  render?: Rendering | null;
  /** Title of the formats `html` and `svg`. */
  title?: string | null;
}
/**
 * How diagnostics are rendered as text.
 *
 * - `plain`: Without colour.
 * - `coloured`: With terminal colours.
 */
export type Rendering = "plain" | "coloured";
/**
 * How the result is written as text.
 *
 * - `text`: For a terminal.
 */
export type ReplayFormat = "text";
/** The request of `replay`: compares the verdicts with the lines of access logs. */
export interface ReplayRequest {
  /** All policies of the mesh, the documents that describe it, and Istio objects. */
  sources: Source[];
  /** The access logs. */
  logs: AccessLog[];
  /** The largest number of lines in `rows` for each result; the default is 5. */
  examples?: number | null;
  /** If set, `text` contains the result in this format. */
  format?: ReplayFormat | null;
  /** Units of columns and offsets in the response. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** If set, `rendered` contains the diagnostics as text. */
  render?: Rendering | null;
}
/**
 * A kind that has a schema.
 *
 * - `policy`: `ASMEgressTrafficPolicy`.
 * - `egress-policy`: `EgressPolicy`.
 * - `environment`: `MeshEnvironment`.
 * - `expectations`: `EgressExpectations`.
 * - `configuration`: `CheckConfiguration`.
 */
export type SchemaKind = "policy" | "egress-policy" | "environment" | "expectations" | "configuration";
/** The request of `schema`: the JSON Schema of a kind. */
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
  /** Name of the source in diagnostics: a path, or any text. egressc never opens it. */
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
/** The request of `test`: runs the expectations in the sources. */
export interface TestRequest {
  /** All policies of the mesh, the documents that describe it, Istio objects, and `EgressExpectations`. */
  sources: Source[];
  /** If set, `text` contains the result in this format. */
  format?: TestFormat | null;
  /** Whether to make small changes to the policies, and to list those that no expectation notices. */
  mutations?: boolean;
  /** Units of columns and offsets in the response. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** If set, `rendered` contains the diagnostics as text. */
  render?: Rendering | null;
}
/**
 * How a trace is written as text.
 *
 * - `text`: Text for people, hop by hop.
 * - `mermaid`: A Mermaid sequence diagram.
 */
export type TraceFormat = "text" | "mermaid";
/** The request of `trace`: the result of one request. Set one of `query`, `ask` and `accessLog`. */
export interface TraceRequest {
  /** All policies of the mesh, the documents that describe it, and Istio objects. */
  sources: Source[];
  /** A line of an Envoy access log in Istio's text or JSON format. */
  accessLog?: string | null;
  /** The request in one line, for example `mytest,app=sleep-a -> POST https://www.httpbin.org/anything`. */
  ask?: string | null;
  /** The client whose sidecar wrote `accessLog`; if absent, egressc tries every client that the policies name. */
  client?: QueryClient | null;
  /** If set, `text` contains the result in this format. */
  format?: TraceFormat | null;
  /** Units of columns and offsets in the response. In JavaScript, `utf16` unless said otherwise. */
  positionEncoding?: PositionEncoding;
  /** The request. */
  query?: Query | null;
  /** If set, `rendered` contains the diagnostics as text. */
  render?: Rendering | null;
}
/** The response of `about`. */
export interface AboutResponse {
  /** `egressc`. */
  name: string;
  /** Its version. */
  version: string;
  /** The names of its calls. */
  calls: string[];
}
/** Who answers for a rule, and until when. egressc only reports it. */
export interface Accountability {
  /** Who answers for it. */
  owner: string | null;
  /** Why it is needed. */
  reason: string | null;
  /** Where it was agreed on. */
  ticket: string | null;
  /** The last day on which it is needed, for example `2027-03-31`. */
  until: string | null;
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
  /** The action. */
  action: ApplyAction;
  /**
   * The number of the wave of the step, from 1 on. The steps of a wave have one action and one kind; between two waves, wait until
   * the proxies have what was applied.
   */
  wave: number;
  /** Kind of the object. */
  kind: string;
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
  /** The object to apply in this step, if it is not yet the object that the new policies compile to. */
  transitional: any;
  /** The reason for this position in the order. */
  reason: string;
}
/** A rule in audit mode, and the lines of requests that it would block if it were enforced. */
export interface AuditedLines {
  /** The policy, in the form `namespace/name`. */
  policy: string;
  /** The rule. */
  rule: string;
  /** The number of lines. */
  lines: number;
}
/** A flow that changes. */
export interface Change {
  /** The kind of change. */
  kind: ChangeKind;
  /** The change as a sentence: an example request, and its result before and after. */
  message: string;
  /** The result before the change; null if no such flow was known. */
  before: Flow | null;
  /** The result after the change; null if no such flow is known any more. */
  after: Flow | null;
  /** The place in the documents that causes the change. */
  place: Place | null;
  /** Whether no document that names the client's namespace was changed. */
  untouched: boolean;
}
/**
 * What a change does to a flow.
 *
 * - `gained`: The request was blocked, and now reaches a host.
 * - `widened`: A gateway now allows a caller that it denied, or the request arrives at a host at which it did not arrive.
 * - `unknown`: The result is now unknown.
 * - `weakened`: The request has less encryption or verification than before, or now bypasses the gateway.
 * - `rerouted`: The request uses another gateway or port, or arrives at fewer of several hosts.
 * - `lost`: The request reached a host, and is now blocked.
 * - `narrowed`: A gateway now denies a caller that it allowed.
 * - `strengthened`: The request has more encryption or verification than before.
 */
export type ChangeKind = "gained" | "widened" | "unknown" | "weakened" | "rerouted" | "lost" | "narrowed" | "strengthened";
/** The response of `check`: whether a policy set compiles, and what is wrong with Istio objects. */
export interface CheckResponse {
  /** Whether the policies compile, and nothing else is refused. */
  ok: boolean;
  /** The gateway port of each destination. */
  gatewayPorts: GatewayPortRow[];
  /** The diagnostics, in the order of the sources. */
  diagnostics: Diagnostic[];
  /** The diagnostics that a suppression hides; at most 500 of them. */
  suppressed: Suppressed[];
  /** The diagnostics as text, if requested. */
  rendered: string | null;
}
/** The response of `compile`: the resources of a policy set. */
export interface CompileResponse {
  /** Whether the policies compile; if not, `resources` is empty. */
  ok: boolean;
  /** The resources, in the order in which they should be applied. */
  resources: any[];
  /** The origin of each resource, in the same order. */
  origins: ResourceOrigins[];
  /** The gateway port of each destination. */
  gatewayPorts: GatewayPortRow[];
  /** The diagnostics, in the order of the sources. */
  diagnostics: Diagnostic[];
  /** The resources as text, if requested. */
  text: string | null;
  /** The diagnostics as text, if requested. */
  rendered: string | null;
}
/** The response of `convert`: the sources with converted policies. */
export interface ConvertResponse {
  /** Whether every policy could be converted. If not, there are no texts. */
  ok: boolean;
  /**
   * The sources that have policies of the other kind, with their new texts. Comments and all other documents stay as they
   * are.
   */
  converted: ConvertedSource[];
  /** What is wrong, and the fields that have no place in the other kind. */
  diagnostics: Diagnostic[];
  /** The diagnostics as text, if the request asks for it. */
  rendered: string | null;
}
/** A source with converted policies. */
export interface ConvertedSource {
  /** Its name. */
  name: string;
  /** Its new text. */
  text: string;
}
/** An object that decides the result. */
export interface Decision {
  /** Its kind. */
  kind: string;
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
  /** Its place in the sources; for a compiled object, the `to` item that it was made for. */
  span: Place | null;
  /** The policy that it was made for, in the form `namespace/name`. */
  policy: string | null;
  /** The rule that it was made for. */
  rule: string | null;
}
/** One diagnostic. */
export interface Diagnostic {
  /** The code: `EGR` and four digits. */
  code: string;
  /** The slug of the code, for people. */
  slug: string;
  /** The severity. */
  severity: Severity;
  /** The message. */
  message: string;
  /** The places; look at the first one first. */
  labels: Place[];
  /** Why it matters. */
  notes: string[];
  /** The action. */
  help: string | null;
  /** An edit that fixes the problem. */
  fix: Fix | null;
}
/** The response of `diff`: which flows a change opens, closes and reroutes. */
export interface DiffResponse {
  /** Whether both sides could be evaluated; if not, `diagnostics` contains the reasons. */
  ok: boolean;
  /** Each flow that changes, the dangerous changes first. */
  changes: Change[];
  /**
   * Each setting that changes for flows that a policy declares before and after the change: weights, timeouts, retries,
   * limits, headers, certificates. They are compared as policies say them; those of other Istio objects are not.
   */
  settings: SettingChange[];
  /** Whether the change opens a flow or weakens its protection, or whether that is unknown. */
  widened: boolean;
  /**
   * Namespaces of clients whose flows change although no document that names them was changed;
   * `*` stands for all namespaces that are not named.
   */
  affectedNamespaces: string[];
  /**
   * The order in which to apply the change, so that no flow that exists before and after it is interrupted, and no other flow is
   * open in between.
   */
  order: ApplyStep[];
  /** The changes as text, if requested. */
  text: string | null;
  /** The diagnostics of the sources: first those of the sources before the change that do not apply after it. */
  diagnostics: Diagnostic[];
  /** The diagnostics as text, if requested. */
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
  /** The result. */
  verdict: Verdict;
  /** Whether the result is as expected. */
  passed: boolean;
  /** The result as a sentence. */
  message: string;
  /** The possible results if the result is unknown, each with its conditions. */
  cases: TraceCase[];
  /** The number of possible results that `cases` does not contain. */
  moreCases: number;
  /** The documents that would settle which case is right. */
  missing: string[];
  /** If the expectation fails: objects that name the host of the request, or select its client, and that are not used. */
  unused: UnusedObject[];
  /** The number of such objects that `unused` does not contain. */
  moreUnused: number;
  /** The URL. */
  place: Place;
}
/**
 * The expected result of a request.
 *
 * - `allow`: The request arrives.
 * - `deny`: The request does not arrive.
 */
export type ExpectedVerdict = "allow" | "deny";
/** The response of `explain`: the meaning of a diagnostic, or of a named set. */
export interface ExplainResponse {
  /** The code: `EGR` and four digits. Of a named set its name. */
  code: string;
  /** The slug of the code, for people. Of a named set its name without its edition. */
  slug: string;
  /** The severity; null for a named set. */
  severity: Severity | null;
  /** The title of the page. */
  summary: string;
  /** Its page, in Markdown. */
  page: string;
}
/** An edit: one place, one new text. */
export interface Fix {
  /** What the edit does. */
  title: string;
  /** What to replace. */
  place: Place;
  /** The new text. */
  replacement: string;
}
/** One kind of client and one destination, with the result of its requests. */
export interface Flow {
  /** The client. */
  from: FlowClient;
  /** The destination. */
  to: FlowTarget;
  /** The result. */
  verdict: Verdict;
  /** Whether a policy allows the request. */
  declared: boolean;
  /** Whether the request arrives only because its rule is in audit mode: an enforced rule would block it. */
  audit: boolean;
  /** Whether the request reaches a host and bypasses every gateway. */
  bypass: boolean;
  /** The gateway that the request goes through. */
  gateway: string | null;
  /** The port of the gateway's Service. */
  gatewayPort: number | null;
  /** The other gateways that it may go through: a weight decides for each request. */
  otherGateways: OtherGateway[];
  /** Encryption between the client's proxy and the gateway. */
  toGateway: Encryption | null;
  /** Encryption on the connection to the host. */
  toHost: Encryption | null;
  /** What a proxy does not verify in its TLS connection to the host. */
  unverified: Unverified;
  /** Where the request arrives. */
  reached: Reached | null;
  /** The other places where it may arrive: a weight, or a proxy's choice of an endpoint, decides for each request. */
  alsoReached: Reached[];
  /** The HTTP status, if a proxy answers the request. */
  status: number | null;
  /** Envoy's response flags. */
  responseFlags: string | null;
  /** The policy that declares the flow, in the form `namespace/name`. */
  policy: string | null;
  /** The rule that declares the flow. */
  rule: string | null;
  /** Who answers for the rule; null if the rule does not say so. */
  accountability: Accountability | null;
  /** The place of the declaration, or of the object that allows the request. */
  place: Place | null;
  /** Why the result is unknown; empty if it is known. */
  unknown: string[];
}
/** A kind of client. */
export interface FlowClient {
  /** Its namespace; null stands for all namespaces that are not named. */
  namespace: string | null;
  /**
   * How many other namespaces the row stands for: they have the same kind of Sidecar, and no object tells them apart for the
   * destination. It is 0 where the row is about one namespace, as nearly all rows are.
   */
  otherNamespaces: number;
  /** Labels of its pods; empty stands for all pods with none of the named labels. */
  labels: Record<string, string>;
  /** Its service account; null if unknown. `*` stands for all accounts that are not named, where a policy names some. */
  serviceAccount: string | null;
  /** How its traffic leaves the pod. */
  path: ClientPath;
  /** The client as a text for people. */
  description: string;
}
/** Method, path and headers of an HTTP request. Defaults to `GET /`. */
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
  /** The protocol of the client. */
  scheme: Scheme;
  /** The host that the client calls. */
  host: string;
  /**
   * The addresses, or networks of addresses, that the client dials, if the result depends on them: `*` stands for all that have no
   * row of their own.
   */
  addresses: string[];
  /** The port that the client calls. */
  port: number;
  /** The name that the client sends in `Host` or as TLS server name, if it is not the host that it calls; empty if it sends none. */
  name: string | null;
  /**
   * Method, path and headers of its HTTP requests, if an object distinguishes them and they have another result; null stands for
   * all other requests.
   */
  message: FlowMessage | null;
}
/** The gateway port of a destination. */
export interface GatewayPortRow {
  /** The external host. */
  host: string;
  /** The port that clients call. */
  port: number;
  /** The gateway. */
  gateway: string;
  /** The port of its Service. */
  gatewayPort: number;
  /** Whether egressc chose the port because the policy does not set one. */
  allocated: boolean;
}
/** One proxy on the path of the request, or the host at its end. */
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
  /** Encryption of the connection that leaves this hop. */
  encryption: Encryption | null;
  /** Indices into `decidedBy`. */
  decidedBy: number[];
}
/** The fields of a line that are compared. */
export interface Logged {
  /** The HTTP status. */
  status: number | null;
  /** Envoy's response flags. */
  responseFlags: string | null;
  /** Which part of the proxy answered, or why it closed the connection. */
  details: string | null;
  /** Envoy's cluster. */
  upstreamCluster: string | null;
  /** Envoy's route. */
  route: string | null;
}
/** A small change of the policies. */
export interface MutantRow {
  /** The change. */
  description: string;
  /** Whether the result of an expectation changes, or the changed policies are refused. */
  noticed: boolean;
  /** Where. */
  place: Place;
}
/** A `to` item of a policy. */
export interface OriginRow {
  /** The policy, in the form `namespace/name`. */
  policy: string;
  /** Names of the rule and the item. */
  rule: string;
  /** Its place in the sources. */
  place: Place;
  /** Who answers for the rule; null if the rule does not say so. */
  accountability: Accountability | null;
}
/** A gateway that a request may go through instead of another one. */
export interface OtherGateway {
  /** Its name. */
  name: string;
  /** The port of its Service. */
  port: number;
}
/** A place in a source. */
export interface Place {
  /** Name of the source. */
  source: string;
  /** The field, for example `spec.egressRules[0].to[0]`; null outside of documents. */
  path: string | null;
  /** First character. */
  start: Position;
  /** One past the last character. */
  end: Position;
  /** A few words for this place; empty if the message is enough. */
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
/** The response of `reach`: which clients can reach which hosts. */
export interface ReachResponse {
  /** Whether the sources could be evaluated; if not, `diagnostics` contains the reasons. */
  ok: boolean;
  /** One row for each group of requests that no object distinguishes, including blocked requests. */
  flows: Flow[];
  /** Why results are unknown, with the number of rows; the reason of most rows comes first. */
  unknowns: UnknownReason[];
  /** What the results take for granted because no document describes it. */
  assumed: string[];
  /** The flows as text, if requested. */
  text: string | null;
  /** The diagnostics, in the order of the sources. */
  diagnostics: Diagnostic[];
  /** The diagnostics as text, if requested. */
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
/** A reason, and the number of lines that it is for. */
export interface ReplayReason {
  /** The result of these lines. */
  result: ReplayResult;
  /** The reason. */
  reason: string;
  /** The number of lines. */
  lines: number;
}
/** The response of `replay`: how many lines agree with the verdicts, and examples. */
export interface ReplayResponse {
  /** Whether the sources could be evaluated; if not, `diagnostics` contains the reasons, and no line is compared. */
  ok: boolean;
  /** The number of lines that agree with the verdict. */
  agree: number;
  /** The number of lines that contradict the verdict. */
  differ: number;
  /** The number of lines for which the verdict is unknown, or that do not show whether it is right. */
  unknown: number;
  /** The number of lines that are not compared. */
  leftOut: number;
  /** The reasons, and the number of lines for each; the most frequent ones first. */
  reasons: ReplayReason[];
  /** The rules in audit mode by which alone requests arrive, with the number of lines that agree for each; most lines come first. */
  audited: AuditedLines[];
  /** The first lines of each result. */
  rows: ReplayRow[];
  /** The result as text, if requested. */
  text: string | null;
  /** The diagnostics, in the order of the sources. */
  diagnostics: Diagnostic[];
  /** The diagnostics as text, if requested. */
  rendered: string | null;
}
/**
 * What comes of comparing one line with the verdict.
 *
 * - `agree`: The line is as the verdict says.
 * - `differ`: The line contradicts the verdict.
 * - `unknown`: The verdict is unknown, or the line does not show whether it is right.
 * - `leftOut`: The line is not compared.
 */
export type ReplayResult = "agree" | "differ" | "unknown" | "leftOut";
/** One line of a log, and the verdict. */
export interface ReplayRow {
  /** The result. */
  result: ReplayResult;
  /** The name of the log. */
  log: string;
  /** The number of the line, from 1. */
  line: number;
  /** The request in words; empty if the line is left out. */
  request: string;
  /** Why the line differs, is unknown or is left out; empty if it agrees. */
  reason: string;
  /** What the line contains; null if it could not be read. */
  logged: Logged | null;
  /** The request of the line, and its verdict; null if the line is left out. */
  trace: Trace | null;
}
/** The origin of one resource. */
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
/** The response of `schema`: the JSON Schema of a kind. */
export interface SchemaResponse {
  /** The schema, draft 2020-12. */
  schema: any;
}
/** A setting of a destination that changes. */
export interface SettingChange {
  /** The field of the policy, below `to[]`, as `retries.attempts`. */
  setting: string;
  /** The gateway, the backend or the header whose setting it is; null for a setting of the whole destination. */
  of: string | null;
  /** The change as a sentence. */
  message: string;
  /** The value before the change; null if the policy did not set it. A weight is a share of all weights, as `9 of 10`. */
  before: string | null;
  /** The value after the change; null if the policy does not set it any more. */
  after: string | null;
  /**
   * Whether the gateway accepts certificates of more authorities than before: those of its system instead of those of a Secret
   * or a file.
   */
  weakens: boolean;
  /** The clients of the destination, in words. */
  clients: string[];
  /** The hosts of the destination. */
  hosts: string[];
  /** The port that clients use. */
  port: number;
  /** The destination in the policy after the change. */
  place: Place;
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
 * - `waypoint`: The waypoint of a client in ambient mode.
 * - `origin`: The external host.
 */
export type Stop = "sidecar" | "gateway" | "waypoint" | "origin";
/** A diagnostic that a suppression hides. */
export interface Suppressed {
  /** The diagnostic. */
  diagnostic: Diagnostic;
  /** Why it is hidden. */
  reason: string;
  /** The last day on which it is hidden. */
  until: string;
  /** Where the suppression is written. */
  place: Place;
}
/** The response of `test`: the results of the expectations. */
export interface TestResponse {
  /** Whether the sources could be evaluated; if not, `diagnostics` contains the reasons. */
  ok: boolean;
  /** The number of expectations that pass. */
  passed: number;
  /** The number of expectations that fail. */
  failed: number;
  /** Each expectation, in the order of the sources. */
  expectations: ExpectationRow[];
  /** The `to` items that no `allow` expectation reaches. */
  uncovered: OriginRow[];
  /** Each change that was tested, if requested. */
  mutants: MutantRow[];
  /** The number of changes that were not tested because there are too many. */
  untried: number;
  /** What the results take for granted because no document describes it. */
  assumed: string[];
  /** The results as text, if requested. */
  text: string | null;
  /** The diagnostics, in the order of the sources. */
  diagnostics: Diagnostic[];
  /** The diagnostics as text, if requested. */
  rendered: string | null;
}
/** The result of a request. */
export interface Trace {
  /** The request, with all defaults. */
  query: Query;
  /** The result. */
  verdict: Verdict;
  /** The HTTP status, if a proxy answers the request; null if no proxy does. */
  status: number | null;
  /** Whether a proxy closes the connection. */
  closed: boolean;
  /** The gateway that the request goes through. */
  gateway: string | null;
  /** The other gateways that it may go through: a weight decides for each request. */
  otherGateways: OtherGateway[];
  /** Where the request arrives. */
  reached: Reached | null;
  /** The other places where it may arrive: a weight, or a proxy's choice of an endpoint, decides for each request. */
  alsoReached: Reached[];
  /** Envoy's response flags, as in access logs. */
  responseFlags: string | null;
  /** Envoy's cluster of the last proxy, as in access logs. */
  upstreamCluster: string | null;
  /** The proxies that the request goes through, in order, and the host where it arrives. */
  hops: Hop[];
  /**
   * Whether each object in `decidedBy` decides for certain. If not, the request may take several ways with this result: `hops`
   * shows one of them, and the objects that decide in the others are in `decidedBy`, too.
   */
  decidersAreKnown: boolean;
  /** The objects that decide the result; hops refer to them by index. */
  decidedBy: Decision[];
  /** Why the result is unknown; empty if it is known. */
  unknown: string[];
  /** The possible results if the result is unknown, each with its conditions. */
  cases: TraceCase[];
  /** The number of possible results that `cases` does not contain. */
  moreCases: number;
  /** The documents that would settle which case is right. */
  missing: string[];
  /** What the result takes for granted because no document describes it. */
  assumed: string[];
  /** Remarks on the request. */
  notes: string[];
  /** Objects that name the host of the request, or select its client, and that are not used, with the reasons. */
  unused: UnusedObject[];
  /** The number of such objects that `unused` does not contain. */
  moreUnused: number;
}
/** A possible result of a request, and the conditions under which it is the right one. */
export interface TraceCase {
  /** The conditions, as clauses; all of them must hold. */
  conditions: string[];
  /** The result. */
  verdict: Verdict;
  /** The HTTP status, if a proxy answers the request. */
  status: number | null;
  /** Whether a proxy closes the connection. */
  closed: boolean;
  /** The gateway that the request goes through. */
  gateway: string | null;
  /** Where the request arrives. */
  reached: Reached | null;
  /** Envoy's response flags, as in access logs. */
  responseFlags: string | null;
  /** Why the result is unknown even under these conditions; empty if it is known. */
  unknown: string[];
}
/** The response of `trace`: the result of one request. */
export interface TraceResponse {
  /** Whether the sources could be evaluated; if not, `diagnostics` contains the reasons. */
  ok: boolean;
  /** The result of the request. */
  trace: Trace | null;
  /** Whether the policies allow the request; null if they do not apply to such requests. */
  declared: boolean | null;
  /** Whether the request arrives only because its rule is in audit mode: an enforced rule would block it. */
  audit: boolean;
  /** How to allow the request, if no policy allows it, or another hint. */
  hint: string | null;
  /** The trace as text, if requested. */
  text: string | null;
  /** The diagnostics, in the order of the sources. */
  diagnostics: Diagnostic[];
  /** The diagnostics as text, if requested. */
  rendered: string | null;
}
/** A reason why the results of some rows are unknown. */
export interface UnknownReason {
  /** The number of rows. */
  rows: number;
  /** The document that would settle the results; null if no document does. */
  missing: string | null;
  /** The reason; if one document would settle several reasons, the first of them. */
  reason: string;
}
/** An object near a request that is not used, or a part of it. */
export interface UnusedObject {
  /** Its kind. */
  kind: string;
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
  /** Its place in the sources. */
  span: Place | null;
  /** Why it is not used, as a clause. */
  reason: string;
}
/**
 * What a proxy does not verify in its TLS connection to the host, from the best to the worst.
 *
 * - `nothing`: The certificate is verified, or no proxy opens a TLS connection.
 * - `name`: The name in the certificate is not verified.
 * - `everything`: The certificate is not verified.
 */
export type Unverified = "nothing" | "name" | "everything";
/**
 * The result of a request.
 *
 * - `allowed`: The request arrives at its destination.
 * - `blocked`: The request does not arrive.
 * - `diverted`: The request, or one like it that a weight or a choice of an endpoint sends elsewhere, arrives at another host or port
 * than its destination.
 * - `unknown`: The result is unknown; [`Trace::unknown`] contains the reasons.
 */
export type Verdict = "allowed" | "blocked" | "diverted" | "unknown";
