// Written by `UPDATE=1 cargo test -p egressc-tests --test codegen` from the Rust types in core/src/api.
@file:JvmName("Egressc")

package dev.egressc

import com.fasterxml.jackson.annotation.JsonProperty
import com.fasterxml.jackson.databind.JsonNode
/**
 * Compiles a policy set to the resources that enforce it.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun compile(request: CompileRequest): CompileResponse = answer(request) { compile(it) }
/**
 * Checks a policy set without compiling it.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun check(request: CheckRequest): CheckResponse = answer(request) { check(it) }
/**
 * Evaluates one request, hop by hop.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun trace(request: TraceRequest): TraceResponse = answer(request) { trace(it) }
/**
 * Lists which clients can reach which hosts.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun reach(request: ReachRequest): ReachResponse = answer(request) { reach(it) }
/**
 * Lists which flows a change opens, closes and reroutes, and in which order to apply it.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun diff(request: DiffRequest): DiffResponse = answer(request) { diff(it) }
/**
 * Runs the expectations in the sources, and lists what no expectation covers.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun test(request: TestRequest): TestResponse = answer(request) { test(it) }
/**
 * Compares the verdicts with the lines of access logs.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun replay(request: ReplayRequest): ReplayResponse = answer(request) { replay(it) }
/**
 * Makes policies of one kind policies of another.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun convert(request: ConvertRequest): ConvertResponse = answer(request) { convert(it) }
/**
 * Returns the meaning of a diagnostic code.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun explain(request: ExplainRequest): ExplainResponse = answer(request) { explain(it) }
/**
 * Returns the JSON Schema of a kind, for editors.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun schema(request: SchemaRequest): SchemaResponse = answer(request) { schema(it) }
/**
 * Describes this library.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun about(): AboutResponse = answer(emptyMap<String, Any>()) { about(it) }
/** The access log of one proxy. */
public data class AccessLog(
  /** Name of the log in the response: a path, or any text. */
  @param:JsonProperty("name") @get:JsonProperty("name")
  val name: String,
  /** Its lines, in Istio's text or JSON format. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String,
  /**
   * The client that sent the requests: the workload whose sidecar wrote the log. With `path: direct` and `gateway`, the
   * log is that of the gateway. If absent, the field `kubernetes` of each JSON line must name the workload.
   */
  @param:JsonProperty("client") @get:JsonProperty("client")
  val client: QueryClient? = null,
)
/** The request of `check`: whether a policy set compiles, and what is wrong with Istio objects. */
public data class CheckRequest(
  /** All policies of the mesh, the documents that describe it, Istio objects, and a `CheckConfiguration`. */
  @param:JsonProperty("sources") @get:JsonProperty("sources")
  val sources: List<Source>,
  /**
   * The day of today, such as `2027-03-31`, for suppressions, which end, and for `until` of rules. Without it no suppression is
   * followed, and nothing is said about rules whose last day has passed.
   */
  @param:JsonProperty("date") @get:JsonProperty("date")
  val date: String? = null,
  /** Units of columns and offsets in the response. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** If set, `rendered` contains the diagnostics as text. */
  @param:JsonProperty("render") @get:JsonProperty("render")
  val render: Rendering? = null,
)
/** How a client's traffic leaves its pod. */
public enum class ClientPath {
  /** Through its sidecar. */
  @JsonProperty("sidecar")
  SIDECAR,
  /** To a gateway with the client's own mesh certificate, without the routes of its sidecar. */
  @JsonProperty("direct")
  DIRECT,
  /** Through the ztunnel of its node: the workload is in ambient mode. */
  @JsonProperty("ambient")
  AMBIENT,
  /** Without a sidecar. */
  @JsonProperty("none")
  NONE,
}
/** The request of `compile`: the resources of a policy set. */
public data class CompileRequest(
  /** All policies of the mesh, and the documents that describe it. */
  @param:JsonProperty("sources") @get:JsonProperty("sources")
  val sources: List<Source>,
  /** If set, `text` contains the resources in this format. */
  @param:JsonProperty("format") @get:JsonProperty("format")
  val format: Format? = null,
  /** Units of columns and offsets in the response. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** If set, `rendered` contains the diagnostics as text. */
  @param:JsonProperty("render") @get:JsonProperty("render")
  val render: Rendering? = null,
)
/** The request of `convert`: policies of one kind as policies of another. */
public data class ConvertRequest(
  /** The sources with policies. */
  @param:JsonProperty("sources") @get:JsonProperty("sources")
  val sources: List<Source>,
  /** The kind that the policies get. */
  @param:JsonProperty("to") @get:JsonProperty("to")
  val to: PolicyKind,
  /** The units of columns and offsets. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** How the diagnostics are rendered as text; null or absent: they are not. */
  @param:JsonProperty("render") @get:JsonProperty("render")
  val render: Rendering? = null,
)
/** How a difference is written as text. */
public enum class DiffFormat {
  /** For a terminal. */
  @JsonProperty("text")
  TEXT,
  /** For a pull request. */
  @JsonProperty("markdown")
  MARKDOWN,
}
/** The request of `diff`: which flows a change opens, closes and reroutes. */
public data class DiffRequest(
  /** The mesh before the change: all policies, the documents that describe it, and Istio objects. */
  @param:JsonProperty("before") @get:JsonProperty("before")
  val before: List<Source>,
  /** The mesh after the change. */
  @param:JsonProperty("after") @get:JsonProperty("after")
  val after: List<Source>,
  /** If set, `text` contains the result in this format. */
  @param:JsonProperty("format") @get:JsonProperty("format")
  val format: DiffFormat? = null,
  /** Units of columns and offsets in the response. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** If set, `rendered` contains the diagnostics as text. */
  @param:JsonProperty("render") @get:JsonProperty("render")
  val render: Rendering? = null,
)
/** The request of `explain`: the meaning of a diagnostic, or of a named set of requests. */
public data class ExplainRequest(
  /** A code such as `EGR0421`, or its slug, in upper or lower case; or a named set such as `@git-clone/1`. */
  @param:JsonProperty("code") @get:JsonProperty("code")
  val code: String,
)
/** How resources are written as text. */
public enum class Format {
  /** A YAML stream. */
  @JsonProperty("yaml")
  YAML,
  /** A JSON `List`. */
  @JsonProperty("json")
  JSON,
}
/** A kind of policies. */
public enum class PolicyKind {
  /** `ASMEgressTrafficPolicy` of `istio.alibabacloud.com/v1`. */
  @JsonProperty("ASMEgressTrafficPolicy")
  ASMEGRESSTRAFFICPOLICY,
  /** `EgressPolicy` of `egressc.dev/v1alpha1`. */
  @JsonProperty("EgressPolicy")
  EGRESSPOLICY,
}
/**
 * In which units columns and offsets are counted.
 *
 * A caller asks for the unit its own strings are indexed in, so that it can slice them.
 */
