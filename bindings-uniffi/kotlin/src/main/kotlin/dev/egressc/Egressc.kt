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
}
/** Asks for a kind's JSON Schema. */
public data class SchemaRequest(
  /** The kind. */
  @param:JsonProperty("kind") @get:JsonProperty("kind")
  val kind: SchemaKind,
)
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
