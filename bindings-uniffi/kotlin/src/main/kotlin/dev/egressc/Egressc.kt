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
 * Says what becomes of one request, hop by hop.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun trace(request: TraceRequest): TraceResponse = answer(request) { trace(it) }
/**
 * Says who can reach what.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun reach(request: ReachRequest): ReachResponse = answer(request) { reach(it) }
/**
 * Says what a change opens, closes and reroutes, and in which order to apply it.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun diff(request: DiffRequest): DiffResponse = answer(request) { diff(it) }
/**
 * Runs the expectations among the sources, and says what none of them would notice.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun test(request: TestRequest): TestResponse = answer(request) { test(it) }
/**
 * Says what a diagnostic means.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun explain(request: ExplainRequest): ExplainResponse = answer(request) { explain(it) }
/**
 * Gives a kind's JSON Schema, for editors.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun schema(request: SchemaRequest): SchemaResponse = answer(request) { schema(it) }
/**
 * Says what this library is.
 *
 * @throws EgresscException.Usage when the call is wrong in itself
 */
@Throws(EgresscException::class)
public fun about(): AboutResponse = answer(emptyMap<String, Any>()) { about(it) }
/** Asks whether a policy set is right. */
public data class CheckRequest(
  /** All policies of the mesh, and what describes it. */
  @param:JsonProperty("sources") @get:JsonProperty("sources")
  val sources: List<Source>,
  /** Units of columns and offsets in the response. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** Fills `rendered` with the diagnostics as text. */
  @param:JsonProperty("render") @get:JsonProperty("render")
  val render: Rendering? = null,
)
/** How a client's traffic leaves its pod. */
public enum class ClientPath {
  /** Through its sidecar. */
  @JsonProperty("sidecar")
  SIDECAR,
  /** To a gateway with its own mesh certificate, past its sidecar's routes. */
  @JsonProperty("direct")
  DIRECT,
  /** Without a sidecar. */
  @JsonProperty("none")
  NONE,
}
/** Asks for the resources of a policy set. */
public data class CompileRequest(
  /** All policies of the mesh, and what describes it. */
  @param:JsonProperty("sources") @get:JsonProperty("sources")
  val sources: List<Source>,
  /** Fills `text` with the resources in this format. */
  @param:JsonProperty("format") @get:JsonProperty("format")
  val format: Format? = null,
  /** Units of columns and offsets in the response. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** Fills `rendered` with the diagnostics as text. */
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
/** Asks what a change opens, closes and reroutes. */
public data class DiffRequest(
  /** The mesh before the change: all policies, what describes it, and Istio's own objects. */
  @param:JsonProperty("before") @get:JsonProperty("before")
  val before: List<Source>,
  /** The same after the change. */
  @param:JsonProperty("after") @get:JsonProperty("after")
  val after: List<Source>,
  /** Fills `text` with the answer in this format. */
  @param:JsonProperty("format") @get:JsonProperty("format")
  val format: DiffFormat? = null,
  /** Units of columns and offsets in the response. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** Fills `rendered` with the diagnostics as text. */
  @param:JsonProperty("render") @get:JsonProperty("render")
  val render: Rendering? = null,
)
/** Asks what a diagnostic means. */
public data class ExplainRequest(
  /** `EGR0421` or its slug, in any case. */
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
/** One request: who asks, and for what. */
public data class Query(
  /** Who asks. */
  @param:JsonProperty("from") @get:JsonProperty("from")
  val from: QueryClient,
  /** What for. */
  @param:JsonProperty("to") @get:JsonProperty("to")
  val to: QueryTarget,
)
/** A workload that asks. */
public data class QueryClient(
  /** Its namespace. */
  @param:JsonProperty("namespace") @get:JsonProperty("namespace")
  val namespace: String,
  /** The gateway that it calls itself, when `path` is `direct`; found by the host when it is left out. */
  @param:JsonProperty("gateway") @get:JsonProperty("gateway")
  val gateway: String? = null,
  /** Labels of its pods. */
  @param:JsonProperty("labels") @get:JsonProperty("labels")
  val labels: Map<String, String> = emptyMap(),
  /** The server name of the mutual TLS in which it calls the gateway itself; found by the host when it is left out. */
  @param:JsonProperty("outerSni") @get:JsonProperty("outerSni")
  val outerSni: String? = null,
  /** How its traffic leaves the pod. */
  @param:JsonProperty("path") @get:JsonProperty("path")
  val path: ClientPath? = null,
  /** Its service account; null when it is not known. */
  @param:JsonProperty("serviceAccount") @get:JsonProperty("serviceAccount")
  val serviceAccount: String? = null,
)
/** What is asked for. */
public data class QueryTarget(
  /** What the client speaks. */
  @param:JsonProperty("scheme") @get:JsonProperty("scheme")
  val scheme: Scheme,
  /** The name, or the address, that it dials. */
  @param:JsonProperty("host") @get:JsonProperty("host")
  val host: String,
  /** HTTP: headers; `host` overrides the name that is dialled. */
  @param:JsonProperty("headers") @get:JsonProperty("headers")
  val headers: Map<String, String> = emptyMap(),
  /** HTTP: the method. */
  @param:JsonProperty("method") @get:JsonProperty("method")
  val method: String? = null,
  /** HTTP: the path. */
  @param:JsonProperty("path") @get:JsonProperty("path")
  val path: String? = null,
  /**
   * The port that it dials, and when `path` is `direct` the port of the gateway; by default the scheme's usual one,
   * which `tcp` has not.
   */
  @param:JsonProperty("port") @get:JsonProperty("port")
  val port: Int? = null,
  /** TLS: the server name that it sends; null stands for the host, an empty one for none. */
  @param:JsonProperty("sni") @get:JsonProperty("sni")
  val sni: String? = null,
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
}
/** Asks who can reach what. */
public data class ReachRequest(
  /** All policies of the mesh, what describes it, and Istio's own objects. */
  @param:JsonProperty("sources") @get:JsonProperty("sources")
  val sources: List<Source>,
  /** Fills `text` with the answer in this format. */
  @param:JsonProperty("format") @get:JsonProperty("format")
  val format: ReachFormat? = null,
  /** Units of columns and offsets in the response. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** Fills `rendered` with the diagnostics as text. */
  @param:JsonProperty("render") @get:JsonProperty("render")
  val render: Rendering? = null,
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
/** A kind that has a schema. */
public enum class SchemaKind {
  /** `ASMEgressTrafficPolicy`. */
  @JsonProperty("policy")
  POLICY,
  /** `MeshEnvironment`. */
  @JsonProperty("environment")
  ENVIRONMENT,
  /** `EgressExpectations`. */
  @JsonProperty("expectations")
  EXPECTATIONS,
}
/** Asks for a kind's JSON Schema. */
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
  /** What to call it in diagnostics: a path, or any label. It is never opened. */
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
/** Runs the expectations among the sources. */
public data class TestRequest(
  /** All policies of the mesh, what describes it, Istio's own objects, and `EgressExpectations`. */
  @param:JsonProperty("sources") @get:JsonProperty("sources")
  val sources: List<Source>,
  /** Fills `text` with the answer in this format. */
  @param:JsonProperty("format") @get:JsonProperty("format")
  val format: TestFormat? = null,
  /** Whether to look for changes of the policies that no expectation notices. */
  @param:JsonProperty("mutations") @get:JsonProperty("mutations")
  val mutations: Boolean = false,
  /** Units of columns and offsets in the response. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** Fills `rendered` with the diagnostics as text. */
  @param:JsonProperty("render") @get:JsonProperty("render")
  val render: Rendering? = null,
)
/** How a trace is written as text. */
public enum class TraceFormat {
  /** A story, hop by hop. */
  @JsonProperty("text")
  TEXT,
  /** A Mermaid sequence diagram. */
  @JsonProperty("mermaid")
  MERMAID,
}
/** Asks what becomes of one request. Give one of `query`, `ask` and `accessLog`. */
public data class TraceRequest(
  /** All policies of the mesh, what describes it, and Istio's own objects. */
  @param:JsonProperty("sources") @get:JsonProperty("sources")
  val sources: List<Source>,
  /** A line of an Envoy access log in Istio's text or JSON format. */
  @param:JsonProperty("accessLog") @get:JsonProperty("accessLog")
  val accessLog: String? = null,
  /** The request in one line, as `mytest,app=sleep-a -> POST https://www.httpbin.org/anything`. */
  @param:JsonProperty("ask") @get:JsonProperty("ask")
  val ask: String? = null,
  /** Whose sidecar wrote `accessLog`; without it every client that the policies name is tried. */
  @param:JsonProperty("client") @get:JsonProperty("client")
  val client: QueryClient? = null,
  /** Fills `text` with the answer in this format. */
  @param:JsonProperty("format") @get:JsonProperty("format")
  val format: TraceFormat? = null,
  /** Units of columns and offsets in the response. */
  @param:JsonProperty("positionEncoding") @get:JsonProperty("positionEncoding")
  val positionEncoding: PositionEncoding = PositionEncoding.UTF16,
  /** The request. */
  @param:JsonProperty("query") @get:JsonProperty("query")
  val query: Query? = null,
  /** Fills `rendered` with the diagnostics as text. */
  @param:JsonProperty("render") @get:JsonProperty("render")
  val render: Rendering? = null,
)
/** What this library is. */
public data class AboutResponse(
  /** `egressc`. */
  @param:JsonProperty("name") @get:JsonProperty("name")
  val name: String,
  /** Its version. */
  @param:JsonProperty("version") @get:JsonProperty("version")
  val version: String,
  /** The calls that it answers. */
  @param:JsonProperty("calls") @get:JsonProperty("calls")
  val calls: List<String>,
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
  /** What to do. */
  @param:JsonProperty("action") @get:JsonProperty("action")
  val action: ApplyAction,
  /** Kind of the object. */
  @param:JsonProperty("kind") @get:JsonProperty("kind")
  val kind: String,
  /** Its namespace. */
  @param:JsonProperty("namespace") @get:JsonProperty("namespace")
  val namespace: String,
  /** Its name. */
  @param:JsonProperty("name") @get:JsonProperty("name")
  val name: String,
  /** What to apply at this step, when it is not yet the object that the new policies compile to. */
  @param:JsonProperty("transitional") @get:JsonProperty("transitional")
  val transitional: JsonNode,
  /** Why here. */
  @param:JsonProperty("reason") @get:JsonProperty("reason")
  val reason: String,
)
/** A flow that fares otherwise than before. */
public data class Change(
  /** What kind of change it is. */
  @param:JsonProperty("kind") @get:JsonProperty("kind")
  val kind: ChangeKind,
  /** The change in a sentence: the witness request, and how it fared and fares. */
  @param:JsonProperty("message") @get:JsonProperty("message")
  val message: String,
  /** How it fared; null when nothing was known of such a flow. */
  @param:JsonProperty("before") @get:JsonProperty("before")
  val before: Flow?,
  /** How it fares; null when nothing is known of such a flow any more. */
  @param:JsonProperty("after") @get:JsonProperty("after")
  val after: Flow?,
  /** The line that did it. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place?,
  /** Whether no document that names the client's namespace was changed. */
  @param:JsonProperty("untouched") @get:JsonProperty("untouched")
  val untouched: Boolean,
)
/** What a change does to a flow. */
public enum class ChangeKind {
  /** It was blocked and reaches something now. */
  @JsonProperty("gained")
  GAINED,
  /** A gateway admits a caller that it refused. */
  @JsonProperty("widened")
  WIDENED,
  /** It cannot be known what comes of it now. */
  @JsonProperty("unknown")
  UNKNOWN,
  /** It travels with less encryption than before. */
  @JsonProperty("weakened")
  WEAKENED,
  /** It takes another way, or ends elsewhere. */
  @JsonProperty("rerouted")
  REROUTED,
  /** It reached something and is blocked now. */
  @JsonProperty("lost")
  LOST,
  /** A gateway refuses a caller that it admitted. */
  @JsonProperty("narrowed")
  NARROWED,
  /** It travels with more encryption than before. */
  @JsonProperty("strengthened")
  STRENGTHENED,
}
/** Whether a policy set is right. */
public data class CheckResponse(
  /** Whether it would compile. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /** The gateway port of each destination. */
  @param:JsonProperty("gatewayPorts") @get:JsonProperty("gatewayPorts")
  val gatewayPorts: List<GatewayPortRow>,
  /** What there is to say, in reading order. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The diagnostics as text, when asked for. */
  @param:JsonProperty("rendered") @get:JsonProperty("rendered")
  val rendered: String?,
)
/** The resources of a policy set. */
public data class CompileResponse(
  /** Whether it compiled; if not, `resources` is empty. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /** The resources, in the order in which they are best applied. */
  @param:JsonProperty("resources") @get:JsonProperty("resources")
  val resources: List<JsonNode>,
  /** For each resource, in the same order, what it was made for. */
  @param:JsonProperty("origins") @get:JsonProperty("origins")
  val origins: List<ResourceOrigins>,
  /** The gateway port of each destination. */
  @param:JsonProperty("gatewayPorts") @get:JsonProperty("gatewayPorts")
  val gatewayPorts: List<GatewayPortRow>,
  /** What there is to say, in reading order. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The resources as text, when asked for. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String?,
  /** The diagnostics as text, when asked for. */
  @param:JsonProperty("rendered") @get:JsonProperty("rendered")
  val rendered: String?,
)
/** An object that decided something. */
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
  /** Where it stands; of what was compiled, the `to` item that it was made for. */
  @param:JsonProperty("span") @get:JsonProperty("span")
  val span: Place?,
  /** The policy that it was made for, as `namespace/name`. */
  @param:JsonProperty("policy") @get:JsonProperty("policy")
  val policy: String?,
  /** The rule that it was made for. */
  @param:JsonProperty("rule") @get:JsonProperty("rule")
  val rule: String?,
)
/** One thing to say. */
public data class Diagnostic(
  /** The rule: `EGR` and four digits. */
  @param:JsonProperty("code") @get:JsonProperty("code")
  val code: String,
  /** The rule for people. */
  @param:JsonProperty("slug") @get:JsonProperty("slug")
  val slug: String,
  /** How bad it is. */
  @param:JsonProperty("severity") @get:JsonProperty("severity")
  val severity: Severity,
  /** What is wrong. */
  @param:JsonProperty("message") @get:JsonProperty("message")
  val message: String,
  /** Where; the first is the place to look at. */
  @param:JsonProperty("labels") @get:JsonProperty("labels")
  val labels: List<Place>,
  /** Why it matters here. */
  @param:JsonProperty("notes") @get:JsonProperty("notes")
  val notes: List<String>,
  /** What to do. */
  @param:JsonProperty("help") @get:JsonProperty("help")
  val help: String?,
  /** An edit that does it. */
  @param:JsonProperty("fix") @get:JsonProperty("fix")
  val fix: Fix?,
)
/** What a change opens, closes and reroutes. */
public data class DiffResponse(
  /** Whether both sides could be asked; if not, `diagnostics` say why. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /** Each flow that fares otherwise than before, the dangerous first. */
  @param:JsonProperty("changes") @get:JsonProperty("changes")
  val changes: List<Change>,
  /** Whether the change opens anything, weakens encryption, or leaves that unknown. */
  @param:JsonProperty("widened") @get:JsonProperty("widened")
  val widened: Boolean,
  /**
   * Namespaces of clients that fare otherwise although no document that names them was changed;
   * `*` stands for all that are not named.
   */
  @param:JsonProperty("affectedNamespaces") @get:JsonProperty("affectedNamespaces")
  val affectedNamespaces: List<String>,
  /** How to apply the change so that no flow that survives it is interrupted, and none is open in between. */
  @param:JsonProperty("order") @get:JsonProperty("order")
  val order: List<ApplyStep>,
  /** The difference as text, when asked for. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String?,
  /** What there is to say about the sources: first of those before the change what is not said of those after it too. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The diagnostics as text, when asked for. */
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
  /** What comes of it. */
  @param:JsonProperty("verdict") @get:JsonProperty("verdict")
  val verdict: Verdict,
  /** Whether that is as expected. */
  @param:JsonProperty("passed") @get:JsonProperty("passed")
  val passed: Boolean,
  /** The same in a sentence. */
  @param:JsonProperty("message") @get:JsonProperty("message")
  val message: String,
  /** The URL. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place,
)
/** What is expected of a request. */
public enum class ExpectedVerdict {
  /** It arrives. */
  @JsonProperty("allow")
  ALLOW,
  /** It arrives nowhere. */
  @JsonProperty("deny")
  DENY,
}
/** What a diagnostic means. */
public data class ExplainResponse(
  /** The rule: `EGR` and four digits. */
  @param:JsonProperty("code") @get:JsonProperty("code")
  val code: String,
  /** The rule for people. */
  @param:JsonProperty("slug") @get:JsonProperty("slug")
  val slug: String,
  /** How bad a hit is. */
  @param:JsonProperty("severity") @get:JsonProperty("severity")
  val severity: Severity,
  /** The rule in one line. */
  @param:JsonProperty("summary") @get:JsonProperty("summary")
  val summary: String,
  /** Its page, in Markdown. */
  @param:JsonProperty("page") @get:JsonProperty("page")
  val page: String,
)
/** An edit: one place, one new text. */
public data class Fix(
  /** What it does. */
  @param:JsonProperty("title") @get:JsonProperty("title")
  val title: String,
  /** What to replace. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place,
  /** With what. */
  @param:JsonProperty("replacement") @get:JsonProperty("replacement")
  val replacement: String,
)
/** One kind of client and one destination: how its requests fare. */
public data class Flow(
  /** Who asks. */
  @param:JsonProperty("from") @get:JsonProperty("from")
  val from: FlowClient,
  /** What for. */
  @param:JsonProperty("to") @get:JsonProperty("to")
  val to: FlowTarget,
  /** What comes of it. */
  @param:JsonProperty("verdict") @get:JsonProperty("verdict")
  val verdict: Verdict,
  /** Whether a policy allows it. */
  @param:JsonProperty("declared") @get:JsonProperty("declared")
  val declared: Boolean,
  /** Whether it reaches a host past every gateway. */
  @param:JsonProperty("bypass") @get:JsonProperty("bypass")
  val bypass: Boolean,
  /** The gateway that it crosses. */
  @param:JsonProperty("gateway") @get:JsonProperty("gateway")
  val gateway: String?,
  /** The port of the gateway's Service. */
  @param:JsonProperty("gatewayPort") @get:JsonProperty("gatewayPort")
  val gatewayPort: Int?,
  /** How the bytes travel to the gateway. */
  @param:JsonProperty("toGateway") @get:JsonProperty("toGateway")
  val toGateway: Encryption?,
  /** How the bytes travel to the host. */
  @param:JsonProperty("toHost") @get:JsonProperty("toHost")
  val toHost: Encryption?,
  /** What a proxy's TLS to the host does not verify. */
  @param:JsonProperty("unverified") @get:JsonProperty("unverified")
  val unverified: Unverified,
  /** Where it arrives. */
  @param:JsonProperty("reached") @get:JsonProperty("reached")
  val reached: Reached?,
  /** The HTTP status of the proxy that answers it. */
  @param:JsonProperty("status") @get:JsonProperty("status")
  val status: Int?,
  /** Envoy's response flags. */
  @param:JsonProperty("responseFlags") @get:JsonProperty("responseFlags")
  val responseFlags: String?,
  /** The policy that declares it, as `namespace/name`. */
  @param:JsonProperty("policy") @get:JsonProperty("policy")
  val policy: String?,
  /** The rule that declares it. */
  @param:JsonProperty("rule") @get:JsonProperty("rule")
  val rule: String?,
  /** The declaration, or the object that lets it through. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place?,
  /** Why it cannot be known; empty unless it is. */
  @param:JsonProperty("unknown") @get:JsonProperty("unknown")
  val unknown: List<String>,
)
/** A kind of client. */
public data class FlowClient(
  /** Its namespace; null stands for all that are not named. */
  @param:JsonProperty("namespace") @get:JsonProperty("namespace")
  val namespace: String?,
  /** Labels of its pods; empty stands for all that have none of the named ones. */
  @param:JsonProperty("labels") @get:JsonProperty("labels")
  val labels: Map<String, String>,
  /** Its service account; null when it is not known. */
  @param:JsonProperty("serviceAccount") @get:JsonProperty("serviceAccount")
  val serviceAccount: String?,
  /** How its traffic leaves the pod. */
  @param:JsonProperty("path") @get:JsonProperty("path")
  val path: ClientPath,
  /** The same as a person would say it. */
  @param:JsonProperty("description") @get:JsonProperty("description")
  val description: String,
)
/** What a request says besides whom it is for: nothing of it is `GET` for `/`. */
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
  /** What the client speaks. */
  @param:JsonProperty("scheme") @get:JsonProperty("scheme")
  val scheme: Scheme,
  /** The host that it dials. */
  @param:JsonProperty("host") @get:JsonProperty("host")
  val host: String,
  /** The port that it dials. */
  @param:JsonProperty("port") @get:JsonProperty("port")
  val port: Int,
  /** The name that it says, in `Host` or as TLS server name, where this is not the host that it dials; empty for none. */
  @param:JsonProperty("name") @get:JsonProperty("name")
  val name: String?,
  /**
   * What its HTTP requests say, where an object tells them from others by it and they fare otherwise; null stands for
   * all others.
   */
  @param:JsonProperty("message") @get:JsonProperty("message")
  val message: FlowMessage?,
)
/** Where at the gateway a destination enters. */
public data class GatewayPortRow(
  /** The external host. */
  @param:JsonProperty("host") @get:JsonProperty("host")
  val host: String,
  /** The port that clients dial. */
  @param:JsonProperty("port") @get:JsonProperty("port")
  val port: Int,
  /** The gateway. */
  @param:JsonProperty("gateway") @get:JsonProperty("gateway")
  val gateway: String,
  /** The port of its Service. */
  @param:JsonProperty("gatewayPort") @get:JsonProperty("gatewayPort")
  val gatewayPort: Int,
  /** Whether egressc chose it because the policy names none. */
  @param:JsonProperty("allocated") @get:JsonProperty("allocated")
  val allocated: Boolean,
)
/** One proxy on the way, or the end of it. */
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
  /** How the bytes leave this hop. */
  @param:JsonProperty("encryption") @get:JsonProperty("encryption")
  val encryption: Encryption?,
  /** Indices into `decidedBy`. */
  @param:JsonProperty("decidedBy") @get:JsonProperty("decidedBy")
  val decidedBy: List<Int>,
)
/** A small change of the policies. */
public data class MutantRow(
  /** What was changed. */
  @param:JsonProperty("description") @get:JsonProperty("description")
  val description: String,
  /** Whether some expectation fares otherwise, or the changed policies are refused. */
  @param:JsonProperty("noticed") @get:JsonProperty("noticed")
  val noticed: Boolean,
  /** Where. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place,
)
/** A `to` item of a policy. */
public data class OriginRow(
  /** The policy, as `namespace/name`. */
  @param:JsonProperty("policy") @get:JsonProperty("policy")
  val policy: String,
  /** Names of the rule and the item. */
  @param:JsonProperty("rule") @get:JsonProperty("rule")
  val rule: String,
  /** Where it stands. */
  @param:JsonProperty("place") @get:JsonProperty("place")
  val place: Place,
)
/** A place in a source. */
public data class Place(
  /** Name of the source. */
  @param:JsonProperty("source") @get:JsonProperty("source")
  val source: String,
  /** The field, as `spec.egressRules[0].to[0]`; null outside of documents. */
  @param:JsonProperty("path") @get:JsonProperty("path")
  val path: String?,
  /** First character. */
  @param:JsonProperty("start") @get:JsonProperty("start")
  val start: Position,
  /** One past the last character. */
  @param:JsonProperty("end") @get:JsonProperty("end")
  val end: Position,
  /** A few words for this place; empty when the message says it all. */
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
/** Who can reach what. */
public data class ReachResponse(
  /** Whether the sources could be asked; if not, `diagnostics` say why. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /** One row for each group of requests that no object tells apart, blocked ones included. */
  @param:JsonProperty("flows") @get:JsonProperty("flows")
  val flows: List<Flow>,
  /** The flows as text, when asked for. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String?,
  /** What there is to say about the sources, in reading order. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The diagnostics as text, when asked for. */
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
/** What one resource was made for. */
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
/** A kind's JSON Schema. */
public data class SchemaResponse(
  /** The schema, draft 2020-12. */
  @param:JsonProperty("schema") @get:JsonProperty("schema")
  val schema: JsonNode,
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
  /** The external host. */
  @JsonProperty("origin")
  ORIGIN,
}
/** How the expectations fare. */
public data class TestResponse(
  /** Whether the sources could be asked; if not, `diagnostics` say why. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /** How many expectations hold. */
  @param:JsonProperty("passed") @get:JsonProperty("passed")
  val passed: Int,
  /** How many do not. */
  @param:JsonProperty("failed") @get:JsonProperty("failed")
  val failed: Int,
  /** Each expectation, in reading order. */
  @param:JsonProperty("expectations") @get:JsonProperty("expectations")
  val expectations: List<ExpectationRow>,
  /** The `to` items that no `allow` expectation reaches. */
  @param:JsonProperty("uncovered") @get:JsonProperty("uncovered")
  val uncovered: List<OriginRow>,
  /** Each change that was tried, when asked for. */
  @param:JsonProperty("mutants") @get:JsonProperty("mutants")
  val mutants: List<MutantRow>,
  /** Changes that were not tried because there are too many. */
  @param:JsonProperty("untried") @get:JsonProperty("untried")
  val untried: Int,
  /** The results as text, when asked for. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String?,
  /** What there is to say about the sources, in reading order. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The diagnostics as text, when asked for. */
  @param:JsonProperty("rendered") @get:JsonProperty("rendered")
  val rendered: String?,
)
/** How a request fares. */
public data class Trace(
  /** The request, with everything filled in. */
  @param:JsonProperty("query") @get:JsonProperty("query")
  val query: Query,
  /** What comes of it. */
  @param:JsonProperty("verdict") @get:JsonProperty("verdict")
  val verdict: Verdict,
  /** The HTTP status of the proxy that answers it; null when none does. */
  @param:JsonProperty("status") @get:JsonProperty("status")
  val status: Int?,
  /** Whether a proxy closes the connection. */
  @param:JsonProperty("closed") @get:JsonProperty("closed")
  val closed: Boolean,
  /** The gateway that it crosses. */
  @param:JsonProperty("gateway") @get:JsonProperty("gateway")
  val gateway: String?,
  /** Where it arrives. */
  @param:JsonProperty("reached") @get:JsonProperty("reached")
  val reached: Reached?,
  /** Envoy's response flags, as access logs show them. */
  @param:JsonProperty("responseFlags") @get:JsonProperty("responseFlags")
  val responseFlags: String?,
  /** Envoy's cluster of the last proxy, as access logs show it. */
  @param:JsonProperty("upstreamCluster") @get:JsonProperty("upstreamCluster")
  val upstreamCluster: String?,
  /** The proxies that it passes, in order, and the host where it arrives. */
  @param:JsonProperty("hops") @get:JsonProperty("hops")
  val hops: List<Hop>,
  /** The objects that decided; hops point into it. */
  @param:JsonProperty("decidedBy") @get:JsonProperty("decidedBy")
  val decidedBy: List<Decision>,
  /** Why it cannot be known; empty unless it is. */
  @param:JsonProperty("unknown") @get:JsonProperty("unknown")
  val unknown: List<String>,
  /** What is worth a word although it works. */
  @param:JsonProperty("notes") @get:JsonProperty("notes")
  val notes: List<String>,
)
/** What becomes of one request. */
public data class TraceResponse(
  /** Whether the sources could be asked; if not, `diagnostics` say why. */
  @param:JsonProperty("ok") @get:JsonProperty("ok")
  val ok: Boolean,
  /** How the request fares. */
  @param:JsonProperty("trace") @get:JsonProperty("trace")
  val trace: Trace?,
  /** Whether the policies allow it; null when they do not speak of such requests. */
  @param:JsonProperty("declared") @get:JsonProperty("declared")
  val declared: Boolean?,
  /** What would open it, when no policy allows it, or else what is worth a word. */
  @param:JsonProperty("hint") @get:JsonProperty("hint")
  val hint: String?,
  /** The trace as text, when asked for. */
  @param:JsonProperty("text") @get:JsonProperty("text")
  val text: String?,
  /** What there is to say about the sources, in reading order. */
  @param:JsonProperty("diagnostics") @get:JsonProperty("diagnostics")
  val diagnostics: List<Diagnostic>,
  /** The diagnostics as text, when asked for. */
  @param:JsonProperty("rendered") @get:JsonProperty("rendered")
  val rendered: String?,
)
/** What the TLS that a proxy begins does not verify, from the least to the worst. */
public enum class Unverified {
  /** It verifies all, or no proxy began any. */
  @JsonProperty("nothing")
  NOTHING,
  /** That the certificate is the host's. */
  @JsonProperty("name")
  NAME,
  /** The certificate at all. */
  @JsonProperty("everything")
  EVERYTHING,
}
/** What comes of a request. */
public enum class Verdict {
  /** It reaches what it asked for. */
  @JsonProperty("allowed")
  ALLOWED,
  /** It reaches nothing. */
  @JsonProperty("blocked")
  BLOCKED,
  /** It reaches something else than it asked for. */
  @JsonProperty("diverted")
  DIVERTED,
  /** It cannot be known; [`Trace::unknown`] says why. */
  @JsonProperty("unknown")
  UNKNOWN,
}