public enum class PositionEncoding {
  /** Bytes: Rust, Go, and the command line's JSON. */
  @JsonProperty("utf8")
  UTF8,
  /** UTF-16 code units: JavaScript, Java, and editors. */
  @JsonProperty("utf16")
  UTF16,
  /** Code points: Python and Ruby. */
  @JsonProperty("utf32")
  UTF32,
}
/** One request: a client and a destination. */
public data class Query(
  /** The client. */
  @param:JsonProperty("from") @get:JsonProperty("from")
  val from: QueryClient,
  /** The destination. */
  @param:JsonProperty("to") @get:JsonProperty("to")
  val to: QueryTarget,
)
/** A workload that sends a request. */
public data class QueryClient(
  /** Its namespace. */
  @param:JsonProperty("namespace") @get:JsonProperty("namespace")
  val namespace: String,
  /** The gateway that the client calls directly, if `path` is `direct`; by default egressc finds it by the host. */
  @param:JsonProperty("gateway") @get:JsonProperty("gateway")
  val gateway: String? = null,
  /** Labels of its pods. */
  @param:JsonProperty("labels") @get:JsonProperty("labels")
  val labels: Map<String, String> = emptyMap(),
  /** The server name of the mutual TLS connection to the gateway, if `path` is `direct`; by default egressc finds it by the host. */
  @param:JsonProperty("outerSni") @get:JsonProperty("outerSni")
  val outerSni: String? = null,
  /** How its traffic leaves the pod. */
  @param:JsonProperty("path") @get:JsonProperty("path")
  val path: ClientPath? = null,
  /** Its service account; null if unknown. */
  @param:JsonProperty("serviceAccount") @get:JsonProperty("serviceAccount")
  val serviceAccount: String? = null,
)
/** The destination of a request. */
public data class QueryTarget(
  /** The protocol of the client. */
  @param:JsonProperty("scheme") @get:JsonProperty("scheme")
  val scheme: Scheme,
  /** The name, or the address, that the client calls. */
  @param:JsonProperty("host") @get:JsonProperty("host")
  val host: String,
  /** The address that the client dials; null stands for what the host resolves to. */
  @param:JsonProperty("address") @get:JsonProperty("address")
  val address: String? = null,
  /** HTTP: headers; `host` overrides the name that the client calls. */
  @param:JsonProperty("headers") @get:JsonProperty("headers")
  val headers: Map<String, String> = emptyMap(),
  /** HTTP: the method. */
  @param:JsonProperty("method") @get:JsonProperty("method")
  val method: String? = null,
  /** HTTP: further values of headers that the client sends several times. */
  @param:JsonProperty("moreHeaders") @get:JsonProperty("moreHeaders")
  val moreHeaders: Map<String, List<String>> = emptyMap(),
  /** HTTP: the path. */
  @param:JsonProperty("path") @get:JsonProperty("path")
  val path: String? = null,
  /**
   * The port that the client calls, or the port of the gateway if `path` is `direct`. Defaults to the usual port of the scheme;
   * `tcp` has no default.
   */
  @param:JsonProperty("port") @get:JsonProperty("port")
  val port: Int? = null,
  /** TLS: the server name that the client sends; null stands for the host, and an empty name for no server name. */
  @param:JsonProperty("sni") @get:JsonProperty("sni")
  val sni: String? = null,
)
/** Which rows a response of `reach` contains: those for which all of this holds. */
public data class ReachFilter(
  /**
   * The client is this one: a namespace, then labels, for example `mytest,app=sleep-a`. Without labels, it is any client of the
   * namespace.
   */
  @param:JsonProperty("from") @get:JsonProperty("from")
  val from: String? = null,
  /** The client is in one of these namespaces. */
  @param:JsonProperty("namespaces") @get:JsonProperty("namespaces")
  val namespaces: List<String>? = null,
  /** The result is this one. */
  @param:JsonProperty("only") @get:JsonProperty("only")
  val only: ReachOnly? = null,
  /** The destination is this host; `*.example.com` is every host below `example.com`. A port may follow: `example.com:443`. */
  @param:JsonProperty("to") @get:JsonProperty("to")
  val to: String? = null,
)
/** How flows are written as text. */
public enum class ReachFormat {
  /** Aligned columns. */
  @JsonProperty("table")
  TABLE,
  /** Comma-separated values (RFC 4180). */
  @JsonProperty("csv")
  CSV,
  /** A Mermaid flowchart. */
  @JsonProperty("mermaid")
  MERMAID,
  /** A Graphviz graph. */
  @JsonProperty("dot")
  DOT,
  /** A page with a picture and a table, in one file without scripts. */
  @JsonProperty("html")
  HTML,
  /** A picture, in one file without scripts. */
  @JsonProperty("svg")
  SVG,
}
/** The result of the rows of a filter. */
public enum class ReachOnly {
  /** The request arrives somewhere, or it is unknown whether it does. */
  @JsonProperty("allowed")
  ALLOWED,
  /** The request is blocked. */
  @JsonProperty("blocked")
  BLOCKED,
  /** The request arrives, and bypasses every gateway. */
  @JsonProperty("bypass")
  BYPASS,
}
/** The request of `reach`: which clients can reach which hosts. */
public data class ReachRequest(
  /** All policies of the mesh, the documents that describe it, and Istio objects. */
  @param:JsonProperty("sources") @get:JsonProperty("sources")
  val sources: List<Source>,
  /** Date that the formats `html` and `svg` show, such as `2027-03-31`. Without it they show none. */
  @param:JsonProperty("date") @get:JsonProperty("date")
  val date: String? = null,
  /** Which rows the response contains; without it, all of them. */
  @param:JsonProperty("filter") @get:JsonProperty("filter")
  val filter: ReachFilter? = null,
  /** If set, `text` contains the result in this format. */
  @param:JsonProperty("format") @get:JsonProperty("format")
  val format: ReachFormat? = null,
  /** Units of columns and offsets in the response. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** If set, `rendered` contains the diagnostics as text. */
  @param:JsonProperty("render") @get:JsonProperty("render")
  val render: Rendering? = null,
  /** Title of the formats `html` and `svg`. */
  @param:JsonProperty("title") @get:JsonProperty("title")
  val title: String? = null,
)
/** How diagnostics are rendered as text. */
public enum class Rendering {
  /** Without colour. */
  @JsonProperty("plain")
  PLAIN,
  /** With terminal colours. */
  @JsonProperty("coloured")
  COLOURED,
}
/** How the result is written as text. */
public enum class ReplayFormat {
  /** For a terminal. */
  @JsonProperty("text")
  TEXT,
}
/** The request of `replay`: compares the verdicts with the lines of access logs. */
public data class ReplayRequest(
  /** All policies of the mesh, the documents that describe it, and Istio objects. */
  @param:JsonProperty("sources") @get:JsonProperty("sources")
  val sources: List<Source>,
  /** The access logs. */
  @param:JsonProperty("logs") @get:JsonProperty("logs")
  val logs: List<AccessLog>,
  /** The largest number of lines in `rows` for each result; the default is 5. */
  @param:JsonProperty("examples") @get:JsonProperty("examples")
  val examples: Int? = null,
  /** If set, `text` contains the result in this format. */
  @param:JsonProperty("format") @get:JsonProperty("format")
  val format: ReplayFormat? = null,
  /** Units of columns and offsets in the response. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** If set, `rendered` contains the diagnostics as text. */
  @param:JsonProperty("render") @get:JsonProperty("render")
  val render: Rendering? = null,
)
/** A kind that has a schema. */
public enum class SchemaKind {
  /** `ASMEgressTrafficPolicy`. */
  @JsonProperty("policy")
  POLICY,
  /** `EgressPolicy`. */
  @JsonProperty("egress-policy")
  EGRESS_POLICY,
  /** `MeshEnvironment`. */
  @JsonProperty("environment")
  ENVIRONMENT,
  /** `EgressExpectations`. */
  @JsonProperty("expectations")
  EXPECTATIONS,
  /** `CheckConfiguration`. */
  @JsonProperty("configuration")
  CONFIGURATION,
}
/** The request of `schema`: the JSON Schema of a kind. */
public data class SchemaRequest(
  /** The kind. */
  @param:JsonProperty("kind") @get:JsonProperty("kind")
  val kind: SchemaKind,
)
/** What a client speaks. */
public enum class Scheme {
  /** HTTP/1.1 in plain text. */
  @JsonProperty("http")
  HTTP,
  /** HTTP inside TLS. */
  @JsonProperty("https")
  HTTPS,
  /** HTTP/2 in plain text. */
  @JsonProperty("grpc")
  GRPC,
  /** Anything inside TLS. */
  @JsonProperty("tls")
  TLS,
  /** Any bytes that are neither HTTP nor TLS. */
  @JsonProperty("tcp")
  TCP,
}
/** One document source: a text, or a value that a program has built. */
public data class Source(
  /** Name of the source in diagnostics: a path, or any text. egressc never opens it. */
  @param:JsonProperty("name") @get:JsonProperty("name")
  val name: String,
  /** YAML or JSON text. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String? = null,
  /** A Kubernetes object, or a list of them. */
  @param:JsonProperty("value") @get:JsonProperty("value")
  val value: JsonNode? = null,
)
/** How results are written as text. */
public enum class TestFormat {
  /** For a terminal. */
  @JsonProperty("text")
  TEXT,
}
/** The request of `test`: runs the expectations in the sources. */
public data class TestRequest(
  /** All policies of the mesh, the documents that describe it, Istio objects, and `EgressExpectations`. */
  @param:JsonProperty("sources") @get:JsonProperty("sources")
  val sources: List<Source>,
  /** If set, `text` contains the result in this format. */
  @param:JsonProperty("format") @get:JsonProperty("format")
  val format: TestFormat? = null,
  /** Whether to make small changes to the policies, and to list those that no expectation notices. */
  @param:JsonProperty("mutations") @get:JsonProperty("mutations")
  val mutations: Boolean = false,
  /** Units of columns and offsets in the response. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** If set, `rendered` contains the diagnostics as text. */
  @param:JsonProperty("render") @get:JsonProperty("render")
  val render: Rendering? = null,
)
/** How a trace is written as text. */
public enum class TraceFormat {
  /** Text for people, hop by hop. */
  @JsonProperty("text")
  TEXT,
  /** A Mermaid sequence diagram. */
  @JsonProperty("mermaid")
  MERMAID,
}
/** The request of `trace`: the result of one request. Set one of `query`, `ask` and `accessLog`. */
public data class TraceRequest(
  /** All policies of the mesh, the documents that describe it, and Istio objects. */
  @param:JsonProperty("sources") @get:JsonProperty("sources")
  val sources: List<Source>,
  /** A line of an Envoy access log in Istio's text or JSON format. */
  @param:JsonProperty("accessLog") @get:JsonProperty("accessLog")
  val accessLog: String? = null,
  /** The request in one line, for example `mytest,app=sleep-a -> POST https://www.httpbin.org/anything`. */
  @param:JsonProperty("ask") @get:JsonProperty("ask")
  val ask: String? = null,
  /** The client whose sidecar wrote `accessLog`; if absent, egressc tries every client that the policies name. */
  @param:JsonProperty("client") @get:JsonProperty("client")
  val client: QueryClient? = null,
  /** If set, `text` contains the result in this format. */
  @param:JsonProperty("format") @get:JsonProperty("format")
  val format: TraceFormat? = null,
  /** Units of columns and offsets in the response. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** The request. */
  @param:JsonProperty("query") @get:JsonProperty("query")
  val query: Query? = null,
  /** If set, `rendered` contains the diagnostics as text. */
  @param:JsonProperty("render") @get:JsonProperty("render")
  val render: Rendering? = null,
)
/** The response of `about`. */
public data class AboutResponse(
  /** `egressc`. */
  @param:JsonProperty("name") @get:JsonProperty("name")
  val name: String,
  /** Its version. */
  @param:JsonProperty("version") @get:JsonProperty("version")
  val version: String,
  /** The names of its calls. */
  @param:JsonProperty("calls") @get:JsonProperty("calls")
  val calls: List<String>,
)
/** Who answers for a rule, and until when. egressc only reports it. */
public data class Accountability(
  /** Who answers for it. */
  @param:JsonProperty("owner") @get:JsonProperty("owner")
  val owner: String?,
  /** Why it is needed. */
  @param:JsonProperty("reason") @get:JsonProperty("reason")
  val reason: String?,
  /** Where it was agreed on. */
  @param:JsonProperty("ticket") @get:JsonProperty("ticket")
  val ticket: String?,
  /** The last day on which it is needed, for example `2027-03-31`. */
  @param:JsonProperty("until") @get:JsonProperty("until")
  val until: String?,
)
/** What a step does. */
public enum class ApplyAction {
  /** Creates it, or changes it in place. */
  @JsonProperty("apply")
  APPLY,
  /** Deletes it. */
  @JsonProperty("delete")
  DELETE,
}
/** One step of applying a change. */
public data class ApplyStep(
  /** The action. */
  @param:JsonProperty("action") @get:JsonProperty("action")
  val action: ApplyAction,
  /**
   * The number of the wave of the step, from 1 on. The steps of a wave have one action and one kind; between two waves, wait until
   * the proxies have what was applied.
   */
  @param:JsonProperty("wave") @get:JsonProperty("wave")
  val wave: Int,
  /** Kind of the object. */
  @param:JsonProperty("kind") @get:JsonProperty("kind")
  val kind: String,
  /** Its namespace. */
  @param:JsonProperty("namespace") @get:JsonProperty("namespace")
  val namespace: String,
  /** Its name. */
  @param:JsonProperty("name") @get:JsonProperty("name")
  val name: String,
  /** The object to apply in this step, if it is not yet the object that the new policies compile to. */
  @param:JsonProperty("transitional") @get:JsonProperty("transitional")
  val transitional: JsonNode,
  /** The reason for this position in the order. */
  @param:JsonProperty("reason") @get:JsonProperty("reason")
  val reason: String,
)
/** A rule in audit mode, and the lines of requests that it would block if it were enforced. */
public data class AuditedLines(
  /** The policy, in the form `namespace/name`. */
  @param:JsonProperty("policy") @get:JsonProperty("policy")
  val policy: String,
  /** The rule. */
  @param:JsonProperty("rule") @get:JsonProperty("rule")
  val rule: String,
  /** The number of lines. */
  @param:JsonProperty("lines") @get:JsonProperty("lines")
  val lines: Int,
)
/** A flow that changes. */
public data class Change(
  /** The kind of change. */
  @param:JsonProperty("kind") @get:JsonProperty("kind")
  val kind: ChangeKind,
  /** The change as a sentence: an example request, and its result before and after. */
  @param:JsonProperty("message") @get:JsonProperty("message")
  val message: String,
  /** The result before the change; null if no such flow was known. */
  @param:JsonProperty("before") @get:JsonProperty("before")
  val before: Flow?,
  /** The result after the change; null if no such flow is known any more. */
  @param:JsonProperty("after") @get:JsonProperty("after")
  val after: Flow?,
  /** The place in the documents that causes the change. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place?,
  /** Whether no document that names the client's namespace was changed. */
  @param:JsonProperty("untouched") @get:JsonProperty("untouched")
  val untouched: Boolean,
)
/** What a change does to a flow. */
public enum class ChangeKind {
  /** The request was blocked, and now reaches a host. */
  @JsonProperty("gained")
  GAINED,
  /** A gateway now allows a caller that it denied, or the request arrives at a host at which it did not arrive. */
  @JsonProperty("widened")
  WIDENED,
  /** The result is now unknown. */
  @JsonProperty("unknown")
  UNKNOWN,
  /** The request has less encryption or verification than before, or now bypasses the gateway. */
  @JsonProperty("weakened")
  WEAKENED,
  /** The request uses another gateway or port, or arrives at fewer of several hosts. */
  @JsonProperty("rerouted")
  REROUTED,
  /** The request reached a host, and is now blocked. */
  @JsonProperty("lost")
  LOST,
  /** A gateway now denies a caller that it allowed. */
  @JsonProperty("narrowed")
  NARROWED,
  /** The request has more encryption or verification than before. */
  @JsonProperty("strengthened")
  STRENGTHENED,
}
/** The response of `check`: whether a policy set compiles, and what is wrong with Istio objects. */
public data class CheckResponse(
  /** Whether the policies compile, and nothing else is refused. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /** The gateway port of each destination. */
  @param:JsonProperty("gatewayPorts") @get:JsonProperty("gatewayPorts")
  val gatewayPorts: List<GatewayPortRow>,
  /** The diagnostics, in the order of the sources. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The diagnostics that a suppression hides; at most 500 of them. */
  @param:JsonProperty("suppressed") @get:JsonProperty("suppressed")
  val suppressed: List<Suppressed>,
  /** The diagnostics as text, if requested. */
  @param:JsonProperty("rendered") @get:JsonProperty("rendered")
  val rendered: String?,
)
/** The response of `compile`: the resources of a policy set. */
public data class CompileResponse(
  /** Whether the policies compile; if not, `resources` is empty. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /** The resources, in the order in which they should be applied. */
  @param:JsonProperty("resources") @get:JsonProperty("resources")
  val resources: List<JsonNode>,
  /** The origin of each resource, in the same order. */
  @param:JsonProperty("origins") @get:JsonProperty("origins")
  val origins: List<ResourceOrigins>,
  /** The gateway port of each destination. */
  @param:JsonProperty("gatewayPorts") @get:JsonProperty("gatewayPorts")
  val gatewayPorts: List<GatewayPortRow>,
  /** The diagnostics, in the order of the sources. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The resources as text, if requested. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String?,
  /** The diagnostics as text, if requested. */
  @param:JsonProperty("rendered") @get:JsonProperty("rendered")
  val rendered: String?,
)
/** The response of `convert`: the sources with converted policies. */
public data class ConvertResponse(
  /** Whether every policy could be converted. If not, there are no texts. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /**
   * The sources that have policies of the other kind, with their new texts. Comments and all other documents stay as they
   * are.
   */
  @param:JsonProperty("converted") @get:JsonProperty("converted")
  val converted: List<ConvertedSource>,
  /** What is wrong, and the fields that have no place in the other kind. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The diagnostics as text, if the request asks for it. */
  @param:JsonProperty("rendered") @get:JsonProperty("rendered")
  val rendered: String?,
)
/** A source with converted policies. */
public data class ConvertedSource(
  /** Its name. */
  @param:JsonProperty("name") @get:JsonProperty("name")
  val name: String,
  /** Its new text. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String,
)
/** An object that decides the result. */
public data class Decision(
  /** Its kind. */
  @param:JsonProperty("kind") @get:JsonProperty("kind")
  val kind: String,
  /** Its namespace. */
  @param:JsonProperty("namespace") @get:JsonProperty("namespace")
  val namespace: String,
  /** Its name. */
  @param:JsonProperty("name") @get:JsonProperty("name")
  val name: String,
  /** Its place in the sources; for a compiled object, the `to` item that it was made for. */
  @param:JsonProperty("span") @get:JsonProperty("span")
  val span: Place?,
  /** The policy that it was made for, in the form `namespace/name`. */
  @param:JsonProperty("policy") @get:JsonProperty("policy")
  val policy: String?,
  /** The rule that it was made for. */
  @param:JsonProperty("rule") @get:JsonProperty("rule")
  val rule: String?,
)
/** One diagnostic. */
public data class Diagnostic(
  /** The code: `EGR` and four digits. */
  @param:JsonProperty("code") @get:JsonProperty("code")
  val code: String,
  /** The slug of the code, for people. */
  @param:JsonProperty("slug") @get:JsonProperty("slug")
  val slug: String,
  /** The severity. */
  @param:JsonProperty("severity") @get:JsonProperty("severity")
  val severity: Severity,
  /** The message. */
  @param:JsonProperty("message") @get:JsonProperty("message")
  val message: String,
  /** The places; look at the first one first. */
  @param:JsonProperty("labels") @get:JsonProperty("labels")
  val labels: List<Place>,
  /** Why it matters. */
  @param:JsonProperty("notes") @get:JsonProperty("notes")
  val notes: List<String>,
  /** The action. */
  @param:JsonProperty("help") @get:JsonProperty("help")
  val help: String?,
  /** An edit that fixes the problem. */
  @param:JsonProperty("fix") @get:JsonProperty("fix")
  val fix: Fix?,
)
/** The response of `diff`: which flows a change opens, closes and reroutes. */
public data class DiffResponse(
  /** Whether both sides could be evaluated; if not, `diagnostics` contains the reasons. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /** Each flow that changes, the dangerous changes first. */
  @param:JsonProperty("changes") @get:JsonProperty("changes")
  val changes: List<Change>,
  /**
   * Each setting that changes for flows that a policy declares before and after the change: weights, timeouts, retries,
   * limits, headers, certificates. They are compared as policies say them; those of other Istio objects are not.
   */
  @param:JsonProperty("settings") @get:JsonProperty("settings")
  val settings: List<SettingChange>,
  /** Whether the change opens a flow or weakens its protection, or whether that is unknown. */
  @param:JsonProperty("widened") @get:JsonProperty("widened")
  val widened: Boolean,
  /**
   * Namespaces of clients whose flows change although no document that names them was changed;
   * `*` stands for all namespaces that are not named.
   */
  @param:JsonProperty("affectedNamespaces") @get:JsonProperty("affectedNamespaces")
  val affectedNamespaces: List<String>,
  /**
   * The order in which to apply the change, so that no flow that exists before and after it is interrupted, and no other flow is
   * open in between.
   */
  @param:JsonProperty("order") @get:JsonProperty("order")
  val order: List<ApplyStep>,
  /** The changes as text, if requested. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String?,
  /** The diagnostics of the sources: first those of the sources before the change that do not apply after it. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The diagnostics as text, if requested. */
  @param:JsonProperty("rendered") @get:JsonProperty("rendered")
  val rendered: String?,
)
/** How bytes travel. */
public enum class Encryption {
  /** As they are. */
  @JsonProperty("plain")
  PLAIN,
  /** Inside Istio's mutual TLS. */
  @JsonProperty("mtls")
  MTLS,
  /** Inside the client's own or the gateway's TLS. */
  @JsonProperty("tls")
  TLS,
  /** The client's own TLS inside Istio's mutual TLS. */
  @JsonProperty("tls-in-mtls")
  TLS_IN_MTLS,
}
/** One expectation. */
public data class ExpectationRow(
  /** What is expected. */
  @param:JsonProperty("expected") @get:JsonProperty("expected")
  val expected: ExpectedVerdict,
  /** The request. */
  @param:JsonProperty("query") @get:JsonProperty("query")
  val query: Query,
  /** The result. */
  @param:JsonProperty("verdict") @get:JsonProperty("verdict")
  val verdict: Verdict,
  /** Whether the result is as expected. */
  @param:JsonProperty("passed") @get:JsonProperty("passed")
  val passed: Boolean,
  /** The result as a sentence. */
  @param:JsonProperty("message") @get:JsonProperty("message")
  val message: String,
  /** The possible results if the result is unknown, each with its conditions. */
  @param:JsonProperty("cases") @get:JsonProperty("cases")
  val cases: List<TraceCase>,
  /** The number of possible results that `cases` does not contain. */
  @param:JsonProperty("moreCases") @get:JsonProperty("moreCases")
  val moreCases: Int,
  /** The documents that would settle which case is right. */
  @param:JsonProperty("missing") @get:JsonProperty("missing")
  val missing: List<String>,
  /** If the expectation fails: objects that name the host of the request, or select its client, and that are not used. */
  @param:JsonProperty("unused") @get:JsonProperty("unused")
  val unused: List<UnusedObject>,
  /** The number of such objects that `unused` does not contain. */
  @param:JsonProperty("moreUnused") @get:JsonProperty("moreUnused")
  val moreUnused: Int,
  /** The URL. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place,
)
/** The expected result of a request. */
public enum class ExpectedVerdict {
  /** The request arrives. */
  @JsonProperty("allow")
  ALLOW,
  /** The request does not arrive. */
  @JsonProperty("deny")
  DENY,
}
/** The response of `explain`: the meaning of a diagnostic, or of a named set. */
public data class ExplainResponse(
  /** The code: `EGR` and four digits. Of a named set its name. */
  @param:JsonProperty("code") @get:JsonProperty("code")
  val code: String,
  /** The slug of the code, for people. Of a named set its name without its edition. */
  @param:JsonProperty("slug") @get:JsonProperty("slug")
  val slug: String,
  /** The severity; null for a named set. */
  @param:JsonProperty("severity") @get:JsonProperty("severity")
  val severity: Severity?,
  /** The title of the page. */
  @param:JsonProperty("summary") @get:JsonProperty("summary")
  val summary: String,
  /** Its page, in Markdown. */
  @param:JsonProperty("page") @get:JsonProperty("page")
  val page: String,
)
/** An edit: one place, one new text. */
public data class Fix(
  /** What the edit does. */
  @param:JsonProperty("title") @get:JsonProperty("title")
  val title: String,
  /** What to replace. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place,
  /** The new text. */
  @param:JsonProperty("replacement") @get:JsonProperty("replacement")
  val replacement: String,
)
/** One kind of client and one destination, with the result of its requests. */
public data class Flow(
  /** The client. */
  @param:JsonProperty("from") @get:JsonProperty("from")
  val from: FlowClient,
  /** The destination. */
  @param:JsonProperty("to") @get:JsonProperty("to")
  val to: FlowTarget,
  /** The result. */
  @param:JsonProperty("verdict") @get:JsonProperty("verdict")
  val verdict: Verdict,
  /** Whether a policy allows the request. */
  @param:JsonProperty("declared") @get:JsonProperty("declared")
  val declared: Boolean,
  /** Whether the request arrives only because its rule is in audit mode: an enforced rule would block it. */
  @param:JsonProperty("audit") @get:JsonProperty("audit")
  val audit: Boolean,
  /** Whether the request reaches a host and bypasses every gateway. */
  @param:JsonProperty("bypass") @get:JsonProperty("bypass")
  val bypass: Boolean,
  /** The gateway that the request goes through. */
  @param:JsonProperty("gateway") @get:JsonProperty("gateway")
  val gateway: String?,
  /** The port of the gateway's Service. */
  @param:JsonProperty("gatewayPort") @get:JsonProperty("gatewayPort")
  val gatewayPort: Int?,
  /** The other gateways that it may go through: a weight decides for each request. */
  @param:JsonProperty("otherGateways") @get:JsonProperty("otherGateways")
  val otherGateways: List<OtherGateway>,
  /** Encryption between the client's proxy and the gateway. */
  @param:JsonProperty("toGateway") @get:JsonProperty("toGateway")
  val toGateway: Encryption?,
  /** Encryption on the connection to the host. */
  @param:JsonProperty("toHost") @get:JsonProperty("toHost")
  val toHost: Encryption?,
  /** What a proxy does not verify in its TLS connection to the host. */
  @param:JsonProperty("unverified") @get:JsonProperty("unverified")
  val unverified: Unverified,
  /** Where the request arrives. */
  @param:JsonProperty("reached") @get:JsonProperty("reached")
  val reached: Reached?,
  /** The other places where it may arrive: a weight, or a proxy's choice of an endpoint, decides for each request. */
  @param:JsonProperty("alsoReached") @get:JsonProperty("alsoReached")
  val alsoReached: List<Reached>,
  /** The HTTP status, if a proxy answers the request. */
  @param:JsonProperty("status") @get:JsonProperty("status")
  val status: Int?,
  /** Envoy's response flags. */
  @param:JsonProperty("responseFlags") @get:JsonProperty("responseFlags")
  val responseFlags: String?,
  /** The policy that declares the flow, in the form `namespace/name`. */
  @param:JsonProperty("policy") @get:JsonProperty("policy")
  val policy: String?,
  /** The rule that declares the flow. */
  @param:JsonProperty("rule") @get:JsonProperty("rule")
  val rule: String?,
  /** Who answers for the rule; null if the rule does not say so. */
  @param:JsonProperty("accountability") @get:JsonProperty("accountability")
  val accountability: Accountability?,
  /** The place of the declaration, or of the object that allows the request. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place?,
  /** Why the result is unknown; empty if it is known. */
  @param:JsonProperty("unknown") @get:JsonProperty("unknown")
  val unknown: List<String>,
)
/** A kind of client. */
public data class FlowClient(
  /** Its namespace; null stands for all namespaces that are not named. */
  @param:JsonProperty("namespace") @get:JsonProperty("namespace")
  val namespace: String?,
  /**
   * How many other namespaces the row stands for: they have the same kind of Sidecar, and no object tells them apart for the
   * destination. It is 0 where the row is about one namespace, as nearly all rows are.
   */
  @param:JsonProperty("otherNamespaces") @get:JsonProperty("otherNamespaces")
  val otherNamespaces: Int,
  /** Labels of its pods; empty stands for all pods with none of the named labels. */
  @param:JsonProperty("labels") @get:JsonProperty("labels")
  val labels: Map<String, String>,
  /** Its service account; null if unknown. `*` stands for all accounts that are not named, where a policy names some. */
  @param:JsonProperty("serviceAccount") @get:JsonProperty("serviceAccount")
  val serviceAccount: String?,
  /** How its traffic leaves the pod. */
  @param:JsonProperty("path") @get:JsonProperty("path")
  val path: ClientPath,
  /** The client as a text for people. */
  @param:JsonProperty("description") @get:JsonProperty("description")
  val description: String,
)
/** Method, path and headers of an HTTP request. Defaults to `GET /`. */
public data class FlowMessage(
  /** Its method; null is `GET`. */
  @param:JsonProperty("method") @get:JsonProperty("method")
  val method: String?,
  /** Its path with the query; null is `/`. */
  @param:JsonProperty("path") @get:JsonProperty("path")
  val path: String?,
  /** Its headers, in lower case. */
  @param:JsonProperty("headers") @get:JsonProperty("headers")
  val headers: Map<String, String>,
)
/** A destination. */
public data class FlowTarget(
  /** The protocol of the client. */
  @param:JsonProperty("scheme") @get:JsonProperty("scheme")
  val scheme: Scheme,
  /** The host that the client calls. */
  @param:JsonProperty("host") @get:JsonProperty("host")
  val host: String,
  /**
   * The addresses, or networks of addresses, that the client dials, if the result depends on them: `*` stands for all that have no
   * row of their own.
   */
  @param:JsonProperty("addresses") @get:JsonProperty("addresses")
  val addresses: List<String>,
  /** The port that the client calls. */
  @param:JsonProperty("port") @get:JsonProperty("port")
  val port: Int,
  /** The name that the client sends in `Host` or as TLS server name, if it is not the host that it calls; empty if it sends none. */
  @param:JsonProperty("name") @get:JsonProperty("name")
  val name: String?,
  /**
   * Method, path and headers of its HTTP requests, if an object distinguishes them and they have another result; null stands for
   * all other requests.
   */
  @param:JsonProperty("message") @get:JsonProperty("message")
  val message: FlowMessage?,
)
/** The gateway port of a destination. */
public data class GatewayPortRow(
  /** The external host. */
  @param:JsonProperty("host") @get:JsonProperty("host")
  val host: String,
  /** The port that clients call. */
  @param:JsonProperty("port") @get:JsonProperty("port")
  val port: Int,
  /** The gateway. */
  @param:JsonProperty("gateway") @get:JsonProperty("gateway")
  val gateway: String,
  /** The port of its Service. */
  @param:JsonProperty("gatewayPort") @get:JsonProperty("gatewayPort")
  val gatewayPort: Int,
  /** Whether egressc chose the port because the policy does not set one. */
  @param:JsonProperty("allocated") @get:JsonProperty("allocated")
  val allocated: Boolean,
)
/** One proxy on the path of the request, or the host at its end. */
public data class Hop(
  /** Where. */
  @param:JsonProperty("at") @get:JsonProperty("at")
  val at: Stop,
  /** Envoy's listener. */
  @param:JsonProperty("listener") @get:JsonProperty("listener")
  val listener: String?,
  /** Envoy's filter chain. */
  @param:JsonProperty("chain") @get:JsonProperty("chain")
  val chain: String?,
  /** Envoy's route. */
  @param:JsonProperty("route") @get:JsonProperty("route")
  val route: String?,
  /** Envoy's cluster. */
  @param:JsonProperty("cluster") @get:JsonProperty("cluster")
  val cluster: String?,
  /** Encryption of the connection that leaves this hop. */
  @param:JsonProperty("encryption") @get:JsonProperty("encryption")
  val encryption: Encryption?,
  /** Indices into `decidedBy`. */
  @param:JsonProperty("decidedBy") @get:JsonProperty("decidedBy")
  val decidedBy: List<Int>,
)
/** The fields of a line that are compared. */
public data class Logged(
  /** The HTTP status. */
  @param:JsonProperty("status") @get:JsonProperty("status")
  val status: Int?,
  /** Envoy's response flags. */
  @param:JsonProperty("responseFlags") @get:JsonProperty("responseFlags")
  val responseFlags: String?,
  /** Which part of the proxy answered, or why it closed the connection. */
  @param:JsonProperty("details") @get:JsonProperty("details")
  val details: String?,
  /** Envoy's cluster. */
  @param:JsonProperty("upstreamCluster") @get:JsonProperty("upstreamCluster")
  val upstreamCluster: String?,
  /** Envoy's route. */
  @param:JsonProperty("route") @get:JsonProperty("route")
  val route: String?,
)
/** A small change of the policies. */
public data class MutantRow(
  /** The change. */
  @param:JsonProperty("description") @get:JsonProperty("description")
  val description: String,
  /** Whether the result of an expectation changes, or the changed policies are refused. */
  @param:JsonProperty("noticed") @get:JsonProperty("noticed")
  val noticed: Boolean,
  /** Where. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place,
)
/** A `to` item of a policy. */
public data class OriginRow(
  /** The policy, in the form `namespace/name`. */
  @param:JsonProperty("policy") @get:JsonProperty("policy")
  val policy: String,
  /** Names of the rule and the item. */
  @param:JsonProperty("rule") @get:JsonProperty("rule")
  val rule: String,
  /** Its place in the sources. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place,
  /** Who answers for the rule; null if the rule does not say so. */
  @param:JsonProperty("accountability") @get:JsonProperty("accountability")
  val accountability: Accountability?,
)
/** A gateway that a request may go through instead of another one. */
public data class OtherGateway(
  /** Its name. */
  @param:JsonProperty("name") @get:JsonProperty("name")
  val name: String,
  /** The port of its Service. */
  @param:JsonProperty("port") @get:JsonProperty("port")
  val port: Int,
)
/** A place in a source. */
public data class Place(
  /** Name of the source. */
  @param:JsonProperty("source") @get:JsonProperty("source")
  val source: String,
  /** The field, for example `spec.egressRules[0].to[0]`; null outside of documents. */
  @param:JsonProperty("path") @get:JsonProperty("path")
  val path: String?,
  /** First character. */
  @param:JsonProperty("start") @get:JsonProperty("start")
  val start: Position,
  /** One past the last character. */
  @param:JsonProperty("end") @get:JsonProperty("end")
  val end: Position,
  /** A few words for this place; empty if the message is enough. */
  @param:JsonProperty("message") @get:JsonProperty("message")
  val message: String,
)
/** One place in a text, for people and editors. */
public data class Position(
  /** Line, counted from 1. */
  @param:JsonProperty("line") @get:JsonProperty("line")
  val line: Int,
  /** Column in the line, counted from 1, in the units asked for. */
  @param:JsonProperty("column") @get:JsonProperty("column")
  val column: Int,
  /** Offset in the text, counted from 0, in the units asked for. */
  @param:JsonProperty("offset") @get:JsonProperty("offset")
  val offset: Int,
)
/** The response of `reach`: which clients can reach which hosts. */
public data class ReachResponse(
  /** Whether the sources could be evaluated; if not, `diagnostics` contains the reasons. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /** One row for each group of requests that no object distinguishes, including blocked requests. */
  @param:JsonProperty("flows") @get:JsonProperty("flows")
  val flows: List<Flow>,
  /** Why results are unknown, with the number of rows; the reason of most rows comes first. */
  @param:JsonProperty("unknowns") @get:JsonProperty("unknowns")
  val unknowns: List<UnknownReason>,
  /** What the results take for granted because no document describes it. */
  @param:JsonProperty("assumed") @get:JsonProperty("assumed")
  val assumed: List<String>,
  /** The flows as text, if requested. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String?,
  /** The diagnostics, in the order of the sources. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The diagnostics as text, if requested. */
  @param:JsonProperty("rendered") @get:JsonProperty("rendered")
  val rendered: String?,
)
/** An external host as a request reaches it. */
public data class Reached(
  /** The name that was resolved for it. */
  @param:JsonProperty("host") @get:JsonProperty("host")
  val host: String,
  /** Its port. */
  @param:JsonProperty("port") @get:JsonProperty("port")
  val port: Int,
  /** Whether it is spoken TLS to. */
  @param:JsonProperty("tls") @get:JsonProperty("tls")
  val tls: Boolean,
  /** The TLS server name that it sees. */
  @param:JsonProperty("sni") @get:JsonProperty("sni")
  val sni: String?,
)
/** A reason, and the number of lines that it is for. */
public data class ReplayReason(
  /** The result of these lines. */
  @param:JsonProperty("result") @get:JsonProperty("result")
  val result: ReplayResult,
  /** The reason. */
  @param:JsonProperty("reason") @get:JsonProperty("reason")
  val reason: String,
  /** The number of lines. */
  @param:JsonProperty("lines") @get:JsonProperty("lines")
  val lines: Int,
)
/** The response of `replay`: how many lines agree with the verdicts, and examples. */
public data class ReplayResponse(
  /** Whether the sources could be evaluated; if not, `diagnostics` contains the reasons, and no line is compared. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /** The number of lines that agree with the verdict. */
  @param:JsonProperty("agree") @get:JsonProperty("agree")
  val agree: Int,
  /** The number of lines that contradict the verdict. */
  @param:JsonProperty("differ") @get:JsonProperty("differ")
  val differ: Int,
  /** The number of lines for which the verdict is unknown, or that do not show whether it is right. */
  @param:JsonProperty("unknown") @get:JsonProperty("unknown")
  val unknown: Int,
  /** The number of lines that are not compared. */
  @param:JsonProperty("leftOut") @get:JsonProperty("leftOut")
  val leftOut: Int,
  /** The reasons, and the number of lines for each; the most frequent ones first. */
  @param:JsonProperty("reasons") @get:JsonProperty("reasons")
  val reasons: List<ReplayReason>,
  /** The rules in audit mode by which alone requests arrive, with the number of lines that agree for each; most lines come first. */
  @param:JsonProperty("audited") @get:JsonProperty("audited")
  val audited: List<AuditedLines>,
  /** The first lines of each result. */
  @param:JsonProperty("rows") @get:JsonProperty("rows")
  val rows: List<ReplayRow>,
  /** The result as text, if requested. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String?,
  /** The diagnostics, in the order of the sources. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The diagnostics as text, if requested. */
  @param:JsonProperty("rendered") @get:JsonProperty("rendered")
  val rendered: String?,
)
/** What comes of comparing one line with the verdict. */
public enum class ReplayResult {
  /** The line is as the verdict says. */
  @JsonProperty("agree")
  AGREE,
  /** The line contradicts the verdict. */
  @JsonProperty("differ")
  DIFFER,
  /** The verdict is unknown, or the line does not show whether it is right. */
  @JsonProperty("unknown")
  UNKNOWN,
  /** The line is not compared. */
  @JsonProperty("leftOut")
  LEFTOUT,
}
/** One line of a log, and the verdict. */
public data class ReplayRow(
  /** The result. */
  @param:JsonProperty("result") @get:JsonProperty("result")
  val result: ReplayResult,
  /** The name of the log. */
  @param:JsonProperty("log") @get:JsonProperty("log")
  val log: String,
  /** The number of the line, from 1. */
  @param:JsonProperty("line") @get:JsonProperty("line")
  val line: Int,
  /** The request in words; empty if the line is left out. */
  @param:JsonProperty("request") @get:JsonProperty("request")
  val request: String,
  /** Why the line differs, is unknown or is left out; empty if it agrees. */
  @param:JsonProperty("reason") @get:JsonProperty("reason")
  val reason: String,
  /** What the line contains; null if it could not be read. */
  @param:JsonProperty("logged") @get:JsonProperty("logged")
  val logged: Logged?,
  /** The request of the line, and its verdict; null if the line is left out. */
  @param:JsonProperty("trace") @get:JsonProperty("trace")
  val trace: Trace?,
)
/** The origin of one resource. */
public data class ResourceOrigins(
  /** Kind of the resource. */
  @param:JsonProperty("kind") @get:JsonProperty("kind")
  val kind: String,
  /** Namespace of the resource. */
  @param:JsonProperty("namespace") @get:JsonProperty("namespace")
  val namespace: String,
  /** Name of the resource. */
  @param:JsonProperty("name") @get:JsonProperty("name")
  val name: String,
  /** The `to` items. */
  @param:JsonProperty("origins") @get:JsonProperty("origins")
  val origins: List<OriginRow>,
)
/** The response of `schema`: the JSON Schema of a kind. */
public data class SchemaResponse(
  /** The schema, draft 2020-12. */
  @param:JsonProperty("schema") @get:JsonProperty("schema")
  val schema: JsonNode,
)
/** A setting of a destination that changes. */
public data class SettingChange(
  /** The field of the policy, below `to[]`, as `retries.attempts`. */
  @param:JsonProperty("setting") @get:JsonProperty("setting")
  val setting: String,
  /** The gateway, the backend or the header whose setting it is; null for a setting of the whole destination. */
  @param:JsonProperty("of") @get:JsonProperty("of")
  val of: String?,
  /** The change as a sentence. */
  @param:JsonProperty("message") @get:JsonProperty("message")
  val message: String,
  /** The value before the change; null if the policy did not set it. A weight is a share of all weights, as `9 of 10`. */
  @param:JsonProperty("before") @get:JsonProperty("before")
  val before: String?,
  /** The value after the change; null if the policy does not set it any more. */
  @param:JsonProperty("after") @get:JsonProperty("after")
  val after: String?,
  /**
   * Whether the gateway accepts certificates of more authorities than before: those of its system instead of those of a Secret
   * or a file.
   */
  @param:JsonProperty("weakens") @get:JsonProperty("weakens")
  val weakens: Boolean,
  /** The clients of the destination, in words. */
  @param:JsonProperty("clients") @get:JsonProperty("clients")
  val clients: List<String>,
  /** The hosts of the destination. */
  @param:JsonProperty("hosts") @get:JsonProperty("hosts")
  val hosts: List<String>,
  /** The port that clients use. */
  @param:JsonProperty("port") @get:JsonProperty("port")
  val port: Int,
  /** The destination in the policy after the change. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place,
)
/** How bad it is. */
public enum class Severity {
  /** Nothing is compiled. */
  @JsonProperty("error")
  ERROR,
  /** It compiles, and something is probably not as meant. */
  @JsonProperty("warning")
  WARNING,
  /** Worth knowing: what was assumed, what was left out. */
  @JsonProperty("note")
  NOTE,
}
/** A place on the way. */
public enum class Stop {
  /** The client's proxy. */
  @JsonProperty("sidecar")
  SIDECAR,
  /** The egress gateway. */
  @JsonProperty("gateway")
  GATEWAY,
  /** The waypoint of a client in ambient mode. */
  @JsonProperty("waypoint")
  WAYPOINT,
  /** The external host. */
  @JsonProperty("origin")
  ORIGIN,
}
/** A diagnostic that a suppression hides. */
public data class Suppressed(
  /** The diagnostic. */
  @param:JsonProperty("diagnostic") @get:JsonProperty("diagnostic")
  val diagnostic: Diagnostic,
  /** Why it is hidden. */
  @param:JsonProperty("reason") @get:JsonProperty("reason")
  val reason: String,
  /** The last day on which it is hidden. */
  @param:JsonProperty("until") @get:JsonProperty("until")
  val until: String,
  /** Where the suppression is written. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place,
)
/** The response of `test`: the results of the expectations. */
public data class TestResponse(
  /** Whether the sources could be evaluated; if not, `diagnostics` contains the reasons. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /** The number of expectations that pass. */
  @param:JsonProperty("passed") @get:JsonProperty("passed")
  val passed: Int,
  /** The number of expectations that fail. */
  @param:JsonProperty("failed") @get:JsonProperty("failed")
  val failed: Int,
  /** Each expectation, in the order of the sources. */
  @param:JsonProperty("expectations") @get:JsonProperty("expectations")
  val expectations: List<ExpectationRow>,
  /** The `to` items that no `allow` expectation reaches. */
  @param:JsonProperty("uncovered") @get:JsonProperty("uncovered")
  val uncovered: List<OriginRow>,
  /** Each change that was tested, if requested. */
  @param:JsonProperty("mutants") @get:JsonProperty("mutants")
  val mutants: List<MutantRow>,
  /** The number of changes that were not tested because there are too many. */
  @param:JsonProperty("untried") @get:JsonProperty("untried")
  val untried: Int,
  /** What the results take for granted because no document describes it. */
  @param:JsonProperty("assumed") @get:JsonProperty("assumed")
  val assumed: List<String>,
  /** The results as text, if requested. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String?,
  /** The diagnostics, in the order of the sources. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The diagnostics as text, if requested. */
  @param:JsonProperty("rendered") @get:JsonProperty("rendered")
  val rendered: String?,
)
/** The result of a request. */
public data class Trace(
  /** The request, with all defaults. */
  @param:JsonProperty("query") @get:JsonProperty("query")
  val query: Query,
  /** The result. */
  @param:JsonProperty("verdict") @get:JsonProperty("verdict")
  val verdict: Verdict,
  /** The HTTP status, if a proxy answers the request; null if no proxy does. */
  @param:JsonProperty("status") @get:JsonProperty("status")
  val status: Int?,
  /** Whether a proxy closes the connection. */
  @param:JsonProperty("closed") @get:JsonProperty("closed")
  val closed: Boolean,
  /** The gateway that the request goes through. */
  @param:JsonProperty("gateway") @get:JsonProperty("gateway")
  val gateway: String?,
  /** The other gateways that it may go through: a weight decides for each request. */
  @param:JsonProperty("otherGateways") @get:JsonProperty("otherGateways")
  val otherGateways: List<OtherGateway>,
  /** Where the request arrives. */
  @param:JsonProperty("reached") @get:JsonProperty("reached")
  val reached: Reached?,
  /** The other places where it may arrive: a weight, or a proxy's choice of an endpoint, decides for each request. */
  @param:JsonProperty("alsoReached") @get:JsonProperty("alsoReached")
  val alsoReached: List<Reached>,
  /** Envoy's response flags, as in access logs. */
  @param:JsonProperty("responseFlags") @get:JsonProperty("responseFlags")
  val responseFlags: String?,
  /** Envoy's cluster of the last proxy, as in access logs. */
  @param:JsonProperty("upstreamCluster") @get:JsonProperty("upstreamCluster")
  val upstreamCluster: String?,
  /** The proxies that the request goes through, in order, and the host where it arrives. */
  @param:JsonProperty("hops") @get:JsonProperty("hops")
  val hops: List<Hop>,
  /**
   * Whether each object in `decidedBy` decides for certain. If not, the request may take several ways with this result: `hops`
   * shows one of them, and the objects that decide in the others are in `decidedBy`, too.
   */
  @param:JsonProperty("decidersAreKnown") @get:JsonProperty("decidersAreKnown")
  val decidersAreKnown: Boolean,
  /** The objects that decide the result; hops refer to them by index. */
  @param:JsonProperty("decidedBy") @get:JsonProperty("decidedBy")
  val decidedBy: List<Decision>,
  /** Why the result is unknown; empty if it is known. */
  @param:JsonProperty("unknown") @get:JsonProperty("unknown")
  val unknown: List<String>,
  /** The possible results if the result is unknown, each with its conditions. */
  @param:JsonProperty("cases") @get:JsonProperty("cases")
  val cases: List<TraceCase>,
  /** The number of possible results that `cases` does not contain. */
  @param:JsonProperty("moreCases") @get:JsonProperty("moreCases")
  val moreCases: Int,
  /** The documents that would settle which case is right. */
  @param:JsonProperty("missing") @get:JsonProperty("missing")
  val missing: List<String>,
  /** What the result takes for granted because no document describes it. */
  @param:JsonProperty("assumed") @get:JsonProperty("assumed")
  val assumed: List<String>,
  /** Remarks on the request. */
  @param:JsonProperty("notes") @get:JsonProperty("notes")
  val notes: List<String>,
  /** Objects that name the host of the request, or select its client, and that are not used, with the reasons. */
  @param:JsonProperty("unused") @get:JsonProperty("unused")
  val unused: List<UnusedObject>,
  /** The number of such objects that `unused` does not contain. */
  @param:JsonProperty("moreUnused") @get:JsonProperty("moreUnused")
  val moreUnused: Int,
)
/** A possible result of a request, and the conditions under which it is the right one. */
public data class TraceCase(
  /** The conditions, as clauses; all of them must hold. */
  @param:JsonProperty("conditions") @get:JsonProperty("conditions")
  val conditions: List<String>,
  /** The result. */
  @param:JsonProperty("verdict") @get:JsonProperty("verdict")
  val verdict: Verdict,
  /** The HTTP status, if a proxy answers the request. */
  @param:JsonProperty("status") @get:JsonProperty("status")
  val status: Int?,
  /** Whether a proxy closes the connection. */
  @param:JsonProperty("closed") @get:JsonProperty("closed")
  val closed: Boolean,
  /** The gateway that the request goes through. */
  @param:JsonProperty("gateway") @get:JsonProperty("gateway")
  val gateway: String?,
  /** Where the request arrives. */
  @param:JsonProperty("reached") @get:JsonProperty("reached")
  val reached: Reached?,
  /** Envoy's response flags, as in access logs. */
  @param:JsonProperty("responseFlags") @get:JsonProperty("responseFlags")
  val responseFlags: String?,
  /** Why the result is unknown even under these conditions; empty if it is known. */
  @param:JsonProperty("unknown") @get:JsonProperty("unknown")
  val unknown: List<String>,
)
/** The response of `trace`: the result of one request. */
public data class TraceResponse(
  /** Whether the sources could be evaluated; if not, `diagnostics` contains the reasons. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /** The result of the request. */
  @param:JsonProperty("trace") @get:JsonProperty("trace")
  val trace: Trace?,
  /** Whether the policies allow the request; null if they do not apply to such requests. */
  @param:JsonProperty("declared") @get:JsonProperty("declared")
  val declared: Boolean?,
  /** Whether the request arrives only because its rule is in audit mode: an enforced rule would block it. */
  @param:JsonProperty("audit") @get:JsonProperty("audit")
  val audit: Boolean,
  /** How to allow the request, if no policy allows it, or another hint. */
  @param:JsonProperty("hint") @get:JsonProperty("hint")
  val hint: String?,
  /** The trace as text, if requested. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String?,
  /** The diagnostics, in the order of the sources. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The diagnostics as text, if requested. */
  @param:JsonProperty("rendered") @get:JsonProperty("rendered")
  val rendered: String?,
)
/** A reason why the results of some rows are unknown. */
public data class UnknownReason(
  /** The number of rows. */
  @param:JsonProperty("rows") @get:JsonProperty("rows")
  val rows: Int,
  /** The document that would settle the results; null if no document does. */
  @param:JsonProperty("missing") @get:JsonProperty("missing")
  val missing: String?,
  /** The reason; if one document would settle several reasons, the first of them. */
  @param:JsonProperty("reason") @get:JsonProperty("reason")
  val reason: String,
)
/** An object near a request that is not used, or a part of it. */
public data class UnusedObject(
  /** Its kind. */
  @param:JsonProperty("kind") @get:JsonProperty("kind")
  val kind: String,
  /** Its namespace. */
  @param:JsonProperty("namespace") @get:JsonProperty("namespace")
  val namespace: String,
  /** Its name. */
  @param:JsonProperty("name") @get:JsonProperty("name")
  val name: String,
  /** Its place in the sources. */
  @param:JsonProperty("span") @get:JsonProperty("span")
  val span: Place?,
  /** Why it is not used, as a clause. */
  @param:JsonProperty("reason") @get:JsonProperty("reason")
  val reason: String,
)
/** What a proxy does not verify in its TLS connection to the host, from the best to the worst. */
public enum class Unverified {
  /** The certificate is verified, or no proxy opens a TLS connection. */
  @JsonProperty("nothing")
  NOTHING,
  /** The name in the certificate is not verified. */
  @JsonProperty("name")
  NAME,
  /** The certificate is not verified. */
  @JsonProperty("everything")
  EVERYTHING,
}
/** The result of a request. */
public enum class Verdict {
  /** The request arrives at its destination. */
  @JsonProperty("allowed")
  ALLOWED,
  /** The request does not arrive. */
  @JsonProperty("blocked")
  BLOCKED,
  /**
   * The request, or one like it that a weight or a choice of an endpoint sends elsewhere, arrives at another host or port
   * than its destination.
   */
  @JsonProperty("diverted")
  DIVERTED,
  /** The result is unknown; [`Trace::unknown`] contains the reasons. */
  @JsonProperty("unknown")
  UNKNOWN,
}
