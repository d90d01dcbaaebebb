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
 */
export type SchemaKind = "policy" | "environment";
/** Asks for a kind's JSON Schema. */
export interface SchemaRequest {
  /** The kind. */
  kind: SchemaKind;
}
/** One document source: a text, or a value that a program has built. */
export interface Source {
  /** What to call it in diagnostics: a path, or any label. It is never opened. */
  name: string;
  /** YAML or JSON text. */
  text?: string | null;
  /** A Kubernetes object, or a list of them. */
  value?: any;
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
